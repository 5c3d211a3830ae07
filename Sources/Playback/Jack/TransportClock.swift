import CJack
import Music

/// Tells JACK's transport as a MIDI clock: whoever follows one need not know of the other.
struct TransportClock {
  /// Where the transport is.
  struct Place {
    /// Quarter notes from the beginning, and from that of the bar.
    var quarters, inBar: Double
    var quartersPerSecond: Double
  }

  /// Whether the transport rolls and tells its bars.
  private(set) var isRunning = false
  /// The next clock to be told, in clocks from the transport's beginning.
  private var next = 0
  /// Where the next cycle is expected to begin, in quarter notes.
  private var expected = 0.0

  /// How far the transport may be from where it is expected before it has jumped, in quarter notes.
  private static let tolerance = 0.02

  /// Takes a cycle.
  ///
  /// - Parameters:
  ///   - place: where the transport is at its first frame; nil where it does not roll, or tells no bars.
  ///   - frames: how many frames it has.
  ///   - sampleRate: frames a second.
  /// - Returns: what is told, and at which frame.
  mutating func advance(
    _ place: Place?, frames: Int, sampleRate: Double
  ) -> [(frame: Int, message: TimingMessage)] {
    guard let place, place.quartersPerSecond > 0 else {
      defer { isRunning = false }
      return isRunning ? [(0, .stop)] : []
    }
    let perQuarter = Double(TimingMessage.clocksPerQuarter)
    var told: [(frame: Int, message: TimingMessage)] = []
    if !isRunning || abs(place.quarters - expected) > Self.tolerance {
      isRunning = true
      // From the next sixteenth on, which a song position can tell.
      let sixteenth = (place.quarters * 4 - 1e-6).rounded(.up)
      next = Int(sixteenth) * TimingMessage.clocksPerQuarter / 4
      let inBar = place.inBar * 4 + sixteenth - place.quarters * 4
      told.append((0, .songPosition(sixteenths: max(0, min(16_383, Int(inBar.rounded()))))))
      told.append((0, .continue))
    }
    let perFrame = place.quartersPerSecond / sampleRate
    expected = place.quarters + Double(frames) * perFrame
    while Double(next) / perQuarter < expected {
      let frame = (Double(next) / perQuarter - place.quarters) / perFrame
      told.append((Int(min(max(0, frame), Double(frames - 1))), .clock))
      next += 1
    }
    return told
  }
}

extension TransportClock.Place {
  /// Reads what the server's cycle has noted; nil where the transport rests, or no program tells bars.
  init?(_ heard: jack_heard_t) {
    guard heard.is_told != 0 else { return nil }
    let (bar, beat, tick) = (heard.bar, heard.beat, heard.tick)
    let (beats, type) = (Double(heard.beats_per_bar), Double(heard.beat_type))
    let (ticks, tempo) = (heard.ticks_per_beat, heard.beats_per_minute)
    guard beats >= 1, beats <= 256, type >= 1, type <= 256, ticks >= 1, tempo > 0, tempo < 10_000,
      bar >= 1, bar < 1_000_000, beat >= 1
    else { return nil }
    let inBar = Double(beat - 1) + Double(tick) / ticks
    self.inBar = inBar * 4 / type
    quarters = (Double(bar - 1) * beats + inBar) * 4 / type
    quartersPerSecond = tempo / 60 * 4 / type
  }
}
