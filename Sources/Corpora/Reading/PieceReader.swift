import Music
import StandardMIDIFile
import Tokenization

/// Reads one file and encodes it.
struct PieceReader: Sendable {
  let vocabulary: any Vocabulary
  private let noteCounts: [Int]
  private let books = TuneBooks()

  init(vocabulary: any Vocabulary) {
    self.vocabulary = vocabulary
    noteCounts = vocabulary.noteCounts
  }

  /// A piece's tokens, and the piece but for its place in the corpus.
  struct Reading: Sendable {
    var piece: Piece
    var tokens: [Token]
  }

  func read(_ path: String) -> Result<Reading, CorpusError> {
    do {
      let source = PieceSource(path)
      let content = try source.content(from: books)
      return .success(
        try read(source.midiFile(from: content), of: content, path: path))
    } catch let error as CorpusError {
      return .failure(error)
    } catch let error as MIDIFileError {
      return .failure(CorpusError(.malformed(error), path: path))
    } catch {
      return .failure(CorpusError(.noNotes, path: path))
    }
  }

  /// The hash of a file's bytes or a tune's text; 0 where it cannot be read.
  func contentHash(of path: String) -> UInt64 {
    var hash = StableHash()
    guard let content = try? PieceSource(path).content(from: books) else { return 0 }
    hash.combine(content)
    return hash.value
  }

  private func read(_ bytes: [UInt8], of content: [UInt8], path: String) throws -> Reading {
    var hash = StableHash()
    hash.combine(content)
    let score = Score(try MIDIFile(bytes: bytes))
    let tokens = vocabulary.encode(score)
    let noteCount = tokens.reduce(0) { $0 + noteCounts[Int($1)] }
    guard noteCount > 0 else { throw CorpusError(.noNotes, path: path) }
    let lastEnd = score.tracks.lazy.flatMap(\.notes).map(\.end).max() ?? 0
    let piece = Piece(
      path: path, contentHash: hash.value, noteHash: score.noteHash, tokens: 0..<tokens.count,
      noteCount: noteCount, seconds: score.tempoMap.seconds(atTick: lastEnd))
    return Reading(piece: piece, tokens: tokens)
  }
}
