import Foundation

extension LinePlot {
  /// The plot as a scalable picture, with axes and a legend.
  func svg() -> String {
    let (width, height, left, right, top, bottom) = (760.0, 460.0, 64.0, 20.0, 44.0, 52.0)
    func x(_ value: Double) -> String {
      (left + (width - left - right) * horizontal.share(of: value)).decimals(1)
    }
    func y(_ value: Double) -> String {
      (height - bottom - (height - bottom - top) * vertical.share(of: value)).decimals(1)
    }
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 \(460 + 18 * curves.count)" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      <text x="\(left)" y="24" font-size="15">\(escapedForXML(title))</text>

      """
    for tick in vertical.ticks {
      text += """
        <path d="M\(left) \(y(tick))H\(width - right)" stroke="#ddd"/>
        <text x="\(left - 6)" y="\(y(tick))" dy="4" text-anchor="end">\(vertical.label(tick))</text>

        """
    }
    for tick in horizontal.ticks {
      text += """
        <text x="\(x(tick))" y="\(height - bottom + 18)" \
        text-anchor="middle">\(horizontal.label(tick))</text>

        """
    }
    text += """
      <text x="\(width / 2)" y="\(height - 14)" \
      text-anchor="middle">\(escapedForXML(horizontalName))</text>
      <text transform="translate(14 \(height / 2)) rotate(-90)" \
      text-anchor="middle">\(escapedForXML(verticalName))</text>

      """
    for (index, curve) in curves.enumerated() {
      let color = PlotPalette.color(curve.color)
      let points = curve.points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
      let style =
        "stroke=\"\(color)\" stroke-width=\"\(curve.isMarked ? 2 : 1)\""
        + (curve.isMarked ? " stroke-dasharray=\"6 3\"" : "")
      let line = height + 10 + 18 * Double(index)
      text += """
        <polyline fill="none" \(style) points="\(points)"/>
        <path d="M\(left) \(line - 4)h24" \(style)/>
        <text x="\(left + 32)" y="\(line)">\(escapedForXML(curve.name))</text>

        """
      if curve.isMarked {
        for point in curve.points {
          text +=
            "<circle cx=\"\(x(point.x))\" cy=\"\(y(point.y))\" r=\"2.5\" fill=\"\(color)\"/>\n"
        }
      }
    }
    return text + "</svg>\n"
  }
}
