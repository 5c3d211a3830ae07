import FileStorage
import Synchronization

/// The books that one reading of a corpus has opened: each is split once, not once for each tune.
final class TuneBooks: Sendable {
  private let books = Mutex<[String: TuneBook]>([:])

  func book(at path: String) throws(FileError) -> TuneBook {
    if let book = books.withLock({ $0[path] }) { return book }
    let book = TuneBook(try readFile(at: path))
    books.withLock { $0[path] = book }
    return book
  }
}

/// Replaces each book of several tunes by its tunes, `book.abc#1` and so on; other paths stay.
///
/// - Parameter paths: files.
/// - Returns: pieces, in the files' order.
public func tunes(inBooks paths: [String]) -> [String] {
  paths.flatMap { path in
    guard PieceSource.isABC(path), let bytes = try? readFile(at: path) else { return [path] }
    let count = TuneBook(bytes).tunes.count
    return count > 1 ? (1...count).map { "\(path)#\($0)" } : [path]
  }
}
