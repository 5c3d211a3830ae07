/// What a network was told of the piece that it reads, and hears again at every step.
///
/// A state forgets what it was told before the piece began, and gradients that reach a window back seldom
/// reach its beginning. So the embeddings of the conditions' tokens are added to that of each token that is
/// read: look-ups in the first layer's table, which cost no product and have no parameters of their own.
///
/// Conditions are the vocabulary's last tokens, slot by slot. Each slot is heard as its last token that was
/// read, before any as its first, which stands for "not told".
struct HeardConditions: Hashable, Sendable {
  /// The token that each slot is heard as: the rows of the input table.
  private(set) var rows: [Int32]
  /// The first token of each slot.
  private let first: [Int32]

  /// Nil for a network that hears none.
  init?(_ configuration: NetworkConfiguration) {
    guard let slots = configuration.conditionSlots else { return nil }
    var first: [Int32] = []
    var next = Int32(configuration.vocabularySize - slots.reduce(0, +))
    for count in slots {
      first.append(next)
      next += Int32(count)
    }
    self.first = first
    rows = first
  }

  /// Takes the next token of the piece.
  mutating func read(_ token: Int32) {
    guard token >= first[0], let slot = first.lastIndex(where: { $0 <= token }) else { return }
    rows[slot] = token
  }

  /// Forgets what was told.
  mutating func clear() { rows = first }
}

extension NetworkConfiguration {
  /// The most slots of conditions.
  static let mostSlots = 64

  func validateConditions() throws(NetworkError) {
    guard let conditionSlots else { return }
    try NetworkError.check("conditionSlots", conditionSlots.count, in: 1...Self.mostSlots)
    var rest = vocabularySize
    for count in conditionSlots {
      try NetworkError.check("conditionSlots", count, in: 1...max(1, rest))
      rest -= count
    }
    try NetworkError.check(
      "conditionSlots", vocabularySize, rest > 0, "more tokens than conditions")
  }
}
