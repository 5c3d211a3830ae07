import ArgumentParser
import FileStorage
import MuseGen

/// Where the labels of pieces come from, or their styles.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A table of labels or styles, in CSV with a header: file,label; sub-folders tell them where none is \
      given. A column work names pieces that belong together; a piece of several styles has them in one \
      field, with semicolons between.
      """, valueName: "labels.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var labels: String?

  @Option(
    help: """
      The column of the labels in that table (default: \(Self.standardColumn); of styles \
      \(PieceStyles.columns.joined(separator: ", ")), all that are there).
      """)
  var labelColumn: String?

  static let standardColumn = "label"

  /// Creates options that nobody typed yet.
  init() {}

  /// The options of a run that is taken up.
  init(_ record: RunFolder.Start.Labels?) {
    labels = record?.table
    labelColumn = record?.column
  }

  /// What a run's record keeps of them; nil where folders tell the labels.
  var record: RunFolder.Start.Labels? {
    labels.map { RunFolder.Start.Labels(table: absolutePath($0), column: labelColumn) }
  }

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
        LabelTable(path: labels), column: labelColumn ?? Self.standardColumn, of: pieces,
        in: arguments)
    } catch {
      throw Failure(error)
    }
  }

  /// The styles of pieces.
  ///
  /// - Parameters:
  ///   - pieces: the pieces, as they were found.
  ///   - arguments: what was named, from which a table's files count.
  /// - Returns: the styles; a piece that neither a table nor a sub-folder speaks of has none.
  /// - Throws: ``Failure`` where the table cannot be used.
  func styles(of pieces: [PieceSource], in arguments: [String]) throws -> PieceStyles {
    guard let labels else { return PieceStyles() }
    do {
      return try PieceStyles(
        LabelTable(path: labels), columns: labelColumn.map { [$0] } ?? PieceStyles.columns,
        of: pieces, in: arguments)
    } catch {
      throw Failure(error)
    }
  }

  /// The digests that a model may know a corpus by: which column of the table told it the styles, or whether folders
  /// did, it does not say.
  ///
  /// - Parameters:
  ///   - corpus: the pieces.
  ///   - arguments: what was named, from which a table's files count.
  /// - Returns: the digests.
  func digests(of corpus: Corpus, in arguments: [String]) -> Set<String> {
    var digests: Set = [corpus.digest, corpus.digest(telling: PieceStyles())]
    // A pipe has been read.
    guard let labels, fileKind(at: labels) == .file, let table = try? LabelTable(path: labels)
    else { return digests }
    let sources = corpus.pieces.map(\.source)
    for columns in [[labelColumn ?? Self.standardColumn], PieceStyles.columns] {
      if let styles = try? PieceStyles(table, columns: columns, of: sources, in: arguments) {
        digests.insert(corpus.digest(telling: styles))
      }
    }
    return digests
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
