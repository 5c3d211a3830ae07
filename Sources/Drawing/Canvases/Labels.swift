import Foundation

/// A time as it stands on clocks.
public enum ClockText {
  /// Whole minutes and seconds, such as `3:07` or `125:00`.
  public static func minutesAndSeconds(_ seconds: Double) -> String {
    let whole = seconds > 0 ? Int(min(seconds, 1e12)) : 0
    let rest = whole % 60
    return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
  }
}

/// Numbers as they stand at axes.
enum NumberText {
  /// A number with so many decimals.
  static func fixed(_ value: Double, decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
  }

  /// A number with two decimals at most.
  static func short(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
    if rest == 0 { return "\(whole)" }
    return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// A whole number with thousands set apart by commas.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: position)
    }
    return (value < 0 ? "-" : "") + String(digits)
  }
}

extension String {
  /// The text with spaces before it.
  func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// The text without the spaces at its end.
  var trimmedRight: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
