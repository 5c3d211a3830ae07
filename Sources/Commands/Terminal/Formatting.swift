import Foundation

extension Int {
  /// The number with its thousands set apart by commas.
  package var grouped: String {
    var digits = Array(String(magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (self < 0 ? "-" : "") + String(digits)
  }

  /// The number and what it counts, such as `1 note` or `1,234 notes`.
  package func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}

extension Double {
  /// The number with so many decimals.
  package func decimals(_ places: Int) -> String { String(format: "%.\(places)f", self) }
}

extension String {
  /// The text with spaces before it, to fill a column.
  package func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }

  /// The text without the spaces at its end.
  package func trimmedRight() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }

  /// A text from a file as it may be shown: control characters, which could steer a terminal,
  /// become spaces, and those around the text go.
  package var displayed: String {
    let harmless = unicodeScalars.map {
      $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        ? " " : $0
    }
    return String(String.UnicodeScalarView(harmless)).trimmingCharacters(in: .whitespaces)
  }
}

extension StringProtocol {
  /// The text with its first letter in lower case, as musegen's messages begin.
  package var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }

  /// The text without a certain ending.
  package func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self)
  }
}

/// Rows of cells as lines, each column as wide as its widest cell.
package struct TextTable {
  private let rows: [[String]]

  /// Creates a table.
  package init(_ rows: [[String]]) { self.rows = rows }

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
      }.joined().trimmedRight()
    }
  }
}
