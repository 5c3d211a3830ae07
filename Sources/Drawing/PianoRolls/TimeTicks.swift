import Foundation

/// Where the times below a picture stand: at whole seconds, evenly spaced.
struct TimeTicks {
  /// The seconds between two.
  let spacing: Double

  private static let steps: [Double] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600,
  ]

  /// Chooses the least round number of seconds that is not less than a number of them.
  init(atLeast seconds: Double) {
    spacing =
      Self.steps.first { $0 >= seconds } ?? ((seconds / 3_600).rounded(.up) * 3_600)
  }

  /// The times from one second up to another, that one left out.
  func times(from start: Double, to end: Double) -> [Double] {
    let first = (start / spacing - 1e-9).rounded(.up)
    let count = max(0, min((end / spacing - 1e-9).rounded(.up) - first, 1_000))
    return (0..<Int(count)).map { (first + Double($0)) * spacing }
  }
}
