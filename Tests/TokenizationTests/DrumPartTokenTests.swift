import Music
import StandardMIDIFile
import Testing
import Tokenization

/// Drums that XG has on channel 5, in each vocabulary.
struct DrumPartTokenTests {
  /// A snare and a flute, as they are read from a file.
  private func score(snareChannel: UInt8, _ messages: [UInt8]...) throws -> Score {
    func notes(_ pitch: UInt8) -> [Note] {
      (0..<4).map { Note(onset: 480 * $0, duration: 240, pitch: pitch, velocity: 80) }
    }
    func program(_ program: UInt8) -> [TrackMessage] {
      [
        TrackMessage(tick: 0, kind: .control(controller: 0, value: program == 0 ? 127 : 0)),
        TrackMessage(tick: 0, kind: .program(program)),
      ]
    }
    var file = Score(
      tracks: [
        Track(channel: snareChannel, notes: notes(38), messages: program(0)),
        Track(notes: notes(74), messages: program(73)),
      ], endTick: 1920
    ).midiFile()
    for data in messages { file.tracks[0].append(.systemExclusive(data[...])) }
    return Score(try MIDIFile(bytes: file.bytes()))
  }

  @Test(arguments: allVocabularies)
  func `drums on another channel are told as drums`(_ vocabulary: VocabularyCase) throws {
    let xg: [UInt8] = [0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00, 0xF7]
    let expected = vocabulary.vocabulary.encode(try score(snareChannel: 9))
    #expect(vocabulary.vocabulary.encode(try score(snareChannel: 4, xg)) == expected)
    #expect(vocabulary.vocabulary.encode(try score(snareChannel: 4)) != expected)
  }

  @Test func `drums on another channel stay as they are when all else is transposed`() throws {
    let xg: [UInt8] = [0x43, 0x10, 0x4C, 0x00, 0x00, 0x7E, 0x00, 0xF7]
    let vocabulary = try MetricalVocabulary(.tsd)
    let tokens = vocabulary.encode(try score(snareChannel: 4, xg))
    let raised = vocabulary.decode(try #require(vocabulary.transpose(tokens, by: 3)))
    #expect(Set(raised.tracks.filter(\.isDrums).flatMap(\.notes).map(\.pitch)) == [38])
    #expect(Set(raised.tracks.filter { !$0.isDrums }.flatMap(\.notes).map(\.pitch)) == [77])
    #expect(raised.tracks.filter(\.isDrums).map(\.channel) == [9])
  }
}
