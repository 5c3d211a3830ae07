import Reproducibility
import Tokenization

/// The bytes of a kept corpus, all numbers little-endian: a mark, the number of pieces, for each its
/// file's index, note hash, token count, note count and seconds; the tokens; a hash of all before it.
extension CorpusCache.Entry {
  private static let mark: UInt64 = 0x3153_4B4F_5447_4D  // "MGTOKS1"
  private static let pieceSize = 40

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.bytes.reserveCapacity(32 + pieces.count * Self.pieceSize + 2 * tokens.count)
    writer.write(Self.mark)
    writer.write(UInt64(pieces.count))
    for (piece, file) in zip(pieces, files) {
      writer.write(UInt64(file))
      writer.write(piece.noteHash)
      writer.write(UInt64(piece.tokens.count))
      writer.write(UInt64(piece.noteCount))
      writer.write(piece.seconds.bitPattern)
    }
    for token in tokens {
      writer.bytes.append(UInt8(truncatingIfNeeded: token))
      writer.bytes.append(UInt8(truncatingIfNeeded: token >> 8))
    }
    var hash = StableHash()
    hash.combine(writer.bytes)
    writer.write(hash.value)
    return writer.bytes
  }

  /// Reads the bytes; nil where they are not a whole corpus of these files.
  init?(bytes: [UInt8], sources: [PieceSource], contents: [UInt64]) {
    guard bytes.count >= 24 else { return nil }
    var hash = StableHash()
    hash.combine(bytes[..<(bytes.count - 8)])
    var end = ByteReader(bytes[(bytes.count - 8)...])
    var reader = ByteReader(bytes[..<(bytes.count - 8)])
    guard end.read() == hash.value, reader.read() == Self.mark, let count = reader.read(),
      count <= UInt64(reader.rest / Self.pieceSize)
    else { return nil }
    pieces = []
    files = []
    var next = 0
    for _ in 0..<count {
      guard let file = reader.read().flatMap(Int.init(exactly:)), file < sources.count,
        let noteHash = reader.read(),
        let tokenCount = reader.read().flatMap(Int.init(exactly:)), tokenCount <= bytes.count,
        let noteCount = reader.read().flatMap(Int.init(exactly:)),
        let seconds = reader.read().map(Double.init(bitPattern:))
      else { return nil }
      files.append(file)
      pieces.append(
        Piece(
          source: sources[file], contentHash: contents[file], noteHash: noteHash,
          tokens: next..<next + tokenCount, noteCount: noteCount, seconds: seconds))
      next += tokenCount
    }
    guard reader.rest == 2 * next else { return nil }
    let first = bytes.count - 8 - reader.rest
    tokens = (0..<next).map { index in
      Token(bytes[first + 2 * index]) | Token(bytes[first + 2 * index + 1]) << 8
    }
  }
}

private struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func write(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

private struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  var rest: Int { bytes.endIndex - place }

  mutating func read() -> UInt64? {
    guard rest >= 8 else { return nil }
    defer { place += 8 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }
}
