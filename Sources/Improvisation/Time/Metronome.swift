import Music
import StandardMIDIFile

/// Tells the beat: by clicks, and by clocks for other devices.
struct Metronome: Hashable, Sendable {
  /// How many quarter notes a bar and a beat have.
  let barQuarters: Double
  let beatQuarters: Double
  /// The beat that is told next, and the clock.
  private var nextBeat = 0
  private var nextClock = 0
  private var hasStarted = false

  /// General MIDI's high and low wood block, on the drums' channel.
  private static let (high, low): (UInt8, UInt8) = (76, 77)
  private static let drums: UInt8 = 9
  /// The last sixteenth that a song position tells.
  private static let lastPosition = 16_383.0
  /// How long a click sounds, in seconds.
  private static let length = 0.05

  init(barQuarters: Double, beatQuarters: Double) {
    self.barQuarters = barQuarters
    self.beatQuarters = beatQuarters
  }

  /// The clicks up to a moment; none of those that are past by more than a beat.
  mutating func clicks(until seconds: Double, from now: Double, _ clock: BeatClock)
    -> [TimedMessage]
  {
    var clicks: [TimedMessage] = []
    nextBeat = max(nextBeat, Int((clock.quarters(at: now) / beatQuarters - 1).rounded(.up)))
    while true {
      let quarters = Double(nextBeat) * beatQuarters
      let moment = clock.seconds(at: quarters)
      guard moment <= seconds else { return clicks }
      let isFirst = quarters.truncatingRemainder(dividingBy: barQuarters) < 1e-6
      let pitch = isFirst ? Self.high : Self.low
      let time = max(moment, now)
      clicks.append(
        TimedMessage(
          seconds: time,
          message: .noteOn(channel: Self.drums, pitch: pitch, velocity: isFirst ? 110 : 80)))
      clicks.append(
        TimedMessage(
          seconds: time + Self.length,
          message: .noteOff(channel: Self.drums, pitch: pitch, velocity: 64)))
      nextBeat += 1
    }
  }

  /// The clocks up to a moment, with a start before the first.
  ///
  /// Where more than a quarter note of them is past, because the beat has jumped, they are left out, and where the music
  /// goes on is told.
  mutating func clocks(until seconds: Double, from now: Double, _ clock: BeatClock)
    -> [TimedTimingMessage]
  {
    let perQuarter = Double(TimingMessage.clocksPerQuarter)
    var clocks: [TimedTimingMessage] = []
    if clock.quarters(at: now) - Double(nextClock) / perQuarter > 1 {
      clocks = jump(to: clock.quarters(at: now), at: now)
    }
    while true {
      let moment = clock.seconds(at: Double(nextClock) / perQuarter)
      guard moment <= seconds else { return clocks }
      let time = max(moment, now)
      if !hasStarted {
        hasStarted = true
        clocks.append(TimedTimingMessage(seconds: time, message: .start))
      }
      clocks.append(TimedTimingMessage(seconds: time, message: .clock))
      nextClock += 1
    }
  }

  /// Goes on from the next sixteenth, which alone can be told, and tells it.
  private mutating func jump(to quarters: Double, at seconds: Double) -> [TimedTimingMessage] {
    let sixteenth = (4 * quarters - 1e-6).rounded(.up)
    nextClock = Int(sixteenth) * TimingMessage.clocksPerQuarter / 4
    // What is too far to be told is told by its place in the bar.
    let place =
      sixteenth <= Self.lastPosition
      ? sixteenth : sixteenth.truncatingRemainder(dividingBy: 4 * barQuarters)
    var messages: [TimingMessage] = hasStarted ? [.stop] : []
    messages += [.songPosition(sixteenths: Int(place)), .continue]
    hasStarted = true
    return messages.map { TimedTimingMessage(seconds: seconds, message: $0) }
  }
}
