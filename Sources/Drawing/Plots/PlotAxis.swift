import Foundation

/// A linear axis from one round number to another.
struct PlotAxis {
  let low: Double
  let high: Double
  /// The distance between two labels: 1, 2 or 5 times a power of ten.
  let spacing: Double

  /// Lays out an axis.
  ///
  /// - Parameters:
  ///   - values: what has to fit; those that are no numbers are left out.
  ///   - labels: about how many labels.
  init(holding values: some Sequence<Double>, labels: Int = 6) {
    let finite = values.filter(PlotAxis.canHold)
    let least = finite.min() ?? 0
    let most = max(finite.max() ?? 1, least + max(abs(least), 1) * 1e-6)
    let rough = (most - least) / Double(max(labels, 1))
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
    if spacing >= 1 { return NumberText.grouped(Int(value.rounded())) }
    return NumberText.fixed(value, decimals: min(9, Int((-log10(spacing)).rounded(.up))))
  }
}
