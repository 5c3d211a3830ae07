import Foundation

/// Curves over whole steps from 0 on, drawn on a logarithmic scale.
public struct LogarithmicPlot: Sendable {
  /// A curve.
  public struct Curve: Sendable {
    /// What the legend says of it.
    public var legend: String
    /// Its value at each step.
    public var values: [Double]

    /// Creates a curve.
    public init(legend: String, values: [Double]) {
      self.legend = legend
      self.values = values
    }
  }

  let title: String
  let horizontalName: String
  let verticalName: String
  let curves: [Curve]
  // The powers of ten between which the plot lies; what is above sticks to the border, what is
  // below is not drawn.
  private let low: Int
  private let high: Int

  /// Lays out curves.
  public init(title: String, horizontalName: String, verticalName: String, curves: [Curve]) {
    self.title = title
    self.horizontalName = horizontalName
    self.verticalName = verticalName
    self.curves = curves
    let seen = curves.flatMap(\.values).filter { $0 > 0 && $0.isFinite }.map { log10($0) }
    let first =
      curves.compactMap(\.values.first).filter { $0 > 0 && $0.isFinite }.map { log10($0) }.max()
      ?? 0
    // Twelve powers below the start there is nothing left to be told.
    low = Int(max(seen.min() ?? -1, first - 12).rounded(.down))
    high = max(Int(min(seen.max() ?? 0, first + 12).rounded(.up)), low + 1)
  }

  private var steps: Int { max(2, curves.map(\.values.count).max() ?? 2) }

  func isVisible(_ value: Double) -> Bool { value >= pow(10, Double(low)) }

  // From 0 at the bottom to 1 at the top.
  func share(ofValue value: Double) -> Double {
    guard value > 0 else { return 0 }
    guard value.isFinite else { return 1 }
    return min(max((log10(value) - Double(low)) / Double(high - low), 0), 1)
  }

  /// A plot of letters, one for each curve, and a legend.
  ///
  /// - Parameters:
  ///   - caption: the line above it.
  ///   - width: the width in characters.
  /// - Returns: lines, each with its line end.
  public func text(caption: String, width: Int) -> String {
    let margin = 8
    let columns = max(16, width - margin - 1)
    let rows = 20
    var cells = Array(repeating: Array(repeating: Character(" "), count: columns), count: rows)
    for (index, curve) in curves.enumerated().reversed() {
      let letter = letter(index)
      for column in 0..<columns {
        let step = column * (steps - 1) / (columns - 1)
        guard step < curve.values.count, isVisible(curve.values[step]) else { continue }
        let row = Int(((1 - share(ofValue: curve.values[step])) * Double(rows - 1)).rounded())
        cells[row][column] = letter
      }
    }
    var text = caption + "\n"
    for (row, line) in cells.enumerated() {
      let power = Double(high) - Double(row) / Double(rows - 1) * Double(high - low)
      let label = row % 4 == 0 || row == rows - 1 ? "1e\(Int(power.rounded()))" : ""
      text += label.leftPadded(to: margin - 1) + " |" + String(line).trimmedRight + "\n"
    }
    text += String(repeating: " ", count: margin) + String(repeating: "-", count: columns) + "\n"
    text += String(repeating: " ", count: margin) + "0"
    text += "\(steps - 1)".leftPadded(to: columns - 1) + "\n"
    for (index, curve) in curves.enumerated() {
      text += "  \(letter(index))  " + curve.legend + "\n"
    }
    return text
  }

  /// The labels of the vertical axis.
  var powers: [Int] {
    let stride = max(1, (high - low) / 8)
    return Array(Swift.stride(from: low, through: high, by: stride))
  }

  /// The labels of the horizontal axis.
  var ticks: [Int] {
    // The first of 1, 2, 5, 10, 20, 50 … that leaves ten ticks at most.
    var stride = 1
    var factors = [2, 5, 10]
    var decade = 1
    while (steps - 1) / stride > 10 {
      stride = decade * factors.removeFirst()
      if factors.isEmpty {
        factors = [2, 5, 10]
        decade *= 10
      }
    }
    return Array(Swift.stride(from: 0, to: steps, by: stride))
  }

  func share(ofPower power: Int) -> Double { Double(power - low) / Double(high - low) }

  func share(ofStep step: Int) -> Double { Double(step) / Double(steps - 1) }

  private func letter(_ index: Int) -> Character {
    Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(index % 26)))
  }
}

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
      // Whole, then in dashes, dots and both, as the colours come again.
      let dashes = ["none", "6 3", "2 3", "8 3 2 3"][index / Palette.curveCount % 4]
      let points = curve.values.enumerated().prefix { isVisible($0.element) }.map {
        page.coordinate(page.x(share(ofStep: $0.offset))) + ","
          + page.coordinate(page.y(share(ofValue: $0.element)))
      }
      let line = page.height + 14 + 18 * Double(index)
      svg.add(
        "polyline",
        [
          "fill": "none", "stroke": colour, "stroke-width": "2", "stroke-dasharray": dashes,
          "points": points.joined(separator: " "),
        ])
      svg.add(
        "path",
        [
          "d": "M\(page.left) \(line - 4)h24", "stroke": colour, "stroke-width": "2",
          "stroke-dasharray": dashes,
        ])
      page.addLegend(curve.legend, at: line, to: &svg)
    }
    return svg.document
  }
}
