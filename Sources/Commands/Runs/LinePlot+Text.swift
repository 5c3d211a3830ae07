extension LinePlot {
  /// The plot in braille, two by four dots a character, with axes and a legend.
  func text(width: Int, rows: Int = 18) -> String {
    let margin = (vertical.ticks.map { vertical.label($0).count }.max() ?? 1) + 2
    let columns = max(16, width - margin - 1)
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    for curve in curves {
      let dots = curve.points.map { point in
        (
          Int((horizontal.share(of: point.x) * Double(columns * 2 - 1)).rounded()),
          Int(((1 - vertical.share(of: point.y)) * Double(rows * 4 - 1)).rounded())
        )
      }
      if let first = dots.first { canvas.line(from: first, to: first) }
      for (from, to) in zip(dots, dots.dropFirst()) { canvas.line(from: from, to: to) }
    }
    var labels = Array(repeating: "", count: rows)
    for tick in vertical.ticks {
      let row = Int(((1 - vertical.share(of: tick)) * Double(rows * 4 - 1)).rounded()) / 4
      labels[min(max(row, 0), rows - 1)] = vertical.label(tick)
    }
    var text = verticalName + "\n"
    for (label, line) in zip(labels, canvas.lines) {
      text += label.leftPadded(to: margin - 2) + " │" + line.trimmedRight() + "\n"
    }
    let low = horizontal.label(horizontal.low)
    let high = horizontal.label(horizontal.high)
    text += String(repeating: " ", count: margin - 1) + "└"
    text += String(repeating: "─", count: columns) + "\n"
    text += String(repeating: " ", count: margin) + low
    text += "\(horizontalName) \(high)".leftPadded(to: columns - low.count) + "\n"
    for curve in curves {
      let last = curve.points.last.map { "ends at \($0.y.decimals(3))" } ?? "nothing yet"
      let best = curve.points.map(\.y).min().map { ", lowest \($0.decimals(3))" } ?? ""
      text += "  \(curve.name): \(last)\(best)\n"
    }
    return text
  }
}

/// Dots in Unicode's braille patterns.
private struct BrailleCanvas {
  private let columns: Int
  private let rows: Int
  private var cells: [UInt8]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: 0, count: columns * rows)
  }

  mutating func line(from: (Int, Int), to: (Int, Int)) {
    let length = max(abs(to.0 - from.0), abs(to.1 - from.1), 1)
    for step in 0...length {
      dot(
        x: from.0 + (to.0 - from.0) * step / length, y: from.1 + (to.1 - from.1) * step / length)
    }
  }

  private mutating func dot(x: Int, y: Int) {
    guard x >= 0, y >= 0, x < columns * 2, y < rows * 4 else { return }
    // The bits of the dots, as Unicode numbers them: three rows down each side, then the fourth.
    let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    cells[y / 4 * columns + x / 2] |= bits[x % 2][y % 4]
  }

  var lines: [String] {
    (0..<rows).map { row in
      String(
        cells[row * columns..<(row + 1) * columns].map { cell in
          cell == 0 ? " " : Character(Unicode.Scalar(0x2800 + UInt32(cell)) ?? " ")
        })
    }
  }
}
