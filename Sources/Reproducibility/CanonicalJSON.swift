import FoundationEssentials

/// JSON in which equal values give equal text: sorted keys, slashes as they are.
public enum CanonicalJSON {
  /// Encodes a value on one line.
  ///
  /// - Parameters:
  ///   - value: the value; a number that JSON cannot hold, NaN or infinity, becomes `null`.
  ///   - isPretty: whether to lay it out on lines of their own, indented.
  /// - Returns: UTF-8 text without a line end.
  /// - Throws: `EncodingError` where the value itself does.
  public static func encode(_ value: some Encodable, isPretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return Array(try encoder.encode(value))
    } catch EncodingError.invalidValue {
      // The encoder has no strategy for null: a text that stands nowhere else takes its place.
      let mark = "no number \(UInt64.random(in: 0 ... .max)) \(UInt64.random(in: 0 ... .max))"
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: mark, negativeInfinity: mark, nan: mark)
      let text = String(decoding: try encoder.encode(value), as: UTF8.self)
      return Array(text.replacing("\"\(mark)\"", with: "null").utf8)
    }
  }

  /// Encodes a value as a string on one line.
  public static func text(_ value: some Encodable, isPretty: Bool = false) throws -> String {
    String(decoding: try encode(value, isPretty: isPretty), as: UTF8.self)
  }

  /// Encodes a record of numbers, texts and enumerations, which always has a JSON form.
  ///
  /// - Precondition: the value's conformance to `Encodable` throws no error of its own.
  public static func line(of record: some Encodable, isPretty: Bool = false) -> String {
    guard let text = try? text(record, isPretty: isPretty) else {
      preconditionFailure("a record without a JSON form: \(record)")
    }
    return text
  }

  /// Decodes what ``encode(_:isPretty:)`` has written: numbers are finite, or `null` for what asks for
  /// an optional one.
  ///
  /// - Parameters:
  ///   - type: what to read.
  ///   - bytes: UTF-8 text.
  /// - Returns: the value.
  /// - Throws: `DecodingError` where the text is no JSON or holds something else.
  public static func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from bytes: some Sequence<UInt8>
  ) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
