/// The part of TOML that settings need: lines of `name = value`, a value being a string, a number, a
/// boolean or an array of strings on one line, and comments.
///
/// - Reference: https://toml.io/en/v1.0.0
package struct FlatTOML {
  /// Why a text cannot be read.
  package struct Fault: Error, Hashable {
    /// Counted from 1.
    package var line: Int
    /// Found and expected.
    package var message: String
  }

  /// Reads the entries in their order.
  ///
  /// - Parameters:
  ///   - text: the file's content.
  ///   - name: what its lines are called after, such as `train.toml`.
  /// - Returns: the entries, each name once.
  /// - Throws: ``Fault`` for the first line that cannot be understood.
  package static func entries(in text: String, name: String) throws(Fault) -> [ConfigurationEntry] {
    var entries: [ConfigurationEntry] = []
    // Some editors begin a file with a byte order mark.
    let text =
      text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      var reader = FlatTOML(rest: line, line: index + 1)
      guard var entry = try reader.entry() else { continue }
      if entries.contains(where: { $0.name == entry.name }) {
        throw reader.fault("\(entry.name) is set a second time; leave one line out")
      }
      entry.place = "\(name):\(index + 1)"
      entries.append(entry)
    }
    return entries
  }

  /// A text as a TOML string.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private var rest: Substring
  private let line: Int

  private init(rest: Substring, line: Int) {
    self.rest = rest
    self.line = line
  }

  private func fault(_ message: String) -> Fault { Fault(line: line, message: message) }

  private mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\t" } }

  /// The line's entry; nil where it is empty or a comment.
  private mutating func entry() throws(Fault) -> ConfigurationEntry? {
    skipSpace()
    if rest.isEmpty || rest.first == "#" { return nil }
    if rest.first == "[" {
      throw fault(
        "found a table, expected name = value; settings stand side by side, without tables")
    }
    let whole = rest
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    rest = rest.dropFirst(name.count)
    skipSpace()
    guard !name.isEmpty, rest.first == "=" else {
      throw fault("found \(String(whole).onOneLine), expected name = value")
    }
    rest = rest.dropFirst()
    skipSpace()
    let value = try value(of: name)
    skipSpace()
    guard rest.isEmpty || rest.first == "#" else {
      throw fault("found \(String(rest).onOneLine) after the value of \(name), expected nothing")
    }
    return ConfigurationEntry(name: String(name), value: value)
  }

  private mutating func value(of name: Substring) throws(Fault) -> ConfigurationEntry.Value {
    switch rest.first {
    case "\"", "'": return .text(try string())
    case "[": return .list(try list(of: name))
    default:
      let word = rest.prefix { !" \t#".contains($0) }
      rest = rest.dropFirst(word.count)
      if word == "true" || word == "false" { return .truth(word == "true") }
      let digits = word.replacing("_", with: "")
      let isNumber = digits.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
      guard isNumber, Double(digits) != nil else {
        let found = word.isEmpty ? "nothing" : String(word).onOneLine
        throw fault(
          "\(name) is \(found), expected a number, true, false, or a text in quotation marks")
      }
      return .number(digits.hasPrefix("+") ? String(digits.dropFirst()) : String(digits))
    }
  }

  private mutating func list(of name: Substring) throws(Fault) -> [String] {
    rest = rest.dropFirst()
    var texts: [String] = []
    while true {
      skipSpace()
      if rest.first == "]" { break }
      guard rest.first == "\"" || rest.first == "'" else {
        throw fault(
          "\(name): expected texts in quotation marks on one line, such as [\"a\", \"b\"]")
      }
      texts.append(try string())
      skipSpace()
      if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "]" { continue }
    }
    rest = rest.dropFirst()
    return texts
  }

  private mutating func string() throws(Fault) -> String {
    let mark = rest.removeFirst()
    var text = ""
    while let character = rest.popFirst() {
      if character == mark { return text }
      guard character == "\\", mark == "\"" else {
        text.append(character)
        continue
      }
      text.append(try escaped())
    }
    throw fault("found a text without its closing \(mark)")
  }

  private mutating func escaped() throws(Fault) -> Character {
    let letter = rest.popFirst()
    switch letter {
    case "\"", "\\": return letter ?? "\\"
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "u", "U":
      let digits = rest.prefix(letter == "u" ? 4 : 8)
      rest = rest.dropFirst(digits.count)
      if digits.allSatisfy(\.isHexDigit), let code = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(code)
      {
        return Character(scalar)
      }
      throw fault("found \\u\(digits), expected the hexadecimal digits of a character")
    default:
      throw fault("found \\\(letter.map(String.init) ?? ""), expected \\\", \\\\, \\n, \\t or \\u")
    }
  }
}

/// A setting by its flag's long name, as a line of a configuration file.
package struct ConfigurationEntry: Hashable {
  /// What a setting is set to.
  package enum Value: Hashable {
    case text(String)
    /// Its digits as they stand in the file, which are exact in any precision.
    case number(String)
    case truth(Bool)
    case list([String])
  }

  /// The flag's long name.
  package var name: String
  /// Nil where it is not set.
  package var value: Value?
  /// Where it stands, such as `train.toml:3`.
  package var place = ""

  /// Creates a setting.
  package init(name: String, value: Value? = nil) {
    self.name = name
    self.value = value
  }

  /// The setting on a command line.
  package var arguments: [String] {
    switch value {
    case .text(let text), .number(let text): ["--\(name)=\(text)"]
    case .truth(let isTrue): [isTrue ? "--\(name)" : "--no-\(name)"]
    case .list(let texts): texts.map { "--\(name)=\($0)" }
    case nil: []
    }
  }

  /// The setting as a line of a configuration file, a comment where it is not set.
  package var line: String {
    switch value {
    case .text(let text): "\(name) = \(FlatTOML.quoted(text))"
    case .number(let text): "\(name) = \(text)"
    case .truth(let isTrue): "\(name) = \(isTrue)"
    case .list(let texts): "\(name) = [\(texts.map(FlatTOML.quoted).joined(separator: ", "))]"
    case nil: "# \(name) is not set"
    }
  }
}

extension ConfigurationEntry {
  init(_ name: String, _ text: String?) { self.init(name: name, value: text.map { .text($0) }) }

  init(_ name: String, _ isTrue: Bool?) { self.init(name: name, value: isTrue.map { .truth($0) }) }

  init(_ name: String, _ texts: [String]) {
    self.init(name: name, value: texts.isEmpty ? nil : .list(texts))
  }

  init(_ name: String, _ number: (some Numeric & LosslessStringConvertible)?) {
    self.init(name: name, value: number.map { .number("\($0)") })
  }
}
