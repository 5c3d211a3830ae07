import Drawing
import ArgumentParser
import FileStorage
import MuseGen

/// `musegen copied`: the longest passages that pieces share with a corpus.
struct CopiedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copied",
    abstract: "Finds the longest passage that a piece shares with a corpus.",
    discussion: """
      A passage is the same where its intervals and its rhythm are, transposed or at another tempo \
      too. It is looked for in the highest notes of each track and in all notes together, in the \
      order of their onsets, chords from below; drums are left out. A piece that is itself in the \
      corpus is compared with the others.
      """)

  @Argument(
    help: "The pieces (folders, files or globs), and last the corpus.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var paths: [String]

  @Flag(help: "Print the passages as JSON.")
  var json = false

  func run() throws {
    guard paths.count > 1, let corpus = paths.last else {
      throw Failure(.usage, "found only \(paths[0]), expected pieces and then a corpus")
    }
    let pieces = try NamedMusic(Array(paths.dropLast())).paths()
    let repertoire = try NamedMusic([corpus]).repertoire(terminal: json ? nil : Terminal())
    var reports: [CopyReport] = []
    var skipped = 0
    for path in pieces {
      let score: Score
      do {
        score = try Score(fileAt: path)
      } catch let failure as Failure where pieces.count > 1 {
        Terminal.warn("\(failure.message); skipped")
        skipped += 1
        continue
      }
      // A piece of the corpus is compared with the others.
      let own = Self.identity(of: path)
      let passage = repertoire.longestPassage(sharedWith: score) { Self.identity(of: $0) == own }
      let report = CopyReport(piece: path, passage: passage)
      if json { reports.append(report) } else { Terminal().line(report.line) }
    }
    if json {
      try Terminal.printJSON(reports)
    }
    if skipped == pieces.count { throw Failure.nothingReadable(of: skipped) }
  }

  /// What is the same for all names of a piece, links followed: bytes, as names are.
  private static func identity(of path: String) -> [UInt8] {
    let piece = PieceSource(path)
    let file = realPath(of: piece.file) ?? piece.file
    return (piece.isABC ? "\(file)#\(piece.tune ?? 1)" : file).systemPath
  }
}

/// What `musegen copied` tells of a piece.
private struct CopyReport: Encodable {
  let piece: String
  let passage: SharedPassage?

  /// Passages of fewer notes are in all music.
  private static let fewestNotes = 8

  /// What is told people.
  var line: String {
    guard let passage else { return "\(piece): nothing shared" }
    guard passage.noteCount >= Self.fewestNotes else {
      return "\(piece): nothing copied; the longest passage that is in \(passage.source) too has "
        + passage.noteCount.counted("note")
    }
    let shift = passage.transposition
    let transposed = shift == 0 ? "" : ", transposed by \(shift > 0 ? "+" : "")\(shift)"
    let names = passage.here.pitches.prefix(12).map { Pitch($0).name }.joined(separator: " ")
    let rest = passage.here.pitches.count > 12 ? " …" : ""
    return "\(piece): \(passage.noteCount) notes, \(text(passage.here)), are in "
      + "\(passage.source), \(text(passage.there))\(transposed): \(names)\(rest)"
  }

  private func text(_ place: SharedPassage.Place) -> String {
    let bar = place.bar.map { "bar \($0), " } ?? ""
    return "\(bar)\(place.seconds.decimals(1)) to \(place.endSeconds.decimals(1)) s"
  }
}
