public import Music
import StandardMIDIFile
import Synchronization

/// The notes around the moment that is heard, for a ``ScrollingPianoRoll``.
public final class NoteTimeline: Sendable {
  /// A note of the picture, in seconds.
  struct PlacedNote: Sendable {
    var onset: Double
    /// Infinite while the note is held.
    var end: Double
    var pitch: UInt8
    var channel: UInt8
  }

  private let notes = Mutex<[PlacedNote]>([])

  /// Creates a timeline without notes.
  public init() {}

  /// Adds messages in playing order.
  public func append(_ messages: some Sequence<TimedMessage>) {
    notes.withLock { notes in
      for timed in messages {
        switch timed.message {
        case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
          notes.append(
            PlacedNote(onset: timed.seconds, end: .infinity, pitch: pitch, channel: channel))
        case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
          // First in, first out, as a file's notes are paired.
          let held = notes.firstIndex {
            $0.pitch == pitch && $0.channel == channel && $0.end == .infinity
          }
          if let held { notes[held].end = timed.seconds }
        default: break
        }
      }
    }
  }

  /// Forgets what comes after a moment.
  public func truncate(at seconds: Double) {
    notes.withLock { notes in
      notes.removeAll { $0.onset >= seconds }
      for index in notes.indices { notes[index].end = min(notes[index].end, seconds) }
    }
  }

  /// Forgets what ended before a moment, so that music without end fits.
  public func forget(before seconds: Double) {
    notes.withLock { notes in notes.removeAll { $0.end < seconds } }
  }

  /// The notes that sound in a stretch of time.
  func notes(in range: Range<Double>) -> [PlacedNote] {
    notes.withLock { notes in
      notes.filter { $0.onset < range.upperBound && $0.end > range.lowerBound }
    }
  }
}
