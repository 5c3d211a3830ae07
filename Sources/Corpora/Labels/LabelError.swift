public import FileStorage

/// Why pieces cannot be labelled.
public struct LabelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The table cannot be read.
    case unreadable(FileError)
    /// The table is no UTF-8.
    case notText
    /// The table has not even a line with the names of its columns.
    case empty
    /// There is no column of this name.
    case missingColumn(String, found: [String])
    /// Two columns have the same name.
    case repeatedColumn(String)
    /// A line has more or fewer fields than the first.
    case fieldCount(found: Int, expected: Int)
    /// A quotation mark is never closed.
    case openQuotes
    /// Something stands between a closing quotation mark and the end of its field.
    case textAfterQuotes
    /// A row says nothing in this column.
    case emptyField(String)
    /// A row's file is not there.
    case unknownFile(String)
    /// A file stands in an earlier row too.
    case repeatedFile(String, firstLine: Int)
    /// Several pieces are called like a row's file; two of them.
    case severalPieces(String, [String])
    /// A piece, and so many others, stand in no folder that could be their label.
    case inNoFolder(others: Int)
  }

  /// What is wrong.
  public var reason: Reason
  /// The table, or a piece.
  public var path: String
  /// The line, from 1; nil where it is the file as a whole.
  public var line: Int?

  /// Creates an error.
  public init(_ reason: Reason, path: String, line: Int? = nil) {
    self.reason = reason
    self.path = path
    self.line = line
  }

  /// The error as one line.
  public var description: String {
    if case .unreadable(let error) = reason { return "\(error)" }
    return "\(path)\(line.map { ":\($0)" } ?? ""): \(message)"
  }

  private var message: String {
    switch reason {
    case .unreadable(let error): "\(error)"
    case .notText: "found bytes that are no UTF-8, expected a table in CSV"
    case .empty: "found nothing, expected a line of column names, such as file,label"
    case .missingColumn(let name, let found):
      "found no column \(name), expected one beside \(Self.listing(found))"
    case .repeatedColumn(let name): "found the column \(name) twice, expected each once"
    case .fieldCount(let found, let expected):
      "found \(found) field\(found == 1 ? "" : "s"), expected \(expected)"
    case .openQuotes: "found a field without its closing quotation mark"
    case .textAfterQuotes:
      "found text behind a closing quotation mark, expected the field's end; "
        + "a quotation mark in a field is doubled"
    case .emptyField(let column): "found nothing in the column \(column)"
    case .unknownFile(let file): "\(file) is not there"
    case .repeatedFile(let file, let first): "\(file) stands in line \(first) too"
    case .severalPieces(let file, let paths):
      "\(file) may be \(paths.joined(separator: " or ")); write more of its path"
    case .inNoFolder(let others):
      (others > 0 ? "this and \(others) others have" : "has") + " no label, "
        + "expected pieces in sub-folders called as their labels, or a table of labels"
    }
  }

  /// Columns by their names, and what separates fields where something else seems to.
  private static func listing(_ columns: [String]) -> String {
    let names = columns.filter { !$0.isEmpty }.joined(separator: ", ")
    let isApart = !names.contains { $0 == ";" || $0 == "\t" }
    return isApart ? names : names + "; commas separate the fields, or tabs in a file called .tsv"
  }
}
