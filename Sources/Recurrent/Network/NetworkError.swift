public import Settings
import Tensors

/// Why a network cannot be made.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public var reason: Reason

  /// The kinds of fault.
  @nonexhaustive public enum Reason: Hashable, Sendable {
    /// A size or rate lies outside what makes sense.
    case setting(SettingError)
    /// Two settings contradict each other.
    case contradiction(String)
    /// A setting that this version does not know, and that would change what the network computes.
    case unknownSetting(String)
    /// The parameters do not fit the configuration.
    case parameterCount(found: Int, expected: Int)
    /// A parameter is NaN or infinite.
    case notFinite(slot: String)
    /// Training or running the network would need more memory than is free and allowed.
    case memory(needed: Int, available: Int)
  }

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// The fault in one line.
  public var description: String {
    switch reason {
    case .setting(let error):
      error.description
    case .contradiction(let message):
      message
    case .unknownSetting(let key):
      "the network's setting \(key) is not known; use a newer musegen"
    case .parameterCount(let found, let expected):
      "found \(found) parameters, expected \(expected)"
    case .notFinite(let slot):
      "tensor \(slot) holds NaN or infinity, expected finite numbers"
    case .memory(let needed, let available):
      "needs \(Self.gigabytes(needed)) GB of memory, found \(Self.gigabytes(available)) GB; "
        + "take a smaller hidden size, batch or window"
    }
  }

  private static func gigabytes(_ bytes: Int) -> String {
    let tenths = bytes / 100_000_000
    return tenths < 1 ? "under 0.1" : "\(tenths / 10).\(tenths % 10)"
  }
}

extension NetworkError {
  static func check(
    _ key: String, _ value: some CustomStringConvertible, _ holds: Bool, _ expected: String
  ) throws(NetworkError) {
    guard !holds else { return }
    throw NetworkError(.setting(SettingError(key, found: value, expected: expected)))
  }

  static func check(
    _ key: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(NetworkError) {
    try check(key, value, range.contains(value), "\(range.lowerBound) to \(range.upperBound)")
  }

  /// Throws for the first setting in a decoder that is not known: it would change what a network computes.
  static func refuseUnknown(
    of owner: String, but known: [String], in decoder: any Decoder
  ) throws {
    let found = try decoder.container(keyedBy: SettingName.self).allKeys.map(\.stringValue)
    if let key = found.sorted().first(where: { !known.contains($0) }) {
      throw NetworkError(.unknownSetting("\(owner).\(key)"))
    }
  }

  /// Throws where memory would not suffice: before anything is allocated.
  package static func check(bytes: Int) throws(NetworkError) {
    guard let available = MemoryLimits.current.available, bytes > available else { return }
    throw NetworkError(.memory(needed: bytes, available: available))
  }
}
