public import StandardMIDIFile

/// A piece of music in seconds, as messages in the order in which they are played.
public struct Performance: Hashable, Sendable {
  /// The messages, by time; at one time note-offs come before everything else.
  public var messages: [TimedMessage]
  /// The length of the piece in seconds.
  public var duration: Double

  /// Creates a performance.
  public init(messages: [TimedMessage] = [], duration: Double = 0) {
    self.messages = messages
    self.duration = duration
  }
}

/// A message and when it is played.
public struct TimedMessage: Hashable, Sendable {
  /// When, in seconds from the start of the piece.
  public var seconds: Double
  /// What.
  public var content: Content

  /// A message to a synthesizer.
  public enum Content: Hashable, Sendable {
    /// A message to a channel.
    case channel(ChannelMessage)
    /// A system exclusive message: the bytes after the leading 0xF0, with the final 0xF7.
    case systemExclusive([UInt8])
  }

  /// Creates a timed message.
  public init(seconds: Double, content: Content) {
    self.seconds = seconds
    self.content = content
  }

  /// Creates a timed message to a channel.
  public init(seconds: Double, message: ChannelMessage) {
    self.init(seconds: seconds, content: .channel(message))
  }

  /// The message to a channel, nil for one to the whole synthesizer.
  public var message: ChannelMessage? {
    if case .channel(let message) = content { message } else { nil }
  }
}

extension Performance {
  /// Plays a score: every track's channel messages, and the system exclusive ones, at the seconds its
  /// tempo map gives.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public init(_ score: Score) {
    var placed: [Placed<TimedMessage.Content>] = []
    placed.reserveCapacity(
      score.tracks.reduce(score.systemExclusives.count) {
        $0 + 2 * $1.notes.count + $1.messages.count
      })
    for event in score.systemExclusives {
      placed.append(
        Placed(tick: event.tick, place: .systemExclusive, content: .systemExclusive(event.data)))
    }
    let channels = score.channelsOnOnePort
    for var track in score.placingDrums().tracks {
      track.channel = channels[track.part] ?? track.channel
      track.appendChannelMessages(to: &placed) { .channel($0) }
    }
    placed.sortByPlace()
    let tempoMap = score.tempoMap
    var tick = 0
    var seconds = 0.0
    self.init()
    messages.reserveCapacity(placed.count)
    for event in placed {
      if event.tick != tick {
        tick = event.tick
        seconds = tempoMap.seconds(atTick: tick)
      }
      messages.append(TimedMessage(seconds: seconds, content: event.content))
    }
    duration = max(seconds, tempoMap.seconds(atTick: score.endTick))
  }
}

extension Score {
  /// A channel for each part, where all are sent to one port.
  ///
  /// Drums stay on their channel. A part of a further port gets a channel that no part has; where none
  /// is left, it shares its own with the first port's.
  fileprivate var channelsOnOnePort: [Track.Part: UInt8] {
    guard let port = tracks.first?.port, tracks.contains(where: { $0.port != port }) else {
      return [:]
    }
    let first = tracks.reduce(UInt8.max) { min($0, $1.port) }
    var channels: [Track.Part: UInt8] = [:]
    for track in tracks where track.port == first || track.isDrums {
      channels[track.part] = track.channel
    }
    var used = Set(channels.values)
    for track in tracks where channels[track.part] == nil && !track.notes.isEmpty {
      let free =
        used.contains(track.channel)
        ? (UInt8(0)..<16).first { $0 != 9 && !used.contains($0) } : track.channel
      channels[track.part] = free ?? track.channel
      used.insert(free ?? track.channel)
    }
    return channels
  }
}

extension Score {
  /// Writes down a performance as a recorder does: 480 ticks a quarter note, 120 quarter notes a
  /// minute, a part for each channel that plays notes.
  ///
  /// Notes are paired as in a file (first in, first out) and last a tick at least; what still sounds
  /// or comes later than the performance's end is put there.
  ///
  /// - Parameter performance: messages in playing order.
  /// - Complexity: O(*n*) in the number of messages, but for chords, which are sorted.
  public init(_ performance: Performance) {
    // At 120 quarter notes a minute a second has two of them.
    func tick(_ seconds: Double) -> Int {
      // A number of ticks fits an integer; an infinite time does not.
      Int((max(0, min(seconds, performance.duration, 3e9)) * 960).rounded())
    }
    var recording = MIDIFile.Track()
    var now = 0
    for timed in performance.messages {
      let tick = max(tick(timed.seconds), now)
      let message: MIDIFile.Message =
        switch timed.content {
        case .channel(let message): .channel(message)
        case .systemExclusive(let data): .systemExclusive(data[...])
        }
      recording.append(delta: recording.bridge(gap: tick - now), message)
      now = tick
    }
    recording.endDelta = recording.bridge(gap: max(tick(performance.duration) - now, 0))
    self.init(
      MIDIFile(format: .singleTrack, division: .ticksPerQuarter(480), tracks: [recording]))
    // What puts a channel back between two pieces makes no part.
    tracks.removeAll { $0.notes.isEmpty }
    for track in tracks.indices {
      for note in tracks[track].notes.indices {
        tracks[track].notes[note].duration = max(tracks[track].notes[note].duration, 1)
      }
    }
  }
}
