/// Which conditions pieces have together, and how many pieces have each combination.
///
/// A network that has seldom been told nothing writes best when all is told. So of a piece of which little is
/// asked for, the rest is drawn as the pieces that were learned from combine it: who asks for a waltz gets
/// three beats, in a key that waltzes have.
public struct ConditionMix: Hashable, Sendable, Codable {
  /// What some pieces have in common.
  struct Combination: Hashable, Sendable, Codable {
    /// For each slot the place of its value among the slot's, −1 where it is not known.
    var values: [Int]
    /// How many pieces have it.
    var count: Int
  }

  /// The combinations, the most frequent first.
  let combinations: [Combination]

  /// The most combinations that are kept.
  static let mostCombinations = 1024

  /// Counts combinations; where there are too many to be kept, those of a half of the pieces, a quarter and so on,
  /// evenly chosen.
  ///
  /// - Parameters:
  ///   - pieces: what is known of each piece; of a piece of several styles once for each.
  ///   - conditions: what is told of them.
  /// - Complexity: O(n log n) for n pieces.
  public init(of pieces: some Sequence<PieceAttributes>, in conditions: Conditions) {
    let told = pieces.map { piece in
      conditions.slots.map { conditions.value(of: $0, in: piece) ?? -1 }
    }
    var found = Self.combinations(of: told, halved: 0)
    var halvings = 0
    while found.count > Self.mostCombinations {
      halvings += 1
      found = Self.combinations(of: told, halved: halvings)
    }
    combinations = found
  }

  /// Counts the combinations of all pieces, or of as many as are left after some halvings, the most frequent first.
  private static func combinations(of told: [[Int]], halved times: Int) -> [Combination] {
    var places: [[Int]: Int] = [:]
    var all: [Combination] = []
    for (number, values) in told.enumerated() {
      // Multiples of the golden ratio lie evenly, whatever stands first among the pieces, or comes in turns.
      let lot = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
      guard times == 0 || lot >> (64 - times) == 0 else { continue }
      if let place = places[values] {
        all[place].count += 1
      } else {
        places[values] = all.count
        all.append(Combination(values: values, count: 1))
      }
    }
    return all.enumerated().sorted {
      ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
    }.map(\.element)
  }

  /// Whether the combinations are of these conditions, each counted once or more.
  ///
  /// - Parameter conditions: those of the vocabulary that the mix came with.
  /// - Returns: whether they can be drawn from.
  public func fits(_ conditions: Conditions) -> Bool {
    !combinations.isEmpty && combinations.count <= Self.mostCombinations
      && combinations.allSatisfy { combination in
        (1...Int(Int32.max)).contains(combination.count)
          && combination.values.count == conditions.slots.count
          && zip(combination.values, conditions.slots).allSatisfy { value, slot in
            (-1..<slot.values.count).contains(value)
          }
      }
  }

  /// How many of the pieces have a value.
  ///
  /// - Parameters:
  ///   - value: the place of the value among its slot's.
  ///   - slot: the slot.
  /// - Returns: the count, of the pieces whose combinations are kept.
  public func count(ofValue value: Int, inSlot slot: Int) -> Int {
    combinations.reduce(0) { $0 + ($1.values[slot] == value ? $1.count : 0) }
  }

  /// Draws a combination among those that agree in most of what is asked for.
  ///
  /// - Parameters:
  ///   - asked: for each slot the place of the value asked for, nil where none is.
  ///   - weights: how much it counts that a slot agrees.
  ///   - random: where the draw comes from.
  /// - Returns: the combination's values; none known where the mix is empty.
  func draw(
    agreeingWith asked: [Int?], weighing weights: [Int],
    using random: inout some RandomNumberGenerator
  ) -> [Int] {
    let agreements = combinations.map { combination in
      asked.indices.reduce(0) { sum, slot in
        combination.values[slot] == asked[slot] ? sum + weights[slot] : sum
      }
    }
    let most = agreements.max()
    let agreeing = combinations.indices.filter { agreements[$0] == most }
    let total = agreeing.reduce(0) { $0 + combinations[$1].count }
    var rest = total > 0 ? Int.random(in: 0..<total, using: &random) : 0
    let drawn = agreeing.first { index in
      rest -= combinations[index].count
      return rest < 0
    }
    return drawn.map { combinations[$0].values } ?? asked.map { _ in -1 }
  }
}

extension Conditions {
  /// How much it counts that a piece agrees in each slot with what is asked for.
  ///
  /// Of instruments each family is a slot; all together count for less than any other kind, so that a waltz stays one
  /// whoever plays it. The key yields to all else, as a piece may be moved to another one.
  fileprivate func weights(whereAsked values: [Int?]) -> [Int] {
    let familyCount = zip(slots, values).count { $0.family != nil && $1 != nil }
    return slots.map { slot in
      switch slot.kind {
      case .key: 1
      case .instruments: 2
      case .style, .metre, .tempo, .density: 2 * familyCount + 2
      }
    }
  }
}

extension ConditionedVocabulary {
  /// What a network reads before a piece of which something is asked for, the rest being drawn from a mix.
  ///
  /// - Parameters:
  ///   - attributes: what is asked for.
  ///   - mix: what pieces have together.
  ///   - families: who plays in any case where no instruments are asked for; who else does is drawn.
  ///   - withheld: what is not drawn where nothing is asked for, and so not told.
  ///   - random: where the draw comes from.
  /// - Returns: the start token, a token for each slot, and the ``Vocabulary/preface``.
  public func opening(
    telling attributes: PieceAttributes, completedFrom mix: ConditionMix,
    with families: Set<InstrumentFamily> = [], withholding withheld: Set<ConditionKind> = [],
    using random: inout some RandomNumberGenerator
  ) -> [Token] {
    let untold = given(telling: PieceAttributes())
    var values: [Int?] = zip(given(telling: attributes), untold).map { asked, untold in
      asked == untold ? nil : Int(asked - untold) - 1
    }
    var isSettled = conditions.slots.map { slot in
      attributes.tells(slot.kind) || withheld.contains(slot.kind)
    }
    for (index, slot) in conditions.slots.enumerated() where !isSettled[index] {
      guard let family = slot.family, families.contains(family) else { continue }
      values[index] = Conditions.isPresent
      isSettled[index] = true
    }
    let drawn = mix.draw(
      agreeingWith: values, weighing: conditions.weights(whereAsked: values), using: &random)
    let slots = untold.indices.map { slot in
      untold[slot] + Token((isSettled[slot] ? values[slot] ?? -1 : drawn[slot]) + 1)
    }
    return [start] + slots + preface
  }
}
