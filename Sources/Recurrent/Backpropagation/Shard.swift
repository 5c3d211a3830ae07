import Tensors

/// R of a batch's streams, with all buffers to run them forward and back on one thread.
///
/// The cut is the one a cluster would use: shards share parameters, and their gradients add up.
final class Shard<Element: ProductFactor> {
  let configuration: NetworkConfiguration
  let rows: Int
  let firstStream: Int
  // The streams of this shard that are real; the last shard may be padded to R.
  let streamCount: Int
  let layers: [RecurrentLayer<Element>]
  let outputProduct: Product<Element>
  let logits: Matrix<Float>
  let targets: Matrix<Int32>
  let losses: Matrix<Float>
  let gradient: ShardGradient<Element>
  var window: WindowInput

  init(
    _ configuration: NetworkConfiguration, rows: Int, firstStream: Int, streams: Int, length: Int
  ) {
    self.configuration = configuration
    self.rows = rows
    self.firstStream = firstStream
    streamCount = min(rows, streams - firstStream)
    let scratch = Scratch<Element>(configuration, rows: rows, length: length)
    layers = (0..<configuration.layerCount).map {
      RecurrentLayer(
        index: $0, configuration: configuration, rows: rows, length: length, scratch: scratch)
    }
    let steps = rows * length
    outputProduct = Product(
      ProductShape(
        rows: steps, columns: configuration.vocabularySize, inner: configuration.hiddenSize),
      packsRight: true)
    logits = Matrix(rows: steps, columns: configuration.vocabularySize)
    targets = Matrix(rows: steps, columns: 1)
    losses = Matrix(rows: steps, columns: 1)
    window = WindowInput(
      tokens: Matrix(rows: steps, columns: 1), resets: Matrix(rows: steps, columns: 1),
      hasResets: [Bool](repeating: false, count: length), length: length, streams: streams,
      firstStream: firstStream, dropoutSeed: nil)
    gradient = ShardGradient(configuration, layers: layers, rows: rows, length: length)
  }

  // Takes this shard's columns of a window; streams beyond the last are idle.
  func load(_ whole: Window, dropoutSeed: UInt64?) {
    window.length = whole.length
    window.dropoutSeed = dropoutSeed
    for step in 0..<targets.rows / rows {
      var any = false
      for stream in 0..<rows {
        let row = step * rows + stream
        guard step < whole.length && stream < streamCount else {
          window.tokens[row, 0] = 0
          window.resets[row, 0] = 0
          targets[row, 0] = -1
          continue
        }
        let index = step * whole.streams + firstStream + stream
        window.tokens[row, 0] = whole.inputs[index]
        window.resets[row, 0] = whole.resets[index] ? 1 : 0
        targets[row, 0] = whole.targets[index]
        any = any || whole.resets[index]
      }
      window.hasResets[step] = any
    }
  }

  func load(_ state: NetworkState) {
    for (index, layer) in layers.enumerated() {
      for stream in 0..<streamCount {
        for (matrix, isCell) in [(layer.hidden, false), (layer.cell ?? layer.hidden, true)] {
          guard !isCell || layer.cell != nil else { continue }
          let start = state.offset(
            layer: index, isCell: isCell, statesPerLayer: configuration.cell.stateCount,
            stream: firstStream + stream)
          matrix.copy(
            state.values.span.extracting(start..<start + state.hiddenSize),
            at: stream * state.hiddenSize)
        }
      }
      layer.hidden.convert(rows: 0..<rows, into: layer.hiddenFactors, row: 0)
    }
  }

  func store(into state: inout NetworkState) {
    let first = window.length * rows
    for (index, layer) in layers.enumerated() {
      for stream in 0..<streamCount {
        for (matrix, isCell) in [(layer.hidden, false), (layer.cell ?? layer.hidden, true)] {
          guard !isCell || layer.cell != nil else { continue }
          let start = state.offset(
            layer: index, isCell: isCell, statesPerLayer: configuration.cell.stateCount,
            stream: firstStream + stream)
          let range = start..<start + state.hiddenSize
          matrix.copy(
            from: (first + stream) * state.hiddenSize, into: &state.values, range: range)
        }
      }
    }
  }

  // All layers, then the logits without their bias.
  func forward(_ weights: NetworkWeights<Element>) {
    for (index, layer) in layers.enumerated() {
      layer.forward(
        window, below: index == 0 ? nil : layers[index - 1].above,
        residual: index > 0 && configuration.residual ? layers[index - 1] : nil,
        weights: weights.layers[index], table: weights.table)
    }
    let top = layers[layers.count - 1].above
    outputProduct.multiply(top.factors, row: top.row, by: weights.output, into: logits)
  }

  // Losses of all targets; the logits become their gradient times `scale`, or log-probabilities.
  func score(_ weights: NetworkWeights<Element>, scale: Float, smoothing: Float) {
    CrossEntropy.evaluate(
      logits: logits, bias: weights.outputBias, targets: targets, scale: scale,
      smoothing: smoothing, losses: losses)
  }

  // Losses are added up in the order of rows, in double precision.
  var loss: WindowLoss {
    var total = WindowLoss()
    for row in 0..<targets.rows where targets[row, 0] >= 0 {
      total.nats += Double(losses[row, 0])
      total.count += 1
    }
    return total
  }
}
