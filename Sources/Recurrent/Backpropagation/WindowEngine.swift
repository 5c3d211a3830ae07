import Ranks
import Tensors

/// Truncated BPTT over one window in some precision.
protocol WindowEngine: AnyObject {
  var threads: Int { get }
  func gradients(
    of network: borrowing Network, on windows: [Window], state: inout NetworkState,
    dropoutSeeds: [UInt64], options: BackwardOptions, into gradients: inout [Float]
  ) -> WindowLoss
  func loss(
    of network: borrowing Network, on window: Window, state: inout NetworkState
  ) -> WindowLoss
  func tokenLosses(of window: Window) -> [Float]
  /// Puts the states of all ranks' streams together.
  func gather(_ state: inout NetworkState)
  var excerpts: [Excerpt] { get }
  func firstNonFiniteLayer(length: Int) -> Int?
  func gradientFlow(length: Int) -> [LayerGradientFlow]
  func activity(ofStream stream: Int, length: Int) -> [LayerActivity]
}

/// What may be asked of the way back.
struct BackwardOptions: Sendable {
  var smoothing: Float
  /// Over how many of the first tokens the smoothing is spread; all where nil.
  var predictableCount: Int?
  var recordsFlow: Bool
  var flowLimit: Float?
  var outputPenalty: Float
  var changePenalty: Float
  var sum: RankSum
  /// Whether a rank takes the gradient of its own streams' loss alone.
  var isApart: Bool
  var sampling: ScheduledSampling?
  // Filled in by the engine.
  var penalty: ActivationPenalty?
}

/// How streams are cut into shards, and shards dealt out to ranks.
struct ShardCut {
  /// B.
  let streams: Int
  /// How many streams a shard has; the last may have fewer.
  let rows: Int

  init(streams: Int, into shards: Int) {
    self.streams = streams
    rows = (streams + shards - 1) / shards
  }

  /// How many shards that makes.
  var count: Int { (streams + rows - 1) / rows }

  /// The shards of a rank: as many in a row as of any other, or one more.
  func shards(ofRank rank: Int, of ranks: Int) -> Range<Int> {
    count * rank / ranks..<count * (rank + 1) / ranks
  }
}

/// The engine in one precision: weights, shards, and the threads that run them.
final class ShardedEngine<Element: ProductFactor>: WindowEngine {
  private let configuration: NetworkConfiguration
  private let weights: NetworkWeights<Element>
  /// This rank's shards; all where there is one process.
  private let shards: [Shard<Element>]
  private let team: WorkerTeam
  /// The same, as members of the team have them.
  private let batches: [Batch]
  private let tableGradient: TableGradient<Element>
  private let ranks: RankGroup?
  private let stages: GradientStages
  /// Gradients end to end, as they pass through the ranks.
  private var passed: [Float] = []
  private var assembledLosses: [Float]?
  var threads: Int { team.members }

  init(
    _ configuration: NetworkConfiguration, cut: ShardCut, length: Int, threads: Int,
    ranks: RankGroup?
  ) {
    self.configuration = configuration
    self.ranks = ranks
    let (rows, streams) = (cut.rows, cut.streams)
    let weights = NetworkWeights<Element>(
      configuration, table: ProductTable<Element>(configuration))
    // All shards have the same shapes, so the formats that the first asks for serve all.
    shards = cut.shards(ofRank: ranks?.rank ?? 0, of: ranks?.count ?? 1).map {
      Shard(
        configuration, weights: weights, rows: rows, firstStream: $0 * rows, streams: streams,
        length: length)
    }
    self.weights = weights
    // Where there are others, the caller passes on what is ready while all work.
    team = WorkerTeam(members: max(1, min(threads, shards.count)), hasSpare: ranks != nil)
    let members = team.members
    let all = shards
    batches = (0..<members).map { member in
      Batch(stride(from: member, to: all.count, by: members).map { all[$0] })
    }
    stages = GradientStages(configuration)
    tableGradient = TableGradient(configuration)
  }

  func gradients(
    of network: borrowing Network, on windows: [Window], state: inout NetworkState,
    dropoutSeeds: [UInt64], options: BackwardOptions, into gradients: inout [Float]
  ) -> WindowLoss {
    assembledLosses = nil
    var options = options
    let streams = options.isApart ? ownStreams : 0..<state.streams
    let count = windows.reduce(0) {
      $0 + (configuration.readout == nil ? $1.targetCount(in: streams) : $1.excerptCount)
    }
    options.penalty = ActivationPenalty(
      output: options.outputPenalty, change: options.changePenalty, windows: windows,
      streams: streams, size: configuration.hiddenSize)
    // A scale of 0 would ask for log-probabilities instead of gradients.
    let scale = 1 / Float(max(1, count))
    // Weights are dropped once a step, all else anew for each window.
    load(network, dropoutSeed: dropoutSeeds[0], forBackward: true)
    var loss = WindowLoss()
    for (number, window) in windows.enumerated() {
      load(window, &state, dropoutSeed: dropoutSeeds[number])
      let isLast = number == windows.count - 1
      if isLast, let ranks, !options.isApart {
        loss = passGradients(ranks, windows: windows.count, scale: scale, options)
      } else {
        let (stages, scale, options) = (stages, scale, options)
        team.perform(on: shards) { shard in
          shard.sampleInputs(options.sampling)
          shard.forward()
          shard.score(
            scale: scale, smoothing: options.smoothing, over: options.predictableCount)
          for (stage, runs) in stages.runs.enumerated() {
            shard.backward(stage: stage, options)
            if isLast, number > 0 { shard.gradient.addKept(runs) }
          }
          if !isLast { shard.keep(adding: number > 0) }
        }
        if isLast { loss = sumGradients(windows: windows.count) }
      }
      for shard in shards { shard.store(into: &state) }
    }
    finishGradients(
      network, dropping: EmbeddingDropout(configuration, seed: dropoutSeeds[0]), into: &gradients)
    WeightDrop(configuration, seed: dropoutSeeds[0])?.mask(&gradients, network.layout)
    return loss
  }

  func loss(
    of network: borrowing Network, on window: Window, state: inout NetworkState
  ) -> WindowLoss {
    load(network, dropoutSeed: nil, forBackward: false)
    load(window, &state, dropoutSeed: nil)
    team.perform(on: shards) { shard in
      shard.forward()
      shard.score(scale: 0, smoothing: 0)
    }
    for shard in shards { shard.store(into: &state) }
    guard let ranks else { return totalLoss(after: WindowLoss(), windows: 1) }
    // Losses are put together like a sum of which each number has one part.
    var losses = ownLosses(of: window)
    let places = (0..<window.length).map { step in
      let first = step * window.streams
      return first + ownStreams.lowerBound..<first + ownStreams.upperBound
    }
    let own = losses
    let totals = ranks.pass(&losses, totals: 2, addTotals: { addLoss(to: &$0, windows: 1) }) {
      range, part in
      for place in places where place.overlaps(range) {
        for index in place.clamped(to: range) { part[index - range.lowerBound] = own[index] }
      }
    }
    assembledLosses = losses
    return WindowLoss(nats: totals[0], count: Int(totals[1]))
  }

  private var ownStreams: Range<Int> {
    shards[0].firstStream..<shards[shards.count - 1].firstStream
      + shards[shards.count - 1].streamCount
  }

  func gather(_ state: inout NetworkState) {
    let own = (0..<state.vectorCount).map { state.range(vector: $0, streams: ownStreams) }
    ranks?.assemble(&state.values, own: own)
  }

  private func load(
    _ network: borrowing Network, dropoutSeed: UInt64?, forBackward: Bool
  ) {
    let dropout = EmbeddingDropout(configuration, seed: dropoutSeed)
    func load(_ network: borrowing Network) {
      weights.load(network, forBackward: forBackward, dropping: dropout, team: team)
    }
    if let drop = WeightDrop(configuration, seed: dropoutSeed) {
      load(drop.masked(network))
    } else {
      load(network)
    }
  }

  private func load(_ window: Window, _ state: inout NetworkState, dropoutSeed: UInt64?) {
    let lookups =
      [window.inputs]
      + state.recall(
        window, rate: dropoutSeed == nil ? 0 : configuration.recall?.dropout ?? 0,
        seed: dropoutSeed ?? 0) + state.hear(window)
    for shard in shards {
      shard.load(window, lookups: lookups, dropoutSeed: dropoutSeed)
      shard.load(state)
    }
  }

  // The order is that of the shards, whatever threads ran them.
  private func totalLoss(after before: WindowLoss, windows: Int) -> WindowLoss {
    shards.reduce(before) { $0 + $1.stepLoss(windows: windows) }
  }

  private func addLoss(to totals: inout [Double], windows: Int) {
    let loss = totalLoss(
      after: WindowLoss(nats: totals[0], count: Int(totals[1])), windows: windows)
    totals = [loss.nats, Double(loss.count)]
  }

  /// Adds this process's gradients up in the first shard's place, and all losses.
  private func sumGradients(windows: Int) -> WindowLoss {
    let first = shards[0].gradient
    for shard in shards.dropFirst() {
      first.parameters.add(shard.gradient.parameters)
      first.table.add(shard.gradient.table)
    }
    return totalLoss(after: WindowLoss(), windows: windows)
  }

  /// The shards that one member of the team works on.
  private final class Batch {
    let shards: [Shard<Element>]

    init(_ shards: [Shard<Element>]) { self.shards = shards }
  }

  /// Computes the gradients of a step's last window and adds them up over all ranks, in the first shard's place: the
  /// upper layers' travel while the lower ones are computed.
  private func passGradients(
    _ ranks: RankGroup, windows: Int, scale: Float, _ options: BackwardOptions
  ) -> WindowLoss {
    if passed.isEmpty { passed = [Float](repeating: 0, count: stages.count) }
    let progress = StageProgress(stages: stages.runs.count)
    var totals: [Double] = []
    let (stages, shards) = (stages, shards)
    team.perform(
      on: batches,
      meanwhile: {
        totals = ranks.pass(
          &passed, sections: stages.sections, sum: options.sum, totals: 2,
          isReady: { progress.isFinished($0, by: shards.count) },
          rest: { progress.rest($0) },
          addTotals: { addLoss(to: &$0, windows: windows) }
        ) { range, part in
          for (place, shard) in shards.enumerated() {
            // The sum begins with the first shard's numbers: nothing is added to a zero.
            stages.add(
              shard.gradient, in: range, to: &part, begins: ranks.rank == 0 && place == 0)
          }
        }
      }
    ) { batch in
      for shard in batch.shards {
        shard.sampleInputs(options.sampling)
        shard.forward()
        shard.score(scale: scale, smoothing: options.smoothing, over: options.predictableCount)
      }
      for (stage, runs) in stages.runs.enumerated() {
        for shard in batch.shards {
          shard.backward(stage: stage, options)
          if windows > 1 { shard.gradient.addKept(runs) }
          progress.finish(stage)
        }
      }
    }
    let numbers = passed
    let span = numbers.span
    stages.copy(span, into: shards[0].gradient)
    return WindowLoss(nats: totals[0], count: Int(totals[1]))
  }

  private func finishGradients(
    _ network: borrowing Network, dropping dropout: EmbeddingDropout?, into gradients: inout [Float]
  ) {
    let first = shards[0].gradient
    tableGradient.finish(
      network, dropping: dropout, table: first.table, into: first.parameters, team: team)
    if gradients.count != first.parameters.count {
      gradients = [Float](repeating: 0, count: first.parameters.count)
    }
    first.parameters.copy(into: &gradients, range: gradients.indices)
  }

  var excerpts: [Excerpt] { shards.flatMap(\.excerpts) }

  func tokenLosses(of window: Window) -> [Float] { assembledLosses ?? ownLosses(of: window) }

  /// The losses of this rank's streams; 0 in the others'.
  private func ownLosses(of window: Window) -> [Float] {
    var losses = [Float](repeating: 0, count: window.length * window.streams)
    for shard in shards {
      for step in 0..<window.length {
        for stream in 0..<shard.streamCount {
          losses[step * window.streams + shard.firstStream + stream] =
            shard.losses[step * shard.rows + stream, 0]
        }
      }
    }
    return losses
  }

  func firstNonFiniteLayer(length: Int) -> Int? {
    for index in 0..<configuration.layerCount {
      for shard in shards {
        let rows = shard.rows..<shard.rows * (length + 1)
        let states = shard.layers[index].cell.states
        if !states.allSatisfy({ $0.sumOfSquares(rows: rows).isFinite }) { return index }
      }
    }
    return shards.allSatisfy { $0.loss.nats.isFinite } ? nil : configuration.layerCount
  }

  func gradientFlow(length: Int) -> [LayerGradientFlow] {
    (0..<configuration.layerCount).map { layer in
      var flow = LayerGradientFlow(
        hidden: [Double](repeating: 0, count: length), cell: [Double](repeating: 0, count: length))
      for shard in shards {
        let norms = shard.layers[layer]
        for step in 0..<length {
          flow.hidden[step] += norms.hiddenNorms[step]
          flow.cell[step] += norms.cellNorms[step]
        }
      }
      flow.hidden = flow.hidden.map { $0.squareRoot() }
      flow.cell = flow.cell.map { $0.squareRoot() }
      return flow
    }
  }

  func activity(ofStream stream: Int, length: Int) -> [LayerActivity] {
    guard ownStreams.contains(stream) else { return [] }
    let shard = shards[(stream - ownStreams.lowerBound) / shards[0].rows]
    let row = stream - shard.firstStream
    return shard.layers.map { layer in
      LayerActivity(layer.cell, stream: row, of: shard.rows, length: length)
    }
  }
}
