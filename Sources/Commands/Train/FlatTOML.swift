import FileStorage
import Foundation

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
  ///   - allowingNumbers: whether arrays may hold numbers and truths too, which then stand among the texts.
  /// - Returns: the entries, each name once.
  /// - Throws: ``Fault`` for the first line that cannot be understood.
  package static func entries(
    in text: String, name: String, allowingNumbers: Bool = false
  ) throws(Fault) -> [ConfigurationEntry] {
    var entries: [ConfigurationEntry] = []
    var names: Set<String> = []
    // By scalars, not by Swift's characters: to these a quotation mark and an accent behind it are one.
    var scalars = text.unicodeScalars[...]
    // Some editors begin a file with a byte order mark.
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    // Some systems end lines with a carriage return alone.
    let lineEnd: Unicode.Scalar = scalars.contains("\n") ? "\n" : "\r"
    for (index, line) in scalars.split(separator: lineEnd, omittingEmptySubsequences: false)
      .enumerated()
    {
      var reader = FlatTOML(
        rest: line.last == "\r" ? line.dropLast() : line, line: index + 1,
        allowsNumbers: allowingNumbers)
      guard var entry = try reader.entry() else { continue }
      if !names.insert(entry.name).inserted {
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

  private var rest: Substring.UnicodeScalarView
  private let line: Int
  private let allowsNumbers: Bool

  private init(rest: Substring.UnicodeScalarView, line: Int, allowsNumbers: Bool) {
    self.rest = rest
    self.line = line
    self.allowsNumbers = allowsNumbers
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
    let name = String(rest.prefix { $0.isLetterOrDigit || $0 == "-" || $0 == "_" })
    rest = rest.dropFirst(name.utf8.count)
    skipSpace()
    guard !name.isEmpty, rest.first == "=" else {
      throw fault("found \(shown(whole)), expected name = value")
    }
    rest = rest.dropFirst()
    skipSpace()
    let value = try value(of: name)
    skipSpace()
    guard rest.isEmpty || rest.first == "#" else {
      throw fault("found \(shown(rest)) after the value of \(name), expected nothing")
    }
    return ConfigurationEntry(name: name, value: value)
  }

  /// A part of the line as an error tells it.
  private func shown(_ part: Substring.UnicodeScalarView) -> String {
    String(part).displayed.trimmingCharacters(in: .whitespaces)
  }

  private mutating func value(of name: String) throws(Fault) -> ConfigurationEntry.Value {
    switch rest.first {
    case "\"", "'": return .text(try string())
    case "[": return .list(try list(of: name))
    default:
      let word = rest.prefix { $0 != " " && $0 != "\t" && $0 != "#" }
      rest = rest[word.endIndex...]
      if String(word) == "true" || String(word) == "false" { return .truth(String(word) == "true") }
      let digits = String(String.UnicodeScalarView(word.filter { $0 != "_" }))
      let isNumber = digits.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
      guard isNumber, Double(digits) != nil else {
        let found = word.isEmpty ? "nothing" : shown(word)
        throw fault(
          "\(name) is \(found), expected a number, true, false, or a text in quotation marks")
      }
      return .number(digits.hasPrefix("+") ? String(digits.dropFirst()) : digits)
    }
  }

  private mutating func list(of name: String) throws(Fault) -> [String] {
    rest = rest.dropFirst()
    var texts: [String] = []
    while true {
      skipSpace()
      if rest.first == "]" { break }
      texts.append(try element(of: name))
      skipSpace()
      if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "]" { continue }
    }
    rest = rest.dropFirst()
    return texts
  }

  private mutating func element(of name: String) throws(Fault) -> String {
    if rest.first == "\"" || rest.first == "'" { return try string() }
    guard allowsNumbers else {
      throw fault(
        "\(name): expected texts in quotation marks on one line, such as [\"a\", \"b\"]")
    }
    let word = rest.prefix { !" \t,]#".unicodeScalars.contains($0) }
    rest = rest[word.endIndex...]
    let text = String(String.UnicodeScalarView(word.filter { $0 != "_" }))
    guard text == "true" || text == "false" || Double(text)?.isFinite ?? false else {
      throw fault(
        "\(name): found \(word.isEmpty ? "no end" : shown(word)) in an array, expected texts in quotation "
          + "marks or numbers on one line")
    }
    return text
  }

  private mutating func string() throws(Fault) -> String {
    let mark = rest.removeFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == mark { return String(text) }
      text.append(scalar == "\\" && mark == "\"" ? try escaped() : scalar)
    }
    throw fault("found a text without its closing \(mark)")
  }

  private mutating func escaped() throws(Fault) -> Unicode.Scalar {
    let letter = rest.popFirst()
    switch letter {
    case "\"", "\\": return letter ?? "\\"
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "u", "U":
      let digits = rest.prefix(letter == "u" ? 4 : 8)
      rest = rest[digits.endIndex...]
      if digits.allSatisfy(\.isLetterOrDigit), let code = UInt32(String(digits), radix: 16),
        let scalar = Unicode.Scalar(code)
      {
        return scalar
      }
      throw fault("found \\u\(shown(digits)), expected the hexadecimal digits of a character")
    default:
      throw fault(
        "found \\\(letter.map { String($0).displayed } ?? ""), expected \\\", \\\\, \\n, \\t or \\u"
      )
    }
  }
}

extension Unicode.Scalar {
  /// Whether it is a letter or a digit of ASCII.
  fileprivate var isLetterOrDigit: Bool {
    ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
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
    // What is not to be replaced needs no flag.
    case .truth(false) where name == "overwrite": []
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
