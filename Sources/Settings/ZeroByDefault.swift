/// A number that is zero unless it is set, and that a file has only where it is not zero.
///
/// So settings that came later are read from files that do not have them, and files that do not need them
/// stay as they were.
@propertyWrapper
public struct ZeroByDefault: Hashable, Sendable, Codable {
  /// The number.
  public var wrappedValue: Float

  /// Creates a number.
  public init(wrappedValue: Float = 0) { self.wrappedValue = wrappedValue }
}

extension KeyedDecodingContainer {
  /// Reads a number that need not be there.
  ///
  /// - Throws: `DecodingError` where something else is there.
  public func decode(_ type: ZeroByDefault.Type, forKey key: Key) throws -> ZeroByDefault {
    ZeroByDefault(wrappedValue: try decodeIfPresent(Float.self, forKey: key) ?? 0)
  }
}

extension KeyedEncodingContainer {
  /// Writes a number that is not zero.
  ///
  /// - Throws: `EncodingError` where the format has no such number.
  public mutating func encode(_ value: ZeroByDefault, forKey key: Key) throws {
    if value.wrappedValue != 0 { try encode(value.wrappedValue, forKey: key) }
  }
}
