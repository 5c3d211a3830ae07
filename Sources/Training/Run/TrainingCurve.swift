/// A run's training loss as a curve of few points, each a mean over the tokens of some steps.
///
/// The last step of an epoch may read a few dozen tokens where others read thousands; its loss counts as much as it
/// read, and is never a point by itself.
public struct TrainingCurve: Sendable {
  /// The points in order: the mean of some steps' numbers, and their loss in nats per token.
  public private(set) var points: [(step: Double, nats: Double)] = []

  /// Sums up a run's log; losses that are no numbers are left out.
  ///
  /// - Parameters:
  ///   - log: its lines.
  ///   - mostPoints: how many points there are at most.
  /// - Complexity: O(n) for n lines.
  public init(of log: [RunLogLine], mostPoints: Int = 300) {
    let steps = log.compactMap { line -> TrainingStep? in
      if case .step(let step) = line.event, step.nats.isFinite { step } else { nil }
    }
    guard !steps.isEmpty else { return }
    let size = max(1, (steps.count + mostPoints - 1) / max(1, mostPoints))
    let usual = steps.reduce(0) { $0 + $1.weight } / Double(steps.count)
    var groups: [Group] = []
    var group = Group()
    for step in steps {
      group.append(step)
      guard group.count >= size, group.weight >= usual * Double(size) / 2 else { continue }
      groups.append(group)
      group = Group()
    }
    if group.count > 0 {
      if groups.count > 0, group.weight < usual * Double(size) / 2 {
        groups[groups.count - 1].join(group)
      } else {
        groups.append(group)
      }
    }
    points = groups.map(\.mean)
  }

  /// Some steps in a row.
  private struct Group {
    private(set) var count = 0
    private(set) var weight = 0.0
    private var steps = 0.0
    private var nats = 0.0

    mutating func append(_ step: TrainingStep) {
      count += 1
      weight += step.weight
      steps += Double(step.step)
      nats += step.weight * step.nats
    }

    mutating func join(_ other: Group) {
      count += other.count
      weight += other.weight
      steps += other.steps
      nats += other.nats
    }

    var mean: (step: Double, nats: Double) { (steps / Double(count), nats / weight) }
  }
}

extension TrainingStep {
  /// What its loss weighs in a mean: its tokens.
  var weight: Double { Double(max(tokens, 1)) }
}

/// Which steps of a run read enough for their losses to be told by themselves.
public struct FullSteps: Sendable {
  private var mostTokens = 0

  /// Has seen no step.
  public init() {}

  /// Takes in the next step: whether it reads at least a quarter of the tokens of the fullest so far.
  public mutating func admits(_ step: TrainingStep) -> Bool {
    mostTokens = max(mostTokens, step.tokens)
    return step.tokens >= mostTokens / 4
  }
}
