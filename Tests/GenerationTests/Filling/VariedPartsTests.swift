import Modeling
import Music
import Recurrent
import Settings
import StandardMIDIFile
import Testing
import Tokenization

@testable import Generation

/// Bars and tracks that alone are varied.
extension InpaintingTests {
  private func vary(
    _ name: String, bars: ClosedRange<Int>?, track: Int?, seed: UInt64 = 1
  ) throws -> Inpainting {
    var settings = InpaintingSettings()
    settings.strength = 1
    settings.bars = bars
    settings.track = track
    settings.seed = seed
    settings.candidates = 3
    let inpainting = try Inpainting(model: model(name), score: performance, settings: settings)
    while inpainting.advance() {}
    return inpainting
  }

  @Test(arguments: vocabularies)
  func `bars that are not named stay to the tick`(name: String) throws {
    // Two bars of 3/4, the third cut short by the first of 4/4.
    let ticks = 2880..<3456 + 2 * 1920
    let inpainting = try vary(name, bars: 3...5, track: nil)
    // A note a little before its beat belongs to it, by half a step of the grid at the most.
    let near = ticks.lowerBound - 60..<ticks.upperBound
    #expect(inpainting.spans.count == 1)
    #expect(near.contains(inpainting.spans[0].lowerBound))
    #expect(inpainting.spans[0].upperBound <= ticks.upperBound)
    #expect(inpainting.changes.removed > 0 && inpainting.changes.added > 0)
    for (old, new) in zip(performance.tracks, inpainting.score.tracks) {
      func outside(_ track: Track) -> [Note] { track.notes.filter { !near.contains($0.onset) } }
      #expect(outside(new) == outside(old))
      #expect(new.messages == old.messages && new.texts == old.texts)
    }
  }

  @Test(arguments: vocabularies)
  func `tracks that are not named stay as they are`(name: String) throws {
    let inpainting = try vary(name, bars: 2...6, track: 1)
    let score = inpainting.score
    #expect(score.tracks[1...] == performance.tracks[1...])
    #expect(score.tracks.count == performance.tracks.count)
    let (old, new) = (performance.tracks[0].notes, score.tracks[0].notes)
    #expect(old != new && inpainting.changes.added > 0)
    // What is new keeps to the track's pitches, two semitones around them.
    #expect(new.filter { !(58...86).contains($0.pitch) } == [])
    let first = inpainting.spans[0].lowerBound
    #expect(new.filter { $0.onset < first } == old.filter { $0.onset < first })
    #expect(try vary(name, bars: 2...6, track: 1).score == score)
  }

  @Test(arguments: ["performance", "remi", "pianoroll"])
  func `what is written keeps to the pitches of the piece and those that the model learned`(
    name: String
  ) throws {
    var settings = InpaintingSettings()
    settings.strength = 1
    var model = try model(name)
    model.provenance.pitches = .within(60...72)
    let inpainting = try Inpainting(model: model, score: performance, settings: settings)
    while inpainting.advance() {}
    let own = performance.tracks.filter { !$0.isDrums }.flatMap(\.notes).map(\.pitch)
    let known = min(60, own.min() ?? 60)...max(72, own.max() ?? 72)
    let written = inpainting.score.tracks.filter { !$0.isDrums }.flatMap(\.notes).map(\.pitch)
    #expect(inpainting.changes.added > 0)
    #expect(written.allSatisfy(known.contains), "\(written)")
  }

  @Test(arguments: vocabularies)
  func `what is written keeps to the range that is asked for, of a track as of all`(
    name: String
  ) throws {
    for (range, track) in [(60...64, nil), (45...50, 1)] as [(ClosedRange<UInt8>, Int?)] {
      var settings = InpaintingSettings()
      (settings.strength, settings.candidates) = (1, 3)
      (settings.range, settings.track) = (range, track)
      var model = try model(name)
      model.provenance.pitches = .within(60...72)
      let inpainting = try Inpainting(model: model, score: performance, settings: settings)
      while inpainting.advance() {}
      func strikes(_ score: Score) -> [[Int]] {
        score.tracks.filter { !$0.isDrums }.flatMap(\.notes).map { [$0.onset, Int($0.pitch)] }
      }
      let given = Set(strikes(performance))
      let written = strikes(inpainting.score).filter { !given.contains($0) }
      #expect(!written.isEmpty)
      #expect(written.allSatisfy { range.contains(UInt8($0[1])) }, "\(written)")
    }
  }

  @Test func `a range without a pitch that can be written is refused`() throws {
    func refusal(_ range: ClosedRange<UInt8>, track: Int?) throws -> String? {
      var settings = InpaintingSettings()
      (settings.range, settings.track) = (range, track)
      let model = try model("pianoroll")
      do {
        _ = try Inpainting(model: model, score: performance, settings: settings)
        return nil
      } catch { return error.description }
    }
    #expect(
      try refusal(0...5, track: nil)
        == "range is 0-5, expected some of the pitches that the model knows, 21-108")
    #expect(try refusal(0...21, track: nil) == nil)
  }

  @Test(arguments: ["tsd", "remi", "programs"])
  func `to drums alone nothing else is written by who learned from such`(name: String) throws {
    let beat = (0..<32).map { index in
      Note(onset: index * 480, duration: 120, pitch: index.isMultiple(of: 2) ? 36 : 38)
    }
    let score = Score(tracks: [Track(channel: 9, notes: beat)], endTick: 32 * 480)
    var model = try model(name)
    model.provenance.pitches = .drumsOnly
    // Where drums are struck as pitches are, a track of them may be told apart as well.
    let tracks: [Int?] = name == "programs" ? [nil, 1] : [nil]
    for track in tracks {
      var settings = InpaintingSettings()
      (settings.strength, settings.track) = (1, track)
      let inpainting = try Inpainting(model: model, score: score, settings: settings)
      while inpainting.advance() {}
      #expect(inpainting.changes.added > 0, "track \(track ?? 0)")
      #expect(inpainting.score.tracks.allSatisfy { $0.isDrums || $0.notes.isEmpty })
    }
  }

  @Test func `a track is chosen by what the others play`() throws {
    // A network that likes 70 after 60, and else rests: 70 is drawn without the other track's 60.
    var configuration = PianoRollVocabulary.Configuration()
    (configuration.lowestPitch, configuration.highestPitch) = (60, 70)
    (configuration.framesPerWhole, configuration.order) = (4, .ascending)
    let vocabulary = try PianoRollVocabulary(configuration)
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 1, hiddenSize: 1, layerCount: 1,
        cell: .rnn), seed: 1)
    func set(_ name: String, _ values: [Float]) {
      guard let range = network.layout[name]?.range else { return }
      for (index, value) in zip(range, values) { network.parameters[index] = value }
    }
    func values(_ others: Float, _ first: Float, _ second: Float) -> [Float] {
      (0..<vocabulary.count).map { $0 == 0 ? first : $0 == 10 ? second : others }
    }
    set("embedding.weight", values(-4, 4, -4))
    set("rnn.weight_ih_l0", [1])
    set("rnn.weight_hh_l0", [0])
    set("rnn.bias_ih_l0", [0])
    set("rnn.bias_hh_l0", [0])
    set("output.weight", values(0, 0, 2))
    // Neither other pitches nor the start nor the end.
    var bias = (0..<vocabulary.count).map { (1..<10).contains($0) ? Float(-20) : 0 }
    bias[10] = 1
    bias[Int(vocabulary.start)] = -20
    bias[Int(vocabulary.end)] = -20
    set("output.bias", bias)
    let model = Model(network: network, vocabulary: vocabulary)
    let low = (0..<8).map { Note(onset: $0 * 960, duration: 480, pitch: 60) }
    let high = (0..<8).map { Note(onset: $0 * 960 + 480, duration: 480, pitch: 70) }
    let score = Score(
      tracks: [Track(channel: 0, notes: low), Track(channel: 1, notes: high)], endTick: 16 * 480)
    var counts = [0, 0]
    for seed in 1...8 as ClosedRange<UInt64> {
      var settings = InpaintingSettings()
      (settings.strength, settings.track, settings.candidates) = (1, 2, 48)
      settings.seed = seed
      let inpainting = try Inpainting(model: model, score: score, settings: settings)
      while inpainting.advance() {}
      #expect(inpainting.score.tracks[0] == score.tracks[0])
      for note in inpainting.score.tracks[1].notes {
        for frame in note.onset / 480..<note.end / 480 { counts[frame % 2] += 1 }
      }
    }
    // The network's own odds are e^3 with 60 and e^-1 without: 0.95 and 0.27 of 64 frames.
    #expect(counts[0] >= 48 && (5...32).contains(counts[1]), "\(counts)")
  }

  @Test func `a track doubles no other at the unison where it need not`() throws {
    // Two of the nine pitches that the track may take are played on the first beat of each bar.
    let others = (0..<2).flatMap { bar in
      [60, 64].map { Note(onset: bar * 1920, duration: 480, pitch: $0) }
    }
    let own = (0..<8).map { Note(onset: $0 * 480, duration: 480, pitch: $0 % 2 == 0 ? 60 : 64) }
    let score = Score(
      tracks: [Track(channel: 0, notes: others), Track(channel: 1, notes: own)], endTick: 8 * 480
    ).sorted()
    var settings = InpaintingSettings()
    (settings.strength, settings.track, settings.candidates) = (1, 2, 48)
    let inpainting = try Inpainting(model: model("pianoroll"), score: score, settings: settings)
    while inpainting.advance() {}
    let new = inpainting.score.tracks[1].notes
    #expect(new.count > 4)
    #expect(new.filter { [60, 64].contains($0.pitch) && $0.onset % 1920 < 480 } == [])
  }

  @Test func `a track doubles none of several others`() throws {
    // The second of the others plays first, and holds its note over what the third strikes.
    func part(_ channel: UInt8, _ notes: [(onset: Int, beats: Int)]) -> Track {
      Track(
        channel: channel,
        notes: notes.map { Note(onset: $0.onset * 480, duration: $0.beats * 480, pitch: 60) })
    }
    let tracks = [
      part(0, (0..<8).map { ($0, 1) }), part(1, [(5, 1), (6, 1), (7, 1)]), part(2, [(0, 4)]),
      part(3, [(1, 1)]),
    ]
    let score = Score(tracks: tracks, endTick: 8 * 480)
    let vocabulary = try model("pianoroll").vocabulary
    let varied = try VariedTrack(1, of: score, vocabulary: vocabulary)
    var own = vocabulary.quantise(score)
    own.tracks = [own.tracks[0]]
    let grid = own.endTick / 8
    own.tracks[0].notes = (0..<8).map { Note(onset: $0 * grid, duration: grid, pitch: 60) }
    // All but the fifth beat, in which nobody plays.
    #expect(varied.unisons(own, in: 0..<own.endTick, from: 0) == 7)
  }

  @Test func `bars and tracks that are not there are refused`() throws {
    func reason(_ score: Score, bars: ClosedRange<Int>?, track: Int?) throws -> FillingError.Reason?
    {
      var settings = InpaintingSettings()
      (settings.bars, settings.track) = (bars, track)
      let model = try model("remi")
      do {
        _ = try Inpainting(model: model, score: score, settings: settings)
        return nil
      } catch { return error.reason }
    }
    #expect(try reason(piece, bars: 12...13, track: nil) == .bars(found: 12...13, count: 12))
    #expect(try reason(piece, bars: nil, track: 2) == .track(found: 2, count: 1))
    for track in [0, -1, .min, .max] {
      #expect(try reason(piece, bars: nil, track: track) == .track(found: track, count: 1))
    }
    var silent = piece
    silent.tracks.append(Track(channel: 1))
    #expect(try reason(silent, bars: nil, track: 2) == .emptyTrack(2))
    var coded = piece
    coded.division = .timeCode(framesPerSecond: 25, ticksPerFrame: 40)
    #expect(try reason(coded, bars: 1...2, track: nil) == .timeCode)
    guard case .setting(let error) = try reason(piece, bars: 0...2, track: nil) else {
      Issue.record("bar 0 is not refused")
      return
    }
    #expect(error.key == "bars")
  }

  @Test func `what lies behind the last bar line is no bar, and stays as it is`() throws {
    var late = piece
    late.endTick += 26
    func inpainting(_ bars: ClosedRange<Int>?) throws -> Inpainting {
      var settings = InpaintingSettings()
      (settings.bars, settings.strength, settings.candidates) = (bars, 1, 2)
      return try Inpainting(model: model("remi"), score: late, settings: settings)
    }
    #expect(throws: FillingError(.bars(found: 13...13, count: 12))) { try inpainting(13...13) }
    #expect(throws: FillingError(.bars(found: 12...99, count: 12))) { try inpainting(12...99) }
    #expect(
      "\(FillingError(.bars(found: 12...99, count: 12)))"
        == "bars 12-99 not found, expected some of 1 to 12")
    // A piece of which every note ends where it begins.
    #expect(
      "\(FillingError(.bars(found: 1...1, count: 0)))"
        == "bar 1 not found, expected notes that have a length")
    for bars in [12...12, 12...13, nil] as [ClosedRange<Int>?] {
      let inpainting = try inpainting(bars)
      #expect(inpainting.spans.last.map { $0.upperBound <= piece.endTick } == true)
    }
  }

  @Test(arguments: [true, false])
  func `instruments that a piece lacks are played by its own parts where they lost notes`(
    hasDrums: Bool
  ) throws {
    var settings = MetricalConfiguration()
    settings.programs = true
    let vocabulary = try MetricalVocabulary(.remi, settings)
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
      seed: 1)
    // Every token is about as likely as any other, and so is every instrument.
    for index in network.parameters.indices { network.parameters[index] *= 0.1 }
    var given = performance
    if !hasDrums { given.tracks.removeLast() }
    var filling = InpaintingSettings()
    (filling.bars, filling.strength, filling.candidates) = (3...6, 1, 2)
    let inpainting = try Inpainting(
      model: Model(network: network, vocabulary: vocabulary), score: given, settings: filling)
    while inpainting.advance() {}
    let score = inpainting.score
    #expect(inpainting.changes.added > 10)
    // Nobody but drums can play what is written for drums.
    #expect(score.tracks.dropFirst(given.tracks.count).allSatisfy { $0.isDrums && !hasDrums })
    let written = score.tracks.prefix(2).map { track in
      track.notes.filter { note in inpainting.spans.contains { $0.contains(note.onset) } }
    }
    #expect(written.allSatisfy { !$0.isEmpty })
    // The first part played above the second, and goes on so.
    func mean(_ notes: [Note]) -> Int {
      notes.reduce(0) { $0 + Int($1.pitch) } / max(1, notes.count)
    }
    #expect(mean(written[0]) > mean(written[1]))
  }

  @Test func `a new note goes to a track that sounds as its instrument at its onset`() throws {
    var settings = MetricalConfiguration()
    settings.programs = true
    let vocabulary = try MetricalVocabulary(.remi, settings)
    func track(_ channel: UInt8, _ programs: (tick: Int, program: UInt8)...) -> Track {
      Track(
        channel: channel,
        notes: [0, 3_840].map { Note(onset: $0, duration: 480, pitch: 60 + channel) },
        messages: programs.map { TrackMessage(tick: $0.tick, kind: .program($0.program)) })
    }
    // A violin that becomes a flute after a bar, a piano that becomes an oboe, and a violin to the end.
    let score = Score(
      tracks: [
        track(0, (0, 40), (1_920, 73)), track(1, (0, 0), (1_920, 68)), track(2, (0, 40)),
      ], endTick: 4_320)
    var parts = SpanParts(score, configuration: vocabulary.configuration, spans: 1)
    for (index, track) in score.tracks.enumerated() {
      for note in track.notes { parts.keep(note, in: index) }
    }
    let asked: [(onset: Int, pitch: UInt8, program: UInt8)] = [
      (960, 80, 40), (2_880, 81, 40), (2_880, 82, 73), (2_880, 83, 68),
    ]
    for (onset, pitch, program) in asked {
      parts.add(
        Note(onset: onset, duration: 480, pitch: pitch), playedBy: .program(program),
        as: Track(), span: 0)
    }
    let written = parts.joined().tracks.map { $0.notes.map(\.pitch).filter { $0 >= 80 } }
    #expect(written == [[80, 82], [83], [81]])
  }
}
