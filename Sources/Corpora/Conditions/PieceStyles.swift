import FileStorage

/// Which styles pieces have: by the folder that each stands in, or by a table.
public struct PieceStyles: Sendable {
  /// The styles by the pieces' paths; nil for folders.
  private var table: [[UInt8]: [String]]?
  /// What pieces share with others of their works, by their paths.
  private var shared: [[UInt8]: [String]] = [:]

  /// Takes the folders' names.
  ///
  /// For a piece found in a folder that was named, it is the first folder below that one on the way to the
  /// piece; none where it stands directly there. Of a piece that was found otherwise, through a pattern or
  /// a collection's name, it is the folder that it stands in.
  public init() {}

  /// The columns of a table that name styles, of which one must be there.
  public static let columns = ["style", "composer", "label"]

  /// Takes what a table says in some columns; several styles stand in one field with semicolons between them.
  ///
  /// A column `work` tells which pieces with a style in common are one work.
  ///
  /// - Parameters:
  ///   - table: the table; pieces that it does not speak of have no style.
  ///   - names: the columns' names, of which one must be there.
  ///   - pieces: the pieces, as they were found.
  ///   - folders: what was named, from which the table's files count.
  /// - Throws: ``LabelError`` where the table lacks the columns, or its files are not what they should be.
  public init(
    _ table: LabelTable, columns names: [String] = Self.columns, of pieces: [PieceSource],
    in folders: [String]
  ) throws(LabelError) {
    let columns = names.filter(table.columns.contains)
    if columns.isEmpty { _ = try table.place(ofColumn: names[0]) }
    var styles: [[UInt8]: [String]] = [:]
    for (piece, row) in zip(pieces, try table.rows(of: pieces, in: folders)) {
      guard let row else { continue }
      var names: [String] = []
      for name in columns.compactMap({ table[row, $0] }).flatMap({ $0.split(separator: ";") }) {
        let name = name.trimmingSpaces
        if !name.isEmpty, !names.contains(name) { names.append(name) }
      }
      styles[piece.path.systemPath] = names
      if let work = table[row, PieceLabels.workColumn] {
        // An Op. 1 of two composers is two works.
        shared[piece.path.systemPath] = (names.isEmpty ? [""] : names).map { "\($0)\n\(work)" }
      }
    }
    self.table = styles
  }

  /// What a piece shares with others of its work; nothing where no table tells it.
  func works(of source: PieceSource) -> [String] { shared[source.path.systemPath] ?? [] }

  /// The styles of a piece, by name.
  func styles(of source: PieceSource) -> [String] {
    if let table { return table[source.path.systemPath] ?? [] }
    let folder = currentFolder()
    let path = absolutePath(source.file, in: folder).systemPath
    let above = source.arguments.map { absolutePath($0, in: folder).systemPath }
      .filter { path.count > $0.count && path.starts(with: $0) && path[$0.count] == Self.slash }
      .min { $0.count < $1.count }
    guard let above else {
      let name = fileName(of: FileStorage.folder(of: absolutePath(source.file, in: folder)))
      return name.isEmpty || name == "/" || source.arguments.contains(source.file) ? [] : [name]
    }
    let parts = path[above.count...].split(separator: Self.slash)
    return parts.count > 1 ? [String(systemPath: Array(parts[0]))] : []
  }

  private static let slash = UInt8(ascii: "/")
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
