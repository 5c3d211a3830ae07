import FileStorage

/// What a table says of pieces: a row for each file, a column for each thing that is said of it.
///
/// The table is CSV as RFC 4180 has it, or separated by tabs where its name ends in `.tsv`. Its first line
/// names the columns; one of them is `file`, and those without a name say nothing. Fields may stand in
/// quotation marks, a quotation mark in such a field is doubled, and spaces around a bare field do not count.
///
///     file,style,composer
///     winterreise/1.mid,song,"Schubert, Franz"
public struct LabelTable: Hashable, Sendable {
  /// What is said of one file.
  public struct Row: Hashable, Sendable {
    /// The file, as it is written.
    public var file: String
    /// The line of the table where it stands, from 1.
    public var line: Int
    /// The fields in the order of ``LabelTable/columns``.
    fileprivate var fields: [String]
  }

  /// The table's path.
  public let path: String
  /// The columns beside `file`, in their order.
  public let columns: [String]
  /// The rows, in their order.
  public let rows: [Row]

  /// The column that names the file.
  public static let fileColumn = "file"

  /// Reads a table.
  ///
  /// - Parameter path: the file's path, or a pipe's.
  /// - Throws: ``LabelError`` where it cannot be read or is no table of files.
  public init(path: String) throws(LabelError) {
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: path, limit: 1 << 28, allowingStreams: true)
    } catch {
      throw LabelError(.unreadable(error), path: path)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw LabelError(.notText, path: path)
    }
    try self.init(text, path: path)
  }

  /// Takes a table out of its text.
  ///
  /// - Parameters:
  ///   - text: the table.
  ///   - path: what errors call it; an ending `.tsv` says that tabs separate the fields.
  /// - Throws: ``LabelError`` for the first line that is not as it should be.
  /// - Complexity: O(n) for n characters.
  public init(_ text: String, path: String) throws(LabelError) {
    self.path = path
    let separator = UInt8(ascii: fileExtension(of: path).lowercased() == "tsv" ? "\t" : ",")
    var reader = TableReader(text, separator: separator, path: path)
    guard let header = try reader.next() else { throw LabelError(.empty, path: path) }
    var names: Set<String> = []
    // Spreadsheets leave columns without a name at the end.
    for name in header.fields where !name.isEmpty && !names.insert(name).inserted {
      throw LabelError(.repeatedColumn(name), path: path, line: header.line)
    }
    guard let filePlace = header.fields.firstIndex(of: Self.fileColumn) else {
      throw LabelError(
        .missingColumn(Self.fileColumn, found: header.fields), path: path, line: header.line)
    }
    columns = header.fields.enumerated().filter { $0.offset != filePlace }.map(\.element)
    var rows: [Row] = []
    while let (all, line) = try reader.next() {
      var fields = all
      guard fields.count == header.fields.count else {
        throw LabelError(
          .fieldCount(found: fields.count, expected: header.fields.count), path: path, line: line)
      }
      let file = fields.remove(at: filePlace)
      guard !file.isEmpty else {
        throw LabelError(.emptyField(Self.fileColumn), path: path, line: line)
      }
      rows.append(Row(file: file, line: line, fields: fields))
    }
    self.rows = rows
  }

  /// The place of a column among ``columns``.
  ///
  /// - Throws: ``LabelError`` where there is none of this name.
  public func place(ofColumn name: String) throws(LabelError) -> Int {
    guard let place = columns.firstIndex(of: name) else {
      throw LabelError(.missingColumn(name, found: columns), path: path, line: 1)
    }
    return place
  }

  /// What a row says in a column; nil where it says nothing, or there is no such column.
  public subscript(row: Int, column: String) -> String? {
    columns.firstIndex(of: column).flatMap { place in
      let field = rows[row].fields[place]
      return field.isEmpty ? nil : field
    }
  }

  /// What each row says in a column that no row may leave empty.
  ///
  /// - Throws: ``LabelError`` where there is no such column, or a row is empty there.
  public func values(ofColumn name: String) throws(LabelError) -> [String] {
    let place = try place(ofColumn: name)
    var values: [String] = []
    for row in rows {
      guard !row.fields[place].isEmpty else {
        throw LabelError(.emptyField(name), path: path, line: row.line)
      }
      values.append(row.fields[place])
    }
    return values
  }
}

extension LabelTable {
  /// Finds the row of each piece.
  ///
  /// A row's file counts from each folder that was named and from the table's own; where no piece stands
  /// there, it is the one piece whose path ends so. `book.abc` means all tunes of the book, `book.abc#3` one.
  /// A row may speak of a file that is there and is none of the pieces.
  ///
  /// - Parameters:
  ///   - pieces: the pieces, as they were found.
  ///   - folders: the folders, files and patterns that were named, from which files count.
  /// - Returns: each piece's row; nil where the table does not speak of it.
  /// - Throws: ``LabelError`` for a file that is not there, one that several pieces are called like, and
  ///   one that stands in two rows.
  /// - Complexity: O(d · p + r · f) for p pieces, r rows, f folders, and d depths of the rows' files.
  public func rows(
    of pieces: [PieceSource], in folders: [String] = []
  ) throws(LabelError) -> [Int?] {
    let working = currentFolder()
    var byPath: [[UInt8]: [Int]] = [:]
    for (index, piece) in pieces.enumerated() {
      for path in piece.paths(in: working) {
        byPath[path.systemPath, default: []].append(index)
      }
    }
    // By the last so many names of their paths, for each number of names that a row has.
    var byEnd: [Int: [[[UInt8]]: [Int]]] = [:]
    let places = [folder(of: path)] + folders.filter { fileKind(at: $0) == .folder }
    var found = [Int?](repeating: nil, count: pieces.count)
    for (number, row) in rows.enumerated() {
      let candidates = places.map { absolutePath(row.file, in: absolutePath($0, in: working)) }
      var matches = Set(candidates.map(\.systemPath)).compactMap { byPath[$0] }
      if matches.isEmpty {
        let end = pathNames(row.file).map(\.systemPath)
        if byEnd[end.count] == nil {
          byEnd[end.count] = Self.pieces(pieces, byLastNames: end.count, in: working)
        }
        matches = (byEnd[end.count]?[end] ?? []).map { [$0] }
        // All tunes of one book are one match.
        let files = Set(matches.flatMap { $0 }.map { pieces[$0].file.systemPath })
        if files.count == 1 { matches = [matches.flatMap { $0 }] }
      }
      guard let match = matches.first else {
        guard candidates.contains(where: { fileKind(at: PieceSource($0).file) != nil }) else {
          throw LabelError(.unknownFile(row.file), path: path, line: row.line)
        }
        continue
      }
      guard matches.count == 1 else {
        throw LabelError(
          .severalPieces(row.file, matches.prefix(2).map { pieces[$0[0]].path }.sorted()),
          path: path, line: row.line)
      }
      for piece in match {
        if let other = found[piece] {
          throw LabelError(
            .repeatedFile(row.file, firstLine: rows[other].line), path: path, line: row.line)
        }
        found[piece] = number
      }
    }
    return found
  }

  /// The pieces by the last so many names of their paths; none by no name.
  private static func pieces(
    _ pieces: [PieceSource], byLastNames count: Int, in folder: String
  ) -> [[[UInt8]]: [Int]] {
    guard count > 0 else { return [:] }
    var found: [[[UInt8]]: [Int]] = [:]
    for (index, piece) in pieces.enumerated() {
      for path in piece.paths(in: folder) {
        let names = pathNames(path)
        guard names.count >= count else { continue }
        found[names.suffix(count).map(\.systemPath), default: []].append(index)
      }
    }
    return found
  }
}

extension PieceSource {
  /// Its path and its file's from the root, once where both are the same.
  fileprivate func paths(in folder: String) -> [String] {
    Set([path.systemPath, file.systemPath]).map {
      absolutePath(String(systemPath: $0), in: folder)
    }
  }
}
