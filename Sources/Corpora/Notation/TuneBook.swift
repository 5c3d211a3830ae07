import FileStorage
import Synchronization

/// The tunes of an ABC file, each with all that a converter needs to know.
///
/// A tune begins with its `X:` line. What stands before the first one, fields and directives, holds
/// for all of them.
///
/// Reference: Chris Walshaw, The ABC Music Standard 2.1, section 2.2, "Abc file structure".
public struct TuneBook: Hashable, Sendable {
  /// The text of each tune, each with the reference number 1.
  public let tunes: [[UInt8]]
  /// For each line of each tune's text, the line of the file that it stands in, from 1.
  let lines: [[Int]]

  /// The file and the tune's number that a path such as `book.abc#3` names; nil for any other path.
  public static func place(_ path: String) -> (file: String, tune: Int)? {
    let source = PieceSource(path)
    return source.tune.map { (source.file, $0) }
  }

  /// Splits a book.
  ///
  /// - Parameter bytes: the file, in any encoding that agrees with ASCII, or in UTF-16 with a byte
  ///   order mark. Such a mark before a line, as books put together have it, is no part of it.
  public init(_ bytes: [UInt8]) {
    var header: [(line: ArraySlice<UInt8>, number: Int)] = []
    var tunes: [[UInt8]] = []
    var numbers: [[Int]] = []
    // The carriage return of other systems' line ends goes with the line feed, or ends a line alone.
    let lines = (Self.decodingUTF16(bytes) ?? bytes)
      .split(omittingEmptySubsequences: false) { $0 == lineFeed }
      .flatMap { $0.isEmpty ? [$0] : $0.split(separator: UInt8(ascii: "\r")) }
    for (index, line) in lines.enumerated() {
      let line = line.starts(with: byteOrderMark) ? line.dropFirst(byteOrderMark.count) : line
      if line.isField("X") {
        tunes.append(Array("X:1\n".utf8))
        numbers.append([index + 1])
        for (line, number) in header {
          tunes[tunes.count - 1] += line + [lineFeed]
          numbers[tunes.count - 1].append(number)
        }
      } else if line.includesAnotherFile {
        // A tune is not to read what else is on this machine.
        continue
      } else if tunes.isEmpty {
        if line.isFieldOrDirective { header.append((line, index + 1)) }
      } else {
        tunes[tunes.count - 1] += line + [lineFeed]
        numbers[tunes.count - 1].append(index + 1)
      }
    }
    self.tunes = tunes
    self.lines = numbers
  }

  /// Whether a file that begins with some bytes can be a book: whether it says so, or its first `X:` line stands behind
  /// nothing but fields, directives and comments.
  static func mayBegin(with bytes: [UInt8]) -> Bool {
    let beginning = Array(bytes.prefix(mostHeader))
    let lines = (decodingUTF16(beginning) ?? beginning)
      .split { $0 == lineFeed || $0 == UInt8(ascii: "\r") }
    for (index, line) in lines.enumerated() {
      let line = line.starts(with: byteOrderMark) ? line.dropFirst(byteOrderMark.count) : line
      if line.isField("X") || index == 0 && line.starts(with: "%abc".utf8) { return true }
      let isBlank = line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      guard isBlank || line.isFieldOrDirective || line.starts(with: "%".utf8) else { return false }
    }
    return false
  }

  /// What stands before the first tune of a book is no longer, in bytes.
  private static let mostHeader = 1 << 16

  /// A file in UTF-16 as UTF-8; nil where it does not begin with that encoding's mark.
  private static func decodingUTF16(_ bytes: [UInt8]) -> [UInt8]? {
    let isBigEndian = bytes.starts(with: [0xFE, 0xFF])
    guard isBigEndian || bytes.starts(with: [0xFF, 0xFE]) else { return nil }
    let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}

/// What one reading of a corpus has opened: each book is split once, not once for each tune, and a pipe,
/// which gives its bytes but once, is kept.
final class TuneBooks: Sendable {
  private let books = Mutex<[[UInt8]: TuneBook]>([:])
  private let streams: [[UInt8]: Result<[UInt8], FileError>]

  /// Begins a reading.
  ///
  /// - Parameter sources: the pieces; pipes and devices among them are read here, by the thread of the
  ///   task that may be cancelled while it waits for them.
  init(readingStreamsOf sources: [PieceSource] = []) {
    var streams: [[UInt8]: Result<[UInt8], FileError>] = [:]
    for source in sources {
      guard let kind = fileKind(at: source.file), kind == .pipe || kind == .device else { continue }
      streams[source.file.systemPath] = Result { () throws(FileError) in
        try readFile(at: source.file, limit: PieceSource.largestFile, allowingStreams: true)
      }
    }
    self.streams = streams
  }

  func book(at path: String, limit: Int) throws(FileError) -> TuneBook {
    let key = path.systemPath
    if let book = books.withLock({ $0[key] }) { return book }
    let book = TuneBook(try bytes(of: path, limit: limit))
    books.withLock { $0[key] = book }
    return book
  }

  /// The bytes of a file, or of a stream.
  func bytes(of path: String, limit: Int) throws(FileError) -> [UInt8] {
    if !streams.isEmpty, let stream = streams[path.systemPath] { return try stream.get() }
    return try readFile(at: path, limit: limit, allowingStreams: true)
  }
}

private let lineFeed = UInt8(ascii: "\n")
private let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

extension ArraySlice<UInt8> {
  fileprivate var includesAnotherFile: Bool {
    let text = String(decoding: prefix(40), as: UTF8.self).lowercased().filter { $0 != " " }
    return text.hasPrefix("%%abc-include") || text.hasPrefix("i:abc-include")
  }
}
