import Tensors

/// A network's parameters as products want them, shared by all workers that have the same part.
final class NetworkWeights<Element: ProductFactor>: @unchecked Sendable {
  let layers: [LayerWeights<Element>]
  /// The first layer's input product for every token.
  let table: any InputTable
  let outputBias: Matrix<Float>
  /// What recall adds to the logits.
  let gate: RecallGate?
  private let configuration: NetworkConfiguration
  private let layout: ParameterLayout
  private let outputs: Range<Int>
  private var output: PackedWeights<Element>?

  /// Makes room for the weights.
  ///
  /// - Parameters:
  ///   - configuration: the network's shape.
  ///   - units: the hidden units of each layer, all where nil.
  ///   - outputs: the logits, all where nil.
  ///   - table: the first layer's input product, in whatever precision.
  init(
    _ configuration: NetworkConfiguration, units: Range<Int>? = nil, outputs: Range<Int>? = nil,
    table: any InputTable
  ) {
    self.configuration = configuration
    self.table = table
    layout = configuration.layout
    let units = units ?? 0..<configuration.hiddenSize
    layers = (0..<configuration.layerCount).map {
      LayerWeights(layer: $0, configuration: configuration, units: units)
    }
    self.outputs = outputs ?? 0..<configuration.outputCount
    outputBias = Matrix(rows: 1, columns: self.outputs.count)
    gate = RecallGate(configuration)
  }

  /// The output matrix in the formats of the products that read it.
  func output(forward: Product<Element>, backward: Product<Element>?) -> PackedWeights<Element> {
    if let output { return output }
    let made = PackedWeights(forward: forward, backward: backward)
    output = made
    return made
  }

  /// Takes a network's parameters in, without the vectors of tokens that are dropped.
  func load(
    _ network: borrowing Network, forBackward: Bool, dropping dropout: EmbeddingDropout? = nil,
    team: WorkerTeam? = nil
  ) {
    let parameters = network.parameters
    let load: @Sendable (Int) -> Void = { [self] task in
      if task == layers.count {
        loadOutput(parameters, forBackward: forBackward)
      } else if task == layers.count + 1 {
        table.load(parameters, dropping: dropout)
      } else {
        layers[task].load(parameters, forBackward: forBackward)
      }
    }
    let tasks = layers.count + 2
    if let team { team.perform(count: tasks, load) } else { (0..<tasks).forEach(load) }
  }

  private func loadOutput(_ parameters: [Float], forBackward: Bool) {
    let (matrix, bias) = (layout[configuration.outputMatrix], layout[.outputBias])
    gate?.load(parameters)
    let width = configuration.hiddenSize
    output?.pack(
      parameters.span.extracting(
        matrix.offset + outputs.lowerBound * width..<matrix.offset + outputs.upperBound * width),
      forBackward: forBackward)
    outputBias.copy(
      parameters.span.extracting(
        bias.offset + outputs.lowerBound..<bias.offset + outputs.upperBound))
  }
}

/// The first layer's input product for every vector that is embedded, [rows, gates · units].
///
/// The layer's input is one of V embeddings, so V products serve a window of any length; with recall
/// it is the sum of some of them, and so is the product.
protocol InputTable: AnyObject, Sendable {
  /// The products, without bias.
  var products: Matrix<Float> { get }
  /// Takes a network's parameters in, without the vectors of tokens that are dropped.
  func load(_ parameters: [Float], dropping dropout: EmbeddingDropout?)
}

/// The table made by products that read `Factor`.
final class ProductTable<Factor: ProductFactor>: InputTable, @unchecked Sendable {
  let products: Matrix<Float>
  private let vectors: Range<Int>
  // As floats, and as the product reads it.
  private let embedding: Matrix<Float>
  private let factors: Matrix<Factor>
  private let product: Product<Factor>
  private let weights: LayerWeights<Factor>
  private let packed: PackedWeights<Factor>

  init(_ configuration: NetworkConfiguration, units: Range<Int>? = nil) {
    let (rows, size) = (configuration.inputRowCount, configuration.embeddingSize)
    weights = LayerWeights(
      layer: 0, configuration: configuration, units: units ?? 0..<configuration.hiddenSize)
    vectors = configuration.inputVectors
    let width = weights.shape(.inputWeights)[0]
    products = Matrix(rows: rows, columns: width)
    embedding = Matrix(rows: rows, columns: size)
    factors = embedding.factors(as: Factor.self)
    product = Product(
      ProductShape(rows: rows, columns: width, inner: size), packsRight: true)
    packed = weights.matrix(.inputWeights, forward: product, backward: nil)
  }

  func load(_ parameters: [Float], dropping dropout: EmbeddingDropout?) {
    weights.load(parameters, forBackward: false)
    embedding.copy(parameters.span.extracting(vectors))
    dropout?.mask(embedding)
    embedding.convert(rows: 0..<embedding.rows, into: factors, row: 0)
    product.multiply(factors, by: packed.forward, into: products)
  }
}
