public import Settings

/// Why a vocabulary cannot be made or its tokens not be read.
public struct VocabularyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// A setting is not what it may be.
    case setting(SettingError)
    /// The time signatures are not all different, or lack 4/4.
    case signatures
    /// The sustain pedal is both told and folded into note ends.
    case pedalTwice
    /// A merge is of a token that does not come before it, or of the start or end.
    case merge(found: Int, count: Int)
    /// Conditions contradict themselves: a slot without values or with one twice, or slots out of order.
    case conditions
    /// A vocabulary in which no part can be told apart from the others.
    case accompaniment(found: String)
    /// The settings give more tokens than a 16-bit number can tell apart.
    case tooManyTokens(found: Int, limit: Int)
    /// No vocabulary has this name.
    case unknownVocabulary(found: String, expected: [String])
    /// No token of the vocabulary has this name.
    case unknownToken(found: String)
  }

  /// What is wrong.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// The error as one line.
  public var description: String {
    switch reason {
    case .setting(let error): error.description
    case .signatures:
      "the time signatures have no 4/4 or one of them twice, expected each once and 4/4 among them"
    case .pedalTwice:
      "the pedal is both told and folded into the ends of notes, expected one of both"
    case .merge(let found, let count):
      "a merge is of token \(found), expected one below \(count) that is neither start nor end"
    case .conditions:
      "the conditions contradict themselves, expected slots in order, each with values of its own"
    case .accompaniment(let found):
      "found \(found) to write to a given part, expected tsd or remi, with programs and no merges"
    case .tooManyTokens(let found, let limit):
      "the settings give \(found) tokens, expected at most \(limit)"
    case .unknownVocabulary(let found, let expected):
      "found vocabulary \(found), expected one of \(expected.joined(separator: ", "))"
    case .unknownToken(let found):
      "found token \(found), which the vocabulary does not have"
    }
  }

  /// Throws unless a setting lies in its range.
  static func check(
    _ key: String, _ found: Int, in range: ClosedRange<Int>
  ) throws(VocabularyError) {
    do {
      try SettingError.check(key, found, in: range)
    } catch {
      throw VocabularyError(.setting(error))
    }
  }

  /// Throws unless a whole number is a multiple of another.
  static func check(
    _ key: String, _ found: Int, isMultipleOf divisor: Int
  ) throws(VocabularyError) {
    guard found.isMultiple(of: divisor) else {
      throw VocabularyError(
        .setting(SettingError(key, found: found, expected: "a multiple of \(divisor)")))
    }
  }
}
