import Tensors

/// R of a batch's streams, with all buffers to run them forward and back on one thread.
///
/// The cut is the one a cluster would use: shards share parameters, and their gradients add up.
final class Shard<Element: ProductFactor> {
  let rows: Int
  let firstStream: Int
  // The streams of this shard that are real; the last shard may be padded to R.
  let streamCount: Int
  let layers: [RecurrentLayer<Element>]
  let logits: Matrix<Float>
  let targets: Matrix<Int32>
  let losses: Matrix<Float>
  let gradient: ShardGradient<Element>
  private(set) var window: WindowInput
  // What was said of the window's excerpts, where the network has a readout.
  private(set) var excerpts: [Excerpt] = []
  private var excerptSteps: [[Range<Int>]] = []
  private var keptLoss = WindowLoss()
  private let readout: Readout?
  private let weights: NetworkWeights<Element>
  private let outputProduct: Product<Element>
  private let outputWeights: PackedWeights<Element>

  init(
    _ configuration: NetworkConfiguration, weights: NetworkWeights<Element>, rows: Int,
    firstStream: Int, streams: Int, length: Int
  ) {
    self.weights = weights
    readout = configuration.readout
    self.rows = rows
    self.firstStream = firstStream
    streamCount = min(rows, streams - firstStream)
    let places = weights.layers.map {
      CellPlace(
        configuration: configuration, weights: $0, rows: rows, length: length, isTraining: true)
    }
    let cells = configuration.cell.type(computingIn: Element.self).stack(places)
    layers = zip(places, cells).enumerated().map {
      RecurrentLayer(index: $0, $1.0, cell: $1.1)
    }
    let steps = rows * length
    gradient = ShardGradient(configuration, steps: steps)
    outputProduct = Product(
      ProductShape(
        rows: steps, columns: configuration.outputCount, inner: configuration.hiddenSize),
      packsRight: true)
    outputWeights = weights.output(forward: outputProduct, backward: gradient.belowProduct)
    logits = Matrix(rows: steps, columns: configuration.outputCount)
    targets = Matrix(rows: steps, columns: 1)
    losses = Matrix(rows: steps, columns: 1)
    window = WindowInput(
      lookups: (0..<configuration.lookupCount).map { _ in Matrix(rows: steps, columns: 1) },
      lookupFactors: configuration.lookupFactors,
      resets: Matrix(rows: steps, columns: 1), targets: targets, rows: rows,
      hasResets: [Bool](repeating: false, count: length), length: length, streams: streams,
      firstStream: firstStream, dropoutSeed: nil)
  }

  // Takes this shard's columns of a window, whose look-ups are given as [T, B] each; streams beyond
  // the last are idle.
  func load(_ whole: Window, lookups: [[Int32]], dropoutSeed: UInt64?) {
    window.length = whole.length
    if readout != nil { excerptSteps = realStreams.map(whole.excerpts) }
    window.dropoutSeed = dropoutSeed
    for step in 0..<targets.rows / rows {
      var any = false
      for stream in 0..<rows {
        let row = step * rows + stream
        guard step < whole.length && stream < streamCount else {
          for lookup in window.lookups { lookup[row, 0] = 0 }
          window.resets[row, 0] = 0
          targets[row, 0] = -1
          continue
        }
        let index = step * whole.streams + firstStream + stream
        for (lookup, values) in zip(window.lookups, lookups) { lookup[row, 0] = values[index] }
        window.resets[row, 0] = whole.resets[index] ? 1 : 0
        targets[row, 0] = whole.targets[index]
        any = any || whole.resets[index]
      }
      window.hasResets[step] = any
    }
  }

  func load(_ state: NetworkState) {
    eachState { matrix, vector in
      matrix.copy(state.values.span.extracting(state.range(vector: vector, streams: realStreams)))
    }
    for layer in layers {
      layer.cell.states[0].convert(rows: 0..<rows, into: layer.cell.hiddenFactors, row: 0)
    }
  }

  func store(into state: inout NetworkState) {
    let first = window.length * rows * state.hiddenSize
    eachState { matrix, vector in
      matrix.copy(
        from: first, into: &state.values,
        range: state.range(vector: vector, streams: realStreams))
    }
  }

  private var realStreams: Range<Int> { firstStream..<firstStream + streamCount }

  // All layers' states, with their places among a network's vectors.
  private func eachState(_ body: (Matrix<Float>, Int) -> Void) {
    for (vector, matrix) in layers.flatMap(\.cell.states).enumerated() { body(matrix, vector) }
  }

  // Puts what the network draws itself in the place of some tokens that it reads.
  func sampleInputs(_ sampling: ScheduledSampling?) {
    guard let sampling, readout == nil, let seed = window.dropoutSeed else { return }
    let rows = sampling.rows(of: window, streams: streamCount, seed: seed)
    guard !rows.isEmpty else { return }
    // As it writes: of what layers pass on nothing is dropped.
    window.dropoutSeed = nil
    forward()
    window.dropoutSeed = seed
    for row in rows {
      window.lookups[0][row, 0] = sampling.draw(
        row, of: window, logits: logits, bias: weights.outputBias, seed: seed)
    }
  }

  // All layers, then the logits without their bias.
  func forward() {
    var below: RecurrentLayer<Element>?
    for layer in layers {
      layer.forward(window, below: below, table: weights.table.products)
      below = layer
    }
    let top = top
    outputProduct.multiply(top.factors, row: top.row, by: outputWeights.forward, into: logits)
    weights.gate?.add(
      window.lookups, rows: window.length * rows, to: logits, outputs: 0..<logits.columns)
  }

  // What the output matrix reads.
  var top: (factors: Matrix<Element>, row: Int) { layers[layers.count - 1].above }

  // From the gradient of the logits to that of all parameters: one of as many stages as layers, and one more.
  func backward(stage: Int, _ options: BackwardOptions) {
    gradient.backward(
      self, stage: stage, outputWeights: outputWeights, gate: weights.gate, options)
  }

  // Sets a window's gradients and loss aside, to be added to those of the step's next windows.
  func keep(adding: Bool) {
    gradient.keep(adding: adding)
    keptLoss = adding ? keptLoss + loss : loss
  }

  // The loss of all the step's windows.
  func stepLoss(windows: Int) -> WindowLoss { windows > 1 ? keptLoss + loss : loss }

  // Losses of all targets; the logits become their gradient times `scale`, or log-probabilities. Smoothing is spread
  // over so many of the first tokens, all where nil.
  func score(scale: Float, smoothing: Float, over predictable: Int? = nil) {
    if let readout { return score(readout, scale: scale, smoothing: smoothing) }
    CrossEntropy.evaluate(
      logits: logits, bias: weights.outputBias, targets: targets, scale: scale,
      smoothing: smoothing, losses: losses)
    if let predictable, scale != 0, smoothing > 0 {
      spread(scale * smoothing, over: predictable)
    }
  }

  // Takes back what was spread over all logits, and spreads it over the first ones.
  private func spread(_ share: Float, over predictable: Int) {
    let count = logits.columns
    guard predictable < count else { return }
    let difference = Matrix<Float>(rows: 1, columns: count)
    for column in 0..<count {
      difference[0, column] = 1 / Float(count) - (column < predictable ? 1 / Float(predictable) : 0)
    }
    for row in 0..<targets.rows where targets[row, 0] >= 0 {
      logits.add(row: 0, of: difference, times: share, to: row)
    }
  }

  // The same of excerpts: one loss each, which stands at its last step.
  private func score(_ readout: Readout, scale: Float, smoothing: Float) {
    let score = ExcerptScore(
      readout: readout, outputs: logits, bias: weights.outputBias, rows: rows)
    losses.fill(0, rows: 0..<losses.rows)
    excerpts = []
    var isRead = [Bool](repeating: false, count: logits.rows)
    for (row, ranges) in excerptSteps.enumerated() {
      for steps in ranges {
        let last = (steps.upperBound - 1) * rows + row
        let (excerpt, stepWeights) = score.pool(
          steps, row: row, stream: firstStream + row, label: Int(targets[last, 0]))
        excerpts.append(excerpt)
        losses[last, 0] = Float(excerpt.nats)
        guard scale != 0 else { continue }
        for step in steps { isRead[step * rows + row] = true }
        score.writeGradient(
          of: excerpt, weights: stepWeights, row: row, scale: scale, smoothing: smoothing)
      }
    }
    guard scale != 0 else { return }
    for row in 0..<logits.rows where !isRead[row] { logits.fill(0, rows: row..<row + 1) }
  }

  // Losses are added up in the order of rows, in double precision.
  var loss: WindowLoss {
    if readout != nil {
      return WindowLoss(
        nats: excerpts.reduce(0) { $0 + $1.nats }, count: excerpts.count)
    }
    var total = WindowLoss()
    for row in 0..<targets.rows where targets[row, 0] >= 0 {
      total.nats += Double(losses[row, 0])
      total.count += 1
    }
    return total
  }
}
