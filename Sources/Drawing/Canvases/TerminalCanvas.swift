/// Dots in Unicode's braille patterns: two columns by four rows of them in each character.
struct BrailleCanvas {
  /// The size in characters.
  let columns: Int
  let rows: Int
  private var patterns: [UInt8]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    patterns = Array(repeating: 0, count: columns * rows)
  }

  /// Sets a dot, counted from the left and the top; one outside is left out.
  mutating func dot(x: Int, y: Int) {
    guard x >= 0, y >= 0, x < columns * 2, y < rows * 4 else { return }
    // The bits as Unicode numbers the dots: three rows down each side, then the fourth.
    let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    patterns[y / 4 * columns + x / 2] |= bits[x % 2][y % 4]
  }

  /// Sets the dots from one place to another.
  mutating func line(from: (x: Int, y: Int), to: (x: Int, y: Int)) {
    let length = max(abs(to.x - from.x), abs(to.y - from.y), 1)
    for step in 0...length {
      dot(
        x: from.x + (to.x - from.x) * step / length, y: from.y + (to.y - from.y) * step / length)
    }
  }

  /// Whether a character has no dot.
  func isEmpty(column: Int, row: Int) -> Bool { patterns[row * columns + column] == 0 }

  /// A character, a braille pattern even where it has no dot.
  func character(column: Int, row: Int) -> Character {
    Character(Unicode.Scalar(0x2800 + UInt32(patterns[row * columns + column])) ?? " ")
  }
}

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
