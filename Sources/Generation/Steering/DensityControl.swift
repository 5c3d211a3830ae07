import Foundation

/// Keeps the number of notes a second near what is asked for, by how soon and how far time passes.
///
/// A proportional-integral controller of the logarithm of the density, measured over the last seconds,
/// older ones fading. Its output raises all that lets time pass, and tilts the intervals between
/// strikes exponentially, which moves their mean and changes the rest of their distribution least.
struct DensityControl {
  private static let memorySeconds = 4.0
  private static let gain = 3.0
  /// In how many seconds the integral grows by as much as the proportional part is.
  private static let integralSeconds = 4.0
  private static let largestOutput = 10.0
  /// How much more an interval is raised for each second that it lasts, relative to the output.
  private static let tilt = 3.0

  private let target: Double
  private var notes: Double
  private var seconds = 1.0
  private var integral = 0.0

  init(target: Double) {
    self.target = target
    notes = target
  }

  mutating func advance(notes struck: Int, seconds passed: Double) {
    let passed = max(0, passed)
    let fade = exp(-passed / Self.memorySeconds)
    notes = notes * fade + Double(struck)
    seconds = seconds * fade + passed
    integral = clamp(integral + error * min(1, passed) * Self.gain / Self.integralSeconds)
  }

  /// How far the density is off: the logarithm of its ratio to the target.
  private var error: Double { log((notes + 0.1 * target) / (seconds + 0.1) / target) }

  private var output: Double { clamp(Self.gain * error + integral) }

  private func clamp(_ value: Double) -> Double {
    max(-Self.largestOutput, min(Self.largestOutput, value))
  }

  /// What is added to a logit: `base` for all tokens that let time pass, `slope` for each second.
  var timeBias: (base: Float, slope: Float) { (Float(output), Float(Self.tilt * output)) }
}
