/// The name of a setting in a file, known or not.
public struct SettingName: CodingKey {
  /// The name.
  public let stringValue: String
  /// Settings have no numbers.
  public var intValue: Int? { nil }

  /// Creates a name.
  public init(_ name: String) { stringValue = name }
  /// Creates a name.
  public init(stringValue: String) { self.stringValue = stringValue }
  /// Creates nothing: settings have no numbers.
  public init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer where Key == SettingName {
  /// Refuses settings that are not known, which decoding passes over: a name misspelt would stand for the default.
  ///
  /// - Parameters:
  ///   - owner: what the settings are of.
  ///   - expected: the names of all that it has.
  /// - Throws: `DecodingError` that names the first unknown one.
  public func refuseUnknown(of owner: String, but expected: [String]) throws {
    let names = allKeys.map(\.stringValue).sorted()
    guard let unknown = names.first(where: { !expected.contains($0) }) else { return }
    let others = expected.filter { $0 != "type" }.sorted().joined(separator: ", ")
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "\(owner) has no setting \(unknown.prefix(40)), expected one of \(others)"
      ))
  }

  /// Refuses the same in the object of a name, or in each of a list of them, where there is one.
  ///
  /// - Parameters:
  ///   - name: what the object is called.
  ///   - expected: the names of all that it has.
  /// - Throws: `DecodingError` that names the first unknown one.
  public func refuseUnknown(in name: String, but expected: [String]) throws {
    let key = SettingName(name)
    guard contains(key), try !decodeNil(forKey: key) else { return }
    guard var list = try? nestedUnkeyedContainer(forKey: key) else {
      return try nestedContainer(keyedBy: SettingName.self, forKey: key)
        .refuseUnknown(of: name, but: expected)
    }
    while !list.isAtEnd {
      try list.nestedContainer(keyedBy: SettingName.self).refuseUnknown(of: name, but: expected)
    }
  }
}
