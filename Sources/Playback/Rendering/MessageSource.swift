import Music
import StandardMIDIFile

/// Messages on a clock of steps: all of a performance's, or those that have come through a queue.
struct MessageSource {
  private var messages: [TimedMessage]
  private var cursor = 0
  private let queue: MessageQueue?
  private let stepsPerSecond: Double
  private var isGrowing = false
  /// The step at which the piece ends, nil while that is not known.
  private(set) var end: Int?
  /// The first step of which more may still become known.
  private(set) var horizon: Int

  init(_ performance: Performance, stepsPerSecond: Double) {
    messages = performance.messages
    queue = nil
    self.stepsPerSecond = stepsPerSecond
    horizon = .max
    end = MessageSource.step(at: performance.lastMoment, stepsPerSecond)
  }

  init(_ queue: MessageQueue, stepsPerSecond: Double) {
    messages = []
    // Some minutes of dense music; only a queue that looks farther ahead makes the player's thread
    // allocate memory.
    messages.reserveCapacity(8_192)
    self.queue = queue
    self.stepsPerSecond = stepsPerSecond
    horizon = 0
  }

  /// A piece that grows by ``append(_:settledUntil:)``.
  init(stepsPerSecond: Double) {
    messages = []
    queue = nil
    self.stepsPerSecond = stepsPerSecond
    horizon = 0
    isGrowing = true
  }

  /// Adds messages to a piece that grows, and says how far it is settled.
  mutating func append(_ more: [TimedMessage], settledUntil seconds: Double) {
    // Music may go on for ever; what was played is let go of now and then.
    if cursor > 4_096, 2 * cursor > messages.count {
      messages.removeFirst(cursor)
      cursor = 0
    }
    messages += more
    horizon = max(horizon, step(at: seconds))
  }

  /// Says when a piece that grows ends.
  mutating func finish(at seconds: Double) { end = step(at: seconds) }

  /// The step nearest to a time; the first for times before it and for what is no number.
  func step(at seconds: Double) -> Int { MessageSource.step(at: seconds, stepsPerSecond) }

  private static func step(at seconds: Double, _ stepsPerSecond: Double) -> Int {
    guard seconds > 0 else { return 0 }
    // A century of steps fits an integer; an infinite time does not.
    return Int(min(seconds, 3e9) * stepsPerSecond + 0.5)
  }

  /// The next message that is due at a step or was before, nil if there is none.
  mutating func next(at step: Int) -> TimedMessage.Content? {
    guard cursor < messages.count, self.step(at: messages[cursor].seconds) <= step else {
      return nil
    }
    defer { cursor += 1 }
    return messages[cursor].content
  }

  /// When the next message is due that has not been taken, in seconds; nil where there is none.
  var nextSeconds: Double? { cursor < messages.count ? messages[cursor].seconds : nil }

  /// The step until which nothing changes, once what is due has been taken.
  var nextChange: Int {
    let upcoming = cursor < messages.count ? step(at: messages[cursor].seconds) : .max
    return min(upcoming, end ?? horizon)
  }

  /// Takes over what has come through the queue and tells it how far the piece has been played.
  ///
  /// - Returns: whether what sounds shall be released, for the writer goes on otherwise.
  mutating func refill(at step: Int) -> Bool {
    guard let queue, end == nil else { return false }
    messages.removeFirst(cursor)
    cursor = 0
    let delivery = queue.take(into: &messages, playedUntil: Double(step) / stepsPerSecond)
    horizon = self.step(at: delivery.settledUntil)
    if delivery.isFinished {
      end = self.step(at: messages.lastMoment(from: delivery.settledUntil))
    }
    return delivery.isDiscarding
  }

  /// Whether a listener can jump about in it.
  var isSeekable: Bool { queue == nil && !isGrowing }

  /// Goes to a step, back or forth.
  ///
  /// - Returns: the messages other than notes that come before it, which set the synthesizer's state.
  mutating func seek(to step: Int) -> [TimedMessage.Content] {
    let split = messages.firstIndex { self.step(at: $0.seconds) >= step } ?? messages.count
    cursor = split
    return messages[..<split].map(\.content).filter { content in
      switch content {
      case .channel(.noteOn), .channel(.noteOff), .channel(.polyphonicPressure): false
      default: true
      }
    }
  }
}

extension Performance {
  /// When the piece ends, in seconds: with its duration or its last message.
  ///
  /// Times that are not finite do not count: nothing is played then.
  var lastMoment: Double {
    messages.lastMoment(from: duration.isFinite ? max(0, duration) : 0)
  }
}

extension [TimedMessage] {
  /// The latest finite time of a moment and the messages.
  fileprivate func lastMoment(from moment: Double) -> Double {
    reduce(moment) { $1.seconds.isFinite ? Swift.max($0, $1.seconds) : $0 }
  }
}
