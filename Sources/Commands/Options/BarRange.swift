/// Bars on the command line, counted from 1, the last included: `5-8`, `5-8bars`, `bars 5-8`, `bar 5`, and
/// `8bars` for the first eight.
package struct BarRange: Equatable, Sendable {
  /// How bars are written.
  package static let form = "bars such as 5-8, bar 5, or 8bars for the first eight"

  /// The bars.
  package let bars: ClosedRange<Int>

  /// The last bar that may be named.
  private static let last = 1_000_000

  /// Reads bars; nil where a text names none.
  ///
  /// A number alone is not read: it may be a bar or as many.
  package init?(_ text: String) {
    let words = text.lowercased()
    let ends: (first: String, last: String)
    if let match = words.wholeMatch(
      of: /\s*(?:bars?\s*)?([0-9]+)\s*[-–]\s*([0-9]+)\s*(?:bars?\s*)?/)
    {
      ends = (String(match.1), String(match.2))
    } else if let match = words.wholeMatch(of: /\s*bars?\s*([0-9]+)\s*/) {
      ends = (String(match.1), String(match.1))
    } else if let match = words.wholeMatch(of: /\s*([0-9]+)\s*bars?\s*/) {
      ends = ("1", String(match.1))
    } else {
      return nil
    }
    guard let first = Int(ends.first), let last = Int(ends.last), 1 <= first, first <= last,
      last <= Self.last
    else { return nil }
    bars = first...last
  }
}
