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
  /// More bytes of files than this are no longer read into memory: their pieces are kept in files that are mapped.
  public var mostLoaded = 64 << 20
  /// How many bytes of such files other collections than the one at hand may have before the oldest leave.
  public var volumesLimit = 16 << 30

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
    /// The tokens of all pieces end to end.
    var tokens: [Token]
    /// The lines of each piece.
    var lines: [PieceLines]
  }

  /// To be raised whenever a vocabulary encodes a score otherwise than before, its steps are told
  /// otherwise, its notes are counted otherwise, or other pieces are refused.
  static let version = 8

  /// To be raised whenever a score's attributes are measured otherwise than before.
  static let attributesVersion = 4

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

  /// Where the pieces of many files are kept; nil where they are few enough to be loaded, some are no files, or the
  /// vocabulary has no settings that can be written.
  ///
  /// Collections below one folder share what they have in common.
  func library(
    of sources: [LocatedSource], vocabulary: any Vocabulary, converter: String?,
    withAttributes: Bool
  ) -> PieceLibrary? {
    var bytes = 0
    var counted: [UInt8] = []
    var common = sources.first.map {
      FileStorage.folder(of: String(systemPath: $0.path)).systemPath
    }
    for located in sources {
      // The tunes of a book stand in one file, and one behind the other here.
      if located.path != counted {
        counted = located.path
        bytes += located.stamp?.size ?? 0
      }
      while let folder = common, folder.count > 1,
        !(located.path.starts(with: folder) && located.path[folder.count] == UInt8(ascii: "/"))
      {
        common = FileStorage.folder(of: String(systemPath: folder)).systemPath
      }
    }
    guard bytes > mostLoaded, let common,
      let settings = try? CanonicalJSON.encode(vocabulary.configuration),
      sources.allSatisfy({ $0.stamp != nil || fileKind(at: $0.source.file)?.givesBytes != true })
    else { return nil }
    var hash = StableHash()
    hash.combine(Self.version)
    hash.combine(settings)
    if let converter { hash.combine(Array(converter.utf8)) }
    if withAttributes { hash.combine(Self.attributesVersion) }
    let key = hash.value
    hash.combine(common)
    return PieceLibrary(folder: "\(librariesFolder)/\(hash.value.hexadecimal)", key: key)
  }

  private var librariesFolder: String { folder + "/volumes" }

  /// Removes the collections that were added to longest ago, so that all but one have no more than the limit.
  func removeOldestLibraries(but kept: PieceLibrary) {
    let libraries = ((try? listFolder(at: librariesFolder)) ?? [])
      .map { librariesFolder + "/" + $0 }.filter { $0 != kept.folder }
      .map { path in
        let names = (try? listFolder(at: path)) ?? []
        return (
          path: path, size: names.reduce(0) { $0 + (fileSize(at: path + "/" + $1) ?? 0) },
          date: modificationTime(at: path) ?? 0
        )
      }
    var size = libraries.reduce(0) { $0 + $1.size }
    for library in libraries.sorted(by: { ($0.date, $0.path) < ($1.date, $1.path) })
    where size > volumesLimit {
      try? removeFolder(at: library.path)
      size -= library.size
    }
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
    for ((piece, lines), file) in zip(zip(pieces, lines), files) {
      writer.write(UInt64(file))
      writer.write(piece.noteHash)
      writer.write(UInt64(piece.tokens.count))
      writer.write(UInt64(piece.noteCount))
      writer.write(piece.seconds.bitPattern)
      writer.write(piece.secondsLeftOut.bitPattern)
      writer.write(UInt64(piece.faultCount))
      writer.write(UInt64(lines.whole.count))
      writer.write(UInt64(lines.voices.count))
      if hasAttributes, let attributes = piece.attributes { writer.write(attributes) }
    }
    writer.write(tokens)
    for lines in lines {
      writer.write(lines.whole)
      writer.write(lines.voices)
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
          tokens: next..<next + tokenCount, noteCount: noteCount, seconds: seconds,
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
    lines = stepCounts.map { PieceLines(whole: steps($0.whole), voices: steps($0.voices)) }
    guard tokens.allSatisfy({ Int($0) < vocabularySize }) else { return nil }
  }
}
