import MuseGen

extension Score {
  /// The tick of a moment of what was played, 480 ticks a quarter note at 120 of them a minute.
  static func tick(ofPlayed seconds: Double) -> Int { Int((max(0, seconds) * 960).rounded()) }

  /// Messages in seconds as a score of 480 ticks a quarter note at 120 quarter notes a minute.
  ///
  /// - Parameters:
  ///   - messages: in playing order.
  ///   - end: where notes that are still held end, in seconds.
  init(_ messages: [TimedMessage], until end: Double) {
    func tick(_ seconds: Double) -> Int { Score.tick(ofPlayed: min(seconds, end)) }
    var tracks: [UInt8: Track] = [:]
    var held: [UInt16: [Note]] = [:]
    func close(_ key: UInt16, at tick: Int, velocity: UInt8) {
      guard var note = held[key]?.first else { return }
      held[key]?.removeFirst()
      note.duration = max(1, tick - note.onset)
      note.releaseVelocity = velocity
      tracks[UInt8(key >> 8), default: Track(channel: UInt8(key >> 8))].notes.append(note)
    }
    func add(_ kind: TrackMessage.Kind, _ channel: UInt8, at tick: Int) {
      tracks[channel, default: Track(channel: channel)].messages
        .append(TrackMessage(tick: tick, kind: kind))
    }
    for timed in messages {
      let tick = tick(timed.seconds)
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        held[UInt16(channel) << 8 | UInt16(pitch), default: []]
          .append(Note(onset: tick, duration: 0, pitch: pitch, velocity: velocity))
      case .noteOn(let channel, let pitch, let velocity),
        .noteOff(let channel, let pitch, let velocity):
        close(UInt16(channel) << 8 | UInt16(pitch), at: tick, velocity: velocity)
      case .polyphonicPressure(let channel, let pitch, let pressure):
        add(.polyphonicPressure(pitch: pitch, pressure: pressure), channel, at: tick)
      case .controlChange(let channel, let controller, let value):
        add(.control(controller: controller, value: value), channel, at: tick)
      case .programChange(let channel, let program): add(.program(program), channel, at: tick)
      case .channelPressure(let channel, let pressure):
        add(.channelPressure(pressure), channel, at: tick)
      case .pitchBend(let channel, let value): add(.pitchBend(value), channel, at: tick)
      }
    }
    for (key, notes) in held { for _ in notes { close(key, at: tick(end), velocity: 64) } }
    // What puts a channel back between two pieces makes no part.
    for (channel, track) in tracks where track.notes.isEmpty { tracks[channel] = nil }
    self.init(
      division: .ticksPerQuarter(480),
      tracks: tracks.values.sorted { $0.channel < $1.channel }.map { track in
        var track = track
        track.notes.sort { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
        return track
      }, endTick: tick(end))
  }
}
