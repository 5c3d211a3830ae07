public import Ranks
import Tensors

/// Truncated backpropagation through time: losses and gradients of a network over one window.
///
/// All buffers are made here, once. The batch is cut into shards, each of which runs whole windows
/// on one thread; gradients are added up in the shards' order, so results depend on the number of
/// shards and not on that of threads. The derivation is in Documentation/LSTM.md.
///
/// - Reference: Werbos, "Backpropagation Through Time: What It Does and How to Do It" (1990);
///   Williams and Peng, "An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent
///   Network Trajectories" (1990).
public final class BackpropagationThroughTime {
  /// The network's shape.
  public let configuration: NetworkConfiguration
  /// B, the number of streams.
  public let streams: Int
  /// The greatest T.
  public let windowLength: Int
  /// What products read: `f32` or `bf16`.
  public let precision: Precision
  /// The number of shards, on which the last digits of a result depend.
  public let shards: Int
  /// The share of each target's weight that is spread over the vocabulary, or the labels, in gradients only.
  ///
  /// - Reference: Szegedy et al., "Rethinking the Inception Architecture" (2016).
  public var labelSmoothing: Float = 0
  /// Over how many tokens, the first of the vocabulary, ``labelSmoothing`` is spread: those that are ever predicted;
  /// all where nil.
  package var predictableCount: Int? {
    didSet {
      precondition(
        predictableCount.map { (1...configuration.vocabularySize).contains($0) } ?? true,
        "\(predictableCount ?? 0) of \(configuration.vocabularySize) tokens are predicted")
    }
  }
  /// The share of the mean square of the top layer's output, after dropout, that is added to the loss, in
  /// gradients only.
  ///
  /// - Reference: Merity, McCann and Socher, "Revisiting Activation Regularization for Language RNNs" (2017).
  public var activationRegularization: Float = 0
  /// The share of the mean square by which the top layer's hidden state changes from a step to the next of
  /// the same piece that is added to the loss, in gradients only.
  public var temporalActivationRegularization: Float = 0
  /// In which passages a network reads what it draws itself while gradients are taken; nil for none.
  package var scheduledSampling: ScheduledSampling? {
    didSet {
      precondition(
        scheduledSampling.map { $0.shares.count == configuration.vocabularySize } ?? true,
        "scheduled sampling of another vocabulary's tokens")
    }
  }
  /// Whether ``gradientFlow`` is kept; off, because it costs a pass over the gradients.
  public var recordsGradientFlow = false
  /// The greatest norm of dL/dh_t that one step may hand to the step before, for each stream; nil
  /// for no limit.
  ///
  /// - Reference: Graves, "Generating Sequences With Recurrent Neural Networks" (2013).
  public var stateGradientLimit: Float?
  /// How gradients are added up over ranks.
  public var sum = RankSum.exact
  /// Whether a rank takes the gradient of its own streams' mean loss alone, and passes none on.
  public var isApart = false
  /// The processes that share the work; nil where this one does it alone.
  ///
  /// All of them take the same windows; each computes its own shards, and what is not theirs is passed to them.
  public let ranks: RankGroup?
  private let engine: any WindowEngine
  private var lastWindow: Window?

  /// The number of threads that work.
  public var threads: Int { engine.threads }

  /// Makes room for windows of up to `windowLength` steps of `streams` streams.
  ///
  /// - Parameters:
  ///   - configuration: the network's shape.
  ///   - streams: B.
  ///   - windowLength: T.
  ///   - precision: what products read.
  ///   - threads: at most this many threads, one per core where nil.
  ///   - shards: the number of shards; where nil one per core, of at least 8 streams each.
  ///   - ranks: the processes that share the work; nil for this one alone.
  /// - Throws: ``NetworkError`` where the configuration makes no network, a number is not positive,
  ///   or memory would not suffice.
  public init(
    _ configuration: NetworkConfiguration, streams: Int, windowLength: Int,
    precision: Precision = .f32, threads: Int? = nil, shards: Int? = nil, ranks: RankGroup? = nil
  ) throws(NetworkError) {
    try configuration.validate()
    for (key, value) in [
      ("batch", streams), ("window", windowLength), ("threads", threads ?? 1),
      ("shards", shards ?? 1),
    ] {
      try NetworkError.check(key, value, in: 1...1 << 20)
    }
    let count = Self.shards(shards, streams: streams, ranks: ranks)
    let share = Self.share(ofStreams: streams, shards: count, ranks: ranks)
    try NetworkError.check(
      bytes: configuration.trainingMemory(
        streams: share.streams, windowLength: windowLength, precision: precision,
        shards: share.shards))
    self.configuration = configuration
    self.streams = streams
    self.windowLength = windowLength
    self.precision = precision.resolved
    self.shards = count
    self.ranks = ranks
    let threads = threads ?? Self.threads(ranks)
    let cut = ShardCut(streams: streams, into: count)
    precondition(
      cut.count >= ranks?.count ?? 1, "\(cut.count) shards for \(ranks?.count ?? 1) ranks")
    engine =
      self.precision == .bf16
      ? ShardedEngine<BFloat16>(
        configuration, cut: cut, length: windowLength, threads: threads, ranks: ranks)
      : ShardedEngine<Float>(
        configuration, cut: cut, length: windowLength, threads: threads, ranks: ranks)
  }

  /// Into how many shards streams are cut: as many as asked for, else one a core of at least 8 streams, and one a
  /// rank at least.
  package static func shards(_ wanted: Int?, streams: Int, ranks: RankGroup? = nil) -> Int {
    let count = ranks?.count ?? 1
    return min(streams, wanted ?? count * max(1, min(threads(ranks), streams / (8 * count))))
  }

  /// How many shards there are after all streams are dealt out: perhaps fewer than were asked for.
  package static func filledShards(_ shards: Int, streams: Int) -> Int {
    ShardCut(streams: streams, into: shards).count
  }

  /// The most streams and shards that a rank has.
  package static func share(
    ofStreams streams: Int, shards: Int, ranks: RankGroup?
  ) -> (streams: Int, shards: Int) {
    let cut = ShardCut(streams: streams, into: shards)
    let count = ranks?.count ?? 1
    let own = max(1, (cut.count + count - 1) / count)
    return count == 1 ? (streams, shards) : (min(streams, own * cut.rows), own)
  }

  private static func threads(_ ranks: RankGroup?) -> Int {
    ranks.map { Machine.threads(sharedBy: $0.localCount) } ?? Machine.boundCoreCount
  }

  /// Whether work between two windows should stop: the task was cancelled, on whichever rank.
  package var isCancelled: Bool { ranks?.isStopAgreed ?? Task.isCancelled }

  /// Puts the states of the streams of all ranks together, on each.
  package func gather(_ state: inout NetworkState) { engine.gather(&state) }

  /// Takes the gradient of the mean loss per counted token, and advances the state.
  ///
  /// Gradients stop at the window's first step: what the state held before is taken as given.
  ///
  /// - Parameters:
  ///   - network: the network, of this configuration.
  ///   - window: up to `windowLength` steps of `streams` streams.
  ///   - state: the state before the window, which becomes that after it.
  ///   - dropoutSeed: chooses what is dropped; the same seed drops the same.
  ///   - gradients: receives the gradients in the layout's order.
  /// - Returns: the loss, as dropout made it.
  /// - Complexity: about 6 · T · B · (parameters without the embedding) floating-point operations.
  public func gradients(
    of network: borrowing Network, on window: Window, state: inout NetworkState,
    dropoutSeed: UInt64, into gradients: inout [Float]
  ) -> WindowLoss {
    self.gradients(
      of: network, on: [window], state: &state, dropoutSeeds: [dropoutSeed], into: &gradients)
  }

  /// Takes the gradient of the mean loss per counted token of several windows, which follow each other, and advances
  /// the state through all of them.
  ///
  /// Each shard adds up its own windows' gradients in their order before the shards' are added up, so that ranks
  /// hand each other one sum, whatever the number of windows.
  ///
  /// - Parameters:
  ///   - network: the network, of this configuration.
  ///   - windows: one or more, each of up to `windowLength` steps of `streams` streams.
  ///   - state: the state before the first, which becomes that after the last.
  ///   - dropoutSeeds: choose what is dropped in each window; the first also chooses the weights and embeddings that
  ///     are dropped in all of them.
  ///   - gradients: receives the gradients in the layout's order.
  /// - Returns: the loss over all windows, as dropout made it; what is told of tokens and layers is the last one's.
  public func gradients(
    of network: borrowing Network, on windows: [Window], state: inout NetworkState,
    dropoutSeeds: [UInt64], into gradients: inout [Float]
  ) -> WindowLoss {
    precondition(
      !windows.isEmpty && dropoutSeeds.count == windows.count,
      "\(windows.count) windows, \(dropoutSeeds.count) seeds")
    for window in windows { check(network, window, state) }
    lastWindow = windows.last
    let options = BackwardOptions(
      smoothing: labelSmoothing, predictableCount: predictableCount,
      recordsFlow: recordsGradientFlow, flowLimit: stateGradientLimit,
      outputPenalty: activationRegularization, changePenalty: temporalActivationRegularization,
      sum: sum, isApart: isApart && ranks != nil, sampling: scheduledSampling)
    return engine.gradients(
      of: network, on: windows, state: &state, dropoutSeeds: dropoutSeeds, options: options,
      into: &gradients)
  }

  /// Takes the loss without dropout, and advances the state.
  ///
  /// - Parameters:
  ///   - network: the network, of this configuration.
  ///   - window: up to `windowLength` steps of `streams` streams.
  ///   - state: the state before the window, which becomes that after it.
  /// - Returns: the loss; ``tokenLosses`` has it token by token.
  public func loss(
    of network: borrowing Network, on window: Window, state: inout NetworkState
  ) -> WindowLoss {
    check(network, window, state)
    lastWindow = window
    return engine.loss(of: network, on: window, state: &state)
  }

  /// The loss of each target of the last window in nats, [T, B]; 0 where nothing counted.
  public var tokenLosses: [Float] {
    lastWindow.map { engine.tokenLosses(of: $0) } ?? []
  }

  /// What a network with a readout said of the last window's excerpts: of each stream's in their order,
  /// stream after stream.
  ///
  /// Each has one loss, which ``tokenLosses`` has at its last step; a window's loss is their mean.
  public var excerpts: [Excerpt] { engine.excerpts }

  /// How strongly the last window's loss depended on each layer's state at each of its steps.
  ///
  /// Filled by `gradients` while ``recordsGradientFlow`` is on.
  public var gradientFlow: [LayerGradientFlow] {
    lastWindow.map { engine.gradientFlow(length: $0.length) } ?? []
  }

  /// What each layer's gates and states were at the last window's steps, for one of its streams; nothing for one that
  /// another rank reads.
  ///
  /// To be asked after `loss`, as going back turns gates into gradients; gates are kept in `f32` only.
  public func activity(ofStream stream: Int) -> [LayerActivity] {
    precondition((0..<streams).contains(stream), "stream \(stream) of \(streams)")
    return lastWindow.map { engine.activity(ofStream: stream, length: $0.length) } ?? []
  }

  /// The first layer, counted from 0, whose states in the last window are not finite; the number of
  /// layers where only the logits are not; nil where everything is a number.
  public var firstNonFiniteLayer: Int? {
    lastWindow.flatMap { engine.firstNonFiniteLayer(length: $0.length) }
  }

  private func check(_ network: borrowing Network, _ window: Window, _ state: NetworkState) {
    precondition(network.configuration == configuration, "a network of another configuration")
    precondition(
      window.streams == streams && window.length >= 1 && window.length <= windowLength,
      "window [\(window.length), \(window.streams)], expected [1 to \(windowLength), \(streams)]")
    precondition(
      state.streams == streams && state.hiddenSize == configuration.hiddenSize
        && state.vectorCount == configuration.layerCount * configuration.cell.stateCount,
      "a state of another shape")
  }
}

/// The norms of the loss's gradient by one layer's states, step by step.
public struct LayerGradientFlow: Hashable, Sendable {
  /// |dL/dh_t| over all streams, [T].
  public var hidden: [Double]
  /// |dL/dc_t| as it arrives from later steps, over all streams, [T]; zeros where there is no c.
  public var cell: [Double]
}

/// The type in which products read their factors; parameters, sums and states are always floats.
public enum Precision: String, Codable, CaseIterable, Sendable {
  /// Bfloat16 where the processor multiplies it in hardware, else `f32`.
  case auto
  /// 32-bit floats.
  case f32
  /// Bfloat16: the upper half of a 32-bit float.
  case bf16

  /// What runs on this machine: `f32` or `bf16`.
  public var resolved: Precision {
    self == .auto ? (InstructionSet.multipliesBFloat16 ? .bf16 : .f32) : self
  }
}
