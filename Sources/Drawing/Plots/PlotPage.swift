import Foundation

/// The page that plots are drawn on: margins, title, names of the axes, and a legend below.
struct PlotPage {
  let width = 760.0
  let height = 460.0
  let left = 64.0
  let top = 44.0
  let bottom = 52.0
  /// The margin at the right.
  let right: Double

  /// Where a share of the horizontal axis lies.
  func x(_ share: Double) -> Double { left + (width - left - right) * share }

  /// Where a share of the vertical axis lies.
  func y(_ share: Double) -> Double { height - bottom - (height - bottom - top) * share }

  /// A coordinate.
  func coordinate(_ value: Double) -> String { value.decimals(1) }

  /// Begins the picture of so many curves.
  func begin(title: String, curves: Int) -> SVGWriter {
    var svg = SVGWriter([
      "viewBox": "0 0 760 \(460 + 18 * curves)", "font-family": "sans-serif", "font-size": "12",
    ])
    svg.add("rect", ["width": "100%", "height": "100%", "fill": "white"])
    svg.add("text", ["x": "\(left)", "y": "24", "font-size": "15"], text: title)
    return svg
  }

  /// Draws a line across the plot, at a height.
  func addGridLine(at y: String, to svg: inout SVGWriter) {
    svg.add("path", ["d": "M\(left) \(y)H\(width - right)", "stroke": "#ddd"])
  }

  /// Labels the horizontal axis.
  func addLabel(_ label: String, atX x: String, to svg: inout SVGWriter) {
    svg.add(
      "text", ["x": x, "y": "\(height - bottom + 18)", "text-anchor": "middle"], text: label)
  }

  /// Names the axes.
  func addNames(horizontal: String, vertical: String, to svg: inout SVGWriter) {
    svg.add(
      "text", ["x": "\(width / 2)", "y": "\(height - 14)", "text-anchor": "middle"],
      text: horizontal)
    svg.add(
      "text",
      ["transform": "translate(14 \(height / 2)) rotate(-90)", "text-anchor": "middle"],
      text: vertical)
  }

  /// Names a curve in the legend, beside the place where its sample is drawn.
  func addLegend(_ name: String, at line: Double, to svg: inout SVGWriter) {
    svg.add("text", ["x": "\(left + 32)", "y": "\(line)"], text: name)
  }
}

/// A linear axis from one round number to another.
struct PlotAxis {
  let low: Double
  let high: Double
  /// The distance between two labels: 1, 2 or 5 times a power of ten.
  let spacing: Double

  /// Lays out an axis with about six labels.
  ///
  /// - Parameter values: what has to fit; those that are no numbers are left out.
  init(holding values: some Sequence<Double>) {
    let finite = values.filter(PlotAxis.canHold)
    let least = finite.min() ?? 0
    let most = max(finite.max() ?? 1, least + max(abs(least), 1) * 1e-6)
    let rough = (most - least) / 6
    let decade = pow(10, log10(rough).rounded(.down))
    let spacing = [1, 2, 5, 10].map { $0 * decade }.first { $0 >= rough * 0.999 } ?? rough
    self.spacing = spacing
    low = (least / spacing).rounded(.down) * spacing
    high = max((most / spacing).rounded(.up) * spacing, low + spacing)
  }

  /// Whether a number can be drawn: one, and not so large that it has no neighbours.
  static func canHold(_ value: Double) -> Bool { value.isFinite && abs(value) < 1e15 }

  /// Where labels stand.
  var ticks: [Double] {
    let count = Int(((high - low) / spacing).rounded())
    return (0...max(count, 1)).map { low + Double($0) * spacing }
  }

  /// 0 at the low end, 1 at the high one.
  func share(of value: Double) -> Double { (value - low) / (high - low) }

  /// A label with as many decimals as the spacing needs.
  func label(_ value: Double) -> String {
    if spacing >= 1 { return Int(value.rounded()).grouped }
    return value.decimals(min(9, Int((-log10(spacing)).rounded(.up))))
  }
}
