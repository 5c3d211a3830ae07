import FileStorage

/// Which characters the terminal can show, as its locale says.
package enum CharacterSet: Sendable {
  /// All of Unicode.
  case unicode
  /// Letters, digits and signs of ASCII for certain, and no drawings.
  case ascii

  /// What this process's output is shown in.
  static let current = CharacterSet(
    environment: processEnvironment(), isTerminal: StandardStream.output.isTerminal)

  /// Finds the set that a locale has.
  ///
  /// The first that is set of `LC_ALL`, `LC_CTYPE` and `LANG` counts; where none is, a terminal has ASCII, and
  /// what is read from a pipe or a file may be shown anywhere.
  ///
  /// Reference: POSIX.1-2024, Base Definitions, 8.2.
  package init(environment: [String: String], isTerminal: Bool) {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    guard let locale else {
      self = isTerminal ? .ascii : .unicode
      return
    }
    let name = locale.lowercased().filter { $0 != "-" }
    self = name.contains("utf8") ? .unicode : .ascii
  }

  /// A text with its blocks, lines and signs as the set can show them, of the same width; what else it has, the
  /// names of files, say, stays.
  package func shown(_ text: String) -> String {
    guard self == .ascii, text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
    var shown = ""
    for character in text { shown.append(Self.plain(character)) }
    return shown
  }

  private static func plain(_ character: Character) -> Character {
    if let plain = plainForms[character] { return plain }
    // Braille patterns by how many dots they have.
    guard let scalar = character.unicodeScalars.first, 0x2800...0x28FF ~= scalar.value else {
      return character
    }
    return switch (scalar.value & 0xFF).nonzeroBitCount {
    case 0: " "
    case 1...2: "."
    case 3...4: ":"
    default: "#"
    }
  }

  private static let plainForms: [Character: Character] = [
    "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#", "▀": "^",
    "▏": ".", "▎": ".", "▍": "-", "▌": "-", "▋": "=", "▊": "=", "▉": "#",
    "│": "|", "─": "-", "└": "+", "·": ".", "…": ".", "−": "-", "±": "+",
    "←": "<", "→": ">", "↑": "^", "↓": "v", "▶": ">", "‖": "=", "♩": "q",
  ]
}
