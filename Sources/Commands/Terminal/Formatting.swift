import Drawing
import FileStorage
import Foundation

extension String {
  /// A text from a file as it may be shown: control characters, which could steer a terminal,
  /// become spaces, and those around the text go.
  package var onOneLine: String {
    let harmless = unicodeScalars.map {
      $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        ? " " : $0
    }
    return String(String.UnicodeScalarView(harmless)).trimmingCharacters(in: .whitespaces)
  }

  /// The text as a shell takes it for one word; a path's bytes that are no text in octal digits.
  var shellQuoted: String {
    let bytes = systemPath
    if !bytes.elementsEqual(utf8) {
      return "$'" + bytes.map { Self.dollarQuoted($0) }.joined() + "'"
    }
    let isPlain =
      !isEmpty
      && unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic
            || "0123456789-_./:=,+@%".unicodeScalars.contains(scalar))
      }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }

  /// A byte between `$'` and `'` (POSIX.1-2024, 2.2.4).
  private static func dollarQuoted(_ byte: UInt8) -> String {
    if 0x20..<0x7F ~= byte, byte != UInt8(ascii: "'"), byte != UInt8(ascii: "\\") {
      return String(Unicode.Scalar(byte))
    }
    let octal = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
  }
}

extension StringProtocol {
  /// The text with its first letter in lower case, as musegen's messages begin.
  package var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }

  /// The text as lines, broken between words; those behind the first are indented, and a word longer
  /// than a line stays whole.
  package func wrapped(to columns: Int) -> [String] {
    guard count > columns else { return [String(self)] }
    var lines: [String] = []
    var line = ""
    for (index, word) in split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      if index == 0 {
        line = String(word)
      } else if line.count + 1 + word.count <= columns {
        line += " " + word
      } else {
        lines.append(line)
        line = "  " + word
      }
    }
    return lines + [line]
  }

  /// The text, cut off behind so many characters.
  package func clipped(to length: Int) -> String {
    // A character has a byte at least.
    if utf8.count <= length { return String(self) }
    let start = prefix(length)
    return start.endIndex == endIndex ? String(self) : start + "…"
  }

  /// The text without a certain ending.
  package func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self)
  }
}

extension [String] {
  /// The first of the texts, and how many more there are.
  func listed(of most: Int) -> String {
    prefix(most).map(\.onOneLine).joined(separator: ", ")
      + (count > most ? " and \(count - most) more" : "")
  }
}

/// Rows of cells as lines, each column as wide as its widest cell.
package struct TextTable {
  private let rows: [[String]]

  /// Creates a table.
  ///
  /// - Parameter rows: the cells; what could tear the table stands in them in hexadecimal.
  package init(_ rows: [[String]]) { self.rows = rows.map { $0.map(\.displayed) } }

  /// A line for each row, two spaces between columns, none at the end.
  package var lines: [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }.joined().trimmedRight
    }
  }
}
