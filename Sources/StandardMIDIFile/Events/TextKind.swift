/// What a text meta event is for: its type, 1 to 15.
public struct TextKind: RawRepresentable, Hashable, Sendable {
  /// The meta event's type.
  public let rawValue: UInt8

  /// Creates a kind from a meta event's type, or returns nil outside 1 to 15.
  public init?(rawValue: UInt8) {
    guard 1...15 ~= rawValue else { return nil }
    self.rawValue = rawValue
  }

  private init(_ type: UInt8) { rawValue = type }

  /// Any text; in karaoke files also the sung words.
  public static let text = TextKind(1)
  /// A copyright notice.
  public static let copyright = TextKind(2)
  /// The name of the sequence (first track) or of the track.
  public static let trackName = TextKind(3)
  /// The instrument that plays the track.
  public static let instrumentName = TextKind(4)
  /// A syllable to be sung.
  public static let lyric = TextKind(5)
  /// The name of a point in the piece, such as a rehearsal letter.
  public static let marker = TextKind(6)
  /// What happens on stage or screen at this point.
  public static let cuePoint = TextKind(7)
  /// The name of the program that sounds from here (RP-019).
  public static let programName = TextKind(8)
  /// The name of the device that plays the track (RP-019).
  public static let deviceName = TextKind(9)
}
