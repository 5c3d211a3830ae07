import FileStorage
import Music
import Reproducibility
import Tokenization

/// A folder that keeps encoded corpora, each under a name made of its files' contents and its
/// vocabulary, so that a second run need not encode them again.
///
/// The cache only ever saves time: a kept corpus that is damaged, or of another version of musegen, is
/// encoded anew, and where a corpus cannot be kept, nobody is troubled with it.
public struct CorpusCache: Sendable {
  /// The folder.
  public let folder: String
  /// How many bytes the folder may hold before the oldest corpora leave it.
  public var limit = 1 << 30

  /// Creates a cache in a folder, which need not exist.
  public init(folder: String) { self.folder = folder }

  /// The user's cache: `$XDG_CACHE_HOME/musegen`, or `~/.cache/musegen`; none without a home.
  public static var user: CorpusCache? {
    let environment = processEnvironment()
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return CorpusCache(folder: folder + "/musegen")
    }
    guard let home = homeFolder(environment: environment) else { return nil }
    return CorpusCache(folder: home + "/.cache/musegen")
  }

  /// What is in a kept corpus: the pieces, and which of the files gave none.
  struct Entry: Sendable {
    var pieces: [Piece]
    /// The index among the files of each piece.
    var files: [Int]
    var tokens: [Token]
  }

  /// To be raised whenever a vocabulary encodes a score otherwise than before, its steps are told
  /// otherwise, or other pieces are refused.
  static let version = 5

  /// To be raised whenever a score's attributes are measured otherwise than before.
  static let attributesVersion = 1

  /// The name under which a corpus is kept.
  ///
  /// - Parameters:
  ///   - contents: a hash of each file's contents.
  ///   - vocabulary: the vocabulary.
  ///   - converter: which converter reads the ABC files among them; nil where there are none.
  ///   - withAttributes: whether what pieces are as a whole is kept too.
  /// - Returns: the path; nil where the vocabulary has no settings that can be written.
  func path(
    contents: [UInt64], vocabulary: any Vocabulary, converter: String?,
    withAttributes: Bool = false
  ) -> String? {
    guard let settings = try? CanonicalJSON.encode(vocabulary.configuration) else { return nil }
    var hash = StableHash()
    hash.combine(Self.version)
    hash.combine(settings)
    if let converter { hash.combine(Array(converter.utf8)) }
    if withAttributes { hash.combine(Self.attributesVersion) }
    for content in contents { hash.combine(Int(bitPattern: UInt(content))) }
    return folder + "/" + hash.value.hexadecimal + ".tokens"
  }

  func read(
    _ path: String, sources: [PieceSource], contents: [UInt64], vocabularySize: Int
  ) -> Entry? {
    guard let bytes = try? readFile(at: path) else { return nil }
    return Entry(
      bytes: bytes, sources: sources, contents: contents, vocabularySize: vocabularySize)
  }

  func write(_ entry: Entry, to path: String) {
    do {
      try createFolder(at: folder)
      try writeFile(entry.bytes, at: path)
    } catch {
      return
    }
    removeOldest(but: path)
  }

  private func removeOldest(but kept: String) {
    let names = ((try? listFolder(at: folder)) ?? []).filter { $0.hasSuffix(".tokens") }
    var entries = names.map { folder + "/" + $0 }.map { path in
      (path: path, size: fileSize(at: path) ?? 0, date: modificationTime(at: path) ?? 0)
    }
    var size = entries.reduce(0) { $0 + $1.size }
    entries.sort { ($0.date, $0.path) < ($1.date, $1.path) }
    for entry in entries where size > limit && entry.path != kept {
      try? removeFile(at: entry.path)
      size -= entry.size
    }
  }
}

/// The bytes of a kept corpus, with attributes or without, all numbers little-endian: a mark, the number of pieces, for each its
/// file's index, note hash, token count, note count, seconds, seconds left out, fault count and the
/// step counts of the whole and of its voices, then its attributes; the tokens; the steps; a hash of all before it.
extension CorpusCache.Entry {
  private static let mark: UInt64 = 0x3553_4B4F_5447_4D  // "MGTOKS5"
  private static let markOfAttributes: UInt64 = 0x3541_4B4F_5447_4D  // "MGTOKA5"
  private static let pieceSize = 72

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.bytes.reserveCapacity(32 + pieces.count * Self.pieceSize + 4 * tokens.count)
    let hasAttributes = !pieces.isEmpty && pieces.allSatisfy { $0.attributes != nil }
    writer.write(hasAttributes ? Self.markOfAttributes : Self.mark)
    writer.write(UInt64(pieces.count))
    for (piece, file) in zip(pieces, files) {
      writer.write(UInt64(file))
      writer.write(piece.noteHash)
      writer.write(UInt64(piece.tokens.count))
      writer.write(UInt64(piece.noteCount))
      writer.write(piece.seconds.bitPattern)
      writer.write(piece.secondsLeftOut.bitPattern)
      writer.write(UInt64(piece.faultCount))
      writer.write(UInt64(piece.lines.whole.count))
      writer.write(UInt64(piece.lines.voices.count))
      if hasAttributes, let attributes = piece.attributes { writer.write(attributes) }
    }
    for token in tokens { writer.write(token) }
    for piece in pieces {
      for step in piece.lines.whole { writer.write(UInt16(bitPattern: step)) }
      for step in piece.lines.voices { writer.write(UInt16(bitPattern: step)) }
    }
    var hash = StableHash()
    hash.combine(writer.bytes)
    writer.write(hash.value)
    return writer.bytes
  }

  /// Reads the bytes; nil where they are not a whole corpus of these files.
  init?(bytes: [UInt8], sources: [PieceSource], contents: [UInt64], vocabularySize: Int) {
    guard bytes.count >= 24 else { return nil }
    var hash = StableHash()
    hash.combine(bytes[..<(bytes.count - 8)])
    var end = ByteReader(bytes[(bytes.count - 8)...])
    var reader = ByteReader(bytes[..<(bytes.count - 8)])
    guard end.read() == hash.value, let mark = reader.read(),
      mark == Self.mark || mark == Self.markOfAttributes, let count = reader.read(),
      count <= UInt64(reader.rest / Self.pieceSize)
    else { return nil }
    pieces = []
    files = []
    var next = 0
    var stepCounts: [(whole: Int, voices: Int)] = []
    for _ in 0..<count {
      // What comes from a file is used in no sum before it is known to be small.
      guard let file = reader.read().flatMap(Int.init(exactly:)), file < sources.count,
        file >= files.last ?? 0, let noteHash = reader.read(),
        let tokenCount = reader.read().flatMap(Int.init(exactly:)),
        tokenCount > 0, tokenCount <= bytes.count,
        let noteCount = reader.read().flatMap(Int.init(exactly:)), noteCount > 0,
        let seconds = reader.readSeconds(), let secondsLeftOut = reader.readSeconds(),
        let faultCount = reader.read().flatMap(Int.init(exactly:)),
        let stepCount = reader.read().flatMap(Int.init(exactly:)),
        stepCount >= 0, stepCount <= bytes.count,
        let voiceStepCount = reader.read().flatMap(Int.init(exactly:)),
        voiceStepCount >= 0, voiceStepCount <= bytes.count
      else { return nil }
      files.append(file)
      pieces.append(
        Piece(
          source: sources[file], contentHash: contents[file], noteHash: noteHash,
          lines: PieceLines(whole: [], voices: []), tokens: next..<next + tokenCount,
          noteCount: noteCount, seconds: seconds,
          secondsLeftOut: secondsLeftOut, faultCount: faultCount))
      if mark == Self.markOfAttributes {
        guard let attributes = reader.readAttributes() else { return nil }
        pieces[pieces.count - 1].attributes = attributes
      }
      next += tokenCount
      stepCounts.append((stepCount, voiceStepCount))
    }
    guard reader.rest == 2 * (next + stepCounts.reduce(0) { $0 + $1.whole + $1.voices }) else {
      return nil
    }
    var first = bytes.count - 8 - reader.rest
    func number(_ index: Int) -> UInt16 {
      UInt16(bytes[first + 2 * index]) | UInt16(bytes[first + 2 * index + 1]) << 8
    }
    tokens = (0..<next).map(number)
    first += 2 * next
    func steps(_ count: Int) -> [Int16] {
      defer { first += 2 * count }
      return (0..<count).map { Int16(bitPattern: number($0)) }
    }
    for (piece, count) in stepCounts.enumerated() {
      pieces[piece].lines.whole = steps(count.whole)
      pieces[piece].lines.voices = steps(count.voices)
    }
    guard tokens.allSatisfy({ Int($0) < vocabularySize }) else { return nil }
  }
}

private struct ByteWriter {
  var bytes: [UInt8] = []

  /// Writes attributes but for their style: key, metre, tempo, density and families, all bits set for
  /// what is not known.
  mutating func write(_ attributes: PieceAttributes) {
    write(attributes.key.map { UInt64($0.tonic + ($0.isMinor ? 12 : 0)) } ?? .max)
    write(
      attributes.metre.map {
        UInt64(UInt32(clamping: $0.numerator)) << 32 | UInt64(UInt32(clamping: $0.denominator))
      } ?? .max)
    write(attributes.tempo?.bitPattern ?? .max)
    write(attributes.density?.bitPattern ?? .max)
    write(
      attributes.instruments.map { families in
        InstrumentFamily.allCases.enumerated().reduce(UInt64(0)) { bits, family in
          families.contains(family.element) ? bits | UInt64(1) << UInt64(family.offset) : bits
        }
      } ?? .max)
  }

  mutating func write(_ value: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: value))
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
  }

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
  /// Reads attributes; nil where they are none.
  mutating func readAttributes() -> PieceAttributes? {
    guard let key = read(), let metre = read(), let tempo = read(), let density = read(),
      let families = read()
    else { return nil }
    var attributes = PieceAttributes()
    if key != .max {
      guard key < 24 else { return nil }
      attributes.key = Key(tonic: Int(key % 12), isMinor: key >= 12)
    }
    if metre != .max {
      attributes.metre = PieceAttributes.Metre(
        numerator: Int(metre >> 32), denominator: Int(metre & 0xFFFF_FFFF))
    }
    for (bits, path) in [
      (tempo, \PieceAttributes.tempo), (density, \PieceAttributes.density),
    ] where bits != .max {
      let value = Double(bitPattern: bits)
      guard value > 0, value.isFinite else { return nil }
      attributes[keyPath: path] = value
    }
    if families != .max {
      attributes.instruments = Set(
        InstrumentFamily.allCases.enumerated().filter { families >> UInt64($0.offset) & 1 == 1 }
          .map(\.element))
    }
    return attributes
  }

  /// Reads a length of time; nil where it is none.
  mutating func readSeconds() -> Double? {
    read().map(Double.init(bitPattern:)).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
  }
}
