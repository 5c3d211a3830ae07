/// Curves over a common axis.
public struct LinePlot: Sendable {
  /// A curve.
  public struct Curve: Sendable {
    /// What the legend calls it.
    public var name: String
    /// Its points, from left to right.
    public var points: [(x: Double, y: Double)]
    /// The number of its colour; curves of one number share theirs.
    public var colour: Int
    /// Whether it is drawn in dashes and with a mark at each point.
    public var isMarked: Bool

    /// Creates a curve.
    public init(
      name: String, points: [(x: Double, y: Double)], colour: Int, isMarked: Bool = false
    ) {
      self.name = name
      self.points = points
      self.colour = colour
      self.isMarked = isMarked
    }
  }

  let title: String
  let horizontalName: String
  let verticalName: String
  let curves: [Curve]
  let horizontal: PlotAxis
  let vertical: PlotAxis

  /// Lays out curves; points that are no numbers are left out.
  public init(title: String, horizontalName: String, verticalName: String, curves: [Curve]) {
    self.title = title
    self.horizontalName = horizontalName
    self.verticalName = verticalName
    self.curves = curves.map { curve in
      var curve = curve
      curve.points.removeAll { !PlotAxis.canHold($0.x) || !PlotAxis.canHold($0.y) }
      return curve
    }
    horizontal = PlotAxis(holding: self.curves.flatMap { $0.points.map(\.x) })
    vertical = PlotAxis(holding: self.curves.flatMap { $0.points.map(\.y) })
  }
}

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
        curve.points.last.map { "ends at \($0.y.decimals(3))" } ?? "nothing yet"
      let lowest = curve.points.map(\.y).min()
      let best = lowest.map { ", lowest \($0.decimals(3))" } ?? ""
      text += "  \(curve.name): \(last)\(best)\n"
    }
    return text
  }
}

extension LinePlot {
  /// The plot as a scalable picture, with axes and a legend.
  ///
  /// - Returns: the text of the file.
  public func svg() -> String {
    let page = PlotPage(right: 20)
    func x(_ value: Double) -> String { page.coordinate(page.x(horizontal.share(of: value))) }
    func y(_ value: Double) -> String { page.coordinate(page.y(vertical.share(of: value))) }
    var svg = page.begin(title: title, curves: curves.count)
    for tick in vertical.ticks {
      page.addGridLine(at: y(tick), to: &svg)
      svg.add(
        "text", ["x": "\(page.left - 6)", "y": y(tick), "dy": "4", "text-anchor": "end"],
        text: vertical.label(tick))
    }
    for tick in horizontal.ticks {
      page.addLabel(horizontal.label(tick), atX: x(tick), to: &svg)
    }
    page.addNames(horizontal: horizontalName, vertical: verticalName, to: &svg)
    for (index, curve) in curves.enumerated() {
      let colour = Palette.curve(curve.colour)
      let points = curve.points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
      let line = page.height + 10 + 18 * Double(index)
      let sample = "M\(page.left) \(line - 4)h24"
      if curve.isMarked {
        svg.add(
          "polyline",
          [
            "fill": "none", "stroke": colour, "stroke-width": "2", "stroke-dasharray": "6 3",
            "points": points,
          ])
        svg.add(
          "path",
          ["d": sample, "stroke": colour, "stroke-width": "2", "stroke-dasharray": "6 3"])
      } else {
        svg.add(
          "polyline", ["fill": "none", "stroke": colour, "stroke-width": "1", "points": points])
        svg.add("path", ["d": sample, "stroke": colour, "stroke-width": "1"])
      }
      page.addLegend(curve.name, at: line, to: &svg)
      for point in curve.points where curve.isMarked {
        svg.add("circle", ["cx": x(point.x), "cy": y(point.y), "r": "2.5", "fill": colour])
      }
    }
    return svg.document
  }
}
