import Foundation
@testable import Generation
import Modeling
import Music
import Recurrent
import Settings
import Testing
import Tokenization

struct ConditionsTests {
  private static func attributes() -> [PieceAttributes] {
    ["jig", "reel"].enumerated().map { index, style in
      var piece = PieceAttributes()
      piece.style = style
      piece.key = Key(tonic: 2 * index, isMinor: false)
      piece.metre = .init(numerator: 3 + index, denominator: 4)
      piece.tempo = 120
      piece.density = 4
      piece.instruments = [.piano]
      return piece
    }
  }

  private func model(
    _ name: String, _ kinds: [ConditionKind] = ConditionKind.allCases, recall: Recall? = nil,
    of pieces: [PieceAttributes] = ConditionsTests.attributes()
  ) throws -> Model {
    let vocabulary = try ConditionedVocabulary(
      base: try VocabularyConfiguration(named: name).makeVocabulary(),
      conditions: Conditions(kinds, of: pieces))
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 2,
        recall: recall, conditionSlots: vocabulary.conditions.slotSizes),
      seed: 1)
    // Untrained weights are so small that what is read hardly changes what is drawn.
    for index in network.parameters.indices { network.parameters[index] *= 4 }
    return Model(network: network, vocabulary: vocabulary)
  }

  private var settings: GenerationSettings {
    var settings = GenerationSettings()
    settings.length = .tokens(60)
    settings.seed = 5
    return settings
  }

  private func piece(_ model: Model, _ settings: GenerationSettings) throws -> Score {
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    return generator.score
  }

  @Test(arguments: VocabularyConfiguration.names)
  func `what is told changes the piece, in a batch as alone, guided or not`(_ name: String) throws {
    let model = try model(name, recall: Recall(lengths: [2]))
    var told = settings
    told.conditions = Self.attributes()[1]
    #expect(try piece(model, settings) != piece(model, told))
    for guidance in [Float(1), 1.5] {
      told.guidance = guidance
      let batch = try PieceBatch(
        model: model, settings: told, seeds: (0..<20).map { UInt64($0) + 5 })
      var scores: [Int: Score] = [:]
      while let pieces = batch.next() {
        for piece in pieces { scores[piece.index] = piece.score }
      }
      for index in [0, 7, 19] {
        told.seed = UInt64(index) + 5
        #expect(try piece(model, told) == scores[index], "\(guidance)")
      }
    }
  }

  // A network of random weights likes all pitches about alike, in its key or not.
  @Test func `a piece is led to the key that it is told where nobody asks for one`() throws {
    let model = try model("remi", [.key])
    var settings = settings
    settings.length = .tokens(2_000)
    settings.longestNoteSeconds = 0.3
    // How many of all notes are of the key's scale, and how many its tonic.
    func shares(_ tonic: Int, strength: Float) throws -> (scale: Double, tonic: Double) {
      settings.conditions.key = Key(tonic: tonic, isMinor: false)
      settings.toldKeyStrength = strength
      var counts = [Double](repeating: 0, count: 12)
      for seed in 5...8 as ClosedRange<UInt64> {
        settings.seed = seed
        for note in try piece(model, settings).tracks.filter({ !$0.isDrums }).flatMap(\.notes) {
          counts[(Int(note.pitch) + 12 - tonic) % 12] += 1
        }
      }
      let all = counts.reduce(0, +)
      return ([0, 2, 4, 5, 7, 9, 11].reduce(0) { $0 + counts[$1] } / all, counts[0] / all)
    }
    for tonic in [0, 2] {
      let (free, led) = (try shares(tonic, strength: 0), try shares(tonic, strength: 3))
      #expect(led.scale > free.scale + 0.1, "\(tonic): \(free), \(led)")
      #expect(led.tonic > free.tonic + 0.05, "\(tonic): \(free), \(led)")
    }
  }

  @Test func `guidance is the logits of both, and 0 forgets what is told`() throws {
    let model = try model("remi")
    var told = settings
    told.conditions.style = "jig"
    told.guidance = 0
    #expect(try piece(model, told) == piece(model, settings))
    told.guidance = 1
    let plain = try piece(model, told)
    told.guidance = 3
    #expect(try piece(model, told) != plain)

    let stepper = try GuidedStepper(model, pieces: 2, guidance: 3)
    let reference = try Stepper(model.network, streams: 3)
    let vocabulary = try #require(model.vocabulary as? ConditionedVocabulary)
    let first = vocabulary.opening(telling: Self.attributes()[0])
    let second = vocabulary.opening(telling: Self.attributes()[1])
    var (guided, each): ([Float], [Float]) = ([], [])
    for (index, untold) in vocabulary.opening().enumerated() {
      stepper.step([Int32(first[index]), Int32(second[index])], logits: &guided)
      reference.step([Int32(first[index]), Int32(second[index]), Int32(untold)], logits: &each)
    }
    let size = vocabulary.count
    for token in 0..<size {
      for piece in 0..<2 {
        let without = each[2 * size + token]
        let expected = without + 3 * (each[piece * size + token] - without)
        #expect(abs(guided[piece * size + token] - expected) < 1e-4)
      }
    }
  }

  @Test func `candidates for a piece are told the same, and the first is the piece itself`()
    throws
  {
    var model = try model("remi", [.style, .key, .metre])
    let known = try #require(model.vocabulary.knownConditions)
    model.provenance.conditions = ConditionMix(of: Self.attributes(), in: known)
    var settings = settings
    let seeds = (5..<25).map { UInt64($0) }
    let batch = try PieceBatch(
      model: model, settings: settings, seeds: seeds, candidates: 2, measuresLikelihood: true)
    var pieces: [Int: PieceBatch.Piece] = [:]
    while let written = batch.next() {
      for piece in written { pieces[piece.index] = piece }
    }
    for (place, seed) in seeds.enumerated() {
      let (first, second) = (try #require(pieces[2 * place]), try #require(pieces[2 * place + 1]))
      #expect(first.told == second.told && first.told.count == 3)
      #expect(first.score != second.score)
      settings.seed = seed
      #expect(try piece(model, settings) == first.score)
    }
    let told = Set(pieces.values.map(\.told))
    #expect(told.count == 2)
  }

  @Test func `a piece is as likely as the network finds it as it is told, without guidance`()
    throws
  {
    let model = try model("performance")
    var asked = settings
    asked.conditions = Self.attributes()[1]
    asked.guidance = 3
    asked.longestRestSeconds = nil
    let batch = try PieceBatch(
      model: model, settings: asked, seeds: [asked.seed], measuresLikelihood: true)
    var found: Double?
    while let pieces = batch.next() { found = pieces.first?.logLikelihoodPerToken ?? found }
    let generator = try PieceGenerator(model: model, settings: asked)
    var tokens: [Token] = []
    while let token = generator.next() { tokens.append(token) }
    if generator.tokenCount > tokens.count { tokens.append(model.vocabulary.end) }

    let reference = try Stepper(model.network, streams: 1)
    var grammar = model.vocabulary.makeGrammar()
    var logits: [Float] = []
    for token in model.vocabulary.opening(telling: asked.conditions) {
      grammar.advance(token)
      reference.step([Int32(token)], logits: &logits)
    }
    var sum = 0.0
    for token in tokens {
      let allowed = grammar.allowed
      let weights = logits.indices.map { allowed[Token($0)] ? exp(Double(logits[$0])) : 0 }
      sum += log(weights[Int(token)] / weights.reduce(0, +))
      if token == model.vocabulary.end { break }
      grammar.advance(token)
      reference.step([Int32(token)], logits: &logits)
    }
    let measured = try #require(found)
    #expect(abs(measured - sum / Double(tokens.count)) < 1e-3)
  }

  private func told(_ model: Model, _ settings: GenerationSettings, seeds: Int = 60) throws
    -> [[String]]
  {
    let batch = try PieceBatch(
      model: model, settings: settings, seeds: (0..<UInt64(seeds)).map(\.self))
    var told = [[String]](repeating: [], count: seeds)
    while let pieces = batch.next() {
      for piece in pieces { told[piece.index] = piece.told }
    }
    return told
  }

  @Test func `what is not asked for is told as the training pieces combine it`() throws {
    var model = try model("remi", [.style, .key, .metre])
    let known = try #require(model.vocabulary.knownConditions)
    let (jig, reel) = (Self.attributes()[0], Self.attributes()[1])
    model.provenance.conditions = ConditionMix(of: [reel, jig, reel, reel], in: known)
    var settings = settings
    settings.length = .tokens(1)
    let jigs = ["style jig", "key C-major", "metre 3/4"]
    let reels = ["style reel", "key D-major", "metre 4/4"]
    let free = try told(model, settings)
    #expect(Set(free) == [jigs, reels])
    // Of 60 pieces a quarter, give or take four standard deviations.
    #expect((2...28).contains(free.count { $0 == jigs }))
    #expect(try told(model, settings) == free)
    settings.conditions.key = jig.key
    #expect(Set(try told(model, settings)) == [jigs])
    settings.conditions.key = Key(tonic: 9, isMinor: true)
    #expect(
      Set(try told(model, settings)) == [
        ["style jig", "key A-minor", "metre 3/4"], ["style reel", "key A-minor", "metre 4/4"],
      ])
    settings.completesConditions = false
    #expect(Set(try told(model, settings)) == [["key A-minor"]])
  }

  @Test func `a primer tells its key and metre, and what is asked for goes before them`() throws {
    var model = try model("remi", [.style, .key, .metre])
    let known = try #require(model.vocabulary.knownConditions)
    model.provenance.conditions = ConditionMix(of: Self.attributes(), in: known)
    var settings = settings
    settings.length = .tokens(1)
    settings.primer = try Score(motif: "D4 F#4 A4 D5 A4 F#4 D4")
    settings.primer?.timeSignatures = [TimeSignature(tick: 0, numerator: 4, denominator: 4)]
    #expect(Set(try told(model, settings)) == [["style reel", "key D-major", "metre 4/4"]])
    settings.conditions.key = Key(tonic: 0, isMinor: false)
    #expect(
      try told(model, settings).allSatisfy { $0.dropFirst() == ["key C-major", "metre 4/4"] })
  }

  @Test func `a primer tells its tempo, its metre and who plays, where others would be drawn`()
    throws
  {
    var (own, other) = (PieceAttributes(), PieceAttributes())
    (own.metre, own.tempo) = (.init(numerator: 4, denominator: 4), 120)
    own.instruments = [.piano]
    (other.metre, other.tempo) = (.init(numerator: 3, denominator: 4), 60)
    other.instruments = [.strings]
    var model = try model("remi", [.metre, .tempo, .instruments], of: [own, other])
    let known = try #require(model.vocabulary.knownConditions)
    model.provenance.conditions = ConditionMix(of: [other], in: known)
    var settings = settings
    settings.length = .tokens(1)
    #expect(
      Set(try told(model, settings, seeds: 9)) == [["metre 3/4", "tempo 60", "with strings"]])
    // What tells neither is read in common time, at 120; others may come in.
    settings.primer = try Score(motif: "D4 F#4 A4 D5 A4 F#4 D4")
    #expect(
      Set(try told(model, settings, seeds: 9)) == [
        ["metre 4/4", "tempo 120", "with piano", "with strings"]
      ])
    settings.primer?.tempos = [TempoChange(tick: 0, quartersPerMinute: 60)]
    #expect(try told(model, settings, seeds: 1)[0].contains("tempo 60"))
  }

  /// What a model that knows densities of 2, 4 and 8, at 120 quarter notes a minute if it knows tempos, is told where 4
  /// is asked for.
  private func toldOfDensity(
    _ name: String, _ kinds: [ConditionKind] = [.density], tempo: Double? = nil,
    primerTempo: Double? = nil
  ) throws -> [String] {
    let pieces = [2.0, 4, 8].map { density in
      var piece = PieceAttributes()
      (piece.density, piece.tempo) = (density, 120)
      return piece
    }
    let model = try model(name, kinds, of: pieces)
    var asked = settings
    asked.length = .tokens(1)
    asked.steering.density = 4
    asked.steering.tempo = tempo
    if let primerTempo {
      var primer = try Score(motif: "C4 E4 G4 C5")
      primer.tempos = [TempoChange(tick: 0, quartersPerMinute: primerTempo)]
      asked.primer = primer
    }
    return try told(model, asked.tellingConditions(to: model), seeds: 1)[0]
  }

  // At half the tempo twice as many notes a second are to be written as are heard.
  @Test(arguments: ["performance", "pianoroll"])
  func `a density is told as it is heard where the model is told no tempo`(_ name: String) throws {
    #expect(try toldOfDensity(name) == ["density 4"])
    for (tempo, density) in [(120.0, 4), (60, 8), (240, 2)] {
      #expect(try toldOfDensity(name, tempo: tempo) == ["density \(density)"])
    }
    #expect(
      try toldOfDensity(name, [.density, .tempo], tempo: 120) == ["tempo 120", "density 4"])
    let error = #expect(throws: GenerationError.self) { _ = try toldOfDensity(name, tempo: 30) }
    #expect(
      error?.description
        == "density is 4.0, at this tempo 16 in the model's own time, expected one of 8, 4, 2")
  }

  @Test
  func `a density is told as it is heard in a primer's tempo, too, where no such one is known`()
    throws
  {
    for kinds in [[ConditionKind.density], [.density, .tempo]] {
      #expect(try toldOfDensity("pianoroll", kinds, primerTempo: 60) == ["density 8"])
    }
    // What counts seconds goes on in them.
    #expect(try toldOfDensity("performance", primerTempo: 60) == ["density 4"])
  }

  @Test func `what the sampler is led to is told, and no key where none is near`() throws {
    var model = try model("remi", [.key])
    let known = try #require(model.vocabulary.knownConditions)
    model.provenance.conditions = ConditionMix(of: Self.attributes(), in: known)
    var settings = settings
    settings.length = .tokens(1)
    settings.steering.keep(to: try #require(Scale("A-minor")))
    #expect(Set(try told(model, settings, seeds: 9)) == [["key A-minor"]])
    settings.steering.keep(to: try #require(Scale("C-whole-tone")))
    #expect(Set(try told(model, settings, seeds: 9)) == [[]])
  }

  @Test func `suggestions are taken over, and refused where they cannot be`() throws {
    var model = try model("remi")
    var suggestions = Suggestions()
    suggestions.temperature = 0.5
    suggestions.guidance = 2
    model.provenance.suggestions = suggestions
    try model.checkSuggestions()
    var settings = settings
    settings.sampling.minP = 0.25
    settings.apply(suggestions)
    #expect(settings.sampling.temperature == 0.5 && settings.guidance == 2)
    #expect(settings.sampling.minP == 0.25)
    for (key, fault) in [
      ("temperature", \Suggestions.temperature), ("topP", \.topP), ("minP", \.minP),
      ("repeats", \.repeats), ("guidance", \.guidance),
    ] {
      model.provenance.suggestions = suggestions
      model.provenance.suggestions?[keyPath: fault] = -1
      let error = #expect(throws: GenerationError.self) { try model.checkSuggestions() }
      guard case .setting(let setting) = error?.reason else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(setting.key == key)
    }
    // This model recalls nothing.
    model.provenance.suggestions?.guidance = 2
    model.provenance.suggestions?.repeats = 1.5
    #expect(throws: GenerationError.self) { try model.checkSuggestions() }
  }

  @Test func `beams, primers and streams know what is told`() async throws {
    let model = try model("performance")
    var told = settings
    told.conditions.key = Key(tonic: 2, isMinor: true)
    told.guidance = 2
    told.primer = try Score(motif: "C4 E4 G4")
    let search = try BeamSearch(model: model, settings: told, width: 3)
    while search.advance() {}
    let found = try #require(search.piece)
    #expect(found.primerTick > 0 && found.score.tracks[0].notes.first?.pitch == 60)
    let written = try piece(model, told)
    #expect(written.tracks[0].notes.prefix(3).map(\.pitch) == [60, 64, 67])
    let stream = try PieceStream(model: model, settings: told)
    for await _ in stream {}
    #expect(await stream.score == written)
  }

  @Test func `a primer's drums count for nothing with a model that does not know drums`() throws {
    let pieces = [2.0, 10].map { density in
      var piece = PieceAttributes()
      piece.density = density
      return piece
    }
    let model = try model("performance", [.density], of: pieces)
    let notes = (0..<8).map { Note(onset: 480 * $0, duration: 480, pitch: 60 + UInt8($0 % 3)) }
    var primer = Score(tracks: [Track(notes: notes)], endTick: 3840)
    let adaptation = Adaptation(rate: 0.01, decay: 0.01, segment: 8)
    let alone = try model.adapted(to: primer, by: adaptation)
    // Eight a second beside two.
    let drums = (0..<32).map { Note(onset: 120 * $0, duration: 60, pitch: 36) }
    primer.tracks.append(Track(channel: 9, notes: drums))
    let beside = try model.adapted(to: primer, by: adaptation)
    #expect(alone.network.parameters != model.network.parameters)
    #expect(beside.network.parameters == alone.network.parameters)
  }

  @Test func `a model learns from a primer as what it is told that the piece is`() throws {
    let model = try model("remi", [.style, .key], recall: Recall(lengths: [2]))
    let primer = try Score(motif: "C4 E4 G4 E4 C4 E4 G4 E4")
    let adaptation = Adaptation(rate: 0.01, decay: 0.01, segment: 8)
    var told = PieceAttributes()
    told.style = "reel"
    let untold = try model.adapted(to: primer, by: adaptation)
    let reel = try model.adapted(to: primer, told: told, by: adaptation)
    #expect(reel.network.parameters != untold.network.parameters)
    #expect(reel.network.configuration == model.network.configuration)
    // The embedding of what was told has learnt too, that of the other style has not.
    let (layout, vocabulary) = (
      model.network.layout, try #require(model.vocabulary as? ConditionedVocabulary)
    )
    func moved(_ style: String) throws -> Bool {
      var attributes = PieceAttributes()
      attributes.style = style
      let row = Int(vocabulary.given(telling: attributes)[0]) * 8
      let range = layout[.embedding].offset + row..<layout[.embedding].offset + row + 8
      return reel.network.parameters[range] != model.network.parameters[range]
    }
    #expect(try moved("reel") && !moved("jig"))
    // What nobody asked for is told as the primer has it.
    func moved(_ key: Key) -> Bool {
      var attributes = PieceAttributes()
      attributes.key = key
      let row = Int(vocabulary.given(telling: attributes)[1]) * 8
      let range = layout[.embedding].offset + row..<layout[.embedding].offset + row + 8
      return reel.network.parameters[range] != model.network.parameters[range]
    }
    let key = try #require(PieceAttributes(primer).key)
    #expect(moved(key) && !moved(Key(tonic: (key.tonic + 6) % 12, isMinor: key.isMinor)))
    told.style = "polka"
    #expect(throws: GenerationError.self) { try model.adapted(to: primer, told: told) }
    told = PieceAttributes()
    told.tempo = 90
    #expect(throws: GenerationError.self) { try model.adapted(to: primer, told: told) }
  }

  @Test func `what a model does not know is refused in one line`() throws {
    let model = try model("remi", [.style, .key])
    func message(_ change: (inout GenerationSettings) -> Void, model: Model) -> String {
      var settings = settings
      change(&settings)
      do {
        _ = try PieceGenerator(model: model, settings: settings)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message({ $0.conditions.style = "polka" }, model: model)
        == "style is polka, expected one of jig, reel")
    #expect(
      message({ $0.conditions.tempo = 90 }, model: model)
        == "the model knows no tempo, only style, key")
    #expect(
      message({ $0.guidance = 2 }, model: model)
        == "guidance is 2.0, expected 1 where the model is told no condition")
    #expect(message({ $0.guidance = .nan }, model: model) == "guidance is nan, expected 0 to 10")
    let plain = try VocabularyConfiguration(named: "remi").makeVocabulary()
    let unconditional = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: plain.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1), seed: 1),
      vocabulary: plain)
    #expect(
      message({ $0.conditions.style = "jig" }, model: unconditional) == "the model knows no style")
  }

  @Test func `steering becomes a condition where the model knows it, and else stays`() throws {
    var asked = settings
    asked.steering.scale = Scale("D-minor")
    asked.steering.density = 4
    asked.steering.tempo = 120
    asked.steering.metre = .fixed(numerator: 3, denominator: 4)
    asked.steering.programs = Set(0...7)
    let told = asked.tellingConditions(to: try model("remi"))
    #expect(told.conditions.key == Key(tonic: 2, isMinor: true))
    #expect(told.conditions.density == 4 && told.conditions.tempo == 120)
    #expect(told.conditions.metre?.description == "3/4" && told.conditions.instruments == [.piano])
    #expect(told.steering.scale == nil && told.steering.density == nil)
    // REMI tells tempo, metre and programs itself: what was asked for is held to the token.
    #expect(told.steering.tempo == 120 && told.steering.programs == asked.steering.programs)
    #expect(told.steering.metre == asked.steering.metre)

    let performance = asked.tellingConditions(to: try model("performance"))
    #expect(performance.steering.tempo == nil && performance.steering.programs == nil)
    #expect(performance.steering.metre == .free)
    _ = try PieceGenerator(model: try model("performance"), settings: performance)

    let kept = asked.tellingConditions(to: try model("remi"), keepingSteering: true)
    #expect(kept.steering.scale == asked.steering.scale && kept.steering.density == 4)
    #expect(kept.conditions.key == told.conditions.key)

    var named = settings
    named.conditions.style = "Jig"
    #expect(named.tellingConditions(to: try model("remi")).conditions.style == "jig")

    let onlyStyle = asked.tellingConditions(to: try model("remi", [.style]))
    #expect(onlyStyle.conditions.isEmpty && onlyStyle.steering == asked.steering)
    var mode = settings
    mode.steering.scale = Scale("D-dorian")
    let dorian = mode.tellingConditions(to: try model("remi"))
    // The sampler keeps to the mode; a model that was told another keynote would lead away from it.
    #expect(dorian.steering.scale == mode.steering.scale)
    #expect(dorian.conditions.key == Key(tonic: 2, isMinor: true))
    mode.steering.scale = Scale("D-whole-tone")
    #expect(mode.tellingConditions(to: try model("remi")).conditions.key == nil)
    asked.steering.isScaleStrict = true
    let strict = asked.tellingConditions(to: try model("remi"))
    #expect(strict.steering.scale == asked.steering.scale && strict.conditions.key != nil)
  }

  @Test func `of every mode a key on its own tonic is told`() throws {
    let model = try model("remi")
    let modes = [
      "ionian": false, "dorian": true, "phrygian": true, "lydian": false, "mixolydian": false,
      "aeolian": true, "locrian": true,
    ]
    let tonics = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    for (mode, isMinor) in modes {
      for (tonic, name) in tonics.enumerated() {
        var asked = settings
        asked.steering.keep(to: try #require(Scale("\(name)-\(mode)")))
        let told = asked.tellingConditions(to: model)
        #expect(told.conditions.key == Key(tonic: tonic, isMinor: isMinor), "\(name)-\(mode)")
        // The mode itself is held to by the sampler.
        #expect(told.steering.scale == asked.steering.scale)
      }
    }
  }

  @Test func `a model that knows conditions harmonises and varies`() throws {
    let rolls = try model("pianoroll")
    var settings = HarmonizationSettings()
    settings.particles = 8
    settings.voice = .any
    let melody = try Score(motif: "C4 E4 G4 E4")
    let harmonization = try Harmonization(model: rolls, melody: melody, settings: settings)
    while harmonization.advance() {}
    let pitches = harmonization.draw().tracks.flatMap(\.notes).map(\.pitch)
    #expect(Set(pitches).isSuperset(of: [60, 64, 67]))

    for name in VocabularyConfiguration.names {
      var varying = InpaintingSettings()
      varying.strength = 0.5
      varying.candidates = 3
      let notes = (0..<32).map { Note(onset: $0 * 480, duration: 480, pitch: UInt8(60 + $0 % 5)) }
      let score = Score(tracks: [Track(notes: notes)], endTick: 32 * 480)
      let inpainting = try Inpainting(model: try model(name), score: score, settings: varying)
      while inpainting.advance() {}
      #expect(inpainting.spansWritten == inpainting.spans.count && inpainting.spansWritten > 0)
      #expect(inpainting.changes.kept > 0)
    }
  }
}
