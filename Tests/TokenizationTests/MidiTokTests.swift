import Foundation
import Music
import StandardMIDIFile
import Testing
import Tokenization

/// Token for token what MidiTok 3 writes, for pieces drawn by `Tools/fixtures/miditok_tokens.py`.
@Suite struct MidiTokTests {
  private struct Fixture: Decodable {
    var pieces: [Piece]
  }

  private struct Piece: Decodable {
    var midi: String
    var tsd: [String]
    var remi: [String]

    var score: Score {
      get throws {
        let digits = Array(midi.utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).map { index in
          UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
        }
        return Score(try MIDIFile(bytes: bytes))
      }
    }
  }

  private let pieces: [Piece]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/miditok.json")
    pieces = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file)).pieces
  }

  @Test func `TSD tokens are MidiTok's`() throws {
    let vocabulary = try MetricalVocabulary(.tsd)
    for piece in pieces {
      #expect(vocabulary.encode(try piece.score).map { vocabulary.name(of: $0) } == piece.tsd)
    }
  }

  @Test func `REMI tokens are MidiTok's`() throws {
    let vocabulary = try MetricalVocabulary(.remi)
    for piece in pieces {
      #expect(vocabulary.encode(try piece.score).map { vocabulary.name(of: $0) } == piece.remi)
    }
  }
}
