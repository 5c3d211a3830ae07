import Drawing
import ArgumentParser

/// A length of time on the command line: `90`, `90s`, `1.5m`, `1h30m`, `1:30`.
package struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
  package var seconds: Double

  package init(seconds: Double) { self.seconds = seconds }

  package init?(argument: String) {
    guard let seconds = TimeSpan.clock(argument) ?? TimeSpan.units(argument) else { return nil }
    self.seconds = seconds
  }

  /// `90`, `1:30`, `1:02:03`.
  private static func clock(_ text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(number)
    guard parts.count <= 3 else { return nil }
    return parts.reduce(0.0) { total, part in
      if let total, let part { total * 60 + part } else { nil }
    }
  }

  /// `90s`, `1.5m`, `1h30m`, `2d`.
  private static func units(_ text: String) -> Double? {
    var total = 0.0
    var digits = ""
    for character in text {
      switch (character, number(digits[...])) {
      case ("d", let count?): total += count * 86_400
      case ("h", let count?): total += count * 3600
      case ("m", let count?): total += count * 60
      case ("s", let count?): total += count
      default:
        digits.append(character)
        continue
      }
      digits = ""
    }
    return digits.isEmpty && !text.isEmpty ? total : nil
  }

  /// Digits with at most one point; nothing else that `Double` would take.
  private static func number(_ text: Substring) -> Double? {
    text.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") } ? Double(text) : nil
  }

  package var description: String { ClockText.duration(seconds) }
  package var defaultValueDescription: String { description }
}
