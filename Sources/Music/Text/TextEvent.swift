public import StandardMIDIFile

/// A text of a ``Score`` or ``Track``: a lyric, a marker, a remark.
public struct TextEvent: Hashable, Sendable {
  /// The tick at which it stands.
  public var tick: Int
  /// What it is for.
  public var kind: TextKind
  /// The text.
  public var text: String

  /// Creates a text.
  public init(tick: Int, kind: TextKind, text: String) {
    self.tick = tick
    self.kind = kind
    self.text = text
  }
}
