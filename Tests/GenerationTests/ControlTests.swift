import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// What was asked for, measured on the score that is written: vocabularies, wishes and seeds.
struct ControlTests {
  struct Wish: Sendable, CustomTestStringConvertible {
    var note: Double?
    var rest: Double?
    var polyphony: Int?
    var range: ClosedRange<UInt8>?
    var key: String?
    var density: Double?

    func settings(seed: UInt64) -> GenerationSettings {
      var settings = GenerationSettings()
      settings.length = .tokens(700)
      settings.seed = seed
      settings.longestNoteSeconds = note
      settings.longestRestSeconds = rest
      settings.steering.polyphony = polyphony
      settings.steering.density = density
      settings.steering.pitches = range
      settings.steering.scale = key.flatMap(Scale.init)
      settings.steering.isScaleStrict = key != nil
      return settings
    }

    var testDescription: String {
      "note \(note ?? 0) rest \(rest ?? 0) polyphony \(polyphony ?? 0) "
        + "range \(range.map { "\($0)" } ?? "all") key \(key ?? "none")"
    }
  }

  static let wishes = [
    Wish(note: 1), Wish(rest: 1), Wish(polyphony: 1), Wish(polyphony: 2), Wish(polyphony: 4),
    Wish(rest: 1, range: 60...72), Wish(rest: 0.5, key: "D-minor"),
    Wish(note: 1, rest: 1, polyphony: 1, range: 60...72, key: "D-minor"),
    Wish(note: 2, rest: 0.75, polyphony: 2, range: 48...84),
  ]

  static let models: [Model] = (VocabularyConfiguration.names + ["merged", "drums"]).compactMap {
    do {
      return try model($0)
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  static func model(_ name: String) throws -> Model {
    let vocabulary: any Vocabulary
    switch name {
    case "merged":
      let base = try MetricalVocabulary(.remi)
      let scale = (0..<60).map {
        Note(onset: $0 * 240, duration: 240, pitch: UInt8(55 + $0 * 7 % 24))
      }
      let piece = base.encode(Score(tracks: [Track(notes: scale)], endTick: 60 * 240))
      vocabulary = try MergedVocabulary.learn(
        from: [piece[...], piece[...]], base: base, count: 40)
    case "drums":
      var settings = PerformanceVocabulary.Configuration()
      settings.program = 128
      vocabulary = try PerformanceVocabulary(settings)
    case "programs":
      var settings = PerformanceVocabulary.Configuration()
      settings.programs = true
      vocabulary = try PerformanceVocabulary(settings)
    default: vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    }
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  /// A note in seconds.
  struct Heard {
    var onset: Double
    var end: Double
    var pitch: UInt8
    var isDrum: Bool
  }

  func heard(_ score: Score) -> [Heard] {
    let tempoMap = score.tempoMap
    return score.tracks.flatMap { track in
      track.notes.map {
        Heard(
          onset: tempoMap.seconds(atTick: $0.onset), end: tempoMap.seconds(atTick: $0.end),
          pitch: $0.pitch, isDrum: track.isDrums)
      }
    }.sorted { $0.onset < $1.onset }
  }

  func mostAtOnce(_ score: Score) -> Int {
    let changes = score.tracks.flatMap(\.notes).flatMap { [($0.onset, 1), ($0.end, -1)] }
    var sounding = 0
    return changes.sorted { $0 < $1 }.reduce(0) { most, change in
      sounding += change.1
      return max(most, sounding)
    }
  }

  @Test(arguments: VocabularyConfiguration.names)
  func `a rest that was asked for is kept however few notes are`(name: String) throws {
    let settings = Wish(rest: 1, density: 0.4).settings(seed: 2)
    let generator = try PieceGenerator(model: try Self.model(name), settings: settings)
    while generator.next() != nil {}
    let onsets = heard(generator.score).map(\.onset)
    let gaps = zip(onsets, onsets.dropFirst()).map { $1 - $0 }
    #expect(gaps.count > 20 && gaps.allSatisfy { $0 <= 1 + 1e-6 }, "\(gaps.max() ?? 0) s")
  }

  @Test(arguments: wishes, 1...3 as ClosedRange<UInt64>)
  func `what is asked for is what the piece holds`(_ wish: Wish, _ seed: UInt64) throws {
    for model in Self.models {
      let playsPitches = (0..<Token(model.vocabulary.count)).contains { token in
        model.vocabulary.events(of: token).contains { if case .note = $0 { true } else { false } }
      }
      if !playsPitches, wish.range != nil || wish.key != nil { continue }
      let generator = try PieceGenerator(model: model, settings: wish.settings(seed: seed))
      while generator.next() != nil {}
      let score = generator.score
      let notes = heard(score)
      let name = "\(model.vocabulary.configuration.name), \(notes.count) notes"
      #expect(notes.count > 20, "\(name)")
      if let longest = wish.note {
        #expect(notes.allSatisfy { $0.end - $0.onset <= longest + 1e-6 }, "\(name)")
      }
      if let rest = wish.rest {
        let gaps = zip([0] + notes.map(\.onset), notes.map(\.onset)).map { $1 - $0 }
        #expect((gaps.max() ?? 0) <= rest + 1e-6, "\(name): \(gaps.max() ?? 0) s")
      }
      if let polyphony = wish.polyphony { #expect(mostAtOnce(score) <= polyphony, "\(name)") }
      if let range = wish.range {
        #expect(notes.allSatisfy { $0.isDrum || range.contains($0.pitch) }, "\(name)")
      }
      if let key = wish.key, let scale = Scale(key) {
        #expect(notes.allSatisfy { $0.isDrum || scale.contains($0.pitch) }, "\(name)")
      }
    }
  }

  @Test func `a model of drums has neither a key nor a range`() throws {
    let drums = try Self.model("drums")
    for wish in [Wish(range: 60...72), Wish(key: "D-minor")] {
      let error = #expect(throws: GenerationError.self) {
        try PieceGenerator(model: drums, settings: wish.settings(seed: 1))
      }
      #expect(error?.description.hasPrefix("the model plays drums only") == true)
    }
  }

  @Test func `notes that may be forgotten end with what the model learned from`() throws {
    for name in VocabularyConfiguration.names {
      var model = try Self.model(name)
      model.provenance.longestNoteSeconds = 0.75
      var settings = Wish().settings(seed: 1)
      settings.longestNoteSeconds = nil
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      let longest = heard(generator.score).map { $0.end - $0.onset }.max() ?? 0
      #expect((longest <= 0.75 + 1e-6) != model.vocabulary.tellsDurations, "\(name): \(longest) s")
    }
  }

  @Test func `what no training piece has is not drawn unless it is asked for`() throws {
    func pitches(_ model: Model, _ settings: GenerationSettings, after tick: Int = -1) throws
      -> [UInt8]
    {
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      return generator.score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
        .filter { $0.onset > tick }.map(\.pitch)
    }
    for name in VocabularyConfiguration.names + ["merged", "drums"] {
      var model = try Self.model(name)
      let free = try pitches(model, Wish().settings(seed: 1))
      model.provenance.pitches = .within(60...67)
      let kept = try pitches(model, Wish().settings(seed: 1))
      #expect(kept.allSatisfy { 60...67 ~= $0 }, "\(name)")
      #expect(kept.isEmpty == (name == "drums"), "\(name)")
      guard name != "drums" else { continue }
      // An untrained network strikes all over its vocabulary.
      #expect(!free.allSatisfy { 60...67 ~= $0 }, "\(name)")
      let asked = try pitches(model, Wish(range: 70...80).settings(seed: 1))
      #expect(!asked.isEmpty && asked.allSatisfy { 70...80 ~= $0 }, "\(name)")

      // A primer may lie outside, and a key of which nothing lies inside has its way.
      var settings = Wish().settings(seed: 1)
      settings.primer = Score(
        tracks: [Track(notes: [Note(onset: 0, duration: 480, pitch: 84)])], endTick: 480)
      let goingOn = try pitches(model, settings, after: 0)
      #expect(!goingOn.isEmpty && goingOn.allSatisfy { 60...67 ~= $0 }, "\(name)")
      model.provenance.pitches = .within(61...61)
      #expect(try !pitches(model, Wish(key: "C-major").settings(seed: 1)).isEmpty, "\(name)")
    }
  }

  @Test(arguments: ["tsd", "remi", "merged", "programs"])
  func `who learned from drums alone strikes no pitch, though the vocabulary has them`(
    name: String
  ) throws {
    var model = try Self.model(name)
    func tracks() throws -> [Track] {
      let generator = try PieceGenerator(model: model, settings: Wish().settings(seed: 1))
      while generator.next() != nil {}
      return generator.score.tracks.filter { !$0.notes.isEmpty }
    }
    // An untrained network strikes all over its vocabulary.
    #expect(try !tracks().allSatisfy(\.isDrums))
    #expect(model.abilities.strikesPitches)
    model.provenance.pitches = .drumsOnly
    let kept = try tracks()
    #expect(!kept.isEmpty && kept.allSatisfy(\.isDrums))
    var violin = Wish().settings(seed: 1)
    violin.steering.programs = [40]
    #expect(throws: GenerationError.self) { try PieceGenerator(model: model, settings: violin) }
    #expect(!model.abilities.strikesPitches)
    for wish in [Wish(range: 60...72), Wish(key: "D-minor")] {
      let error = #expect(throws: GenerationError.self) {
        try PieceGenerator(model: model, settings: wish.settings(seed: 1))
      }
      #expect(error?.description.hasPrefix("the model plays drums only") == true)
    }
  }
}
