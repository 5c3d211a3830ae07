extension LinePlot {
  /// The plot in braille, two by four dots a character, with axes and a legend.
  ///
  /// - Parameters:
  ///   - width: the width in characters.
  ///   - rows: the height of the plot without its legend.
  /// - Returns: lines, each with its line end.
  public func text(width: Int, rows: Int = 18) -> String {
    let margin = (vertical.ticks.map { vertical.label($0).count }.max() ?? 1) + 2
    let columns = max(16, width - margin - 1)
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    for curve in curves {
      let dots = curve.points.map { point in
        (
          x: Int((horizontal.share(of: point.x) * Double(columns * 2 - 1)).rounded()),
          y: Int(((1 - vertical.share(of: point.y)) * Double(rows * 4 - 1)).rounded())
        )
      }
      if let first = dots.first { canvas.dot(x: first.x, y: first.y) }
      for (from, to) in zip(dots, dots.dropFirst()) { canvas.line(from: from, to: to) }
    }
    var labels = Array(repeating: "", count: rows)
    for tick in vertical.ticks {
      let row = Int(((1 - vertical.share(of: tick)) * Double(rows * 4 - 1)).rounded()) / 4
      labels[min(max(row, 0), rows - 1)] = vertical.label(tick)
    }
    var text = verticalName + "\n"
    for (row, label) in labels.enumerated() {
      let line = String(
        (0..<columns).map { column in
          canvas.isEmpty(column: column, row: row)
            ? " " : canvas.character(column: column, row: row)
        })
      text += label.leftPadded(to: margin - 2) + " │" + line.trimmedRight + "\n"
    }
    let low = horizontal.label(horizontal.low)
    let high = horizontal.label(horizontal.high)
    text += String(repeating: " ", count: margin - 1) + "└"
    text += String(repeating: "─", count: columns) + "\n"
    text += String(repeating: " ", count: margin) + low
    text += "\(horizontalName) \(high)".leftPadded(to: columns - low.count) + "\n"
    for curve in curves {
      let last =
        curve.points.last.map { "ends at \(NumberText.fixed($0.y, decimals: 3))" } ?? "nothing yet"
      let lowest = curve.points.map(\.y).min()
      let best = lowest.map { ", lowest \(NumberText.fixed($0, decimals: 3))" } ?? ""
      text += "  \(curve.name): \(last)\(best)\n"
    }
    return text
  }
}
