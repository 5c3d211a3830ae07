import Tensors

/// From the gradient of the first layer's table to those of its two factors.
///
/// With table = E·W^T, dW = dTable^T·E and dE = dTable·W: equation (12) of Documentation/LSTM.md. In floats whatever the precision: it is
/// done once per step for V rows, and both factors are small.
final class TableGradient: @unchecked Sendable {
  private let layout: ParameterLayout
  private let embedding: Matrix<Float>
  private let inputWeights: PackedMatrix<Float>
  private let weightProduct: Product<Float>
  private let embeddingProduct: Product<Float>
  private let embeddingGradient: Matrix<Float>

  init(_ configuration: NetworkConfiguration) {
    layout = configuration.layout
    let (vocabulary, size) = (configuration.vocabularySize, configuration.embeddingSize)
    let width = configuration.cell.gateCount * configuration.hiddenSize
    embedding = Matrix(rows: vocabulary, columns: size)
    weightProduct = Product(
      ProductShape(rows: width, columns: size, inner: vocabulary, isLeftTransposed: true),
      packsRight: false)
    embeddingProduct = Product(
      ProductShape(rows: vocabulary, columns: size, inner: width), packsRight: true)
    inputWeights = embeddingProduct.packedRight()
    embeddingGradient = Matrix(rows: vocabulary, columns: size)
  }

  func finish(
    _ network: borrowing Network, table: Matrix<Float>, into parameters: Matrix<Float>,
    team: WorkerTeam
  ) {
    let (rows, matrix) = (layout[.embedding], layout[.layer(0, .inputWeights)])
    let span = network.parameters.span
    embedding.copy(span.extracting(rows.range))
    inputWeights.pack(span.extracting(matrix.range), transposed: false)
    // The two products write to different places.
    let tasks = [
      Task { [self] in
        weightProduct.multiply(table, by: embedding, into: parameters, offset: matrix.offset)
      },
      Task { [self] in
        embeddingProduct.multiply(table, by: inputWeights, into: embeddingGradient)
      },
    ]
    team.perform(on: tasks) { $0.run() }
    // Added, because tied weights have put the output matrix's gradient there.
    parameters.add(
      embeddingGradient, from: 0, count: embeddingGradient.count, to: rows.offset)
  }

  private final class Task {
    let run: () -> Void
    init(run: @escaping () -> Void) { self.run = run }
  }
}
