/// Why a model or a kind of file is not known by the name it was called.
public struct MuseGenError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// No model has this name.
    case unknownModel(found: String, expected: [String])
    /// A file's name has an ending of which nothing can be made.
    case unknownFormat(path: String, expected: [String])
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .unknownModel(let found, let expected):
      "found no model \(found), expected one of \(expected.joined(separator: ", "))"
    case .unknownFormat(let path, let expected):
      "\(path): found no format of that name, expected a name ending in "
        + expected.map { ".\($0)" }.joined(separator: ", ")
    }
  }
}
