import ArgumentParser
import FileStorage
import MuseGen

/// Where the labels of pieces come from.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A table of labels, in CSV with a header: file,label; sub-folders tell them where none is given. A \
      column work names pieces that belong together.
      """, valueName: "labels.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var labels: String?

  @Option(help: "The column of the labels in that table.")
  var labelColumn = Self.standardColumn

  static let standardColumn = "label"

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [.init("labels", labels), .init("label-column", labelColumn)]
  }

  /// The labels of pieces.
  ///
  /// - Parameters:
  ///   - pieces: the pieces, as they were found.
  ///   - arguments: what was named, from which a table's files count.
  /// - Returns: the labels.
  /// - Throws: ``Failure`` where the table cannot be used, or a piece stands in no sub-folder.
  func labels(of pieces: [PieceSource], in arguments: [String]) throws -> PieceLabels {
    do {
      guard let labels else { return try PieceLabels(foldersOf: pieces) }
      return try PieceLabels(
        LabelTable(path: labels), column: labelColumn, of: pieces, in: arguments)
    } catch {
      throw Failure(error)
    }
  }
}

extension Failure {
  /// What keeps pieces from being labelled, with the exit code of its kind.
  init(_ error: LabelError) {
    let code: Code =
      switch error.reason {
      case .unreadable(let file): Failure(file).code
      case .missingColumn, .inNoFolder: .usage
      default: .data
      }
    self.init(code, error.description)
  }
}
