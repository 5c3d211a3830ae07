/// XML that is being written, element after element, indented.
struct XMLText {
  private(set) var bytes: [UInt8]
  private var open: [String] = []

  init(declarations: String) { bytes = Array(declarations.utf8) }

  /// Begins an element.
  mutating func begin(_ name: String, _ attributes: [(String, String)] = []) {
    startTag(name, attributes)
    bytes += Array(">\n".utf8)
    open.append(name)
  }

  /// Ends the element that was begun last.
  mutating func end() {
    guard let name = open.popLast() else { return }
    indent()
    bytes += Array("</\(name)>\n".utf8)
  }

  /// Writes an element around others.
  mutating func element(
    _ name: String, _ attributes: [(String, String)] = [], _ content: (inout XMLText) -> Void
  ) {
    begin(name, attributes)
    content(&self)
    end()
  }

  /// Writes an element without content.
  mutating func empty(_ name: String, _ attributes: [(String, String)] = []) {
    startTag(name, attributes)
    bytes += Array("/>\n".utf8)
  }

  /// Writes an element of a text.
  mutating func text(_ name: String, _ text: String, _ attributes: [(String, String)] = []) {
    startTag(name, attributes)
    bytes.append(UInt8(ascii: ">"))
    append(text)
    bytes += Array("</\(name)>\n".utf8)
  }

  /// Writes an element of a number.
  mutating func number(_ name: String, _ number: Int) { text(name, String(number)) }

  private mutating func startTag(_ name: String, _ attributes: [(String, String)]) {
    indent()
    bytes.append(UInt8(ascii: "<"))
    bytes += Array(name.utf8)
    for (key, value) in attributes {
      bytes += Array(" \(key)=\"".utf8)
      append(value)
      bytes.append(UInt8(ascii: "\""))
    }
  }

  private mutating func indent() {
    for _ in open { bytes += [0x20, 0x20] }
  }

  private mutating func append(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": bytes += Array("&amp;".utf8)
      case "<": bytes += Array("&lt;".utf8)
      case ">": bytes += Array("&gt;".utf8)
      case "\"": bytes += Array("&quot;".utf8)
      case "\t", "\n": bytes.append(0x20)
      // XML has no place for other control characters.
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": break
      default: bytes += Array(String(scalar).utf8)
      }
    }
  }
}

/// A number as short as it can be told: `120`, `71.11`.
func decimal(_ number: Double) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
