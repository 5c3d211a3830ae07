extension LogarithmicPlot {
  /// The plot as a scalable picture, with axes and a legend.
  ///
  /// - Returns: the text of the file.
  public func svg() -> String {
    let page = PlotPage(right: 16)
    var svg = page.begin(title: title, curves: curves.count)
    for power in powers {
      let y = page.y(share(ofPower: power))
      page.addGridLine(at: "\(y)", to: &svg)
      svg.add(
        "text", ["x": "\(page.left - 6)", "y": "\(y + 4)", "text-anchor": "end"],
        text: "1e\(power)")
    }
    for step in ticks {
      page.addLabel("\(step)", atX: "\(page.x(share(ofStep: step)))", to: &svg)
    }
    page.addNames(horizontal: horizontalName, vertical: verticalName, to: &svg)
    for (index, curve) in curves.enumerated() {
      let colour = Palette.curve(index)
      let points = curve.values.enumerated().prefix { isVisible($0.element) }.map {
        page.coordinate(page.x(share(ofStep: $0.offset))) + ","
          + page.coordinate(page.y(share(ofValue: $0.element)))
      }
      let line = page.height + 14 + 18 * Double(index)
      svg.add(
        "polyline",
        [
          "fill": "none", "stroke": colour, "stroke-width": "2",
          "points": points.joined(separator: " "),
        ])
      svg.add(
        "path", ["d": "M\(page.left) \(line - 4)h24", "stroke": colour, "stroke-width": "2"])
      page.addLegend(curve.legend, at: line, to: &svg)
    }
    return svg.document
  }
}
