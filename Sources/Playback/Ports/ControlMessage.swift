/// A message of Open Sound Control: an address such as `/musegen/temperature`, and what it is told.
///
/// Read are numbers of 32 and 64 bits and texts, in messages by themselves or in bundles, whose times are not heeded.
///
/// Reference: Wright, "The Open Sound Control 1.0 Specification" (2002).
public struct ControlMessage: Hashable, Sendable {
  /// What an address is told.
  public enum Argument: Hashable, Sendable {
    case number(Double)
    case text(String)
  }

  /// The address.
  public var address: String
  /// What it is told.
  public var arguments: [Argument]

  /// Creates a message.
  public init(_ address: String, _ arguments: [Argument] = []) {
    self.address = address
    self.arguments = arguments
  }

  /// The first argument, if it is a number.
  public var number: Double? {
    if case .number(let number)? = arguments.first { number } else { nil }
  }

  /// The first argument, if it is a text.
  public var text: String? { if case .text(let text)? = arguments.first { text } else { nil } }

  /// The message as it is sent; numbers as 32-bit floating point.
  public var bytes: [UInt8] {
    var tags = ","
    var values: [UInt8] = []
    for argument in arguments {
      switch argument {
      case .number(let number):
        tags += "f"
        let bits = Float(number).bitPattern
        values += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
      case .text(let text):
        tags += "s"
        values += Self.padded(text)
      }
    }
    return Self.padded(address) + Self.padded(tags) + values
  }

  /// The messages in a datagram; none of what is not whole.
  public static func messages(in datagram: [UInt8]) -> [ControlMessage] {
    messages(in: datagram[...], depth: 0)
  }

  private static func padded(_ text: String) -> [UInt8] {
    let bytes = text.utf8.filter { $0 != 0 }
    return bytes + [UInt8](repeating: 0, count: 4 - bytes.count % 4)
  }

  private static func messages(in bytes: ArraySlice<UInt8>, depth: Int) -> [ControlMessage] {
    var reader = Reader(bytes: bytes)
    guard let first = reader.text() else { return [] }
    guard first == "#bundle" else { return message(first, &reader).map { [$0] } ?? [] }
    // A bundle may hold bundles; a few are enough for anybody.
    guard depth < 4, reader.skip(8) else { return [] }
    var messages: [ControlMessage] = []
    while let count = reader.integer(), count >= 0, let part = reader.take(Int(count)) {
      messages += Self.messages(in: part, depth: depth + 1)
    }
    return messages
  }

  private static func message(_ address: String, _ reader: inout Reader) -> ControlMessage? {
    guard address.hasPrefix("/") else { return nil }
    // Older senders tell nothing of what they have nothing of.
    if reader.bytes.isEmpty { return ControlMessage(address) }
    guard let tags = reader.text(), tags.hasPrefix(",") else { return nil }
    var arguments: [Argument] = []
    for tag in tags.dropFirst() {
      switch tag {
      case "i":
        guard let value = reader.integer() else { return nil }
        arguments.append(.number(Double(value)))
      case "f":
        guard let value = reader.integer() else { return nil }
        arguments.append(.number(Double(Float(bitPattern: UInt32(bitPattern: value)))))
      case "h":
        guard let bits = reader.eightBytes() else { return nil }
        arguments.append(.number(Double(Int64(bitPattern: bits))))
      case "d":
        guard let bits = reader.eightBytes() else { return nil }
        arguments.append(.number(Double(bitPattern: bits)))
      case "s":
        guard let text = reader.text() else { return nil }
        arguments.append(.text(text))
      case "T": arguments.append(.number(1))
      case "F": arguments.append(.number(0))
      default: return nil
      }
    }
    return ControlMessage(address, arguments)
  }

  /// Reads what stands on multiples of four bytes.
  private struct Reader {
    var bytes: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard bytes.count >= count else { return nil }
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count)
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    mutating func integer() -> Int32? {
      take(4).map { Int32(bitPattern: $0.reduce(0) { $0 << 8 | UInt32($1) }) }
    }

    mutating func eightBytes() -> UInt64? {
      take(8).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    mutating func text() -> String? {
      guard let end = bytes.firstIndex(of: 0) else { return nil }
      let text = String(decoding: bytes[..<end], as: UTF8.self)
      let count = (end - bytes.startIndex) / 4 * 4 + 4
      return take(count).map { _ in text }
    }
  }
}
