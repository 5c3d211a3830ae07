import Experiments
import Foundation

/// Curves of gradient flow as a plot on a logarithmic scale.
struct GradientPlot {
  let curves: [GradientFlow]
  // The powers of ten between which the plot lies; what is above sticks to the border, what is
  // below is not drawn.
  private let low: Int
  private let high: Int

  init(_ curves: [GradientFlow]) {
    self.curves = curves
    let seen = curves.flatMap(\.norms).filter { $0 > 0 && $0.isFinite }.map { log10($0) }
    let first = curves.compactMap(\.norms.first).filter { $0 > 0 }.map { log10($0) }.max() ?? 0
    // Twelve powers below the start there is nothing left that training could use.
    low = Int(max(seen.min() ?? -1, first - 12).rounded(.down))
    high = max(Int(min(seen.max() ?? 0, first + 12).rounded(.up)), low + 1)
  }

  private var steps: Int { max(2, curves.map(\.norms.count).max() ?? 2) }

  func isVisible(_ norm: Double) -> Bool { norm >= pow(10, Double(low)) }

  // From 0 at the bottom to 1 at the top.
  private func height(_ norm: Double) -> Double {
    guard norm > 0 else { return 0 }
    guard norm.isFinite else { return 1 }
    return min(max((log10(norm) - Double(low)) / Double(high - low), 0), 1)
  }

  /// Comma-separated values: a row for each distance.
  func csv() -> String {
    var text = "distance," + curves.map { "\"\($0.name)\"" }.joined(separator: ",") + "\n"
    for step in 0..<steps {
      let values = curves.map { step < $0.norms.count ? "\($0.norms[step])" : "" }
      text += "\(step)," + values.joined(separator: ",") + "\n"
    }
    return text
  }

  /// A plot of letters, one for each curve, and a table.
  func text(width: Int) -> String {
    let margin = 8
    let columns = max(16, width - margin - 1)
    let rows = 20
    var cells = Array(repeating: Array(repeating: Character(" "), count: columns), count: rows)
    for (index, curve) in curves.enumerated().reversed() {
      let letter = letter(index)
      for column in 0..<columns {
        let step = column * (steps - 1) / (columns - 1)
        guard step < curve.norms.count, isVisible(curve.norms[step]) else { continue }
        let row = Int(((1 - height(curve.norms[step])) * Double(rows - 1)).rounded())
        cells[row][column] = letter
      }
    }
    var text = "|dL_T/dh_t| against the distance T - t\n"
    for (row, line) in cells.enumerated() {
      let power = Double(high) - Double(row) / Double(rows - 1) * Double(high - low)
      let label = row % 4 == 0 || row == rows - 1 ? "1e\(Int(power.rounded()))" : ""
      text += label.leftPadded(to: margin - 1) + " |" + String(line).trimmedRight() + "\n"
    }
    text += String(repeating: " ", count: margin) + String(repeating: "-", count: columns) + "\n"
    text += String(repeating: " ", count: margin) + "0"
    text += "\(steps - 1)".leftPadded(to: columns - 1) + "\n"
    for (index, curve) in curves.enumerated() {
      text += "  \(letter(index))  " + summary(curve) + "\n"
    }
    return text
  }

  // The places of labels: powers of ten and distances.
  var powers: [Int] {
    let stride = max(1, (high - low) / 8)
    return Array(Swift.stride(from: low, through: high, by: stride))
  }

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

  func share(ofNorm norm: Double) -> Double { height(norm) }

  private func letter(_ index: Int) -> Character {
    Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(index % 26)))
  }

  func summary(_ curve: GradientFlow) -> String {
    let factor = curve.factorPerStep.decimals(3)
    let reach =
      curve.reach().map { "1 % left after \($0) steps" } ?? "more than 1 % left throughout"
    return "\(curve.name): times \(factor) per step, \(reach)"
  }
}
