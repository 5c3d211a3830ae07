import Modeling
import Music
import Recurrent
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@testable import Generation

/// Pieces made of sections that come back, by models that have learned in the test.
struct SectionTests {
  enum Kind: CaseIterable, Sendable { case frames, heldFrames, bars, merged, conditioned }

  private static func vocabulary(_ kind: Kind, for pieces: [Score]) throws -> any Vocabulary {
    var roll = PianoRollVocabulary.Configuration()
    (roll.framesPerWhole, roll.lowestPitch, roll.highestPitch) = (8, 60, 67)
    var metrical = MetricalConfiguration()
    (metrical.lowestPitch, metrical.highestPitch, metrical.velocityBins) = (60, 67, 0)
    (metrical.tempos, metrical.programs) = (false, false)
    metrical.resolutions = [.init(beats: 4, positions: 2)]
    metrical.signatures = [.init(3, 4), .init(4, 4)]
    switch kind {
    case .frames: return try PianoRollVocabulary(roll)
    case .heldFrames:
      roll.holds = true
      return try PianoRollVocabulary(roll)
    case .bars: return try MetricalVocabulary(.remi, metrical)
    case .merged:
      let base = try MetricalVocabulary(.remi, metrical)
      return try MergedVocabulary.learn(
        from: pieces.map { base.encode($0)[...] }, base: base, count: 30)
    case .conditioned:
      return try ConditionedVocabulary(
        base: try vocabulary(.merged, for: pieces),
        conditions: Conditions([.density], of: pieces.map { PieceAttributes($0) }))
    }
  }

  private static let models: [Kind: Result<Model, any Error>] = Dictionary(
    uniqueKeysWithValues: Kind.allCases.map { kind in
      (
        kind,
        Result {
          let pieces = try RepeatingModel.pieces(count: 6)
          return try RepeatingModel.trained(
            on: pieces, passes: 4, in: try vocabulary(kind, for: pieces))
        }
      )
    })

  private func model(_ kind: Kind) throws -> Model { try #require(Self.models[kind]).get() }

  private func settings(_ form: String, bars: Int = 2, seed: UInt64 = 1) throws
    -> GenerationSettings
  {
    var settings = GenerationSettings()
    settings.length = .form(try Form(form, sectionBars: bars))
    settings.seed = seed
    return settings
  }

  private func piece(_ model: Model, _ settings: GenerationSettings) throws -> Score {
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    return generator.score
  }

  /// The notes of each section, from its start.
  private func sections(_ score: Score, bars: Int = 2) throws -> [[Note]] {
    let metre = try #require(score.metreMap)
    let count = metre.barCount(before: score.endTick) / bars
    return (0..<count).map { section in
      let ticks = metre.tick(ofBar: section * bars)..<metre.tick(ofBar: (section + 1) * bars)
      return score.tracks.flatMap(\.notes).filter { ticks.contains($0.onset) }.map { note in
        // None hangs over into the next.
        #expect(note.end <= ticks.upperBound)
        var note = note
        note.onset -= ticks.lowerBound
        return note
      }
    }
  }

  /// How large a share of two sections' notes, of the larger one's, both have.
  private func likeness(_ first: [Note], _ second: [Note]) -> Double {
    let common = Set(first).intersection(second).count
    return Double(common) / Double(max(1, first.count, second.count))
  }

  @Test(arguments: Kind.allCases)
  func `a letter that comes again comes back note for note, another is something else`(
    _ kind: Kind
  ) throws {
    let model = try model(kind)
    for seed in 1...8 as ClosedRange<UInt64> {
      let score = try piece(model, settings("AABA", seed: seed))
      let sections = try sections(score)
      try #require(sections.count == 4)
      #expect(score.endTick == score.metreMap?.tick(ofBar: 8))
      #expect(!sections[0].isEmpty)
      #expect(sections[1] == sections[0] && sections[3] == sections[0])
      #expect(likeness(sections[2], sections[0]) < 0.7, "\(seed)")
    }
  }

  @Test(arguments: Kind.allCases)
  func `a varied section shares most with what it varies, and comes back as it was varied`(
    _ kind: Kind
  ) throws {
    let model = try model(kind)
    var shares: [Double] = []
    for seed in 1...12 as ClosedRange<UInt64> {
      let sections = try sections(piece(model, settings("AA'BA'A''A", seed: seed)))
      try #require(sections.count == 6)
      #expect(sections[3] == sections[1] && sections[5] == sections[0])
      shares += [likeness(sections[1], sections[0]), likeness(sections[4], sections[0])]
    }
    let mean = shares.reduce(0, +) / Double(shares.count)
    #expect((0.5..<0.98).contains(mean), "\(mean)")
    #expect(shares.count { $0 < 1 } > 12, "\(shares)")
  }

  @Test(arguments: Kind.allCases)
  func `pieces with a form are the same in a batch, as a stream and again, to the byte`(
    _ kind: Kind
  ) async throws {
    let model = try model(kind)
    let batch = try PieceBatch(
      model: model, settings: settings("ABA'B", bars: 1), seeds: (0..<20).map { UInt64($0) })
    var scores: [Int: Score] = [:]
    while let pieces = batch.next() {
      for piece in pieces { scores[piece.index] = piece.score }
    }
    for seed in [0, 7, 19] as [UInt64] {
      let settings = try settings("ABA'B", bars: 1, seed: seed)
      let stream = try PieceStream(model: model, settings: settings)
      var strikes = 0
      for await passage in stream {
        strikes += passage.messages.count {
          if case .noteOn? = $0.message { true } else { false }
        }
      }
      let alone = try piece(model, settings)
      let beside = try #require(scores[Int(seed)])
      let bytes = (alone.midiFile().bytes(), beside.midiFile().bytes())
      #expect(bytes.0 == bytes.1)
      #expect(await stream.score == alone)
      #expect(strikes == alone.tracks.reduce(0) { $0 + $1.notes.count })
    }
  }

  @Test(arguments: Kind.allCases)
  func `a section may be of one bar, and the form of many`(_ kind: Kind) throws {
    let score = try piece(model(kind), settings("ABCABCABCABCABC", bars: 1))
    let sections = try sections(score, bars: 1)
    #expect(sections.count == 15)
    #expect((3..<15).allSatisfy { sections[$0] == sections[$0 - 3] })
  }

  @Test func `new material is less like what was heard than if nobody had asked for a form`() throws
  {
    let model = try model(.bars)
    var (asked, free) = (0.0, 0.0)
    for seed in 1...20 as ClosedRange<UInt64> {
      let formed = try sections(piece(model, settings("AB", seed: seed)))
      var settings = try settings("AB", seed: seed)
      settings.length = .bars(4)
      let score = try piece(model, settings)
      let metre = try #require(score.metreMap)
      let notes = score.tracks.flatMap(\.notes)
      let half = metre.tick(ofBar: 2)
      let second = notes.filter { $0.onset >= half }.map { note in
        Note(
          onset: note.onset - half, duration: note.duration, pitch: note.pitch,
          velocity: note.velocity)
      }
      asked += likeness(formed[1], formed[0])
      free += likeness(second, notes.filter { $0.onset < half })
    }
    #expect(asked < free, "\(asked) \(free)")
  }

  @Test(arguments: Kind.allCases)
  func `a primer begins the first section and comes back with it`(_ kind: Kind) throws {
    let model = try model(kind)
    var settings = try settings("ABA")
    settings.primer = try Score(motif: "C4 E4 G4")
    let sections = try sections(piece(model, settings))
    try #require(sections.count == 3)
    #expect(sections[0].prefix(3).map(\.pitch) == [60, 64, 67])
    #expect(sections[2] == sections[0] && sections[0].count > 3)
    settings.primer = try Score(motif: Array(repeating: "C4", count: 9).joined(separator: " "))
    let error = #expect(throws: GenerationError.self) { try piece(model, settings) }
    #expect(
      error?.description == "the primer is 3 bars long, expected at most the 2 of a section")
  }

  @Test func `models that recall nothing or tell no bars keep to no form, and neither do searches`()
    throws
  {
    func model(_ name: String, recall: Recall?) throws -> Model {
      let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
      return Model(
        network: try Network(
          NetworkConfiguration(
            vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1,
            recall: recall), seed: 1), vocabulary: vocabulary)
    }
    for (name, recall) in [("remi", nil), ("performance", Recall()), ("tsd", Recall())] {
      let error = #expect(throws: GenerationError.self) {
        try PieceGenerator(model: model(name, recall: recall), settings: settings("AB"))
      }
      guard case .form? = error?.reason else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
    #expect(throws: GenerationError.self) {
      try BeamSearch(model: self.model(.bars), settings: settings("AB"), width: 2)
    }
  }

  @Test func `steering holds in what is drawn, and a section comes back all the same`() throws {
    var settings = try settings("AA'BA", seed: 5)
    settings.steering.scale = Scale("C-pentatonic")
    settings.steering.isScaleStrict = true
    settings.steering.density = 2
    settings.sampling.topP = 0.9
    settings.sampling.repetitionPenalty = 2
    for kind in Kind.allCases {
      let sections = try sections(piece(try model(kind), settings))
      try #require(sections.count == 4)
      #expect(sections[3] == sections[0])
      #expect(sections.joined().allSatisfy { [0, 2, 4, 7, 9].contains($0.pitch % 12) })
    }
  }
}
