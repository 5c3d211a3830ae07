import FileStorage
import MuseGen
import MusicXML

/// Files in which a piece is written down: as MusicXML, or as the pages that another program engraves.
enum ScoreFile {
  /// The endings, without dots.
  static let endings = PartwiseScore.fileExtensions + engravedEndings

  private static let engravedEndings = ["pdf", "png", "svg"]

  /// Whether a file's name says that it is one of them.
  static func isNamed(_ path: String) -> Bool {
    endings.contains(fileExtension(of: path).lowercased())
  }

  /// Finds out before the work whether a file can be made.
  ///
  /// - Throws: ``Failure`` where a page is asked for and no program that engraves is there.
  static func check(_ path: String) throws(Failure) {
    guard engravedEndings.contains(fileExtension(of: path).lowercased()) else { return }
    _ = try Engraver.found(for: path)
  }

  /// Writes a piece.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - file: the file; of pictures of several pages, each has a numbered name.
  /// - Returns: the name under which it stands; of several pages all names.
  /// - Throws: ``Failure`` for a piece of too many bars, a program that engraves nothing, and a file that
  ///   cannot be written.
  static func write(_ score: Score, to file: OutputFile) throws -> String {
    let written: PartwiseScore
    let compressed: [UInt8]?
    let ending = fileExtension(of: file.path).lowercased()
    do throws(MusicXMLError) {
      written = try score.written()
      compressed = ending == "mxl" ? try written.compressedBytes() : nil
    } catch {
      throw Failure(.data, "\(file.path): \(error); it was not written")
    }
    guard engravedEndings.contains(ending) else {
      return try file.write(compressed ?? written.bytes())
    }
    let pages = try Engraver.found(for: file.path).pages(of: written.bytes(), ending: ending)
    guard pages.count > 1 else { return try file.write(pages.first ?? []) }
    let files = (1...pages.count).map { file.page($0, of: pages.count) }
    // How many there are is known only now: no page is written where one of the others cannot be.
    for file in files { try file.check() }
    return try zip(files, pages).map { try $0.write($1) }.joined(separator: ", ")
  }
}
