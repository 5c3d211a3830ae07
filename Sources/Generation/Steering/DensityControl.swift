import Foundation

/// Keeps the number of notes a second near what is asked for by making time's passing rarer or likelier.
///
/// The density is measured over the last seconds, older ones fading; the bias grows with the logarithm
/// of how far it is off.
struct DensityControl {
  private static let memorySeconds = 4.0
  private static let gain = 2.0
  private static let largestBias = 6.0

  private let target: Double
  private var notes: Double
  private var seconds = 1.0

  init(target: Double) {
    self.target = target
    notes = target
  }

  mutating func advance(notes struck: Int, seconds passed: Double) {
    let fade = exp(-passed / DensityControl.memorySeconds)
    notes = notes * fade + Double(struck)
    seconds = seconds * fade + max(0, passed)
  }

  /// What is added to the logits of tokens that let time pass.
  var timeBias: Float {
    let density = (notes + 0.1 * target) / (seconds + 0.1)
    let bias = DensityControl.gain * log(density / target)
    return Float(max(-DensityControl.largestBias, min(DensityControl.largestBias, bias)))
  }
}
