/// A line of characters in ANSI styles, which are written only where they change.
struct TerminalLine {
  /// The sequence that ends every style.
  static let plain = "\u{1B}[0m"

  private(set) var text = ""
  private(set) var style: String

  /// Begins a line in a style that holds already.
  init(style: String) { self.style = style }

  /// Appends a character in a style.
  mutating func append(_ character: Character, style newStyle: String) {
    if newStyle != style {
      text += newStyle
      style = newStyle
    }
    text.append(character)
  }
}
