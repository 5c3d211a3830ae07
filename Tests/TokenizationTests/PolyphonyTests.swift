import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

struct PolyphonyTests {
  func tokens(_ names: [String], in vocabulary: any Vocabulary) throws -> [Token] {
    try names.map { name in
      try #require(
        (0..<Token(vocabulary.count)).first { vocabulary.name(of: $0) == name }, "\(name)")
    }
  }

  func notes(_ decoder: any TokenDecoder) -> [Note] {
    decoder.score.tracks.flatMap(\.notes).sorted { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
  }

  @Test func `the newest note sounds, and of a chord its highest`() throws {
    let vocabulary = PerformanceVocabulary()
    let shift = (0..<Token(vocabulary.count)).filter { vocabulary.kind(of: $0) == "time-shift" }
    let second = try #require(shift.last)
    let piece =
      try tokens(["note-on 48", "note-on 55", "note-on 64"], in: vocabulary) + [second]
      + tokens(["note-on 40"], in: vocabulary) + [second]
      + tokens(["note-off 40", "note-off 48", "note-off 55", "note-off 64"], in: vocabulary)
    for (polyphony, expected) in [
      (1, [(0, 64, 1_000), (1_000, 40, 1_000)]),
      (2, [(0, 55, 1_000), (0, 64, 2_000), (1_000, 40, 1_000)]),
      (4, [(0, 48, 2_000), (0, 55, 2_000), (0, 64, 2_000), (1_000, 40, 1_000)]),
    ] {
      var decoder = vocabulary.makeDecoder()
      decoder.polyphony = polyphony
      for token in piece { decoder.consume(token) }
      decoder.finish()
      #expect(
        notes(decoder).map { [$0.onset, Int($0.pitch), $0.duration] }
          == expected.map { [$0.0, $0.1, $0.2] })
    }
  }

  @Test func `a limit set while more notes sound ends the earliest at the next strike`() throws {
    let vocabulary = try MetricalVocabulary(.tsd)
    var decoder = vocabulary.makeDecoder()
    for name in ["pitch 60", "duration 4.0.4", "pitch 64", "duration 4.0.4"] {
      for token in try tokens([name], in: vocabulary) { decoder.consume(token) }
    }
    decoder.polyphony = 1
    for name in ["time-shift 1.0.8", "pitch 50", "duration 1.0.8"] {
      for token in try tokens([name], in: vocabulary) { decoder.consume(token) }
    }
    decoder.finish()
    let beat = decoder.score.division == .ticksPerQuarter(16) ? 16 : 0
    #expect(
      notes(decoder).map { [$0.onset, Int($0.pitch), $0.duration] }
        == [[0, 60, beat], [0, 64, beat], [beat, 50, beat]])
  }

  @Test(arguments: allVocabularies, [1, 2, 4])
  func `what is heard as it is written is what the score holds`(
    _ example: VocabularyCase, _ polyphony: Int
  ) {
    var random = SeededGenerator(seed: 3)
    var decoder = example.vocabulary.makeDecoder()
    decoder.polyphony = polyphony
    var messages: [TimedMessage] = []
    for _ in 0..<4_000 {
      decoder.consume(Token.random(in: 0..<Token(example.vocabulary.count), using: &random))
      messages += decoder.takeSettledMessages()
    }
    decoder.finish()
    messages += decoder.takeSettledMessages()
    var sounding: Set<Int> = []
    var struck = 0
    for message in messages {
      switch message.message {
      case .noteOn(let channel, let pitch, _):
        struck += 1
        sounding.insert(Int(channel) * 128 + Int(pitch))
      case .noteOff(let channel, let pitch, _): sounding.remove(Int(channel) * 128 + Int(pitch))
      default: break
      }
      #expect(sounding.count <= polyphony)
    }
    #expect(sounding.isEmpty)
    #expect(struck == decoder.noteCount)
    #expect(notes(decoder).count == decoder.noteCount)
    #expect(notes(decoder).allSatisfy { $0.duration > 0 })
    #expect(struck > 0)
  }
}
