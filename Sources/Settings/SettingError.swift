/// A setting that lies outside what it may be: the one error for it in all of musegen.
///
/// The key is the setting's name in code, such as `learningRate`. What a user typed for it, a flag or a
/// line of a file, is known to whoever asked the user.
public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The setting's name in code, in lower camel case.
  public var key: String
  /// What was found.
  public var found: String
  /// What is expected, such as `more than 0`.
  public var expected: String

  /// Creates an error.
  public init(_ key: String, found: some CustomStringConvertible, expected: String) {
    self.key = key
    self.found = found.description
    self.expected = expected
  }

  /// The error as one line.
  public var description: String { line(naming: key) }

  /// The error as one line that calls the setting by another name, such as the flag for it.
  ///
  /// - Parameter name: the setting's name where the reader met it.
  /// - Returns: what was found and what is expected.
  public func line(naming name: String) -> String { "\(name) is \(found), expected \(expected)" }

  /// Throws unless a setting is what it may be.
  ///
  /// - Parameters:
  ///   - key: the setting's name in code.
  ///   - found: its value.
  ///   - holds: whether the value may stand.
  ///   - expected: what is expected instead, such as `1 to 4096`.
  /// - Throws: ``SettingError`` where it may not stand.
  public static func check(
    _ key: String, _ found: some CustomStringConvertible, _ holds: Bool, _ expected: String
  ) throws(SettingError) {
    guard holds else { throw SettingError(key, found: found, expected: expected) }
  }

  /// Throws unless a whole number lies in a range.
  ///
  /// - Parameters:
  ///   - key: the setting's name in code.
  ///   - found: its value.
  ///   - range: where it may lie; told as `1 to 4096`.
  /// - Throws: ``SettingError`` where it does not.
  public static func check(
    _ key: String, _ found: Int, in range: ClosedRange<Int>
  ) throws(SettingError) {
    try check(key, found, range.contains(found), "\(range.lowerBound) to \(range.upperBound)")
  }
}
