import Tensors

/// One shard's gradients, and the buffers to take them.
final class ShardGradient<Element: ProductFactor> {
  // The gradient of all parameters but the first layer's input matrix and the embedding, which
  // follow from that of the table.
  let parameters: Matrix<Float>
  let table: Matrix<Float>
  // From the gradient of the logits to that of what the output matrix read.
  let belowProduct: Product<Element>
  private let configuration: NetworkConfiguration
  private let layout: ParameterLayout
  private let logitFactors: Matrix<Element>
  private let outputProduct: Product<Element>
  // The gradient of one layer's output, used up by the time that of the layer below is made.
  private let flow: Matrix<Float>
  private let residual: Matrix<Float>?
  // The sums over a step's windows before the last; nil before there were any.
  private var kept: (parameters: Matrix<Float>, table: Matrix<Float>)?

  init(_ configuration: NetworkConfiguration, steps: Int) {
    self.configuration = configuration
    let (size, outputs) = (configuration.hiddenSize, configuration.outputCount)
    layout = configuration.layout
    parameters = Matrix(rows: 1, columns: layout.count)
    table = Matrix(
      rows: configuration.inputRowCount, columns: configuration.cell.gateCount * size)
    let isRounded = Element.productElement == .bfloat16
    logitFactors = Matrix(rows: isRounded ? steps : 0, columns: outputs)
    outputProduct = Product(
      ProductShape(rows: outputs, columns: size, inner: steps, isLeftTransposed: true),
      packsRight: false)
    belowProduct = Product(
      ProductShape(rows: steps, columns: size, inner: outputs), packsRight: true)
    flow = Matrix(rows: steps, columns: size)
    residual = configuration.residual ? Matrix(rows: steps, columns: size) : nil
  }

  // One stage of the way back: first the output, then layer after layer from the top.
  func backward(
    _ shard: Shard<Element>, stage: Int, outputWeights: PackedWeights<Element>, gate: RecallGate?,
    _ options: BackwardOptions
  ) {
    let count = shard.window.length * shard.rows
    guard stage > 0 else {
      parameters.fill(0, rows: 0..<1)
      table.fill(0, rows: 0..<table.rows)
      output(shard, outputWeights)
      gate?.addGradient(shard.window.lookups, rows: count, logits: shard.logits, to: parameters)
      return
    }
    let index = shard.layers.count - stage
    let layer = shard.layers[index]
    let below = index == 0 ? nil : shard.layers[index - 1]
    let residual = below == nil ? nil : residual
    layer.backward(
      shard.window, above: flow, residual: residual,
      penalty: stage == 1 ? options.penalty : nil, options: options)
    layer.writeGradients(
      below: below,
      into: LayerGradients(
        parameters, layout, layer: index, hiddenSize: configuration.hiddenSize))
    if layer.sendBelow(into: flow) {
      if let residual { flow.add(rows: 0..<count, of: residual, to: 0) }
    } else {
      for (index, factor) in zip(shard.window.lookups, shard.window.lookupFactors) {
        layer.cell.scatterInputGradient(rows: count, to: table, index: index, factor: factor)
      }
    }
  }

  // Sets a window's gradients aside, added to those of the windows before it in the step.
  func keep(adding: Bool) {
    let kept =
      kept ?? (
        Matrix(rows: parameters.rows, columns: parameters.columns),
        Matrix(rows: table.rows, columns: table.columns)
      )
    self.kept = kept
    for (sum, own) in [(kept.parameters, parameters), (kept.table, table)] {
      if adding {
        sum.add(own)
      } else {
        sum.copyRows(0..<own.rows, of: own, to: 0)
      }
    }
  }

  // Adds what was kept to the gradients of a stage.
  func addKept(_ runs: [GradientStages.Run]) {
    guard let kept else { return }
    for run in runs {
      let (own, sum) = run.isOfTable ? (table, kept.table) : (parameters, kept.parameters)
      own.add(sum, from: run.source, count: run.count, to: run.source)
    }
  }

  private func output(_ shard: Shard<Element>, _ weights: PackedWeights<Element>) {
    guard let matrix = weights.backward else {
      preconditionFailure("an output matrix without a way back")
    }
    let factors = (shard.logits as? Matrix<Element>) ?? logitFactors
    shard.logits.convert(rows: 0..<shard.logits.rows, into: factors, row: 0)
    let top = shard.top
    outputProduct.multiply(
      factors, by: top.factors, rightRow: top.row, into: parameters,
      offset: layout[configuration.outputMatrix].offset)
    parameters.addSum(ofRows: shard.logits, at: layout[.outputBias].offset)
    belowProduct.multiply(factors, by: matrix, into: flow)
  }
}

/// From the gradient of the first layer's table to those of its two factors.
///
/// With table = E·W^T, dW = dTable^T·E and dE = dTable·W: equation (12) of Documentation/LSTM.md. Every rank does it
/// for itself, so that it must not take long.
final class TableGradient<Factor: ProductFactor>: @unchecked Sendable {
  private let inputMatrix: ParameterLayout.Slot
  private let vectors: Range<Int>
  // As floats, and as products read them.
  private let embedding: Matrix<Float>
  private let embeddingFactors: Matrix<Factor>
  private let roundedTable: Matrix<Factor>
  private let inputWeights: PackedMatrix<Factor>
  private let weightProduct: Product<Factor>
  private let embeddingProduct: Product<Factor>
  private let embeddingGradient: Matrix<Float>

  init(_ configuration: NetworkConfiguration) {
    inputMatrix = configuration.layout[.layer(0, .inputWeights)]
    vectors = configuration.inputVectors
    let (rows, size) = (configuration.inputRowCount, configuration.embeddingSize)
    let width = configuration.cell.gateCount * configuration.hiddenSize
    let isRounded = Factor.productElement == .bfloat16
    // Products of bfloat16 are slow over an odd number of rows; those that are too many stay 0.
    let inner = isRounded ? (rows + 63) / 64 * 64 : rows
    embedding = Matrix(rows: rows, columns: size)
    embeddingFactors =
      isRounded ? Matrix(rows: inner, columns: size) : embedding.factors(as: Factor.self)
    roundedTable = Matrix(rows: isRounded ? inner : 0, columns: width)
    weightProduct = Product(
      ProductShape(rows: width, columns: size, inner: inner, isLeftTransposed: true),
      packsRight: false)
    embeddingProduct = Product(
      ProductShape(rows: rows, columns: size, inner: width), packsRight: true)
    inputWeights = embeddingProduct.packedRight()
    embeddingGradient = Matrix(rows: rows, columns: size)
  }

  func finish(
    _ network: borrowing Network, dropping dropout: EmbeddingDropout?, table: Matrix<Float>,
    into gradients: Matrix<Float>, team: WorkerTeam
  ) {
    let parameters = network.parameters
    embedding.copy(parameters.span.extracting(vectors))
    dropout?.mask(embedding)
    embedding.convert(rows: 0..<embedding.rows, into: embeddingFactors, row: 0)
    let factors = (table as? Matrix<Factor>) ?? roundedTable
    table.convert(rows: 0..<table.rows, into: factors, row: 0)
    // The two products write to different places. A member packs, too: outside the team oneDNN would start threads of
    // its own.
    let tasks = [
      Task { [self] in
        weightProduct.multiply(
          factors, by: embeddingFactors, into: gradients, offset: inputMatrix.offset)
      },
      Task { [self] in
        inputWeights.pack(parameters.span.extracting(inputMatrix.range), transposed: false)
        embeddingProduct.multiply(factors, by: inputWeights, into: embeddingGradient)
      },
    ]
    team.perform(on: tasks) { $0.run() }
    dropout?.mask(embeddingGradient)
    // Added, because tied weights have put the output matrix's gradient there.
    gradients.add(
      embeddingGradient, from: 0, count: embeddingGradient.count, to: vectors.lowerBound)
  }

  private final class Task {
    let run: () -> Void
    init(run: @escaping () -> Void) { self.run = run }
  }
}
