import FoundationEssentials

/// JSON in which equal values give equal text: sorted keys, slashes as they are.
public enum CanonicalJSON {
  /// Encodes a value on one line.
  ///
  /// - Parameters:
  ///   - value: the value; numbers that JSON cannot hold become `"inf"`, `"-inf"` and `"nan"`.
  ///   - isPretty: whether to lay it out on lines of their own, indented.
  /// - Returns: UTF-8 text without a line end.
  /// - Throws: `EncodingError` where the value itself does.
  public static func encode(_ value: some Encodable, isPretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return Array(try encoder.encode(value))
  }

  /// Encodes a value as a string on one line.
  public static func text(_ value: some Encodable, isPretty: Bool = false) throws -> String {
    String(decoding: try encode(value, isPretty: isPretty), as: UTF8.self)
  }
}
