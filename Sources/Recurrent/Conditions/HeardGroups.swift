/// Given tokens that come in groups, each of them one group ahead of its time, such as the bars of a part
/// that a piece is written to.
///
/// What is told a group ahead must be kept while the next one is told, and a state is bad at that. So a
/// network hears at every step, beside the token that it reads, the members of the group before the last:
/// the one whose time it is. They are look-ups in the first layer's table under the tokens' own rows, each for
/// a quarter of one, whose sum is what the group holds, however it is ordered.
public struct HeardGroups: Hashable, Sendable {
  /// The tokens that begin a group.
  public var openers: Range<Int>
  /// The tokens that are its members, where they follow.
  public var members: Range<Int>

  /// The most members that are heard, the first of each group.
  public static let mostMembers = 12
  /// What each counts for beside the token that is read, which a whole group must not drown.
  static let factor: Float = 0.25

  /// Creates settings.
  public init(openers: Range<Int>, members: Range<Int>) {
    self.openers = openers
    self.members = members
  }

  func validate(vocabularySize: Int) throws(NetworkError) {
    for (key, range) in [(CodingKeys.openers, openers), (.members, members)] {
      let found = range.isEmpty ? "none" : "\(range.lowerBound) to \(range.upperBound - 1)"
      try NetworkError.check(
        "heardGroups.\(key.stringValue)", found,
        !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= vocabularySize,
        "tokens of the vocabulary")
    }
  }

  /// No row of the input table, in place of each member that a group lacks.
  static let silence = [Int32](repeating: -1, count: mostMembers)
}

extension HeardGroups: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case openers, members }

  /// Decodes settings.
  ///
  /// - Throws: ``NetworkError`` for a setting that is not known: it would change what a network
  ///   computes.
  public init(from decoder: any Decoder) throws {
    try NetworkError.refuseUnknown(
      of: "heardGroups", but: CodingKeys.allCases.map(\.stringValue), in: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    openers = try values.decode(Range<Int>.self, forKey: .openers)
    members = try values.decode(Range<Int>.self, forKey: .members)
  }
}
