/// Takes the lines of a table apart, as RFC 4180 has them.
///
/// - Reference: Shafranovich, "Common Format and MIME Type for Comma-Separated Values (CSV) Files" (2005).
struct TableReader {
  private let bytes: [UInt8]
  private let separator: UInt8
  private let path: String
  private var place = 0
  private var line = 1

  init(_ text: String, separator: UInt8, path: String) {
    var bytes = Array(text.utf8)
    // Some programs begin a file with a byte order mark.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    self.bytes = bytes
    self.separator = separator
    self.path = path
  }

  /// The next line that is not empty, and its number from 1; nil at the end.
  mutating func next() throws(LabelError) -> (fields: [String], line: Int)? {
    while place < bytes.count {
      let first = line
      var fields = [try field()]
      while place < bytes.count, bytes[place] == separator {
        place += 1
        fields.append(try field())
      }
      endLine()
      if fields != [""] { return (fields, first) }
    }
    return nil
  }

  private var isAtLineEnd: Bool {
    place == bytes.count || bytes[place] == UInt8(ascii: "\n") || bytes[place] == UInt8(ascii: "\r")
  }

  private mutating func endLine() {
    guard place < bytes.count else { return }
    let isPair =
      bytes[place] == UInt8(ascii: "\r") && place + 1 < bytes.count
      && bytes[place + 1] == UInt8(ascii: "\n")
    place += isPair ? 2 : 1
    line += 1
  }

  private mutating func skipSpaces() {
    while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
  }

  /// A field, up to the separator or the line's end.
  private mutating func field() throws(LabelError) -> String {
    skipSpaces()
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") { return try quoted() }
    let start = place
    while !isAtLineEnd, bytes[place] != separator { place += 1 }
    var end = place
    while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func quoted() throws(LabelError) -> String {
    let first = line
    var text: [UInt8] = []
    place += 1
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte != UInt8(ascii: "\"") {
        if byte == UInt8(ascii: "\n") { line += 1 }
        text.append(byte)
      } else if place < bytes.count, bytes[place] == byte {
        text.append(byte)
        place += 1
      } else {
        skipSpaces()
        guard isAtLineEnd || bytes[place] == separator else {
          throw LabelError(.textAfterQuotes, path: path, line: line)
        }
        return String(decoding: text, as: UTF8.self)
      }
    }
    throw LabelError(.openQuotes, path: path, line: first)
  }
}
