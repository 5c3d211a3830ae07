public import StandardMIDIFile

/// A piece of music in seconds, as messages in the order in which they are played.
///
/// The sixteen channels of a further port follow those of the first: 16 to 31 are those of the second.
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
    /// A message to a channel, 0 to 255.
    case channel(ChannelMessage)
    /// A system exclusive message, the bytes after the leading 0xF0 with the final 0xF7, to a port,
    /// counted from 0, or to all.
    case systemExclusive([UInt8], port: UInt8? = nil)
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

extension TimedMessage {
  /// What puts all channels of the first port back between two pieces: nothing sounds, controllers are at rest,
  /// each plays a piano.
  ///
  /// Reference: RP-015, "Response to Reset All Controllers", which leaves banks, volumes, places, and how far the bend
  /// wheel reaches (registered parameter 0, two semitones).
  ///
  /// - Parameter seconds: when.
  /// - Returns: the messages, for sixteen channels.
  public static func blankSlate(at seconds: Double) -> [TimedMessage] {
    (UInt8(0)..<16).flatMap { channel -> [TimedMessage] in
      var resting: [(controller: UInt8, value: UInt8)] = [
        (123, 0), (121, 0), (7, 100), (10, 64), (101, 0), (100, 0), (6, 2), (38, 0), (101, 127),
        (100, 127),
      ]
      // Where the drums are is for each family of synthesizers to say: XG's bank 0 has none.
      if channel != 9 {
        resting.append((controller: 0, value: 0))
        resting.append((controller: 32, value: 0))
      }
      var messages = resting.map { controller, value in
        ChannelMessage.controlChange(channel: channel, controller: controller, value: value)
      }
      messages.append(.programChange(channel: channel, program: 0))
      return messages.map { TimedMessage(seconds: seconds, message: $0) }
    }
  }
}

extension Performance {
  /// Plays a score: every track's channel messages, and the system exclusive ones, at the seconds its
  /// tempo map gives.
  ///
  /// The ports that tracks play on are counted in their order; more than sixteen share.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public init(_ score: Score) {
    var placed: [Placed<TimedMessage.Content>] = []
    placed.reserveCapacity(
      score.tracks.reduce(score.systemExclusives.count) {
        $0 + 2 * $1.notes.count + $1.messages.count
      })
    let ports = PortNumbers(score)
    for event in score.systemExclusives where ports.isHeard(event) {
      placed.append(
        Placed(
          tick: event.tick, place: .systemExclusive, order: event.order,
          content: .systemExclusive(event.data, port: ports.number(of: event))))
    }
    for var track in score.placingDrums().tracks {
      track.channel = track.channel & 15 | ports.number(of: track.port) << 4
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
  /// Writes down a performance as a recorder does: 480 ticks a quarter note, 120 quarter notes a
  /// minute, a part for each channel of each port that plays notes.
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
    // What is sent to all ports stands in a track of its own, unless there is one port only.
    let portCount = performance.portCount
    var recordings = [MIDIFile.Track](
      repeating: MIDIFile.Track(), count: portCount > 1 ? portCount + 1 : 1)
    for port in recordings.indices.dropFirst() {
      recordings[port].append(.meta(.port(UInt8(port - 1))))
    }
    var ends = recordings.map { _ in 0 }
    var now = 0
    for timed in performance.messages {
      now = max(tick(timed.seconds), now)
      let (message, port): (MIDIFile.Message, Int?) =
        switch timed.content {
        case .channel(let message):
          (.channel(message.onChannel(message.channel & 15)), Int(message.channel >> 4))
        case .systemExclusive(let data, let port):
          (.systemExclusive(data[...]), port.map { Int($0) })
        }
      let index = portCount > 1 ? port.map { $0 + 1 } ?? 0 : 0
      recordings[index].append(
        delta: recordings[index].bridge(gap: now - ends[index]), message)
      ends[index] = now
    }
    now = max(tick(performance.duration), now)
    for index in recordings.indices {
      recordings[index].endDelta = recordings[index].bridge(gap: now - ends[index])
    }
    self.init(
      MIDIFile(
        format: portCount > 1 ? .simultaneous : .singleTrack, division: .ticksPerQuarter(480),
        tracks: recordings))
    // What puts a channel back between two pieces makes no part.
    tracks.removeAll { $0.notes.isEmpty }
    for track in tracks.indices {
      for note in tracks[track].notes.indices {
        tracks[track].notes[note].duration = max(tracks[track].notes[note].duration, 1)
      }
    }
  }
}
