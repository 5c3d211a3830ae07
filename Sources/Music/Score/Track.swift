/// One part of a ``Score``: what one channel of one file track plays.
public struct Track: Hashable, Sendable {
  /// The track's name (meta event 3), empty where it has none.
  public var name: String
  /// The channel, 0 to 15.
  public var channel: UInt8
  /// The notes, by onset, then pitch, then end.
  public var notes: [Note]
  /// All other channel messages, by tick, then in the file's order; at one tick they come before
  /// the notes.
  public var messages: [TrackMessage]
  /// Lyrics and other texts, by tick, then in the file's order.
  public var texts: [TextEvent]

  /// Creates a track.
  public init(
    name: String = "", channel: UInt8 = 0, notes: [Note] = [], messages: [TrackMessage] = [],
    texts: [TextEvent] = []
  ) {
    self.name = name
    self.channel = channel
    self.notes = notes
    self.messages = messages
    self.texts = texts
  }

  /// Whether the track plays a drum kit: General MIDI's channel 10 (9 counted from 0).
  public var isDrums: Bool { channel == 9 }

  /// The tick at which the last note ends, 0 where there is none.
  ///
  /// - Complexity: O(*n*) in the number of notes.
  public var lastNoteEnd: Int { notes.reduce(0) { max($0, $1.end) } }
}
