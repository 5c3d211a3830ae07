/// How often something is done during a run.
public enum RunInterval: Hashable, Sendable, Codable {
  /// After so many optimiser steps.
  case steps(Int)
  /// After so many seconds.
  case seconds(Double)

  /// Whether it is time again.
  ///
  /// - Parameters:
  ///   - step: the steps taken.
  ///   - seconds: the time since it was done last.
  /// - Returns: true when it is time.
  public func isDue(step: Int, seconds: Double) -> Bool {
    switch self {
    case .steps(let count): step % max(count, 1) == 0
    case .seconds(let interval): seconds >= interval
    }
  }
}
