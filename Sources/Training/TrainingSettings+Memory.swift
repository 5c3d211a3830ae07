import Batching
import Corpora
import Ranks
public import Recurrent

extension TrainingSettings {
  /// How long each window is.
  var windowLengths: WindowLengths {
    WindowLengths(usual: window, jitter: windowJitter, seed: seed)
  }

  /// The bytes that a run holds at its peak: what backpropagation needs, and for each parameter the number
  /// itself, its gradient, the optimiser's moments, the best number so far and the running average.
  ///
  /// Checkpoints and models are written piece by piece and add nothing to it.
  ///
  /// - Parameters:
  ///   - network: the network, its vocabulary size as the corpus has it.
  ///   - streams: the number of parallel streams.
  /// - Returns: the bytes; `Int.max` where they cannot be counted.
  public func memory(of network: NetworkConfiguration, streams: Int) -> Int {
    memory(of: network, streams: streams, ranks: nil)
  }

  /// The same of a process that trains with others.
  func memory(of network: NetworkConfiguration, streams: Int, ranks: RankGroup?) -> Int {
    let moments = optimizer.kind == .sgd ? 1 : 2
    let keepsBest = heldOut != .fraction(0)
    let hasAverage = averageDecay != nil || averageTrigger != nil
    let copies = 2 + moments + (keepsBest ? 1 : 0) + (hasAverage ? 1 : 0)
    let share = BackpropagationThroughTime.share(
      ofStreams: streams,
      shards: BackpropagationThroughTime.shards(shards, streams: streams, ranks: ranks),
      ranks: ranks)
    let buffers = network.trainingMemory(
      streams: share.streams, windowLength: windowLengths.longest, precision: precision,
      shards: share.shards, keepsGradients: windowsPerStep > 1)
    // What MPI adds up, and what is rounded, stands in a place of its own.
    let beside =
      switch reduction {
      case .fast: network.passingMemory
      case .bf16: network.passingMemory / 2
      case .exact, nil: 0
      }
    let passed = ranks == nil ? 0 : network.passingMemory + beside
    let (sum, overflow) = buffers.addingReportingOverflow(
      copies * network.parameterMemory + passed)
    return overflow ? .max : sum
  }
}
