/// What can be told of a piece before it begins.
public enum ConditionKind: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
  /// Whose or of which kind it is: a composer, a style.
  case style
  /// Its key.
  case key
  /// The metre that holds longest in it.
  case metre
  /// Its tempo.
  case tempo
  /// How many notes a second it has.
  case density
  /// Which families of instruments play.
  case instruments

  /// The order in which they are told.
  public static func < (left: ConditionKind, right: ConditionKind) -> Bool {
    left.place < right.place
  }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
