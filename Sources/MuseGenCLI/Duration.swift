import ArgumentParser

/// A length of time on the command line: `90`, `90s`, `1.5m`, `1h30m`.
struct Duration: ExpressibleByArgument, CustomStringConvertible {
  var seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    if let seconds = Double(argument) {
      self.seconds = seconds
      return
    }
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    var total = 0.0
    var digits = ""
    for character in argument {
      if let unit = units[character] {
        guard let number = Double(digits) else { return nil }
        total += number * unit
        digits = ""
      } else {
        digits.append(character)
      }
    }
    guard digits.isEmpty, !argument.isEmpty else { return nil }
    seconds = total
  }

  var description: String { Duration.text(seconds) }
  var defaultValueDescription: String { description }

  /// `12 s`, `3:07`, `1:02:03`.
  static func text(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "-" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if whole < 3600 { return "\(whole / 60):\(twoDigits(whole % 60))" }
    return "\(whole / 3600):\(twoDigits(whole / 60 % 60)):\(twoDigits(whole % 60))"
  }
}
