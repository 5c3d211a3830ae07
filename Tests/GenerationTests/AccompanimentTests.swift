import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// Pieces that are written to a given part.
struct AccompanimentTests {
  private func model(
    _ base: VocabularyConfiguration, _ part: GivenPart = .named("tune"), recall: Recall? = nil
  ) throws -> Model {
    let vocabulary = try AccompaniedVocabulary(base: base, part: part)
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1,
          recall: recall),
        seed: 3), vocabulary: vocabulary)
  }

  /// A tune off the grid in 3/4 and 4/4, with a pedal, a lyric and a trill, and other tracks.
  private var piece: Score {
    let tune = (0..<20).map { index in
      Note(
        onset: 7 + index * 331, duration: 301, pitch: UInt8(70 + index % 5),
        velocity: UInt8(50 + index), releaseVelocity: 33)
    }
    return Score(
      title: "A tune", division: .ticksPerQuarter(336),
      tracks: [
        Track(
          name: "Tune", channel: 0, notes: tune,
          messages: [
            TrackMessage(tick: 0, kind: .program(40)),
            TrackMessage(tick: 500, kind: .control(controller: 64, value: 127)),
          ], texts: [TextEvent(tick: 7, kind: .lyric, text: "la")]),
        Track(name: "Bass", channel: 1, notes: [Note(onset: 0, duration: 90_000, pitch: 40)]),
        Track(channel: 9, notes: [Note(onset: 0, duration: 10, pitch: 36)]),
      ],
      tempos: [
        TempoChange(tick: 0, microsecondsPerQuarter: 600_000),
        TempoChange(tick: 2016, microsecondsPerQuarter: 400_001),
      ],
      timeSignatures: [
        TimeSignature(tick: 0, numerator: 3, denominator: 4),
        TimeSignature(tick: 3 * 3 * 336, numerator: 4, denominator: 4),
      ], endTick: 90_000)
  }

  private func write(_ accompaniment: Accompaniment, _ model: Model, seeds: [UInt64]) throws
    -> [Score]
  {
    var settings = GenerationSettings()
    settings.steering.polyphony = 4
    let batch = try PieceBatch(
      model: model, settings: accompaniment.settings(settings), seeds: seeds)
    var scores: [Int: Score] = [:]
    while let pieces = batch.next() {
      for piece in pieces { scores[piece.index] = piece.score }
    }
    return seeds.indices.compactMap { scores[$0] }
  }

  @Test(arguments: [VocabularyConfiguration.remi(), .tsd()], [nil, Recall(lengths: [2])])
  func
    `the given part is kept to the tick, with its tempo and metre, and what is written ends with it`(
      _ base: VocabularyConfiguration, _ recall: Recall?
    ) throws
  {
    let model = try model(base, recall: recall)
    let accompaniment = try Accompaniment(model: model, piece: piece)
    let written = try write(accompaniment, model, seeds: [1, 2, 3])
    #expect(Set(written).count == 3)
    // The last note ends in the second bar of 4/4, after three of 3/4.
    #expect(accompaniment.line.barCount == 6)
    for score in written {
      let both = Score(try MIDIFile(bytes: accompaniment.joined(with: score).midiFile().bytes()))
      var tune = piece.tracks[0]
      tune.messages.removeAll { $0.tick > both.endTick }
      #expect(both.tracks[0] == tune)
      #expect(both.division == piece.division && both.title == piece.title)
      #expect(both.tempos == piece.tempos && both.timeSignatures == piece.timeSignatures)
      #expect(both.endTick <= 3 * 3 * 336 + 3 * 4 * 336)
      let others = both.tracks.dropFirst()
      #expect(!others.isEmpty)
      #expect(!others.contains { $0.part == tune.part })
      #expect(!others.flatMap(\.notes).contains { $0.pitch == 40 && $0.duration > 10_000 })
      // Its metre is the given one: what is written moves at the same bars.
      #expect(
        score.timeSignatures.map { [$0.numerator, $0.denominator] } == [[3, 4], [4, 4]])
    }
    let alone = try PieceGenerator(model: model, settings: accompaniment.settings(seeded(2)))
    while alone.next() != nil {}
    #expect(alone.score == written[1])
  }

  @Test(arguments: [true, false])
  func `chords begin with the first whole bar of the given part`(isShort: Bool) throws {
    // An upbeat of a beat: a bar of its own, or the end of a whole one.
    let start = isShort ? 0 : 1440
    let tune = (0..<161).map {
      Note(onset: start + $0 * 480, duration: 480, pitch: UInt8(70 + $0 % 5))
    }
    var given = Score(tracks: [Track(name: "Tune", notes: tune)], endTick: start + 161 * 480)
    given.timeSignatures = [TimeSignature(tick: 0, numerator: 4, denominator: 4)]
    if isShort {
      given.timeSignatures = [
        TimeSignature(tick: 0, numerator: 1, denominator: 4),
        TimeSignature(tick: 480, numerator: 4, denominator: 4),
      ]
    }
    let model = try model(.remi())
    let accompaniment = try Accompaniment(model: model, piece: given)
    #expect(accompaniment.line.hasUpbeat)
    var settings = GenerationSettings()
    settings.steering.chords = try ChordProgression("F# C")
    let generator = try PieceGenerator(model: model, settings: accompaniment.settings(settings))
    while generator.next() != nil {}
    let score = generator.score
    let metre = try #require(score.metreMap)
    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
      .filter { metre.bar(at: $0.onset) >= 1 }
    let inside = notes.count { note in
      let chord = metre.bar(at: note.onset) % 2 == 1 ? [6, 10, 1] : [0, 4, 7]
      return chord.contains(Int(note.pitch) % 12)
    }
    #expect(notes.count > 100)
    // By chance it is a quarter.
    #expect(Double(inside) / Double(notes.count) > 0.6)
  }

  @Test(arguments: [1_000_000, 500_000, 250_000])
  func `the longest note is counted in the seconds of the given part`(
    microsecondsPerQuarter: Int
  ) throws {
    let tune = (0..<64).map { Note(onset: $0 * 480, duration: 480, pitch: UInt8(70 + $0 % 5)) }
    let given = Score(
      tracks: [Track(notes: tune)],
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: microsecondsPerQuarter)],
      endTick: 64 * 480)
    let model = try model(.remi())
    let accompaniment = try Accompaniment(model: model, piece: given)
    var settings = GenerationSettings()
    settings.longestNoteSeconds = 1
    let generator = try PieceGenerator(model: model, settings: accompaniment.settings(settings))
    while generator.next() != nil {}
    let both = accompaniment.joined(with: generator.score)
    let lengths = both.tracks.dropFirst().flatMap(\.notes).map(\.duration)
    let longest = try #require(lengths.max())
    // So many ticks pass in a second.
    let second = 480 * 1_000_000 / microsecondsPerQuarter
    #expect(longest <= second && longest > second / 2)
  }

  private func seeded(_ seed: UInt64) -> GenerationSettings {
    var settings = GenerationSettings()
    settings.steering.polyphony = 4
    settings.seed = seed
    return settings
  }

  @Test func `the network is fed what the encoder tells of the part`() throws {
    for base in [VocabularyConfiguration.remi(), .tsd()] {
      let model = try model(base)
      let vocabulary = try #require(model.vocabulary.accompanied)
      let accompaniment = try Accompaniment(model: model, piece: piece)
      let generator = try PieceGenerator(model: model, settings: accompaniment.settings(seeded(4)))
      var tokens: [Token] = []
      while let token = generator.next() { tokens.append(token) }
      let given = { (tokens: [Token]) in
        tokens.filter { vocabulary.kind(of: $0).hasPrefix("given-") }
      }
      // The encoder tells no bar behind the last event of the others, which here end early.
      let told = given(vocabulary.encode(piece))
      #expect(told.count > 8 && given(tokens).starts(with: told))
      #expect(tokens.contains { vocabulary.kind(of: $0) == "given-end" })
      #expect(given(tokens).count { vocabulary.kind(of: $0) == "given-pitch" } == 20)
    }
  }

  @Test func `a part is the only track, what the model learned, or what is asked for`() throws {
    let model = try model(.remi())
    #expect(try Accompaniment(model: model, piece: piece).part == .named("tune"))
    #expect(try Accompaniment(model: model, piece: piece, part: .number(2)).noteCount == 1)
    var melody = piece
    melody.tracks = [Track(name: "empty"), piece.tracks[1]]
    #expect(try Accompaniment(model: model, piece: melody).part == .number(2))
    melody.tracks.append(piece.tracks[2])
    #expect(try Accompaniment(model: model, piece: melody).part == .number(2))
    melody.tracks[1].notes = []
    #expect(throws: FillingError(.onlyDrums)) { try Accompaniment(model: model, piece: melody) }
    #expect(throws: FillingError(.onlyDrums)) {
      try Accompaniment(model: model, piece: melody, part: .number(3))
    }
    melody.tracks.removeLast()
    #expect(throws: FillingError(.noMelody)) { try Accompaniment(model: model, piece: melody) }
    melody.tracks[1] = piece.tracks[1]
    melody.tracks[0] = Track(notes: [Note(onset: 0, duration: 9, pitch: 60)])
    #expect(throws: FillingError(.noGivenPart(.named("tune")))) {
      try Accompaniment(model: model, piece: melody)
    }
    #expect(throws: FillingError(.noGivenPart(.number(9)))) {
      try Accompaniment(model: model, piece: melody, part: .number(9))
    }
    #expect(throws: FillingError(.emptyPiece)) {
      let high = Score(tracks: [Track(notes: [Note(onset: 0, duration: 9, pitch: 127)])])
      _ = try Accompaniment(model: model, piece: high)
    }
    #expect(throws: FillingError(.late)) {
      let late = Note(onset: 480 * 172_801, duration: 9, pitch: 60)
      _ = try Accompaniment(model: model, piece: Score(tracks: [Track(notes: [late])]))
    }
    var film = piece
    film.division = .timeCode(framesPerSecond: 25, ticksPerFrame: 40)
    #expect(throws: FillingError(.timeCode)) { try Accompaniment(model: model, piece: film) }
  }

  @Test func `sixteen instruments beside the part go to a port with channels left`() throws {
    let model = try model(.remi())
    let accompaniment = try Accompaniment(model: model, piece: piece)
    let note = [Note(onset: 0, duration: 8, pitch: 60)]
    let written = Score(
      division: .ticksPerQuarter(8),
      tracks: (0..<16).map { channel in
        Track(
          channel: UInt8(channel), notes: note,
          messages: channel == 9
            ? [] : [TrackMessage(tick: 0, kind: .program(UInt8(channel)))])
      }, endTick: 8)
    let both = accompaniment.joined(with: written)
    #expect(both.tracks.count == 17)
    #expect(Set(both.tracks.map(\.part)).count == 17)
    #expect(both.tracks.filter(\.isDrums).map(\.channel) == [9])
    let read = Score(try MIDIFile(bytes: both.midiFile().bytes()))
    #expect(read.tracks.map(\.notes) == both.tracks.map(\.notes))
  }

  @Test func `a model writes to a part where it learned to, and only there`() throws {
    let model = try model(.remi())
    let accompaniment = try Accompaniment(model: model, piece: piece)
    #expect(
      throws: GenerationError(.given("the model writes to a given part, and none is given"))
    ) { try PieceGenerator(model: model, settings: GenerationSettings()) }
    var primed = accompaniment.settings(GenerationSettings())
    primed.primer = piece
    #expect(throws: GenerationError.self) { try PieceGenerator(model: model, settings: primed) }
    #expect(throws: GenerationError.self) {
      try BeamSearch(
        model: model, settings: accompaniment.settings(GenerationSettings()), width: 2)
    }
    #expect(throws: FillingError.self) {
      try Inpainting(model: model, score: piece, settings: InpaintingSettings())
    }
    let vocabulary = try VocabularyConfiguration.remi().makeVocabulary()
    let plain = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    #expect(throws: FillingError.self) { try Accompaniment(model: plain, piece: piece) }
    #expect(throws: GenerationError(.given("the model does not write to a given part"))) {
      try PieceGenerator(
        model: plain, settings: accompaniment.settings(GenerationSettings()))
    }
  }

  @Test func `a model whose part is optional writes whole pieces too, and is told what it knows`()
    throws
  {
    var attributes = PieceAttributes(piece)
    attributes.style = "a"
    var other = attributes
    (other.style, other.tempo, other.key) = ("b", 60, Key(tonic: 6, isMinor: false))
    var third = other
    third.tempo = 120
    let vocabulary = try ConditionedVocabulary(
      base: try AccompaniedVocabulary(
        base: .remi(), part: .named("tune"), isOptional: true),
      conditions: Conditions([.style, .key, .tempo], of: [attributes, other, third]))
    var model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1,
          recall: Recall(lengths: [3]), conditionSlots: vocabulary.conditions.slotSizes),
        seed: 3), vocabulary: vocabulary)
    model.provenance.conditions = ConditionMix(of: [other], in: vocabulary.conditions)
    #expect(model.abilities.given == .named("tune") && model.abilities.writesWhole)
    #expect(try !self.model(.remi()).abilities.writesWhole)

    var settings = seeded(4)
    settings.conditions.style = "a"
    let accompaniment = try Accompaniment(model: model, piece: piece)
    let batch = try PieceBatch(
      model: model, settings: accompaniment.settings(settings), seeds: [4])
    var written: PieceBatch.Piece?
    while let pieces = batch.next() { written = pieces.first ?? written }
    // The part's own key and tempo, though the pieces learned from have others.
    let line = try #require(accompaniment.line.attributes.key)
    let told = try #require(written).told
    #expect(told.contains("style a") && told.contains("key \(Conditions.name(of: line))"))
    // Of 6590 ticks of 336 a quarter 2016 are at 100 a minute, the others at 150: 130.
    #expect(told.contains("tempo 120"), "\(told)")
    let both = accompaniment.joined(with: try #require(written).score)
    #expect(both.tempos == piece.tempos)

    settings.length = .bars(4)
    let whole = try PieceGenerator(model: model, settings: settings)
    var tokens: [Token] = []
    while let token = whole.next() { tokens.append(token) }
    #expect(!tokens.contains { vocabulary.kind(of: $0).hasPrefix("given-") })
    #expect(!whole.score.tracks.flatMap(\.notes).isEmpty)
    // Told 60, and played so.
    #expect(whole.score.tempos.map(\.microsecondsPerQuarter) == [1_000_000])
    settings.primer = piece
    let continued = try PieceGenerator(model: model, settings: settings)
    while continued.next() != nil {}
    #expect(continued.score.tracks.flatMap(\.notes).count > 22)
    let varied = try Inpainting(model: model, score: piece, settings: InpaintingSettings())
    while varied.advance() {}
    _ = try BeamSearch(model: model, settings: seeded(1), width: 2)
    _ = try model.adapted(to: piece)
  }
}
