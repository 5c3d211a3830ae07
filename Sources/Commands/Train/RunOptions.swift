public import ArgumentParser
public import MuseGen

/// What a run shows and leaves in its folder.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Write a piece into the run's samples/ every so often: 5m, 30s, or 500 for steps.")
  var sampleEvery: RunInterval?

  @Option(
    parsing: .unconditional,
    help: "Write a checkpoint every so often: 5m, 30s, or 500 for steps (default: 1m).")
  var saveEvery: RunInterval?

  @Flag(help: "Print one JSON object a line: what happened, as in the run's metrics.jsonl.")
  var json = false

  /// The settings by their flags' names; what is printed is none of them.
  var listing: [ConfigurationEntry] {
    [
      .init("sample-every", sampleEvery?.argument),
      .init("save-every", saveEvery?.argument),
    ]
  }
}

extension RunInterval: ExpressibleByArgument {
  /// A bare number counts steps; anything else is a length of time.
  public init?(argument: String) {
    if let steps = Int(argument) {
      guard (1...1_000_000_000).contains(steps) else { return nil }
      self = .steps(steps)
    } else {
      guard let seconds = TimeSpan(argument: argument)?.seconds, seconds > 0, seconds < 1e9 else {
        return nil
      }
      self = .seconds(seconds)
    }
  }

  /// What gives it on the command line.
  var argument: String {
    switch self {
    case .steps(let count): "\(count)"
    case .seconds(let seconds): "\(seconds)s"
    }
  }
}
