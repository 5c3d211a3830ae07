/// A sounding note of a ``Score``, in ticks.
public struct Note: Hashable, Sendable {
  /// The tick at which the note is struck.
  public var onset: Int
  /// How long it sounds, in ticks; 0 for a note-off on the tick of its note-on.
  public var duration: Int
  /// The MIDI pitch, 0 to 127, 60 for middle C.
  public var pitch: UInt8
  /// The strike velocity, 1 to 127.
  public var velocity: UInt8
  /// The release velocity, 0 to 127; 64 where the file used a note-on of velocity 0.
  public var releaseVelocity: UInt8

  /// Creates a note.
  public init(
    onset: Int, duration: Int, pitch: UInt8, velocity: UInt8 = 64, releaseVelocity: UInt8 = 64
  ) {
    self.onset = onset
    self.duration = duration
    self.pitch = pitch
    self.velocity = velocity
    self.releaseVelocity = releaseVelocity
  }

  /// The tick at which the note is released.
  public var end: Int { onset + duration }
}
