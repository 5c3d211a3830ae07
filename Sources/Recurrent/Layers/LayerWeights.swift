import Tensors

/// One layer's parameters as its products and kernels want them, shared by all workers and only read
/// by them.
///
/// It holds what was asked for: each tensor is made when the first worker's layer asks for it, and
/// filled by ``load(_:forBackward:)``, once per optimiser step.
final class LayerWeights<Element: ProductFactor>: @unchecked Sendable {
  /// The hidden units whose rows of each gate are kept: all, or one thread's.
  let units: Range<Int>
  /// The states in which pieces start, [states, units].
  let initial: Matrix<Float>
  private let layer: Int
  private let hiddenSize: Int
  private let layout: ParameterLayout
  // The initial states that are learnt.
  private let startedVectors: Range<Int>
  private var matrices: [(slot: ParameterLayout.Slot, packed: PackedWeights<Element>)] = []
  private var vectors: [(slot: ParameterLayout.Slot, units: Range<Int>, values: Matrix<Float>)] = []

  init(layer: Int, configuration: NetworkConfiguration, units: Range<Int>) {
    self.layer = layer
    self.units = units
    hiddenSize = configuration.hiddenSize
    layout = configuration.layout
    startedVectors = configuration.learnedInitialState ? configuration.cell.startedVectors : 0..<0
    initial = Matrix(rows: configuration.cell.stateCount, columns: units.count)
  }

  /// The sizes of a tensor of this layer, of the units kept here.
  func shape(_ parameter: LayerParameter) -> [Int] {
    var shape = slot(parameter).shape
    shape[0] = shape[0] / hiddenSize * units.count
    return shape
  }

  /// A matrix in the formats of the products that read it.
  func matrix(
    _ parameter: LayerParameter, forward: Product<Element>, backward: Product<Element>?
  ) -> PackedWeights<Element> {
    let slot = slot(parameter)
    if let made = matrices.first(where: { $0.slot == slot }) { return made.packed }
    let packed = PackedWeights(forward: forward, backward: backward)
    matrices.append((slot, packed))
    return packed
  }

  /// A tensor as one row: of the units kept here, or of all.
  func vector(_ parameter: LayerParameter, ofAllUnits isWhole: Bool = false) -> Matrix<Float> {
    let slot = slot(parameter)
    if let made = vectors.first(where: { $0.slot == slot }) { return made.values }
    let units = isWhole ? 0..<hiddenSize : units
    let values = Matrix<Float>(rows: 1, columns: slot.count / hiddenSize * units.count)
    vectors.append((slot, units, values))
    return values
  }

  /// Takes a network's parameters in.
  func load(_ parameters: [Float], forBackward: Bool) {
    for (slot, packed) in matrices {
      read(slot, of: units, parameters) { packed.pack($0, forBackward: forBackward) }
    }
    for (slot, units, values) in vectors {
      read(slot, of: units, parameters) { values.copy($0) }
    }
    for vector in startedVectors {
      let start =
        layout[.initialState(vector)].offset + layer * hiddenSize + units.lowerBound
      initial.copy(
        parameters.span.extracting(start..<start + units.count), at: vector * units.count)
    }
  }

  private func slot(_ parameter: LayerParameter) -> ParameterLayout.Slot {
    layout[.layer(layer, parameter)]
  }

  // The units' rows of every gate; all rows need not be copied together.
  private func read(
    _ slot: ParameterLayout.Slot, of units: Range<Int>, _ parameters: [Float],
    _ body: (Span<Float>) -> Void
  ) {
    if units.count == hiddenSize {
      body(parameters.span.extracting(slot.range))
    } else {
      let width = slot.shape.dropFirst().reduce(1, *)
      let rows = stride(from: 0, to: slot.shape[0], by: hiddenSize).flatMap { gate in
        let start = slot.offset + (gate + units.lowerBound) * width
        return parameters[start..<start + units.count * width]
      }
      body(rows.span)
    }
  }
}

/// A weight matrix W packed for x·Wᵀ, and where there is a way back for δ·W.
final class PackedWeights<Element: ProductFactor> {
  let forward: PackedMatrix<Element>
  let backward: PackedMatrix<Element>?

  init(forward: Product<Element>, backward: Product<Element>?) {
    self.forward = forward.packedRight()
    self.backward = backward?.packedRight()
  }

  // The values are W, row after row.
  func pack(_ values: Span<Float>, forBackward: Bool) {
    forward.pack(values, transposed: true)
    if forBackward { backward?.pack(values, transposed: false) }
  }
}
