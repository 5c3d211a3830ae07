import Modeling
import Music
import Recurrent
import Testing
import Tokenization

@testable import Generation

/// `--cadences`: phrases that end on the dominant and the tonic by turns.
struct CadenceControlTests {
  /// A network of random weights, which likes all pitches about alike.
  private func model(_ name: String = "remi", _ kinds: [ConditionKind] = []) throws -> Model {
    var vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    if !kinds.isEmpty {
      var attributes = PieceAttributes()
      attributes.key = Key(tonic: 7, isMinor: false)
      vocabulary = try ConditionedVocabulary(
        base: vocabulary, conditions: Conditions(kinds, of: [attributes]))
    }
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1,
          conditionSlots: vocabulary.knownConditions?.slotSizes),
        seed: 1), vocabulary: vocabulary)
  }

  private func settings(_ strength: Float, in key: Key? = nil, seed: UInt64 = 1)
    -> GenerationSettings
  {
    var settings = GenerationSettings()
    settings.length = .bars(32)
    // Untrained networks let notes sound for ever, which cannot be struck again then.
    settings.longestNoteSeconds = 0.3
    settings.steering.key = key
    settings.steering.keyStrength = 0
    settings.steering.metre = .fixed(numerator: 4, denominator: 4)
    settings.steering.programs = [0]
    settings.steering.cadences = strength
    settings.seed = seed
    return settings
  }

  private func piece(_ model: Model, _ settings: GenerationSettings) throws -> Score {
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    return generator.score
  }

  /// The share of phrases that end with a cadence in a key, as `compare` finds them.
  private func share(_ score: Score, _ tonic: Int) throws -> Double {
    try #require(Cadences(BassLine(score), of: score, tonic: tonic)?.share)
  }

  @Test(arguments: [0, 9]) func `the stronger it is, the more phrases end with cadences`(
    _ tonic: Int
  ) throws {
    let model = try model()
    let key = Key(tonic: tonic, isMinor: tonic == 9)
    let shares = try [0, 3, 6, 10].map { strength in
      try (1...4 as ClosedRange<UInt64>).map { seed in
        try share(try piece(model, settings(strength, in: key, seed: seed)), tonic)
      }.reduce(0, +) / 4
    }
    #expect(shares[0] < 0.35 && shares[3] > 2 * shares[0] + 0.2, "\(shares)")
    #expect(shares[1] >= shares[0] && shares[3] >= shares[1], "\(shares)")
  }

  @Test func `a piece whose time is over ends when its bass is at home`() throws {
    let model = try model()
    let home = try (1...20 as ClosedRange<UInt64>).count { seed in
      var settings = settings(8, in: Key(tonic: 4, isMinor: false), seed: seed)
      settings.length = .seconds(20)
      let score = try piece(model, settings)
      #expect(score.duration >= 18 && score.duration <= 22.5)
      return BassLine(score).tones.last?.pitchClass == 4
    }
    #expect(home >= 17, "\(home) of 20")
  }

  @Test func `a piece in a mode ends when its bass is at home, too`() throws {
    let model = try model()
    let home = try (1...20 as ClosedRange<UInt64>).count { seed in
      var settings = settings(8, seed: seed)
      settings.steering.keep(to: try #require(Scale("E-phrygian")))
      settings.length = .seconds(20)
      let score = try piece(model, settings)
      #expect(score.duration >= 18 && score.duration <= 22.5)
      return BassLine(score).tones.last?.pitchClass == 4
    }
    #expect(home >= 14, "\(home) of 20")
  }

  @Test func `a scale without a tonic's triad ends anywhere`() throws {
    let model = try model()
    var (led, free) = (settings(8), settings(0))
    for scale in ["C-whole-tone", "C-chromatic"] {
      led.steering.keep(to: try #require(Scale(scale)))
      free.steering.keep(to: try #require(Scale(scale)))
      #expect(try piece(model, led) == piece(model, free))
    }
  }

  @Test func `a key that is told is as good as one that is asked for`() throws {
    let model = try model("remi", [.key])
    var told = settings(8)
    told.conditions.key = Key(tonic: 7, isMinor: false)
    var untold = told
    untold.steering.cadences = 0
    let (led, free) = (try piece(model, told), try piece(model, untold))
    #expect(try share(led, 7) > share(free, 7))
    // Of no key there is no dominant.
    var unknown = settings(8)
    unknown.completesConditions = false
    var plain = unknown
    plain.steering.cadences = 0
    #expect(try piece(model, unknown) == piece(model, plain))
  }

  @Test func `chords that are asked for take its place`() throws {
    let model = try model()
    var chords = settings(0, in: Key(tonic: 0, isMinor: false))
    chords.steering.chords = try ChordProgression("C G")
    var both = chords
    both.steering.cadences = 9
    #expect(try piece(model, both) == piece(model, chords))
  }

  @Test func `seconds are no bars`() throws {
    let model = try model("performance")
    let key = Key(tonic: 0, isMinor: false)
    var (led, free) = (settings(9, in: key), settings(0, in: key))
    (led.length, free.length) = (.tokens(300), .tokens(300))
    (led.steering.metre, free.steering.metre) = (.free, .free)
    (led.steering.programs, free.steering.programs) = (nil, nil)
    #expect(try piece(model, led) == piece(model, free))
  }

  /// Which pitch class is led to in each bar, from what a control adds to pitches of the bass.
  private func goals(_ control: inout CadenceControl, bars: Range<Int>) -> [Int?] {
    bars.map { bar in
      _ = control.move(to: Double(bar) + 0.001)
      guard let most = control.bias.max(), most > 0 else { return nil }
      return control.bias.firstIndex(of: most).map { $0 % 12 }
    }
  }

  /// A bass and a tune, that the register is known.
  private func hear(_ control: inout CadenceControl, at bars: Double) {
    _ = control.move(to: bars)
    for _ in 0..<8 { _ = control.take([43, 72, 76]) }
  }

  @Test func `phrases count from the first whole bar, and a form's in its sections`() {
    let key = Key(tonic: 2, isMinor: true)
    var control = CadenceControl(key, strength: 4, sectionBars: nil)
    hear(&control, at: 0.25)
    let period: [Int?] = [nil, nil, nil, 9, nil, nil, 9, 2]
    var found = goals(&control, bars: 1..<16)
    #expect(found == Array((period + period).dropFirst()))
    // Behind an upbeat.
    control = CadenceControl(key, strength: 4, sectionBars: nil)
    hear(&control, at: 0.75)
    found = goals(&control, bars: 1..<17)
    #expect(found == period + period)
    // Behind one that is a bar of its own, and behind a first bar that is none.
    for (first, second, isUpbeat) in [(1 / 8.0, 3 / 4.0, true), (2 / 4.0, 3 / 4.0, false)] {
      control = CadenceControl(key, strength: 4, sectionBars: nil)
      control.take(barLength: first)
      hear(&control, at: 0)
      _ = control.move(to: 1)
      // Each bar tells its metre.
      for _ in 0..<2 { control.take(barLength: second) }
      found = goals(&control, bars: 1..<9)
      #expect(found == (isUpbeat ? period : Array(period.dropFirst()) + [nil]))
    }
    // Six bars, and four.
    control = CadenceControl(key, strength: 4, sectionBars: 6)
    control.take(barLength: 1 / 4.0)
    hear(&control, at: 0.75)
    _ = control.move(to: 1)
    control.take(barLength: 1)
    found = goals(&control, bars: 1..<8)
    #expect(found == [nil, 9, nil, 9, 2, nil, nil])
    control = CadenceControl(key, strength: 4, sectionBars: 4)
    hear(&control, at: 0)
    found = goals(&control, bars: 1..<8)
    #expect(found == [nil, 9, 2, nil, nil, 9, 2])
  }

  @Test func `in a mode that is no key phrases are left alone, and the end is led`() {
    var control = CadenceControl(
      Key(tonic: 2, isMinor: true), strength: 4, sectionBars: nil, leadsPhrases: false)
    hear(&control, at: 0)
    var found = goals(&control, bars: 1..<16)
    #expect(found.allSatisfy { $0 == nil })
    _ = control.move(to: 16, urgency: 1)
    found = [control.bias.max().flatMap { control.bias.firstIndex(of: $0) }.map { $0 % 12 }]
    #expect(found == [2])
  }

  @Test func `only the lowest note at a time is led, and a tune alone is not`() {
    var control = CadenceControl(Key(tonic: 0, isMinor: false), strength: 3, sectionBars: nil)
    hear(&control, at: 0)
    _ = control.move(to: 3.001)
    #expect(control.bias[43] == 1.5 && control.bias[45] == -1.5)
    // Above the bass pitches are free.
    #expect(control.bias[67] == 0)
    // Macros take no calls that change what they are called on.
    var isChanged = control.take([48])
    #expect(isChanged && control.bias[50] == 0)
    #expect(control.bias[43] == 1.5 && control.bias[47] == -1.5)
    isChanged = control.move(to: 4)
    #expect(isChanged && control.bias.isEmpty)
    // Where the piece is to end the tonic is due in any bar.
    isChanged = control.move(to: 4.5, urgency: 1)
    #expect(isChanged && control.bias[48] == 3 && control.bias[43] == -3)
    isChanged = control.move(to: 4.75, urgency: 2)
    #expect(isChanged && control.bias[48] == 6 && control.bias[43] == -6)
    isChanged = control.move(to: 5)
    #expect(isChanged && control.bias.isEmpty)
    var alone = CadenceControl(Key(tonic: 0, isMinor: false), strength: 3, sectionBars: nil)
    for place in 0..<300 { _ = alone.take([70 + UInt8(place % 5)]) }
    for place in 0..<64 {
      _ = alone.move(to: Double(place) / 8)
      _ = alone.take([70 + UInt8(place % 5)])
      #expect(alone.bias.allSatisfy { $0 == 0 })
    }
  }

  @Test func `a strength out of its range is refused, also where a model suggests it`() throws {
    for strength in [-1, 11] as [Float] {
      let error = #expect(throws: GenerationError.self) { try settings(strength).validate() }
      #expect(error?.description.hasPrefix("cadences") == true)
    }
    var suggestions = Suggestions()
    suggestions.cadences = 2
    var knowing = try model("remi", [.key])
    knowing.provenance.suggestions = suggestions
    try knowing.checkSuggestions()
    #expect(GenerationSettings().suited(to: knowing, asked: Suggestions()).steering.cadences == 2)
    var asked = Suggestions()
    asked.cadences = 0
    #expect(GenerationSettings().suited(to: knowing, asked: asked).steering.cadences == 0)
    for var other in [try model(), try model("performance", [.key])] {
      other.provenance.suggestions = suggestions
      let error = #expect(throws: GenerationError.self) { try other.checkSuggestions() }
      #expect(error?.description.hasPrefix("cadences") == true)
    }
  }
}
