package import Batching
package import Modeling
package import Ranks
package import Recurrent
import Reproducibility

/// A network that learns: one step of truncated backpropagation through time after the other, and what
/// is carried from each to the next.
package struct Learner {
  /// The network after the last step.
  package private(set) var network: Network
  /// The optimiser and its moments.
  package private(set) var optimizer: Optimizer
  /// The running average of the parameters; nil where none is kept, or not yet.
  package private(set) var average: ParameterAverage?
  /// The hidden and cell states of all streams.
  package private(set) var state: NetworkState
  /// What computes losses and gradients.
  package let backpropagation: BackpropagationThroughTime

  private let clipping: GradientClipping
  private let frozenLayers: Int?
  private var frozen: FrozenParameters
  private var gradients: [Float]

  /// Makes a network at its start: a base model's, or one of random numbers.
  ///
  /// - Throws: ``TrainingError`` where the settings make no network, or memory would not suffice.
  package init(
    _ settings: TrainingSettings, vocabularySize: Int, streams: Int, base: Model?,
    threads: Int?, ranks: RankGroup? = nil
  ) throws(TrainingError) {
    let configuration = settings.network(vocabularySize: vocabularySize)
    do {
      try configuration.validate()
      try NetworkError.check(
        bytes: settings.memory(of: configuration, streams: streams, ranks: ranks))
      network =
        if let base {
          try Network(configuration, parameters: base.network.parameters)
        } else {
          try Network(configuration, seed: settings.seed)
        }
      backpropagation = try BackpropagationThroughTime(
        configuration, streams: streams, windowLength: settings.windowLengths.longest,
        precision: settings.precision, threads: threads, shards: settings.shards,
        ranks: ranks)
    } catch {
      throw TrainingError(.network(error))
    }
    backpropagation.labelSmoothing = settings.labelSmoothing
    backpropagation.sum = settings.reduction ?? .exact
    backpropagation.isApart = settings.localSteps != nil
    backpropagation.activationRegularization = settings.activationRegularization
    backpropagation.temporalActivationRegularization = settings.temporalActivationRegularization
    optimizer = Optimizer(settings.optimizer, parameterCount: network.parameters.count)
    average = settings.averageDecay.map { [network] in
      ParameterAverage(decay: $0, parameters: network.parameters)
    }
    state = NetworkState(configuration, streams: streams)
    clipping = settings.clipping
    frozenLayers = settings.frozenLayers
    frozen = FrozenParameters(layers: frozenLayers, of: network)
    gradients = Array(repeating: 0, count: network.parameters.count)
  }

  /// Takes up what a checkpoint remembers, and the pieces that its streams are in, where they are in any.
  ///
  /// - Throws: ``TrainingError`` where it is of a network of another shape.
  package mutating func restore(
    _ checkpoint: Checkpoint, in streams: PieceStreams?
  ) throws(TrainingError) {
    let count = network.parameters.count
    guard checkpoint.parameters.count == count, checkpoint.firstMoment.count == count,
      checkpoint.secondMoment.count == optimizer.secondMoment.count,
      checkpoint.state.count == state.values.count,
      checkpoint.bestParameters.map({ $0.count == count }) ?? true,
      checkpoint.average.map({ $0.count == count }) ?? (average == nil),
      checkpoint.average == nil || average != nil || checkpoint.counters.averageTrigger != nil
    else {
      throw TrainingError(.foreignCheckpoint(difference: "its tensors do not fit its settings"))
    }
    network.parameters = checkpoint.parameters
    optimizer.firstMoment = checkpoint.firstMoment
    optimizer.secondMoment = checkpoint.secondMoment
    optimizer.stepCount = checkpoint.counters.optimizerSteps
    if let values = checkpoint.average {
      if average == nil { beginAverage() }
      average?.values = values
      average?.stepCount = checkpoint.counters.averageSteps
    }
    state.values = checkpoint.state
    if let streams {
      for stream in 0..<state.streams {
        state.recall(streams.tokensRead(inStream: stream).lazy.map { Int32($0) }, inStream: stream)
      }
    }
    frozen = FrozenParameters(layers: frozenLayers, of: network)
  }

  /// Begins the plain mean of the parameters after all further steps.
  mutating func beginAverage() {
    average = ParameterAverage(decay: nil, parameters: network.parameters)
  }

  /// The network with other parameters: the best so far, or their running average.
  package func network(with parameters: [Float]) -> Network {
    var other = network
    other.parameters = parameters
    return other
  }

  /// Puts the states of all ranks' streams together, and sees to it that all ranks have the same weights.
  ///
  /// - Throws: ``TrainingError`` where a rank is gone, or their weights have come apart.
  mutating func gather() throws(TrainingError) {
    guard let ranks = backpropagation.ranks else { return }
    backpropagation.gather(&state)
    var hash = StableHash()
    hash.combine(bytesOf: network.parameters)
    // Of forty bits the sum of thousands is exact.
    let own = Double(hash.value >> 24)
    var none: [Float] = []
    let sum = ranks.pass(&none, totals: 1, addTotals: { $0[0] += own }, add: { _, _ in })
    if let failure = ranks.failure { throw TrainingError(.ranks(failure)) }
    guard sum[0] == own * Double(ranks.count) else {
      throw TrainingError(.ranks(RankError(.cameApart)))
    }
  }

  /// Averages what all ranks have come to by themselves: the weights, the optimiser's moments, and the weights' running
  /// average.
  ///
  /// - Parameter totals: numbers to be added up over all ranks on the way.
  /// - Returns: their sums.
  /// - Throws: ``TrainingError`` where a rank is gone.
  mutating func average(totals: [Double]) throws(TrainingError) -> [Double] {
    guard let ranks = backpropagation.ranks else { return totals }
    var none: [Float] = []
    let sums = ranks.pass(
      &none, totals: totals.count,
      addTotals: { for index in $0.indices { $0[index] += totals[index] } }, add: { _, _ in })
    ranks.average(&network.parameters, sum: backpropagation.sum)
    ranks.average(&optimizer.firstMoment, sum: backpropagation.sum)
    ranks.average(&optimizer.secondMoment, sum: backpropagation.sum)
    frozen.restore(&network.parameters)
    if var mean = average {
      ranks.average(&mean.values, sum: backpropagation.sum)
      frozen.restore(&mean.values)
      average = mean
    }
    if let failure = ranks.failure { throw TrainingError(.ranks(failure)) }
    return sums
  }

  /// Takes one optimiser step on one window.
  ///
  /// - Parameters:
  ///   - window: what is read.
  ///   - number: the step's number, from 1, for an error.
  ///   - learningRate: the size of the step.
  ///   - dropoutSeed: chooses what is dropped.
  /// - Returns: the loss, and the gradient's norm before clipping.
  /// - Throws: ``TrainingError`` where one of them is no number; the parameters stay as they were.
  package mutating func step(
    on window: Window, number: Int, learningRate: Float, dropoutSeed: UInt64
  ) throws(TrainingError) -> (loss: WindowLoss, gradientNorm: Float) {
    try step(
      on: [window], number: number, learningRate: learningRate, dropoutSeeds: [dropoutSeed])
  }

  /// Takes one optimiser step.
  ///
  /// - Parameters:
  ///   - windows: what is read, one after the other.
  ///   - number: the step's number, from 1, for an error.
  ///   - learningRate: the size of the step.
  ///   - dropoutSeeds: choose what is dropped in each window.
  /// - Returns: the loss, and the gradient's norm before clipping.
  /// - Throws: ``TrainingError`` where one of them is no number; the parameters stay as they were.
  package mutating func step(
    on windows: [Window], number: Int, learningRate: Float, dropoutSeeds: [UInt64]
  ) throws(TrainingError) -> (loss: WindowLoss, gradientNorm: Float) {
    let loss = backpropagation.gradients(
      of: network, on: windows, state: &state, dropoutSeeds: dropoutSeeds, into: &gradients)
    if let failure = backpropagation.ranks?.failure { throw TrainingError(.ranks(failure)) }
    frozen.clear(&gradients)
    let norm = clipping.clip(&gradients)
    guard loss.nats.isFinite, norm.isFinite else {
      throw TrainingError(
        .diverged(step: number, tensor: network.layout.firstNonFinite(in: gradients)?.name))
    }
    optimizer.update(
      &network.parameters, gradients: gradients, learningRate: learningRate,
      layout: network.layout)
    frozen.restore(&network.parameters)
    average?.update(network.parameters, keeping: frozen)
    return (loss, norm)
  }
}

/// Parameters that a run leaves as they are, to the bit.
private struct FrozenParameters {
  private let ranges: [Range<Int>]
  private let values: [ArraySlice<Float>]

  /// The embedding and the lowest layers of a network, or nothing where `layers` is nil.
  init(layers: Int?, of network: Network) {
    ranges = layers.map { network.configuration.ranges(belowLayer: $0) } ?? []
    values = ranges.map { network.parameters[$0] }
  }

  /// Takes their gradients away, so that these count in no norm.
  func clear(_ gradients: inout [Float]) {
    for range in ranges {
      for index in range { gradients[index] = 0 }
    }
  }

  /// Undoes what weight decay or an average may have done to them.
  func restore(_ parameters: inout [Float]) {
    for (range, kept) in zip(ranges, values) { parameters.replaceSubrange(range, with: kept) }
  }
}

extension ParameterAverage {
  /// Takes in the parameters after a step, but for those that stay as they are.
  fileprivate mutating func update(_ parameters: [Float], keeping frozen: FrozenParameters) {
    update(parameters)
    frozen.restore(&values)
  }
}

extension NetworkConfiguration {
  /// Where the embedding lies and all that belongs to the layers below one.
  fileprivate func ranges(belowLayer layer: Int) -> [Range<Int>] {
    layout.slots.compactMap { slot in
      switch slot.parameter {
      case .embedding, .recall: slot.range
      case .layer(let number, _): number < layer ? slot.range : nil
      case .initialState: slot.offset..<slot.offset + layer * hiddenSize
      case .recallGate, .outputWeights, .outputBias: nil
      }
    }
  }
}
