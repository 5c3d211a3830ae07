import Tensors

/// A network's parameters as products want them, shared by all shards.
final class NetworkWeights<Element: ProductFactor>: @unchecked Sendable {
  let configuration: NetworkConfiguration
  let layout: ParameterLayout
  let layers: [LayerWeights<Element>]
  let output: PackedMatrix<Element>
  let outputTransposed: PackedMatrix<Element>?
  let outputBias: Matrix<Float>
  // The first layer's input product for every token, [V, gates · H]: its input is one of V rows,
  // so V products serve a window of any length.
  let table: Matrix<Float>
  private let embedding: Matrix<Element>
  private let tableProduct: Product<Element>
  private let tableFactor: PackedMatrix<Element>
  private let scratch: Matrix<Float>

  init(
    _ configuration: NetworkConfiguration, layers: [LayerWeights<Element>],
    output: PackedMatrix<Element>, outputTransposed: PackedMatrix<Element>?
  ) {
    self.configuration = configuration
    layout = configuration.layout
    self.layers = layers
    self.output = output
    self.outputTransposed = outputTransposed
    let width = configuration.cell.gateCount * configuration.hiddenSize
    outputBias = Matrix(rows: 1, columns: configuration.vocabularySize)
    table = Matrix(rows: configuration.vocabularySize, columns: width)
    embedding = Matrix(rows: configuration.vocabularySize, columns: configuration.embeddingSize)
    scratch = Matrix(rows: configuration.vocabularySize, columns: configuration.embeddingSize)
    tableProduct = Product(
      ProductShape(
        rows: configuration.vocabularySize, columns: width, inner: configuration.embeddingSize),
      packsRight: true)
    tableFactor = tableProduct.packedRight()
  }

  func load(_ network: borrowing Network, forBackward: Bool, team: WorkerTeam) {
    let parameters = network.parameters
    team.perform(count: layers.count + 2) { [self] task in
      if task == layers.count {
        loadOutput(parameters, forBackward: forBackward)
      } else if task == layers.count + 1 {
        loadTable(parameters)
      } else {
        layers[task].load(parameters, layout, forBackward: forBackward)
      }
    }
  }

  private func loadOutput(_ parameters: [Float], forBackward: Bool) {
    guard let slot = layout["output.weight"] ?? layout["embedding.weight"],
      let bias = layout["output.bias"]
    else { return }
    let span = parameters.span
    output.pack(span.extracting(slot.range), transposed: true)
    if forBackward { outputTransposed?.pack(span.extracting(slot.range), transposed: false) }
    outputBias.copy(span.extracting(bias.range))
  }

  private func loadTable(_ parameters: [Float]) {
    guard let rows = layout["embedding.weight"], let matrix = layout["rnn.weight_ih_l0"] else {
      return
    }
    let span = parameters.span
    scratch.copy(span.extracting(rows.range))
    scratch.convert(rows: 0..<scratch.rows, into: embedding, row: 0)
    tableFactor.pack(span.extracting(matrix.range), transposed: true)
    tableProduct.multiply(embedding, by: tableFactor, into: table)
  }
}
