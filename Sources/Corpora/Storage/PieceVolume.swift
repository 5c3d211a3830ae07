import FileStorage
import Music
import Reproducibility
import Tokenization

/// A file of encoded pieces, which is mapped into memory; or its content, where it could not be written.
///
/// All numbers are little-endian. A head of eight numbers of 64 bits: a mark with the format's version, the key of the
/// vocabulary and of all else that pieces depend on, the file's length, the table's place, the number of its records,
/// a hash of the table, 0, and a hash of the seven. Then the pieces, in numbers of 16 bits: of each its tokens, the steps of
/// its line, those of its voices. Then the table: a record for each source that was read.
struct PieceVolume: Sendable {
  /// What was read of one file or tune.
  struct Record: Sendable {
    /// The file from the root, and the tune's number; 0 for none.
    var path: [UInt8]
    var tune: Int
    /// How the file was found.
    var stamp: FileStamp
    /// Whether it was written so short a time before that it may have been written again without a trace.
    var isFresh: Bool
    var contentHash: UInt64
    /// Its pieces, in most vocabularies one; none where it could not be read.
    var pieces: [Entry]
    /// The works of which a ``MovementMark`` says that it is a movement; nil where the file has to be asked.
    var works: [String]?

    /// How many numbers its pieces take.
    var size: Int { pieces.reduce(0) { $0 + $1.place.size } }
  }

  /// A piece in a record.
  struct Entry: Sendable {
    var place: Place
    var noteHash: UInt64
    var noteCount: Int
    var seconds: Double
    var secondsLeftOut: Double
    var faultCount: Int
    var attributes: PieceAttributes?
  }

  /// Where a piece stands among a volume's numbers, and hashes of what stands there.
  struct Place: Sendable {
    var start: Int
    var tokenCount: Int
    var wholeCount: Int
    var voicesCount: Int
    var tokensHash: UInt64
    var linesHash: UInt64

    var size: Int { tokenCount + wholeCount + voicesCount }
  }

  private enum Content: Sendable {
    case mapped(MappedFile)
    case loaded([UInt16])
  }

  private let content: Content

  /// The ending of volumes' names.
  static let fileExtension = "volume"
  static let headSize = 64
  private static let mark: UInt64 = 0x314C_4F56_474D  // "MGVOL1"
  private static let smallestRecord = 56

  /// The path of its file; nil where it has none.
  var path: String? {
    guard case .mapped(let file) = content else { return nil }
    return file.path
  }

  /// Keeps in memory what could not be written.
  init(holding numbers: [UInt16]) { content = .loaded(numbers) }

  /// Maps a volume and reads its table.
  ///
  /// - Returns: the volume and its records; nil where it is damaged, or of another key.
  /// - Throws: `FileError` where it cannot be opened.
  static func open(
    _ path: String, key: UInt64
  ) throws(FileError) -> (volume: PieceVolume, records: [Record])? {
    let file = try MappedFile(path: path)
    guard let head = file.bytes(0..<headSize),
      let words = headWords(head), words[0] == mark, words[1] == key,
      words[2] == UInt64(file.count), let start = Int(exactly: words[3]),
      start >= headSize, start <= file.count, let bytes = file.bytes(start..<file.count),
      hash(of: bytes) == words[5],
      let records = records(in: bytes, count: words[4], bodySize: (start - headSize) / 2)
    else { return nil }
    file.release()
    return (PieceVolume(file), records)
  }

  private init(_ file: MappedFile) { content = .mapped(file) }

  private static func headWords(_ head: [UInt8]) -> [UInt64]? {
    var reader = ByteReader(head[...])
    var words: [UInt64] = []
    while let word = reader.read() { words.append(word) }
    guard words.count == 8, hash(of: Array(head[..<56])) == words[7] else { return nil }
    return words
  }

  private static func hash(of bytes: [UInt8]) -> UInt64 {
    var hash = StableHash()
    hash.combine(bytes)
    return hash.value
  }

  /// Numbers of the volume; nil where it has not so many, or its file was cut short.
  func numbers(at start: Int, count: Int) -> [UInt16]? {
    guard start >= 0, count >= 0 else { return nil }
    switch content {
    case .mapped(let file):
      guard start <= file.count / 2 else { return nil }
      return file.numbers(at: Self.headSize + 2 * start, count: count)
    case .loaded(let numbers):
      guard start <= numbers.count, count <= numbers.count - start else { return nil }
      return Array(numbers[start..<start + count])
    }
  }

  /// A piece's tokens; nil where they are damaged.
  func tokens(at place: Place, vocabularySize: Int) -> [Token]? {
    guard let tokens = numbers(at: place.start, count: place.tokenCount),
      Self.hash(of: tokens[...]) == place.tokensHash,
      tokens.allSatisfy({ Int($0) < vocabularySize })
    else { return nil }
    return tokens
  }

  /// A piece's lines; nil where they are damaged.
  func lines(at place: Place) -> PieceLines? {
    guard
      let steps = numbers(
        at: place.start + place.tokenCount, count: place.wholeCount + place.voicesCount),
      Self.hash(of: steps[...]) == place.linesHash
    else { return nil }
    return PieceLines(
      whole: steps[..<place.wholeCount].map { Int16(bitPattern: $0) },
      voices: steps[place.wholeCount...].map { Int16(bitPattern: $0) })
  }

  static func hash(of numbers: ArraySlice<UInt16>) -> UInt64 {
    var hash = StableHash()
    hash.combine(numbers)
    return hash.value
  }

  /// Lets the system take the pages that were read.
  func release() { if case .mapped(let file) = content { file.release() } }

  /// Removes a damaged volume's file, so that its pieces are read anew the next time.
  func discard() { if let path { try? removeFile(at: path) } }
}

extension PieceVolume {
  /// Writes a volume.
  ///
  /// - Parameters:
  ///   - path: its file.
  ///   - key: what its pieces depend on.
  ///   - numbers: the pieces.
  ///   - records: the table.
  ///   - count: how many records that has.
  /// - Throws: `FileError` where it cannot be written; nothing then stands under the name.
  static func write(
    to path: String, key: UInt64, _ numbers: [UInt16], records: [UInt8], count: Int
  ) throws(FileError) {
    var head = ByteWriter()
    let start = headSize + 2 * numbers.count
    head.write(mark)
    head.write(key)
    head.write(UInt64(start + records.count))
    head.write(UInt64(start))
    head.write(UInt64(count))
    head.write(hash(of: records))
    head.write(UInt64(0))
    head.write(hash(of: head.bytes))
    var file = try AtomicFile(path: path)
    try file.write(head.bytes)
    try file.write(numbers: numbers)
    try file.write(records)
    try file.commit()
  }

  /// Appends a record to a table.
  static func append(_ record: Record, to table: inout ByteWriter) {
    table.write(UInt64(record.path.count))
    table.bytes += record.path
    table.write(UInt64(record.tune))
    table.write(UInt64(record.stamp.size))
    table.write(UInt64(bitPattern: record.stamp.time))
    table.write(record.stamp.number)
    table.write(record.contentHash)
    let hasAttributes = record.pieces.contains { $0.attributes != nil }
    var flags = UInt64(record.pieces.count) << 2
    if hasAttributes { flags |= 2 }
    if record.isFresh { flags |= 1 }
    if let works = record.works { flags |= UInt64(works.count + 1) << 4 }
    table.write(flags)
    for work in record.works ?? [] { table.write(UInt64(work, radix: 16) ?? 0) }
    for piece in record.pieces {
      table.write(UInt64(piece.place.start))
      table.write(UInt64(piece.place.tokenCount))
      table.write(UInt64(piece.place.wholeCount))
      table.write(UInt64(piece.place.voicesCount))
      table.write(piece.place.tokensHash)
      table.write(piece.place.linesHash)
      table.write(piece.noteHash)
      table.write(UInt64(piece.noteCount))
      table.write(piece.seconds.bitPattern)
      table.write(piece.secondsLeftOut.bitPattern)
      table.write(UInt64(piece.faultCount))
      if hasAttributes { table.write(piece.attributes ?? PieceAttributes()) }
    }
  }

  private static func records(
    in bytes: [UInt8], count: UInt64, bodySize: Int
  ) -> [Record]? {
    guard count <= UInt64(bytes.count / smallestRecord) else { return nil }
    var reader = ByteReader(bytes[...])
    var records: [Record] = []
    records.reserveCapacity(Int(count))
    func number(atMost most: Int = .max) -> Int? {
      reader.read().flatMap(Int.init(exactly:)).flatMap { $0 <= most ? $0 : nil }
    }
    for _ in 0..<count {
      // What comes from a file is used in no sum before it is known to be small.
      guard let length = number(), let path = reader.read(count: length), let tune = number(),
        let size = number(), let time = reader.read(), let file = reader.read(),
        let contentHash = reader.read(), let flags = reader.read()
      else { return nil }
      let pieceCount = flags >> 2 & 3
      guard pieceCount <= 2 else { return nil }
      var works: [String]?
      if flags >> 4 > 0 {
        var told: [String] = []
        for _ in 1..<flags >> 4 {
          guard let work = reader.read() else { return nil }
          told.append(work.hexadecimal)
        }
        works = told
      }
      var pieces: [Entry] = []
      for _ in 0..<pieceCount {
        guard let start = number(atMost: bodySize), let tokenCount = number(atMost: bodySize),
          let wholeCount = number(atMost: bodySize), let voicesCount = number(atMost: bodySize),
          tokenCount > 0, start + tokenCount + wholeCount + voicesCount <= bodySize,
          let tokensHash = reader.read(), let linesHash = reader.read(),
          let noteHash = reader.read(), let noteCount = number(), noteCount > 0,
          let seconds = reader.readSeconds(), let secondsLeftOut = reader.readSeconds(),
          let faultCount = number()
        else { return nil }
        var attributes: PieceAttributes?
        if flags & 2 != 0 {
          attributes = reader.readAttributes()
          guard attributes != nil else { return nil }
        }
        pieces.append(
          Entry(
            place: Place(
              start: start, tokenCount: tokenCount, wholeCount: wholeCount,
              voicesCount: voicesCount, tokensHash: tokensHash, linesHash: linesHash),
            noteHash: noteHash, noteCount: noteCount, seconds: seconds,
            secondsLeftOut: secondsLeftOut, faultCount: faultCount, attributes: attributes))
      }
      records.append(
        Record(
          path: path, tune: tune,
          stamp: FileStamp(size: size, time: Int64(bitPattern: time), number: file),
          isFresh: flags & 1 != 0, contentHash: contentHash, pieces: pieces, works: works))
    }
    return reader.rest == 0 ? records : nil
  }
}
