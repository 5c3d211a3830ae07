import Drawing
import ArgumentParser

/// A length of time on the command line: `90`, `90s`, `1.5m`, `2 min`, `1h30m`, `1:30`.
package struct TimeSpan: FormedArgument, CustomStringConvertible {
  package static let form = "a time such as 90s, 2min, 1:30 or 1h30m"

  package var seconds: Double

  package init(seconds: Double) { self.seconds = seconds }

  package init?(argument: String) {
    guard let seconds = TimeSpan.clock(argument) ?? TimeSpan.units(argument) else { return nil }
    self.seconds = seconds
  }

  /// `90`, `1:30`, `1:02:03`; minutes and seconds behind a colon are below 60.
  private static func clock(_ text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(number)
    guard parts.count <= 3, parts.dropFirst().allSatisfy({ $0.map { $0 < 60 } ?? false }) else {
      return nil
    }
    return parts.reduce(0.0) { total, part in
      if let total, let part { total * 60 + part } else { nil }
    }
  }

  /// `90s`, `1.5m`, `1h30m`, `2 min`, `2d`.
  private static func units(_ text: String) -> Double? {
    var rest = Substring(text.lowercased()).drop(while: \.isWhitespace)
    var total = 0.0
    repeat {
      let digits = rest.prefix { !$0.isLetter && !$0.isWhitespace }
      let word = rest.dropFirst(digits.count).drop(while: \.isWhitespace)
      let unit = word.prefix(while: \.isLetter)
      guard let count = number(digits), let seconds = seconds(ofUnit: unit) else { return nil }
      total += count * seconds
      rest = word.dropFirst(unit.count).drop(while: \.isWhitespace)
    } while !rest.isEmpty
    return total
  }

  private static func seconds(ofUnit name: Substring) -> Double? {
    switch name {
    case "d", "day", "days": 86_400
    case "h", "hr", "hrs", "hour", "hours": 3600
    case "m", "min", "mins", "minute", "minutes": 60
    case "s", "sec", "secs", "second", "seconds": 1
    default: nil
    }
  }

  /// Digits with at most one point; nothing else that `Double` would take.
  private static func number(_ text: Substring) -> Double? {
    text.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") } ? Double(text) : nil
  }

  package var description: String { ClockText.duration(seconds) }
  package var defaultValueDescription: String { description }
}
