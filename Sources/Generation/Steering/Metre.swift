import Settings

/// Which metre a piece has, where a vocabulary tells it.
public enum Metre: Hashable, Sendable {
  /// As the model has it, bar by bar.
  case free
  /// The one that the piece begins with, or goes on in after an upbeat: a first bar that is at most half as long
  /// as the next.
  case steady
  /// So many beats of such a note value a bar, such as 6 of 8.
  case fixed(numerator: Int, denominator: Int)

  /// Reads `free`, `steady` or a metre such as `6/8`.
  ///
  /// - Throws: ``GenerationError`` where it is none of them.
  public init(_ name: String) throws(GenerationError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    switch name {
    case "free": self = .free
    case "steady": self = .steady
    default:
      guard parts.count == 2, let numerator = parts[0], let denominator = parts[1],
        1...255 ~= numerator, 1...64 ~= denominator, denominator & (denominator - 1) == 0
      else {
        throw GenerationError(
          .setting(
            SettingError(
              "metre", found: "\"\(name)\"", expected: "free, steady or such as 6/8")))
      }
      self = .fixed(numerator: numerator, denominator: denominator)
    }
  }
}
