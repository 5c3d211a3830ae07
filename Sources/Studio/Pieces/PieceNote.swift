import MuseGen

/// A note as clients name it: by what it is.
public struct PieceNote: Codable, Hashable, Sendable {
  /// The track, counted from 0.
  public var track: Int
  /// When it is struck, in ticks.
  public var onset: Int
  /// How long it sounds, in ticks.
  public var duration: Int
  /// The MIDI pitch.
  public var pitch: UInt8
  /// The strike velocity.
  public var velocity: UInt8

  init(_ note: Note, track: Int) {
    self.track = track
    onset = note.onset
    duration = note.duration
    pitch = note.pitch
    velocity = note.velocity
  }

  /// The note itself; how it is released a client does not tell.
  var note: Note { Note(onset: onset, duration: duration, pitch: pitch, velocity: velocity) }
}

extension Note {
  /// The note as clients name it.
  var named: Note { Note(onset: onset, duration: duration, pitch: pitch, velocity: velocity) }
}
