import Glibc
import Tensors

/// A part of a stream that a network with a readout has one answer for.
///
/// It begins where its stream is reset, or with the window, and ends with the last step that has a target
/// before the next reset. All its targets are its label; so is any label where nobody knows it.
public struct Excerpt: Hashable, Sendable {
  /// The stream that it stands in.
  public var stream: Int
  /// Its steps in the window.
  public var steps: Range<Int>
  /// What was asked for.
  public var label: Int
  /// The pooled logits, one for each label.
  public var logits: [Double]
  /// The loss: −log softmax(logits) of the label, in nats.
  public var nats: Double
}

extension Window {
  /// The steps of each excerpt of a stream, in their order.
  func excerpts(ofStream stream: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    var end: Int?
    for step in 0..<length {
      let place = step * streams + stream
      if resets[place] {
        if let end { found.append(start..<end) }
        start = step
        end = nil
      }
      if targets[place] >= 0 { end = step + 1 }
    }
    if let end { found.append(start..<end) }
    return found
  }

  /// How many excerpts the window has.
  var excerptCount: Int { (0..<streams).reduce(0) { $0 + excerpts(ofStream: $1).count } }
}

/// The losses of one shard's excerpts, and the gradient of what the output matrix gave.
struct ExcerptScore {
  let readout: Readout
  /// The steps' outputs without bias, [T·R, outputs].
  let outputs: Matrix<Float>
  /// [1, outputs]; what attention adds to all weights alike changes nothing.
  let bias: Matrix<Float>
  /// How many streams the rows of a step are.
  let rows: Int

  /// Pools one excerpt.
  ///
  /// - Parameters:
  ///   - steps: its steps.
  ///   - row: its stream among the shard's.
  ///   - stream: its stream in the window.
  ///   - label: what it is.
  /// - Returns: the answer, and the weight of each step.
  func pool(
    _ steps: Range<Int>, row: Int, stream: Int, label: Int
  ) -> (excerpt: Excerpt, weights: [Double]) {
    let weights = weights(of: steps, row: row)
    let logits = (0..<readout.labelCount).map { label in
      zip(steps, weights).reduce(Double(bias[0, label])) {
        $0 + $1.1 * Double(outputs[$1.0 * rows + row, label])
      }
    }
    let most = logits.max() ?? 0
    let total = most + log(logits.reduce(0) { $0 + exp($1 - most) })
    let excerpt = Excerpt(
      stream: stream, steps: steps, label: label, logits: logits, nats: total - logits[label])
    return (excerpt, weights)
  }

  private func weights(of steps: Range<Int>, row: Int) -> [Double] {
    switch readout.pooling {
    case .last: return steps.map { $0 == steps.upperBound - 1 ? 1 : 0 }
    case .mean: return steps.map { _ in 1 / Double(steps.count) }
    case .attention:
      let scores = steps.map { Double(outputs[$0 * rows + row, readout.labelCount]) }
      let most = scores.max() ?? 0
      let shares = scores.map { exp($0 - most) }
      let sum = shares.reduce(0, +)
      return shares.map { $0 / sum }
    }
  }

  /// Puts the gradient of an excerpt's loss in the place of its steps' outputs.
  ///
  /// With z = Σ w_t·y_t and g = dL/dz: dL/dy_t = w_t·g, and for attention dL/da_t = w_t·g·(y_t − z).
  ///
  /// - Parameters:
  ///   - excerpt: the excerpt.
  ///   - weights: the weight of each step.
  ///   - row: its stream among the shard's.
  ///   - scale: the weight of its loss in the whole.
  ///   - smoothing: the share of the label's weight that is spread over all labels.
  func writeGradient(
    of excerpt: Excerpt, weights: [Double], row: Int, scale: Float, smoothing: Float
  ) {
    let count = readout.labelCount
    let most = excerpt.logits.max() ?? 0
    let shares = excerpt.logits.map { exp($0 - most) }
    let sum = shares.reduce(0, +)
    let gradient = (0..<count).map { label in
      let target = (label == excerpt.label ? 1 - Double(smoothing) : 0)
      return Double(scale) * (shares[label] / sum - target - Double(smoothing) / Double(count))
    }
    for (step, weight) in zip(excerpt.steps, weights) {
      let place = step * rows + row
      var away = 0.0
      for label in 0..<count {
        let output = Double(outputs[place, label]) + Double(bias[0, label])
        away += gradient[label] * (output - excerpt.logits[label])
        outputs[place, label] = Float(weight * gradient[label])
      }
      if readout.pooling == .attention { outputs[place, count] = Float(weight * away) }
    }
  }
}
