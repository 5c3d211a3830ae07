/// Any JSON: a tokenizer's file has settings of many kinds, of which newer versions bring more.
enum JSONValue: Hashable, Codable {
  case null
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let truth = try? value.decode(Bool.self) {
      self = .truth(truth)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
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
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .object(let fields): try container.encode(fields)
    }
  }

  static func whole(_ number: Int) -> JSONValue { .number(Double(number)) }

  var whole: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }
  var truth: Bool? { if case .truth(let truth) = self { truth } else { nil } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }
  var object: [String: JSONValue]? {
    if case .object(let fields) = self { fields } else { nil }
  }

  /// Two whole numbers, the lower one first.
  var range: ClosedRange<Int>? {
    guard let numbers = list?.map(\.whole), numbers.count >= 2, let low = numbers[0],
      let high = numbers[1], low <= high
    else { return nil }
    return low...high
  }
}
