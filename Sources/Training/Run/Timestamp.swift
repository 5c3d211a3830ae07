import FoundationEssentials

/// A moment, which JSON has as text of ISO 8601 in UTC, to the millisecond: `2026-02-01T20:15:03.250Z`.
public struct Timestamp: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The milliseconds since 1970, leap seconds left out.
  public var milliseconds: Int

  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// This moment, by the machine's clock.
  public static var now: Timestamp {
    Timestamp(milliseconds: Int((Date().timeIntervalSince1970 * 1_000).rounded()))
  }

  /// Creates a moment.
  public init(milliseconds: Int) { self.milliseconds = milliseconds }

  /// The moment as ISO 8601.
  public var description: String {
    // A quarter more: whole milliseconds are not exact as seconds, and are cut off, not rounded.
    Date(timeIntervalSince1970: (Double(milliseconds) + 0.25) / 1_000).formatted(Self.style)
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer()
    let date = try Date(text.decode(String.self), strategy: Self.style)
    milliseconds = Int((date.timeIntervalSince1970 * 1_000).rounded())
  }

  /// Writes the moment as text.
  public func encode(to encoder: any Encoder) throws {
    var text = encoder.singleValueContainer()
    try text.encode(description)
  }
}
