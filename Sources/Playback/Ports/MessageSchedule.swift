import Music

/// Messages that wait for their moments.
struct MessageSchedule: Sendable {
  /// What is to come, by time.
  private var messages: [TimedMessage] = []

  /// How many messages may wait: more than any music has, and a bound on what a flood takes.
  private static let most = 65_536

  var isEmpty: Bool { messages.isEmpty }

  /// Takes messages; what has the same moment stays in its order.
  mutating func add(_ added: [TimedMessage]) {
    for message in added where messages.count < Self.most {
      var place = messages.count
      while place > 0, messages[place - 1].seconds > message.seconds { place -= 1 }
      messages.insert(message, at: place)
    }
  }

  /// Removes and returns what is due before a moment.
  mutating func take(before seconds: Double) -> [TimedMessage] {
    let count = messages.firstIndex { $0.seconds >= seconds } ?? messages.count
    if count == 0 { return [] }
    defer { messages.removeFirst(count) }
    return Array(messages[..<count])
  }

  /// Forgets what is to come.
  mutating func cancel() { messages.removeAll(keepingCapacity: true) }
}
