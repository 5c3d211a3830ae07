/// Says when the weights' average begins: at the first validation that is worse than the best of those that
/// lie more than so many validations back.
///
/// What the last few validations did not better, noise alone no longer will: from there the weights go
/// round a minimum, and their mean lies nearer to it than they.
///
/// - Reference: Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models" (2018), where
///   it is called NT-ASGD.
public struct AverageTrigger: Codable, Hashable, Sendable {
  /// As many of the latest validations do not count.
  public let validations: Int
  /// Their losses, the latest last.
  public private(set) var recent: [Double] = []
  /// The lowest loss of those before them; nil where there are none yet.
  public private(set) var lowest: Double?

  /// Creates a trigger that has seen nothing.
  public init(validations: Int) { self.validations = validations }

  /// Takes in a validation's loss.
  ///
  /// - Parameter loss: the loss on the held-out pieces.
  /// - Returns: whether the average begins here.
  public mutating func observe(_ loss: Double) -> Bool {
    let isReached = lowest.map { loss > $0 } ?? false
    recent.append(loss)
    if recent.count > validations { lowest = min(lowest ?? .infinity, recent.removeFirst()) }
    return isReached
  }

  /// Whether a run can have come to this: a checkpoint might say anything.
  var isPossible: Bool {
    (1...1_000).contains(validations) && recent.count <= validations
      && recent.allSatisfy(\.isFinite) && lowest?.isFinite ?? true
  }
}
