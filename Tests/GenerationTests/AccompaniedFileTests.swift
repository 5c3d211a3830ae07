import Generation
import Modeling
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@testable import Recurrent

/// What becomes of a file that holds a given part, and what a network hears of the part.
struct AccompaniedFileTests {
  private let model: Model

  init() throws {
    let vocabulary = try AccompaniedVocabulary(base: .remi(), part: .highest)
    model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 4, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  private func tune(_ pitch: UInt8 = 72, count: Int = 8) -> [Note] {
    (0..<count).map { Note(onset: $0 * 480, duration: 470, pitch: pitch) }
  }

  /// Two bars of one note, by as many instruments, and drums where there is a sixteenth.
  private func written(_ instruments: Int = 1) -> Score {
    Score(
      division: .ticksPerQuarter(8),
      tracks: (0..<instruments).map { channel in
        Track(
          channel: UInt8(channel), notes: [Note(onset: 0, duration: 64, pitch: 50)],
          messages: channel == 9 ? [] : [TrackMessage(tick: 0, kind: .program(UInt8(channel)))])
      }, endTick: 64)
  }

  private func read(_ score: Score) throws -> Score {
    Score(try MIDIFile(bytes: score.midiFile().bytes()))
  }

  @Test func `what the part's channel is told after its last note stays`() throws {
    let pedal = Track(
      name: "tune", notes: tune(),
      messages: [
        TrackMessage(tick: 0, kind: .control(controller: 64, value: 127)),
        TrackMessage(tick: 6000, kind: .control(controller: 64, value: 0)),
        TrackMessage(tick: 6000, kind: .pitchBend(8192)),
      ], texts: [TextEvent(tick: 6100, kind: .lyric, text: "end")])
    let score = Score(
      tracks: [pedal, Track(channel: 1, notes: tune(40, count: 40))],
      tempos: [6100, 6101].map { TempoChange(tick: $0, microsecondsPerQuarter: 700_000) },
      timeSignatures: [TimeSignature(tick: 6101, numerator: 3, denominator: 4)],
      texts: [6100, 9000].map { TextEvent(tick: $0, kind: .marker, text: "\($0)") },
      endTick: 40 * 480)
    let both = try read(
      Accompaniment(model: model, piece: score, part: .number(1)).joined(with: written()))
    #expect(both.tracks[0] == pedal)
    #expect(both.endTick == 6100)
    #expect(both.tempos.map(\.tick) == [6100])
    #expect(both.timeSignatures.isEmpty)
    #expect(both.texts.map(\.text) == ["6100"])
  }

  @Test func `texts of parts that are left out stay, but for what is another part's own`() throws {
    let words = [
      TextEvent(tick: 0, kind: .copyright, text: "(c)"),
      TextEvent(tick: 0, kind: .lyric, text: "la"),
      TextEvent(tick: 480, kind: .lyric, text: "lu"),
    ]
    // In a file of one track all texts are the first channel's.
    let plain = Score(
      tracks: [
        Track(channel: 0, notes: tune(40), texts: words), Track(channel: 3, notes: tune()),
      ], endTick: 8 * 480)
    let file = try MIDIFile(bytes: plain.midiFile(format: .singleTrack).bytes())
    let both = try read(
      Accompaniment(model: model, piece: Score(file), part: .highest).joined(with: written()))
    #expect(both.tracks[0].channel == 3)
    #expect(both.texts == words)
    // Who has words of its own needs no other's, nor the names of instruments that do not play.
    var sung = plain
    sung.texts = [TextEvent(tick: 480, kind: .marker, text: "A")]
    sung.tracks[0].texts.append(TextEvent(tick: 960, kind: .instrumentName, text: "Bass"))
    sung.tracks[0].texts.append(TextEvent(tick: 960, kind: .text, text: "slower"))
    sung.tracks[1].texts = [TextEvent(tick: 0, kind: .lyric, text: "oh")]
    let other = try read(
      Accompaniment(model: model, piece: sung, part: .highest).joined(with: written()))
    #expect(other.tracks[0].texts == sung.tracks[1].texts)
    #expect(other.texts.map(\.text) == ["(c)", "A", "slower"])
  }

  @Test func `no written part goes to a channel that the file makes drums, or none`() throws {
    /// GS, "use for rhythm part": block 2 is channel 2, block 0 is channel 10.
    func rhythm(block: UInt8, map: UInt8) -> SystemExclusiveEvent {
      let sum = 0x40 + 0x10 + Int(block) + 0x15 + Int(map)
      return SystemExclusiveEvent(
        tick: 0,
        data: [
          0x41, 0x10, 0x42, 0x12, 0x40, 0x10 + block, 0x15, map, UInt8((128 - sum % 128) % 128),
          0xF7,
        ])
    }
    for messages in [
      [], [rhythm(block: 2, map: 2)], [rhythm(block: 2, map: 2), rhythm(block: 0, map: 0)],
    ] {
      let score = Score(
        tracks: [Track(channel: 0, notes: tune())], systemExclusives: messages, endTick: 8 * 480)
      let joined = try Accompaniment(model: model, piece: score).joined(with: written(16))
      let both = try read(joined)
      #expect(both.tracks.map(\.part) == joined.tracks.map(\.part))
      #expect(Set(both.tracks.map(\.part)).count == 17)
      #expect(both.tracks.map(\.isDrums) == joined.tracks.map(\.isDrums))
      #expect(both.tracks.count { $0.isDrums } == 1)
      #expect(both.tracks[0] == score.tracks[0])
    }
  }

  @Test(arguments: [VocabularyConfiguration.remi(), .tsd()])
  func `each bar is heard in its time, and after the part's last bar nothing is`(
    _ base: VocabularyConfiguration
  ) throws {
    let vocabulary = try AccompaniedVocabulary(base: base, part: .number(1))
    func bars(_ count: Int, from pitch: UInt8) -> [Note] {
      (0..<count).map {
        Note(onset: $0 * 1920, duration: 1920, pitch: pitch + UInt8($0))
      }
    }
    let score = Score(
      tracks: [Track(notes: bars(2, from: 72)), Track(channel: 1, notes: bars(5, from: 48))],
      endTick: 5 * 1920)
    var heard = try #require(
      HeardTokens(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 4, layerCount: 1,
          heardGroups: HeardGroups(of: vocabulary))))
    var found: [String] = []
    for token in vocabulary.encode(score) {
      heard.read(Int32(token))
      guard vocabulary.kind(of: token) == "pitch" else { continue }
      let pitches = heard.rows.filter { $0 >= 0 }.map { vocabulary.name(of: Token($0)) }
      found.append("\(vocabulary.name(of: token)): \(pitches.joined(separator: " "))")
    }
    #expect(
      found == [
        "pitch 48: given-pitch 72", "pitch 49: given-pitch 73", "pitch 50: ", "pitch 51: ",
        "pitch 52: ",
      ])
  }
}
