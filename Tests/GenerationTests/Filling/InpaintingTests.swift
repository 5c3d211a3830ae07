import Generation
import Modeling
import Music
import Recurrent
import Settings
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

struct InpaintingTests {
  static let vocabularies = VocabularyConfiguration.names + ["merged tsd", "merged remi"]

  func model(_ name: String) throws -> Model {
    let vocabulary: any Vocabulary
    if name.hasPrefix("merged ") {
      let base = try VocabularyConfiguration(named: String(name.dropFirst(7))).makeVocabulary()
      let tokens = base.encode(piece)
      let merges = Set(zip(tokens.dropFirst(), tokens.dropFirst(2).dropLast()).map { [$0, $1] })
      vocabulary = try MergedVocabulary(
        base: base,
        merges: merges.sorted { $0.lexicographicallyPrecedes($1) }.prefix(12).map {
          MergedVocabulary.Merge($0[0], $0[1])
        })
    } else if name == "programs" {
      var settings = PerformanceVocabulary.Configuration()
      settings.programs = true
      vocabulary = try PerformanceVocabulary(settings)
    } else {
      vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    }
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1),
      vocabulary: vocabulary)
  }

  /// Twelve bars in three four of a melody over long notes, some of them across the bar lines.
  let piece: Score = {
    var random = SeededGenerator(seed: 5)
    let melody = (0..<72).map { index in
      Note(
        onset: index * 240, duration: 240,
        pitch: UInt8.random(in: 60...80, using: &random),
        velocity: 80)
    }
    let bass = (0..<9).map { Note(onset: $0 * 1920, duration: 1900, pitch: UInt8(40 + $0)) }
    return Score(
      title: "Waltz", tracks: [Track(notes: (melody + bass))],
      tempos: [
        TempoChange(tick: 0, microsecondsPerQuarter: 600_000),
        TempoChange(tick: 7200, microsecondsPerQuarter: 500_000),
      ],
      timeSignatures: [TimeSignature(tick: 0, numerator: 3, denominator: 4)],
      keySignatures: [KeySignature(tick: 0, sharps: 2, isMinor: false)], endTick: 12 * 1440
    ).sorted()
  }()

  func vary(
    _ name: String, strength: Double, seed: UInt64 = 1, candidates: Int = 4
  ) throws -> Inpainting {
    var settings = InpaintingSettings()
    settings.strength = strength
    settings.seed = seed
    settings.candidates = candidates
    let inpainting = try Inpainting(model: model(name), score: piece, settings: settings)
    while inpainting.advance() {}
    return inpainting
  }

  /// A piece as people play: uneven onsets, velocities, a pedal, two instruments, drums, a change of
  /// tempo and of metre, pitches that few vocabularies tell.
  let performance: Score = {
    var random = SeededGenerator(seed: 9)
    func notes(_ count: Int, _ every: Int, _ pitches: ClosedRange<UInt8>) -> [Note] {
      (0..<count).map { index in
        Note(
          onset: max(0, index * every + Int.random(in: -20...20, using: &random)),
          duration: Int.random(in: every / 3...every, using: &random),
          pitch: UInt8.random(in: pitches, using: &random),
          velocity: UInt8.random(in: 20...120, using: &random), releaseVelocity: 12)
      }
    }
    return Score(
      title: "Played",
      tracks: [
        Track(
          name: "right", channel: 2, notes: notes(60, 384, 60...84),
          messages: [
            TrackMessage(tick: 0, kind: .program(40)),
            TrackMessage(tick: 500, kind: .control(controller: 64, value: 127)),
            TrackMessage(tick: 900, kind: .control(controller: 64, value: 0)),
          ], texts: [TextEvent(tick: 96, kind: .lyric, text: "la")]),
        Track(name: "left", channel: 3, notes: notes(30, 768, 2...50)),
        Track(name: "kit", channel: 9, notes: notes(60, 384, 35...40)),
      ],
      tempos: [
        TempoChange(tick: 0, microsecondsPerQuarter: 791_234),
        TempoChange(tick: 5000, microsecondsPerQuarter: 412_345),
      ],
      timeSignatures: [
        TimeSignature(tick: 0, numerator: 3, denominator: 4),
        TimeSignature(tick: 384 * 9, numerator: 4, denominator: 4),
      ],
      keySignatures: [KeySignature(tick: 0, sharps: -3, isMinor: true)],
      texts: [TextEvent(tick: 40, kind: .marker, text: "A")], endTick: 24_000
    ).sorted()
  }()

  func vary(
    _ name: String, _ score: Score, strength: Double, seed: UInt64 = 1
  ) throws -> Inpainting {
    var settings = InpaintingSettings()
    settings.strength = strength
    settings.seed = seed
    settings.candidates = 2
    let inpainting = try Inpainting(model: model(name), score: score, settings: settings)
    while inpainting.advance() {}
    return inpainting
  }

  @Test(arguments: vocabularies)
  func `nothing varied is the piece itself`(name: String) throws {
    var coded = performance
    coded.division = .timeCode(framesPerSecond: 25, ticksPerFrame: 40)
    for score in [piece, performance, coded] {
      let inpainting = try vary(name, score, strength: 0)
      #expect(inpainting.score == score)
      #expect(inpainting.changes.kept == score.tracks.flatMap(\.notes).count)
      #expect(inpainting.changes.added == 0 && inpainting.changes.removed == 0)
    }
  }

  @Test(arguments: vocabularies)
  func `what is not varied stays to the tick`(name: String) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let inpainting = try vary(name, performance, strength: 0.4, seed: seed)
      let (score, spans) = (inpainting.score, inpainting.spans)
      for (index, track) in performance.tracks.enumerated() {
        let written = score.tracks[index]
        func outside(_ track: Track) -> [Note] {
          track.notes.filter { note in !spans.contains { $0.contains(note.onset) } }
        }
        #expect(outside(written) == outside(track))
        #expect(written.messages == track.messages)
        #expect(written.texts == track.texts)
        #expect(written.name == track.name)
      }
      var (bare, original) = (score, performance)
      (bare.tracks, original.tracks) = ([], [])
      #expect(bare == original)
      #expect(inpainting.changes.removed > 0)
      #expect(inpainting.changes.added > 0)
      #expect(
        inpainting.changes.kept + inpainting.changes.removed
          == performance.tracks.flatMap(\.notes).count)
    }
  }

  @Test(arguments: ["pianoroll", "performance"])
  func `drums and pitches that a model does not tell stay`(name: String) throws {
    let score = try vary(name, performance, strength: 1).score
    #expect(score.tracks[2] == performance.tracks[2])
    if name == "pianoroll" {
      let low = { (track: Track) in track.notes.filter { $0.pitch < 21 } }
      #expect(low(score.tracks[1]) == low(performance.tracks[1]))
      #expect(!low(score.tracks[1]).isEmpty)
    }
    // New notes are in the parts that lost some, and as loud as what was there.
    #expect(score.tracks.count == 3)
    #expect(score.tracks[0].notes != performance.tracks[0].notes)
  }

  @Test(arguments: vocabularies)
  func `no two notes of a pitch overlap in a part but as given`(name: String) throws {
    let score = try vary(name, piece, strength: 0.5).score
    for track in score.tracks {
      for pitch in 0..<128 as Range<UInt8> {
        let notes = track.notes.filter { $0.pitch == pitch }
        #expect(zip(notes, notes.dropFirst()).allSatisfy { $0.end <= $1.onset })
      }
    }
  }

  @Test(arguments: vocabularies)
  func `strength 1 writes all anew and keeps the length`(name: String) throws {
    let inpainting = try vary(name, strength: 1)
    #expect(inpainting.spans.count == 1)
    #expect(inpainting.spans[0].lowerBound == 0)
    #expect(inpainting.spans[0].upperBound >= 71 * 240)
    #expect(inpainting.score.endTick == piece.endTick)
    #expect(inpainting.changes.kept < inpainting.changes.removed / 4)
    #expect(inpainting.changes.added > 0)
  }

  @Test func `parts are bars, and the share of bars is as asked`() throws {
    let inpainting = try vary("remi", strength: 0.5)
    // Spans begin half a step of the grid, a sixteenth of a quarter note, before their bars.
    let bars = inpainting.spans.reduce(0) { $0 + $1.count }
    #expect(abs(bars - 6 * 1440) <= 30)
    #expect(inpainting.spans.allSatisfy { ($0.lowerBound + 30) % 1440 <= 30 })
    #expect(
      zip(inpainting.spans, inpainting.spans.dropFirst()).allSatisfy {
        $0.upperBound < $1.lowerBound
      })
  }

  @Test func `tempo, metre, key and title that a vocabulary does not tell are the piece's`() throws
  {
    let score = try vary("pianoroll", strength: 0.5).score
    #expect(score.division == .ticksPerQuarter(480))
    #expect(score.tempos == piece.tempos)
    #expect(score.timeSignatures == piece.timeSignatures)
    #expect(score.keySignatures == piece.keySignatures)
    #expect(score.title == "Waltz")
  }

  @Test(arguments: ["performance", "tsd"])
  func `the same seed gives the same piece and another gives another`(name: String) throws {
    let score = try vary(name, strength: 0.5).score
    #expect(try vary(name, strength: 0.5).score == score)
    #expect(try vary(name, strength: 0.5, seed: 2).score != score)
  }

  @Test func `candidates are chosen by what follows`() throws {
    // A network that takes one pitch after another: only the candidate that ends on the note before
    // the next one joins well.
    var settings = PianoRollVocabulary.Configuration()
    settings.lowestPitch = 60
    settings.highestPitch = 61
    settings.framesPerWhole = 4
    settings.polyphony = 1
    let vocabulary = try PianoRollVocabulary(settings)
    let model = Model(network: try repeater(vocabulary), vocabulary: vocabulary)
    let notes = (0..<8).map { Note(onset: $0 * 480, duration: 240, pitch: $0 < 4 ? 60 : 61) }
    let score = Score(tracks: [Track(notes: notes)], endTick: 8 * 480)
    var joined = 0
    for seed in 1...40 as ClosedRange<UInt64> {
      var settings = InpaintingSettings()
      settings.strength = 0.5
      settings.candidates = 32
      settings.seed = seed
      let inpainting = try Inpainting(model: model, score: score, settings: settings)
      guard inpainting.spans == [0..<4 * 480 - 240] else { continue }
      while inpainting.advance() {}
      let last = inpainting.score.tracks[0].notes.last { $0.onset < 4 * 480 }
      joined += last?.pitch == 61 ? 1 : -1
    }
    #expect(joined >= 10)
  }

  /// A network of one Elman unit whose state is the last pitch, which it likes to go on with.
  func repeater(_ vocabulary: PianoRollVocabulary) throws -> Network {
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 1, hiddenSize: 1, layerCount: 1,
        cell: .rnn), seed: 1)
    func set(_ name: String, _ values: [Float]) {
      guard let range = network.layout[name]?.range else { return }
      for (index, value) in zip(range, values) { network.parameters[index] = value }
    }
    // Tokens: 60, 61, end of frame, start, end.
    set("embedding.weight", [-4, 4, 0, 0, 0])
    set("rnn.weight_ih_l0", [1])
    set("rnn.weight_hh_l0", [3])
    set("rnn.bias_ih_l0", [0])
    set("rnn.bias_hh_l0", [0])
    set("output.weight", [-3, 3, 0, 0, 0])
    set("output.bias", [0, 0, 0, -9, -9])
    return network
  }

  @Test func `what cannot be varied is refused`() throws {
    let model = try model("tsd")
    func reason(_ score: Score, _ change: (inout InpaintingSettings) -> Void) -> FillingError
      .Reason?
    {
      var settings = InpaintingSettings()
      change(&settings)
      do {
        _ = try Inpainting(model: model, score: score, settings: settings)
        return nil
      } catch { return error.reason }
    }
    #expect(reason(Score()) { _ in } == .emptyPiece)
    for strength in [-0.1, 1.1, .nan, .infinity] {
      guard case .setting(let error) = reason(piece, { $0.strength = strength }),
        error.key == "strength"
      else {
        Issue.record("strength \(strength) is not refused")
        return
      }
    }
    guard case .setting(let error) = reason(piece, { $0.candidates = 0 }),
      error.key == "candidates"
    else {
      Issue.record("0 candidates are not refused")
      return
    }
  }
}
