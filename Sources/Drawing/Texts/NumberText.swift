import Foundation

// How numbers stand in every text, in pictures and in what commands print.

extension Int {
  /// The number with its thousands set apart by commas.
  package var grouped: String {
    var digits = Array(String(magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: position)
    }
    return (self < 0 ? "-" : "") + String(digits)
  }

  /// The number and what it counts, such as `1 note` or `1,234 notes`.
  package func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}

extension Double {
  /// The number with so many decimals; one that is rounded to zero has no sign.
  package func decimals(_ places: Int) -> String {
    let text = String(format: "%.\(places)f", self)
    let isZero = text.first == "-" && text.utf8.dropFirst().allSatisfy { $0 == 0x30 || $0 == 0x2E }
    return isZero ? String(text.dropFirst()) : text
  }

  /// The number with two decimals at most, as coordinates are written.
  var shortened: String {
    let hundredths = Int((self * 100).rounded())
    let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
    if rest == 0 { return "\(whole)" }
    return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}

extension String {
  /// The text with spaces before it, to fill a column.
  package func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }

  /// The text without the spaces at its end.
  package var trimmedRight: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
