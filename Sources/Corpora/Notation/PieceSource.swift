import FileStorage

/// What a piece's path names: a MIDI file, or a tune of an ABC file, `book.abc` or `book.abc#3`.
struct PieceSource: Hashable, Sendable {
  /// The file.
  var file: String
  /// Which tune of an ABC file, from 1; nil where the path does not say.
  var tune: Int?

  init(_ path: String) {
    file = path
    // A file that is really called so is not a tune.
    guard let mark = path.lastIndex(of: "#"), let number = Int(path[path.index(after: mark)...]),
      number > 0, Self.isABC(String(path[..<mark])), fileKind(at: path) == nil
    else { return }
    file = String(path[..<mark])
    tune = number
  }

  var isABC: Bool { Self.isABC(file) }

  static func isABC(_ path: String) -> Bool { path.lowercased().hasSuffix(".abc") }

  /// What tells the piece: a MIDI file's bytes, or a tune's text.
  func content(from books: TuneBooks? = nil) throws(CorpusError) -> [UInt8] {
    guard isABC else { return try wrapped { () throws(FileError) in try readFile(at: file) } }
    let book = try wrapped { () throws(FileError) in
      if let books { try books.book(at: file) } else { TuneBook(try readFile(at: file)) }
    }
    let number = tune ?? 1
    guard book.tunes.indices.contains(number - 1) else {
      throw CorpusError(.noTune(number: number, tunes: book.tunes.count), path: file)
    }
    guard tune != nil || book.tunes.count == 1 else {
      throw CorpusError(.manyTunes(book.tunes.count), path: file)
    }
    return book.tunes[number - 1]
  }

  /// The bytes of a MIDI file, made from the piece's content where that is a tune.
  func midiFile(from content: [UInt8]) throws(CorpusError) -> [UInt8] {
    guard isABC else { return content }
    let path = tune.map { "\(file)#\($0)" } ?? file
    guard let converter = ABCConverter() else {
      throw CorpusError(.noConverter, path: path)
    }
    guard let bytes = converter.midiFile(of: content) else {
      throw CorpusError(.notConverted, path: path)
    }
    return bytes
  }

  private func wrapped<Result>(_ body: () throws(FileError) -> Result) throws(CorpusError) -> Result
  {
    do {
      return try body()
    } catch {
      throw CorpusError(.unreadable(error), path: file)
    }
  }
}

/// Reads what a path names as a MIDI file: one of MIDI's own kinds as it is, a tune of an ABC file
/// through `abc2midi`.
///
/// - Parameter path: a file, or a tune of a book of tunes: `book.abc#3`.
/// - Returns: the bytes of a MIDI file.
/// - Throws: ``CorpusError`` where it cannot be read or converted, or the book has several tunes.
public func readMIDIFile(at path: String) throws(CorpusError) -> [UInt8] {
  let source = PieceSource(path)
  return try source.midiFile(from: source.content())
}
