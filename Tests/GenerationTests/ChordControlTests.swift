import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

/// `--chords`: pitches that follow a progression.
struct ChordControlTests {
  /// A network of random weights, which likes all pitches about alike.
  private func model(_ name: String) throws -> Model {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  private func settings(_ chords: String?, strength: Float = 3) throws -> GenerationSettings {
    var settings = GenerationSettings()
    settings.length = .tokens(3_000)
    // Untrained networks let notes sound for ever, which cannot be struck again then.
    settings.longestNoteSeconds = 0.3
    settings.steering.chords = try chords.map { text in try ChordProgression(text) }
    settings.steering.chordStrength = strength
    return settings
  }

  private func piece(_ model: Model, _ settings: GenerationSettings) throws -> PieceGenerator {
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    return generator
  }

  /// The share of notes that are tones of the chord of their bar.
  private func share(
    _ score: Score, of chords: [[Int]], from bar: Int = 0
  ) throws -> (inChord: Double, count: Int) {
    let metre = try #require(score.metreMap)
    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
      .filter { metre.bar(at: $0.onset) >= bar }
    let inside = notes.count { note in
      let place = (metre.bar(at: note.onset) - bar) % chords.count
      return chords[place].contains(Int(note.pitch) % 12)
    }
    return (Double(inside) / Double(notes.count), notes.count)
  }

  private static let progression = "Dm G7 C F#m"
  private static let tones = [[2, 5, 9], [7, 11, 2, 5], [0, 4, 7], [6, 9, 1]]

  @Test(arguments: VocabularyConfiguration.names)
  func `notes follow the chord of their bar, and others still come`(_ name: String) throws {
    let model = try model(name)
    let free = try share(try piece(model, settings(nil)).score, of: Self.tones)
    let led = try share(try piece(model, settings(Self.progression)).score, of: Self.tones)
    // By chance it is 13 of 48.
    #expect(free.inChord < 0.4)
    #expect(led.inChord > 0.6 && led.inChord < 0.97, "\(led)")
    #expect(led.count > 100)
  }

  @Test func `the stronger it is, the more notes are tones of the chord`() throws {
    let model = try model("remi")
    let shares = try [0, 1, 3, 10].map { strength in
      try share(
        try piece(model, settings(Self.progression, strength: strength)).score, of: Self.tones
      ).inChord
    }
    #expect(shares == shares.sorted())
    #expect(shares[0] < 0.4 && shares[3] > 0.75)
    let none = try piece(model, settings(nil)).score
    #expect(try piece(model, settings(Self.progression, strength: 0)).score == none)
  }

  @Test func `a bar of no chord is the model's`() throws {
    let model = try model("remi")
    let score = try piece(model, settings("C N.C.")).score
    let metre = try #require(score.metreMap)
    let notes = score.tracks.flatMap(\.notes)
    func share(_ side: Int) -> Double {
      let own = notes.filter { metre.bar(at: $0.onset) % 2 == side }
      return Double(own.count { [0, 4, 7].contains($0.pitch % 12) }) / Double(own.count)
    }
    #expect(share(0) > 0.6)
    #expect(share(1) < 0.45)
  }

  // A performance counts seconds: a bar of 4/4 is 2 s at 120 quarter notes a minute, 4 s at 60.
  @Test(arguments: [120.0, 60.0])
  func `in a vocabulary of seconds bars last as the tempo says`(tempo: Double) throws {
    var settings = try settings("C F#")
    settings.length = .seconds(60)
    settings.steering.tempo = tempo
    let score = try piece(model("performance"), settings).score
    let (inChord, count) = share(score, ofBarsLasting: 240 / tempo)
    #expect(count > 60)
    #expect(inChord > 0.6)
  }

  @Test func `in a vocabulary of seconds bars last as a tempo says that the model is told`() throws
  {
    var attributes = PieceAttributes()
    attributes.tempo = 60
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.tempo], of: [attributes]))
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 1), vocabulary: vocabulary)
    var settings = try settings("C F#")
    settings.length = .seconds(60)
    settings.steering.tempo = 60
    let score = try piece(model, settings.tellingConditions(to: model)).score
    let (inChord, count) = share(score, ofBarsLasting: 4)
    #expect(count > 60)
    #expect(inChord > 0.6)
  }

  /// The share of notes that are tones of C and of F# major by turns, bar by bar of so many seconds.
  private func share(
    _ score: Score, ofBarsLasting seconds: Double
  ) -> (inChord: Double, count: Int) {
    let map = score.tempoMap
    let inside = score.tracks.flatMap(\.notes).map { note in
      let place = Int((map.seconds(atTick: note.onset) + 1e-6) / seconds) % 2
      return [[0, 4, 7], [6, 10, 1]][place].contains(Int(note.pitch) % 12)
    }
    return (Double(inside.count { $0 }) / Double(inside.count), inside.count)
  }

  @Test func `chords begin with the first new bar behind a primer`() throws {
    var settings = try settings("F# C")
    settings.primer = try Score(motif: "C4/1 E4/1 G4/1")
    let score = try piece(model("remi"), settings).score
    let (inChord, count) = try share(score, of: [[6, 10, 1], [0, 4, 7]], from: 3)
    #expect(count > 100)
    #expect(inChord > 0.6)
  }

  // Where a chord begins, the lowest note goes to its root, or to what stands behind its slash.
  @Test func `the bass goes to the root`() throws {
    let model = try model("pianoroll")
    var settings = try settings("C/E F")
    settings.steering.pitches = 36...84
    var found = [0, 0]
    for seed in 1...6 as ClosedRange<UInt64> {
      settings.seed = seed
      let score = try piece(model, settings).score
      let metre = try #require(score.metreMap)
      for (bar, notes) in Dictionary(
        grouping: score.tracks.flatMap(\.notes), by: { metre.bar(at: $0.onset) })
      {
        let first = notes.map(\.onset).min()
        guard let lowest = notes.filter({ $0.onset == first }).map(\.pitch).min(), lowest < 50
        else { continue }
        found[1] += 1
        if lowest % 12 == (bar % 2 == 0 ? 4 : 5) { found[0] += 1 }
      }
    }
    // Of the three tones of a triad, or of all twelve, it would be a third at most.
    #expect(found[1] > 30)
    #expect(Double(found[0]) / Double(found[1]) > 0.5, "\(found)")
  }

  @Test func `notes come as often as without chords`() throws {
    let model = try model("performance")
    func notes(_ chords: String?) throws -> Int {
      var settings = try settings(chords)
      settings.length = .seconds(60)
      return try (1...4 as ClosedRange<UInt64>).reduce(0) { sum, seed in
        settings.seed = seed
        return sum + (try piece(model, settings)).score.tracks.flatMap(\.notes).count
      }
    }
    let (free, led) = (Double(try notes(nil)), Double(try notes(Self.progression)))
    #expect(abs(led / free - 1) < 0.1, "\(led) \(free)")
  }

  @Test func `a model that knows keys is told that of the chords, if no other is asked for`() throws
  {
    var piece = PieceAttributes()
    piece.key = Key(tonic: 2, isMinor: true)
    let vocabulary = try ConditionedVocabulary(
      base: try VocabularyConfiguration(named: "remi").makeVocabulary(),
      conditions: Conditions([.key], of: [piece]))
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 8, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 1), vocabulary: vocabulary)
    var settings = try settings("Dm Gm A7 Dm")
    #expect(settings.tellingConditions(to: model).conditions.key == Key(tonic: 2, isMinor: true))
    settings.steering.keep(to: try #require(Scale("F major")))
    #expect(settings.tellingConditions(to: model).conditions.key == Key(tonic: 5, isMinor: false))
  }

  @Test func `a strength out of its range is named, and drums have no chords`() throws {
    var settings = try settings("C")
    settings.steering.chordStrength = 11
    let error = #expect(throws: GenerationError.self) { try settings.validate() }
    #expect(error?.description.hasPrefix("chordStrength is 11") == true)
    var drums = PianoRollVocabulary.Configuration()
    drums.program = 128
    let vocabulary = try PianoRollVocabulary(drums)
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 8, layerCount: 1), seed: 1
      ),
      vocabulary: vocabulary)
    settings.steering.chordStrength = 3
    let refused = #expect(throws: GenerationError.self) {
      try PieceGenerator(model: model, settings: settings)
    }
    #expect(refused?.description == "the model plays drums only, which have no chords")
  }
}
