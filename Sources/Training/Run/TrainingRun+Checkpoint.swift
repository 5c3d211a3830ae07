import Corpora
import Recurrent

extension TrainingRun {
  /// All that is needed to go on from here.
  public var checkpoint: Checkpoint {
    var counters = counters
    counters.seconds = elapsedSeconds
    counters.optimizerSteps = optimizer.stepCount
    counters.averageSteps = average?.stepCount ?? 0
    return Checkpoint(
      settings: settings, corpusDigest: corpus.digest, counters: counters,
      position: streams.position, network: network, best: bestNetwork, optimizer: optimizer,
      average: average, state: state)
  }

  /// Takes up what a checkpoint remembers, but for the streams, which start at its position.
  func restore(_ checkpoint: Checkpoint) throws(TrainingError) {
    let count = network.parameters.count
    guard checkpoint.parameters.count == count, checkpoint.firstMoment.count == count,
      checkpoint.secondMoment.count == optimizer.secondMoment.count,
      checkpoint.state.count == state.values.count,
      checkpoint.bestParameters.map({ $0.count == count }) ?? true,
      checkpoint.average.map({ $0.count == count }) ?? (average == nil),
      checkpoint.counters.step >= 0
    else {
      throw TrainingError(.foreignCheckpoint(difference: "its tensors do not fit its settings"))
    }
    network.parameters = checkpoint.parameters
    if let best = checkpoint.bestParameters {
      bestNetwork = network
      bestNetwork?.parameters = best
    }
    optimizer.firstMoment = checkpoint.firstMoment
    optimizer.secondMoment = checkpoint.secondMoment
    optimizer.stepCount = checkpoint.counters.optimizerSteps
    if let values = checkpoint.average {
      average?.values = values
      average?.stepCount = checkpoint.counters.averageSteps
    }
    state.values = checkpoint.state
    counters = checkpoint.counters
  }
}

extension Checkpoint {
  /// Checks that it is of a run with these settings, but for their length, and of this corpus.
  func check(fits settings: TrainingSettings, _ corpus: Corpus) throws(TrainingError) {
    var other = self.settings
    other.length = settings.length
    if settings.shards == nil { other.shards = nil }
    guard other == settings else {
      throw TrainingError(.foreignCheckpoint(difference: "it was trained with other settings"))
    }
    guard corpusDigest == corpus.digest else {
      throw TrainingError(.foreignCheckpoint(difference: "its corpus has changed since"))
    }
  }

  /// Checks that streams over some pieces can stand where it says.
  func checkPosition(
    streams: Int, pieces: [Int], source: PieceStreams.Source
  ) throws(TrainingError) {
    let isReachable =
      position.lanes.count == streams
      && position.isReachable(in: pieces, source: source)
    guard isReachable else {
      throw TrainingError(.foreignCheckpoint(difference: "its streams do not fit its corpus"))
    }
  }
}
