import Drawing
import ArgumentParser
import Foundation
import MuseGen
import Throughput

/// `musegen bench train`: the speed of training, beside the machine's bare matrix products.
struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measures the speed of training, beside the machine's bare matrix products.",
    discussion: """
      Steps of forward, backward and Adam on random events take turns with bare products of the \
      recurrent layer's shape on all threads, so that other work on the machine slows both. \
      GFLOP/s count the textbook network's work: 6 operations for each weight and event.
      """)

  @OptionGroup var network: BenchNetworkOptions

  @Option(parsing: .unconditional, help: "What products read.")
  var precision = Precision.auto

  @Option(parsing: .unconditional, help: "Streams trained on side by side.")
  var batch = 64

  @Option(parsing: .unconditional, help: "Events in a window.")
  var window = 128

  @Option(parsing: .unconditional, help: "How many steps to measure.")
  var steps = 8

  func validate() throws {
    guard steps >= 1 else { throw ValidationError("--steps is \(steps), expected 1 or more") }
  }

  func run() throws {
    let configuration = network.configuration
    let precision = precision.resolved
    var optimizer: Optimizer?
    let result = try network.measure { () throws(NetworkError) in
      try TrainingThroughput.measure(
        configuration, streams: batch, windowLength: window, precision: precision,
        threads: network.threads, steps: steps
      ) { trained, gradients in
        var current =
          optimizer ?? Optimizer(OptimizerConfiguration(), parameterCount: gradients.count)
        optimizer = nil
        current.update(
          &trained.parameters, gradients: gradients, learningRate: 1e-4, layout: trained.layout)
        optimizer = current
      }
    }
    if network.json {
      try Terminal.printJSON([
        "tokens_per_second": result.tokensPerSecond,
        "gflops": result.operationsPerSecond / 1e9,
        "product_peak_gflops": result.peakOperationsPerSecond / 1e9,
        "share_of_peak": result.shareOfPeak,
        "peak_memory_mb": Double(ProcessStatistics.peakMemory) / 1e6,
      ])
    } else {
      let share = Int((100 * result.shareOfPeak).rounded())
      let (speed, peak) = (result.operationsPerSecond, result.peakOperationsPerSecond)
      try StandardOutput.lines([
        "\(configuration.summary), \(precision.rawValue), \(batch) streams, windows of \(window)",
        "\(Int(result.tokensPerSecond).grouped) events/s",
        "\(Int(speed / 1e9)) GFLOP/s, \(share) % of the \(Int(peak / 1e9)) GFLOP/s of bare packed "
          + "products",
        "\(ProcessStatistics.peakMemory / 1_000_000) MB of memory at most",
      ])
    }
  }
}

extension NetworkConfiguration {
  /// The network in one line.
  var summary: String {
    "\(cell.rawValue) \(layerCount)x\(hiddenSize), embedding \(embeddingSize), "
      + "\(vocabularySize) events"
  }
}
