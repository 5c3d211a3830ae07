import FileStorage
public import Music
import MusicXML
import StandardMIDIFile

/// Where a piece comes from: a MIDI or MusicXML file, or a tune of an ABC file; and which arguments name it.
public struct PieceSource: Hashable, Sendable {
  /// The file.
  public var file: String
  /// Which tune of an ABC file, from 1; nil for a MIDI file, and for the only tune of an ABC file.
  public var tune: Int?
  /// The arguments that it was found by, as they were given; none where nothing was searched.
  public var arguments: [String]

  /// More bytes than this no file of music has.
  static let largestFile = 64 << 20

  /// Creates a source from a path: a file's, or that of a tune of an ABC file, `book.abc#3`.
  public init(_ path: String) {
    arguments = []
    file = path
    // A file that is really called so is not a tune.
    guard let mark = path.utf8.lastIndex(of: UInt8(ascii: "#")),
      let number = Int(path[path.utf8.index(after: mark)...]), number > 0,
      Self.isABC(String(path[..<mark])), fileKind(at: path) == nil
    else { return }
    file = String(path[..<mark])
    tune = number
  }

  /// The path: that of the file, or `book.abc#3`.
  public var path: String { tune.map { "\(file)#\($0)" } ?? file }

  /// Whether the file is in ABC notation, as its name tells.
  public var isABC: Bool { Self.isABC(file) }

  /// Whether the file may be in ABC notation: its name tells so, or nothing, as that of standard input does.
  var mayBeABC: Bool { isABC || hasNoEnding }

  /// Whether the bytes alone tell what the file is.
  private var hasNoEnding: Bool { fileExtension(of: file).isEmpty }

  static func isABC(_ path: String) -> Bool {
    fileExtension(of: path).lowercased() == abcEnding
  }

  private static let abcEnding = "abc"

  /// Whether the file is in notation: in ABC by its name, or in MusicXML.
  public var isNotation: Bool { Self.isNotation(file) || Self.isMusicXML(file) }

  /// Whether a file is called as one in notation is: in ABC or MusicXML.
  static func isNotation(_ path: String) -> Bool {
    let ending = fileExtension(of: path).lowercased()
    return ending == abcEnding || PartwiseScore.fileExtensions.contains(ending)
  }

  /// Whether a file is called `.xml`, as MusicXML is among much else.
  static func isXML(_ path: String) -> Bool { fileExtension(of: path).lowercased() == "xml" }

  /// Whether a file called `.xml` is MusicXML, by its beginning.
  package static func isMusicXML(_ path: String) -> Bool {
    guard isXML(path), fileKind(at: path) == .file,
      let beginning = try? readBeginning(ofFile: path, count: 4096)
    else { return false }
    return PartwiseScore.isNamed(in: beginning.bytes)
  }

  /// Adds an argument that it was found by.
  mutating func add(_ argument: String) {
    let isKnown = arguments.contains { $0.utf8.elementsEqual(argument.utf8) }
    if !isKnown { arguments.append(argument) }
  }

  /// What is the same for all ways to write the path of one tune of an ABC file.
  func identity(in folder: String) -> String { "\(absolutePath(file, in: folder))#\(tune ?? 1)" }

  /// The tunes of an ABC file that has several; the piece itself otherwise.
  func tunes(from books: TuneBooks) -> [PieceSource] {
    guard isABC, tune == nil, fileKind(at: file) == .file,
      let book = try? books.book(at: file, limit: Self.largestFile),
      book.tunes.count > 1
    else { return [self] }
    return book.tunes.indices.map { index in
      var tune = self
      tune.tune = index + 1
      return tune
    }
  }

  /// What tells a piece.
  struct Content: Sendable {
    /// A file's bytes, or a tune's text.
    var bytes: [UInt8]
    /// The line of the ABC file of each line of the tune; none for any other file.
    var lines: [Int] = []
    /// Whether it is a tune's text.
    var isABC = false
    /// How many bytes were read: those of the file, or of the tune's text where the file's name tells of tunes.
    var size: Int
  }

  /// Reads a file's bytes, or a tune's text; of a file without an ending the bytes tell which.
  func content(from books: TuneBooks) throws(CorpusError) -> Content {
    let book: TuneBook
    var size: Int?
    do {
      if isABC {
        book = try books.book(at: file, limit: Self.largestFile)
      } else {
        let bytes = try books.bytes(of: file, limit: Self.largestFile)
        guard hasNoEnding, TuneBook.mayBegin(with: bytes) else {
          return Content(bytes: bytes, size: bytes.count)
        }
        book = TuneBook(bytes)
        size = bytes.count
      }
    } catch {
      throw CorpusError(.unreadable(error), path: file)
    }
    let number = tune ?? 1
    guard book.tunes.indices.contains(number - 1) else {
      throw CorpusError(.noTune(number: number, tunes: book.tunes.count), path: file)
    }
    guard tune != nil || book.tunes.count == 1 else {
      throw CorpusError(.manyTunes(book.tunes.count), path: file)
    }
    let text = book.tunes[number - 1]
    return Content(
      bytes: text, lines: book.lines[number - 1], isABC: true, size: size ?? text.count)
  }

  /// The piece as a MIDI file, made from its content where that is notation.
  func readAsMIDI(_ content: Content) throws(CorpusError) -> PieceFile {
    if !content.isABC, PartwiseScore.mayBegin(with: content.bytes) {
      do {
        let written = try PartwiseScore(bytes: content.bytes)
        return PieceFile(
          bytes: try Score(written).midiFile().bytes(), faults: [], notation: .musicXML,
          size: content.size, losses: NotationLosses(written))
      } catch {
        throw CorpusError(.malformedNotation(error), path: path)
      }
    }
    guard content.isABC else {
      return PieceFile(bytes: content.bytes, faults: [], notation: nil, size: content.size)
    }
    guard let converter = ABCConverter() else { throw CorpusError(.noConverter, path: path) }
    guard let made = converter.convert(ABCTune(content.bytes, lines: content.lines)) else {
      throw CorpusError(.notConverted, path: path)
    }
    return PieceFile(
      bytes: made.bytes, faults: made.faults, notation: .abc, size: content.size)
  }
}

/// A piece as a MIDI file, and what was lost on the way to it.
public struct PieceFile: Sendable {
  /// The bytes of a MIDI file.
  public var bytes: [UInt8]
  /// What of a tune of an ABC file is not played as it is written; none for any other file.
  public var faults: [ABCFault]
  /// What the file holds instead of MIDI, from which the bytes were made; nil for a MIDI file.
  public var notation: Notation?
  /// How many bytes were read: those of the file, or of a tune's text.
  public var size: Int
  /// What of a MusicXML file is not in it; nil for any other file.
  public var losses: NotationLosses?

  /// A way to write music down.
  public enum Notation: String, Hashable, Sendable {
    /// A score in MusicXML, compressed or not.
    case musicXML = "MusicXML"
    /// A tune in ABC.
    case abc = "ABC"
  }
}

/// Reads what a path names as a MIDI file.
///
/// One of MIDI's own kinds is taken as it is, a MusicXML file is played out, a tune of an ABC file goes through
/// `abc2midi`. What a file is, its bytes tell; what is ABC, the name, or of a file without an ending the bytes.
///
/// - Parameter path: a file, or a tune of a book of tunes: `book.abc#3`.
/// - Returns: the bytes of a MIDI file, and a tune's faults.
/// - Throws: ``CorpusError`` where it cannot be read or converted, is larger than 64 MB, or the book
///   has several tunes.
public func readPiece(at path: String) throws(CorpusError) -> PieceFile {
  let source = PieceSource(path)
  return try source.readAsMIDI(source.content(from: TuneBooks()))
}

/// Reads what a path names as ``readPiece(at:)`` does, whatever faults it has.
///
/// - Parameter path: a file, or a tune of a book of tunes: `book.abc#3`.
/// - Returns: the bytes of a MIDI file.
/// - Throws: ``CorpusError`` as ``readPiece(at:)`` does.
public func readMIDIFile(at path: String) throws(CorpusError) -> [UInt8] {
  try readPiece(at: path).bytes
}

/// Replaces each book of several tunes by its tunes, `book.abc#1` and so on; other paths stay.
///
/// - Parameter paths: files.
/// - Returns: pieces, in the files' order.
public func tunes(inBooks paths: [String]) -> [String] {
  let books = TuneBooks()
  return paths.flatMap { PieceSource($0).tunes(from: books).map(\.path) }
}
