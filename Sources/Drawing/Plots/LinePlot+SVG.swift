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
