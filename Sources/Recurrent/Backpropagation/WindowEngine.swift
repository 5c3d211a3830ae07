import Ranks
import Tensors

/// Truncated BPTT over one window in some precision.
protocol WindowEngine: AnyObject {
  var threads: Int { get }
  func gradients(
    of network: borrowing Network, on window: Window, state: inout NetworkState,
    dropoutSeed: UInt64, options: BackwardOptions, into gradients: inout [Float]
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
  var recordsFlow: Bool
  var flowLimit: Float?
  var penalty: ActivationPenalty?
  var sum: RankSum
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
  private let tableGradient: TableGradient
  private let ranks: RankGroup?
  /// The parameters' gradients and the table's behind them, as they pass through the ranks.
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
    team = WorkerTeam(members: max(1, min(threads, shards.count)))
    tableGradient = TableGradient(configuration)
  }

  func gradients(
    of network: borrowing Network, on window: Window, state: inout NetworkState,
    dropoutSeed: UInt64, options: BackwardOptions, into gradients: inout [Float]
  ) -> WindowLoss {
    assembledLosses = nil
    let count = configuration.readout == nil ? window.targetCount : window.excerptCount
    begin(network, window, &state, dropoutSeed: dropoutSeed, forBackward: true)
    // A scale of 0 would ask for log-probabilities instead of gradients.
    let scale = 1 / Float(max(1, count))
    team.perform(on: shards) { shard in
      shard.forward()
      shard.score(scale: scale, smoothing: options.smoothing)
      shard.backward(options)
    }
    for shard in shards { shard.store(into: &state) }
    let loss = sumGradients(sum: options.sum)
    finishGradients(
      network, dropping: EmbeddingDropout(configuration, seed: dropoutSeed), into: &gradients)
    WeightDrop(configuration, seed: dropoutSeed)?.mask(&gradients, network.layout)
    return loss
  }

  func loss(
    of network: borrowing Network, on window: Window, state: inout NetworkState
  ) -> WindowLoss {
    begin(network, window, &state, dropoutSeed: nil, forBackward: false)
    team.perform(on: shards) { shard in
      shard.forward()
      shard.score(scale: 0, smoothing: 0)
    }
    for shard in shards { shard.store(into: &state) }
    guard let ranks else { return totalLoss(after: WindowLoss()) }
    // Losses are put together like a sum of which each number has one part.
    var losses = ownLosses(of: window)
    let places = (0..<window.length).map { step in
      let first = step * window.streams
      return first + ownStreams.lowerBound..<first + ownStreams.upperBound
    }
    let own = losses
    let totals = ranks.pass(&losses, totals: 2, addTotals: addLoss) { range, part in
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

  private func begin(
    _ network: borrowing Network, _ window: Window, _ state: inout NetworkState,
    dropoutSeed: UInt64?, forBackward: Bool
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
  private func totalLoss(after before: WindowLoss) -> WindowLoss {
    shards.reduce(into: before) { total, shard in
      let loss = shard.loss
      total.nats += loss.nats
      total.count += loss.count
    }
  }

  private func addLoss(to totals: inout [Double]) {
    let loss = totalLoss(after: WindowLoss(nats: totals[0], count: Int(totals[1])))
    totals = [loss.nats, Double(loss.count)]
  }

  /// Adds all shards' gradients up in the first one's place, those of other ranks too, and all losses.
  private func sumGradients(sum: RankSum) -> WindowLoss {
    let first = shards[0].gradient
    guard let ranks else {
      for shard in shards.dropFirst() {
        first.parameters.add(shard.gradient.parameters)
        first.table.add(shard.gradient.table)
      }
      return totalLoss(after: WindowLoss())
    }
    let count = first.parameters.count
    if passed.isEmpty { passed = [Float](repeating: 0, count: count + first.table.count) }
    let all = 0..<count
    let totals = ranks.pass(&passed, sum: sum, totals: 2, addTotals: addLoss) { range, part in
      for (place, shard) in shards.enumerated() {
        // The sum begins with the first shard's numbers: nothing is added to a zero.
        let begins = ranks.rank == 0 && place == 0
        for (matrix, start) in [
          (shard.gradient.parameters, 0), (shard.gradient.table, all.upperBound),
        ] {
          let own = (start..<start + matrix.count).clamped(to: range)
          if own.isEmpty { continue }
          let (source, target) = (own.lowerBound - start, own.lowerBound - range.lowerBound)
          if begins {
            matrix.copy(from: source, to: &part, at: target, count: own.count)
          } else {
            matrix.add(from: source, to: &part, at: target, count: own.count)
          }
        }
      }
    }
    let numbers = passed
    let span = numbers.span
    first.parameters.copy(span.extracting(all))
    first.table.copy(span.extracting(count..<numbers.count))
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
    let shard = shards[stream / shards[0].rows]
    let row = stream - shard.firstStream
    return shard.layers.map { layer in
      LayerActivity(layer.cell, stream: row, of: shard.rows, length: length)
    }
  }
}
