/// What a network was told of the piece that it reads, and hears again at every step.
///
/// A state forgets what it was told before the piece began, and gradients that reach a window back seldom
/// reach its beginning. So the embeddings of the conditions' tokens are added to that of each token that is
/// read: look-ups in the first layer's table, which cost no product and have no parameters of their own.
/// Those of ``HeardGroups`` are heard in the same way.
///
/// Conditions are the vocabulary's last tokens, slot by slot. Each slot is heard as its last token that was
/// read, before any as its first, which stands for "not told".
struct HeardTokens: Hashable, Sendable {
  /// The rows of the input table that are heard: a token for each slot of conditions, then the members of a
  /// group, −1 in place of those that it lacks.
  private(set) var rows: [Int32]
  /// The first token of each slot.
  private let first: [Int32]
  private let groups: HeardGroups?
  /// The members of the last group, which is ahead of its time; nil before the first, where none are heard.
  private var coming: [Int32]?

  /// Nil for a network that hears none.
  init?(_ configuration: NetworkConfiguration) {
    guard configuration.heardCount > 0 else { return nil }
    let slots = configuration.conditionSlots ?? []
    var first: [Int32] = []
    var next = Int32(configuration.vocabularySize - slots.reduce(0, +))
    for count in slots {
      first.append(next)
      next += Int32(count)
    }
    self.first = first
    groups = configuration.heardGroups
    rows = first + (groups == nil ? [] : HeardGroups.silence)
  }

  /// Takes the next token of the piece.
  mutating func read(_ token: Int32) {
    if let groups {
      if groups.openers.contains(Int(token)) {
        let members = coming ?? []
        rows.replaceSubrange(
          first.count..., with: members + HeardGroups.silence.dropFirst(members.count))
        coming = []
      } else if let count = coming?.count, count < HeardGroups.mostMembers,
        groups.members.contains(Int(token))
      {
        coming?.append(token)
      }
    }
    if let slot = first.lastIndex(where: { $0 <= token }) { rows[slot] = token }
  }

  /// Forgets what was told.
  mutating func clear() {
    rows = first + (groups == nil ? [] : HeardGroups.silence)
    coming = nil
  }
}

extension NetworkConfiguration {
  /// The most slots of conditions.
  static let mostSlots = 64

  /// How many rows of the input table are heard at every step.
  package var heardCount: Int {
    (conditionSlots?.count ?? 0) + (heardGroups == nil ? 0 : HeardGroups.mostMembers)
  }

  /// What each of them counts for.
  package var heardFactors: [Float] { Array(lookupFactors.suffix(heardCount)) }

  func validateHeard() throws(NetworkError) {
    try heardGroups?.validate(vocabularySize: vocabularySize)
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
