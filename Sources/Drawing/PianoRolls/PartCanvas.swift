/// A canvas of braille characters, each in the colour of the part that was drawn in it last.
struct PartCanvas {
  private var canvas: BrailleCanvas
  private var parts: [Int]
  private let columns: Int

  /// Creates an empty canvas, a size in characters: two dots across and four down in each.
  init(columns: Int, rows: Int) {
    canvas = BrailleCanvas(columns: columns, rows: rows)
    parts = Array(repeating: 0, count: rows * columns)
    self.columns = columns
  }

  /// Draws a stretch of time at a height, counted in dots from the top; a dot at least, within the canvas.
  ///
  /// - Parameters:
  ///   - start: where it starts, in dots from the left.
  ///   - end: where it ends.
  ///   - y: its height.
  ///   - part: whose colour it has.
  mutating func stretch(from start: Double, to end: Double, y: Int, part: Int) {
    let rightmost = 2 * columns - 1
    let first = min(Int(start), rightmost)
    let last = min(max(Int(end.rounded()) - 1, first), rightmost)
    for x in first...last {
      canvas.dot(x: x, y: y)
      parts[y / 4 * columns + x / 2] = part
    }
  }

  /// A row of characters, in colours by ANSI escape sequences or in none.
  func line(row: Int, isColoured: Bool) -> String {
    var line = TerminalLine(style: TerminalLine.plain)
    for column in 0..<columns {
      let isPlain = !isColoured || canvas.isEmpty(column: column, row: row)
      line.append(
        canvas.character(column: column, row: row),
        style: isPlain ? TerminalLine.plain : Palette.terminalPart(parts[row * columns + column]))
    }
    return line.text + (line.style == TerminalLine.plain ? "" : TerminalLine.plain)
  }
}
