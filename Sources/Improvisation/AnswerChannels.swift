/// Gives each channel of a model's music one on which nobody plays; drums keep their own.
struct AnswerChannels: Hashable, Sendable {
  private let first: UInt8
  private var given: [UInt8: UInt8] = [:]
  private var players: Set<UInt8> = []

  private static let drums: UInt8 = 9

  init(first: UInt8) { self.first = first }

  /// Leaves a channel to who plays, unless it is given already.
  mutating func leave(_ channel: UInt8) { players.insert(channel) }

  /// The channel for one of the model's; the first where none is free.
  mutating func channel(for channel: UInt8) -> UInt8 {
    if channel == Self.drums { return channel }
    if let known = given[channel] { return known }
    let taken = Set(given.values).union(players)
    let candidates = (0..<UInt8(16)).map { (first + $0) % 16 }
    let free = candidates.first { $0 != Self.drums && !taken.contains($0) }
    let chosen = free ?? (first == Self.drums ? 0 : first)
    given[channel] = chosen
    return chosen
  }
}
