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
}

/// The engine in one precision: weights, shards, and the threads that run them.
final class ShardedEngine<Element: ProductFactor>: WindowEngine {
  private let configuration: NetworkConfiguration
  private let weights: NetworkWeights<Element>
  private let shards: [Shard<Element>]
  private let team: WorkerTeam
  private let tableGradient: TableGradient
  var threads: Int { team.members }

  init(
    _ configuration: NetworkConfiguration, streams: Int, length: Int, shards count: Int,
    threads: Int
  ) {
    self.configuration = configuration
    let rows = (streams + count - 1) / count
    let weights = NetworkWeights<Element>(
      configuration, table: ProductTable<Element>(configuration))
    // All shards have the same shapes, so the formats that the first asks for serve all.
    shards = stride(from: 0, to: streams, by: rows).map {
      Shard(
        configuration, weights: weights, rows: rows, firstStream: $0, streams: streams,
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
    sumGradients(
      network, dropping: EmbeddingDropout(configuration, seed: dropoutSeed), into: &gradients)
    WeightDrop(configuration, seed: dropoutSeed)?.mask(&gradients, network.layout)
    return totalLoss
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
    return totalLoss
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
  private var totalLoss: WindowLoss {
    shards.reduce(into: WindowLoss()) { total, shard in
      total.nats += shard.loss.nats
      total.count += shard.loss.count
    }
  }

  private func sumGradients(
    _ network: borrowing Network, dropping dropout: EmbeddingDropout?, into gradients: inout [Float]
  ) {
    let first = shards[0].gradient
    for shard in shards.dropFirst() {
      first.parameters.add(shard.gradient.parameters)
      first.table.add(shard.gradient.table)
    }
    tableGradient.finish(
      network, dropping: dropout, table: first.table, into: first.parameters, team: team)
    if gradients.count != first.parameters.count {
      gradients = [Float](repeating: 0, count: first.parameters.count)
    }
    first.parameters.copy(into: &gradients, range: gradients.indices)
  }

  var excerpts: [Excerpt] { shards.flatMap(\.excerpts) }

  func tokenLosses(of window: Window) -> [Float] {
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
