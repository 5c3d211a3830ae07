import Drawing
import Experiments
import MuseGen

extension LogarithmicPlot {
  /// Curves of gradient flow.
  init(_ flows: [GradientFlow]) {
    self.init(
      title: "How strongly the loss depends on the state at earlier steps",
      horizontalName: "distance T − t, steps", verticalName: "|dL_T/dh_t|",
      curves: flows.map { Curve(legend: $0.summary, values: $0.norms) })
  }
}

extension GradientFlow {
  /// What the curve says, in a line.
  fileprivate var summary: String {
    let reach = reach().map { "1 % left after \($0) steps" } ?? "more than 1 % left throughout"
    return "\(name): times \(factorPerStep.decimals(3)) per step, \(reach)"
  }
}

extension [GradientFlow] {
  /// Comma-separated values: a row for each distance.
  var commaSeparatedValues: String {
    var text = "distance," + map { "\"\($0.name)\"" }.joined(separator: ",") + "\n"
    for step in 0..<Swift.max(2, map(\.norms.count).max() ?? 2) {
      let values = map { step < $0.norms.count ? "\($0.norms[step])" : "" }
      text += "\(step)," + values.joined(separator: ",") + "\n"
    }
    return text
  }
}
