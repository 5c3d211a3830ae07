public import StandardMIDIFile

/// A piece of music in seconds, as channel messages in the order in which they are played.
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

/// A channel message and when it is played.
public struct TimedMessage: Hashable, Sendable {
  /// When, in seconds from the start of the piece.
  public var seconds: Double
  /// What.
  public var message: ChannelMessage

  /// Creates a timed message.
  public init(seconds: Double, message: ChannelMessage) {
    self.seconds = seconds
    self.message = message
  }
}

extension Performance {
  /// Plays a score: every track's channel messages at the seconds its tempo map gives.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public init(_ score: Score) {
    var placed: [Placed<ChannelMessage>] = []
    placed.reserveCapacity(
      score.tracks.reduce(0) { $0 + 2 * $1.notes.count + $1.messages.count })
    for track in score.tracks { track.appendChannelMessages(to: &placed) { $0 } }
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
      messages.append(TimedMessage(seconds: seconds, message: event.content))
    }
    duration = max(seconds, tempoMap.seconds(atTick: score.endTick))
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
      Int((max(0, min(seconds, performance.duration)) * 960).rounded())
    }
    var recording = MIDIFile.Track()
    var now = 0
    for timed in performance.messages {
      let tick = max(tick(timed.seconds), now)
      recording.append(delta: recording.bridge(gap: tick - now), .channel(timed.message))
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
