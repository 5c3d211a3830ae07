import Drawing
import Experiments
import MuseGen

extension GradientsCommand {
  /// Trains every cell at growing lags, each time further, until one is too long for it.
  func runTask(_ task: MemoryTask) throws {
    Interruption.listen()
    let lags = try lagList()
    if csv {
      print("network,lag,steps,nats,solved")
    } else {
      print(
        "\(task.rawValue): up to \(steps.grouped) steps at each lag; solved below "
          + "\((0.1 * task.chance).decimals(2)) nats, guessing has \(task.chance.decimals(2))")
    }
    for example in GradientFlow.examples(hiddenSize: hidden, cell: cell)
    where example.stateGradientLimit == nil {
      var longest: Int?
      var shape = example.configuration
      shape.vocabularySize = task.vocabularySize
      var network = try Network(shape, seed: seed)
      for lag in lags {
        let trial = try MemoryTrial.run(
          task, lag: lag, network: &network, steps: steps, seed: seed &+ 1)
        if Interruption.isRequested { throw Failure(.interrupted, "stopped at lag \(lag)") }
        report(trial, example.name)
        guard trial.isSolved else { break }
        longest = lag
      }
      if !csv {
        print("\(example.name): " + (longest.map { "solves lag \($0)" } ?? "solves none of them"))
      }
    }
  }

  private func report(_ trial: MemoryTrial, _ name: String) {
    if csv {
      let name = "\"\(name)\""
      print("\(name),\(trial.lag),\(trial.steps),\(trial.nats),\(trial.isSolved)")
    } else {
      let outcome = trial.isSolved ? "solved after" : "not solved in"
      print(
        "  lag \(trial.lag): \(outcome) \(trial.steps.grouped) steps, "
          + "\(trial.nats.decimals(3)) nats")
    }
  }
}
