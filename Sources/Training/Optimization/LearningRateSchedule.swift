import Glibc
import Tokenization

/// How the learning rate goes over the steps of a training run.
public struct LearningRateSchedule: Codable, Hashable, Sendable {
  /// What comes after the warm-up.
  public enum Shape: Codable, Hashable, Sendable {
    /// The peak, for ever.
    case constant
    /// Half a cosine from the peak down to a share of it at the last step.
    ///
    /// - Reference: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm
    ///   Restarts" (2017).
    case cosine(steps: Int, floor: Float)
    /// Times a factor, every so many steps.
    case step(every: Int, factor: Float)
    /// Times a factor, whenever the validation loss has not fallen for `patience` validations.
    case plateau(patience: Int, factor: Float)
  }

  /// The greatest rate.
  public var peak: Float
  /// The steps over which the rate rises linearly to the peak.
  public var warmupSteps: Int
  /// What comes after them.
  public var shape: Shape

  /// Creates a schedule.
  public init(peak: Float = 1e-3, warmupSteps: Int = 0, shape: Shape = .constant) {
    self.peak = peak
    self.warmupSteps = warmupSteps
    self.shape = shape
  }

  /// The rate of a step, counted from 0.
  ///
  /// - Parameters:
  ///   - step: the number of updates made before.
  ///   - plateau: what the validations have shown so far.
  /// - Returns: the rate.
  public func rate(at step: Int, plateau: Plateau = Plateau()) -> Float {
    let warmth = warmupSteps > 0 ? min(1, Float(step + 1) / Float(warmupSteps)) : 1
    let after = step > warmupSteps ? step - max(0, warmupSteps) : 0
    switch shape {
    case .constant:
      return peak * warmth
    case .cosine(let steps, let floor):
      let progress = min(
        1, Double(after) / Double(steps > warmupSteps ? steps - max(0, warmupSteps) : 1))
      let share = Float(0.5 + 0.5 * cos(.pi * progress))
      return peak * warmth * (floor + (1 - floor) * share)
    case .step(let every, let factor):
      return peak * warmth * pow(factor, Float(after / max(1, every)))
    case .plateau(_, let factor):
      return peak * warmth * pow(factor, Float(plateau.reductions))
    }
  }

  /// Takes note of a validation loss; only a plateau schedule cares.
  public func observe(_ validationLoss: Double, in plateau: inout Plateau) {
    guard case .plateau(let patience, _) = shape else { return }
    if validationLoss < plateau.best {
      plateau.best = validationLoss
      plateau.worse = 0
    } else {
      plateau.worse += 1
      if plateau.worse >= max(1, patience) {
        plateau.reductions += 1
        plateau.worse = 0
      }
    }
  }

  /// What a plateau schedule remembers, for checkpoints.
  public struct Plateau: Codable, Hashable, Sendable {
    /// The lowest validation loss; before the first one the greatest finite number.
    public var best = Double.greatestFiniteMagnitude
    /// The validations since then.
    public var worse = 0
    /// How many times the rate has been reduced.
    public var reductions = 0

    /// Creates the state before any validation.
    public init() {}
  }
}

extension TrainingSettings {
  /// The learning rate of the next step.
  ///
  /// - Parameters:
  ///   - step: the steps taken.
  ///   - progress: how far the run is, 0 to 1.
  ///   - plateau: what a plateau schedule remembers.
  /// - Returns: the rate.
  package func learningRate(
    after step: Int, progress: Double, plateau: LearningRateSchedule.Plateau
  ) -> Float {
    var schedule = schedule
    if case .cosine(_, let floor) = schedule.shape {
      // Where the number of steps is not given, it is told anew from the pace so far.
      let pace = Double(step) / max(progress, 1e-3)
      let steps = if case .steps(let steps) = length { steps } else { Int(pace) + 1 }
      let turn = Int(Double(steps) * ownKeysBegin)
      if readsOwnKeys(at: progress) {
        schedule.peak *= Self.ownKeysPeak
        schedule.shape = .cosine(steps: steps - turn, floor: floor)
        return schedule.rate(at: max(0, step - turn), plateau: plateau)
      }
      schedule.shape = .cosine(steps: turn, floor: floor)
    }
    return schedule.rate(at: step, plateau: plateau)
  }

  /// The share of the peak at which a cosine begins again where pieces are read in their own keys.
  private static let ownKeysPeak: Float = 0.5

  /// How far the run is when pieces begin to be read in their own keys; 1 where they never are.
  private var ownKeysBegin: Double {
    ownKeys > 0 && augmentation.semitones > 0 ? 1 - Double(ownKeys) : 1
  }

  /// Whether pieces that are begun are read in their own keys while they are transposed before.
  ///
  /// - Parameter progress: how far the run is, 0 to 1.
  /// - Returns: whether they do.
  package func readsOwnKeys(at progress: Double) -> Bool {
    ownKeysBegin < 1 && progress >= ownKeysBegin
  }
}
