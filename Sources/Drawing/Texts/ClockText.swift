/// A time as it stands on clocks.
public enum ClockText {
  /// Whole minutes and seconds that have passed, such as `3:07` or `125:00`.
  public static func minutesAndSeconds(_ seconds: Double) -> String {
    let whole = seconds > 0 ? Int(min(seconds, 1e12)) : 0
    return "\(whole / 60):\(twoDigits(whole % 60))"
  }

  /// A length of time to the nearest second, as short as it can be told: `12 s`, `3:07`, `1:02:03`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.magnitude < 1e9 else { return "-" }
    let whole = Int(max(seconds, 0).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60):\(twoDigits(whole % 60))" }
    return "\(whole / 3600):\(twoDigits(whole / 60 % 60)):\(twoDigits(whole % 60))"
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
