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

  /// The file and the tune's number that a path such as `book.abc#3` names; nil for any other path.
  public static func place(_ path: String) -> (file: String, tune: Int)? {
    let source = PieceSource(path)
    return source.tune.map { (source.file, $0) }
  }

  /// Splits a book.
  ///
  /// - Parameter bytes: the file, in any encoding that agrees with ASCII.
  public init(_ bytes: [UInt8]) {
    var header: [ArraySlice<UInt8>] = []
    var tunes: [[UInt8]] = []
    // The carriage return of other systems' line ends goes with the line feed, or ends a line alone.
    let lines = bytes.split(omittingEmptySubsequences: false) { $0 == lineFeed }
      .flatMap { $0.isEmpty ? [$0] : $0.split(separator: UInt8(ascii: "\r")) }
    for line in lines {
      if line.isField("X") {
        tunes.append(Array("X:1\n".utf8))
        for line in header { tunes[tunes.count - 1] += line + [lineFeed] }
      } else if line.includesAnotherFile {
        // A tune is not to read what else is on this machine.
        continue
      } else if tunes.isEmpty {
        if line.isFieldOrDirective { header.append(line) }
      } else {
        tunes[tunes.count - 1] += line + [lineFeed]
      }
    }
    self.tunes = tunes
  }
}

/// The books that one reading of a corpus has opened: each is split once, not once for each tune.
final class TuneBooks: Sendable {
  private let books = Mutex<[String: TuneBook]>([:])

  func book(at path: String, limit: Int) throws(FileError) -> TuneBook {
    if let book = books.withLock({ $0[path] }) { return book }
    let book = TuneBook(try readFile(at: path, limit: limit))
    books.withLock { $0[path] = book }
    return book
  }
}

private let lineFeed = UInt8(ascii: "\n")

extension ArraySlice<UInt8> {
  fileprivate func isField(_ letter: Character) -> Bool {
    count >= 2 && self[startIndex] == letter.asciiValue && self[startIndex + 1] == UInt8(ascii: ":")
  }

  fileprivate var isFieldOrDirective: Bool {
    guard let first else { return false }
    let isLetter = (65...90).contains(first) || (97...122).contains(first)
    return starts(with: "%%".utf8)
      || isLetter && count >= 2 && self[startIndex + 1] == UInt8(ascii: ":")
  }

  fileprivate var includesAnotherFile: Bool {
    let text = String(decoding: prefix(40), as: UTF8.self).lowercased().filter { $0 != " " }
    return text.hasPrefix("%%abc-include") || text.hasPrefix("i:abc-include")
  }
}
