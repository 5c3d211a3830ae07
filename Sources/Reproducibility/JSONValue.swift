/// Any JSON: what a file holds whose fields are of many kinds, or are not known.
public enum JSONValue: Hashable, Sendable, Codable {
  /// Nothing.
  case null
  /// `true` or `false`.
  case truth(Bool)
  /// A number.
  case number(Double)
  /// A whole number so large that a `Double` would be another, as seeds are.
  case large(UInt64)
  /// A text.
  case text(String)
  /// A list.
  case list([JSONValue])
  /// An object's fields.
  case object([String: JSONValue])

  /// Reads whatever there is.
  ///
  /// - Throws: `DecodingError` where it is no JSON.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let truth = try? value.decode(Bool.self) {
      self = .truth(truth)
    } else if let number = try? value.decode(Double.self) {
      let large = number >= 0x1p53 ? try? value.decode(UInt64.self) : nil
      self = large.map { .large($0) } ?? .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  /// Writes it; whole numbers without a point.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .truth(let truth): try container.encode(truth)
    case .number(let number):
      if let whole = Int(exactly: number) {
        try container.encode(whole)
      } else {
        try container.encode(number)
      }
    case .large(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .object(let fields): try container.encode(fields)
    }
  }

  /// A whole number.
  public static func whole(_ number: Int) -> JSONValue { .number(Double(number)) }

  /// The whole number, where it is one.
  public var whole: Int? {
    if case .number(let number) = self { Int(exactly: number) } else { nil }
  }
  /// The truth, where it is one.
  public var truth: Bool? { if case .truth(let truth) = self { truth } else { nil } }
  /// The text, where it is one.
  public var text: String? { if case .text(let text) = self { text } else { nil } }
  /// The list, where it is one.
  public var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }
  /// The fields, where it is an object.
  public var object: [String: JSONValue]? {
    if case .object(let fields) = self { fields } else { nil }
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value for people: a text as it is, anything else as JSON.
  public var description: String { text ?? CanonicalJSON.line(of: self) }
}
