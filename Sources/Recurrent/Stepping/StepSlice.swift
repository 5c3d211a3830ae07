import Tensors

/// One thread's part of a step: some hidden units of every layer, some outputs, for the streams of
/// one group.
final class StepSlice<Element: ProductFactor> {
  let group: StepGroup<Element>
  let outputs: Range<Int>
  let logits: Matrix<Float>
  private let layers: [StepLayer<Element>]
  private let weights: NetworkWeights<Element>
  private let outputProduct: Product<Element>
  private let outputWeights: PackedWeights<Element>

  init(
    _ configuration: NetworkConfiguration, group: StepGroup<Element>,
    weights: NetworkWeights<Element>, outputs: Range<Int>
  ) {
    self.group = group
    self.outputs = outputs
    self.weights = weights
    let places = weights.layers.map {
      CellPlace(
        configuration: configuration, weights: $0, rows: group.streams, length: 1,
        isTraining: false)
    }
    let cells = configuration.cell.type(computingIn: Element.self).stack(places)
    layers = zip(places, cells).enumerated().map {
      StepLayer(index: $0, $1.0, cell: $1.1, group: group)
    }
    outputProduct = Product(
      ProductShape(rows: group.streams, columns: outputs.count, inner: configuration.hiddenSize),
      packsRight: true)
    outputWeights = weights.output(forward: outputProduct, backward: nil)
    logits = Matrix(rows: group.streams, columns: outputs.count)
  }

  // One step of all layers; `meet` waits for the threads that have the other units.
  func step(meet: () -> Void) {
    var below: LayerValues<Element>?
    for layer in layers {
      layer.advance(below: below, table: weights.table.products)
      meet()
      below = layer.pass(below: below)
    }
    guard let top = below?.factors else { return }
    outputProduct.multiply(top, by: outputWeights.forward, into: logits)
    logits.addToRows(weights.outputBias)
    weights.gate?.add(group.lookups, rows: group.streams, to: logits, outputs: outputs)
  }
}

/// What a layer passes on: [N, H], and the same as products read it.
struct LayerValues<Element: ProductFactor> {
  let floats: Matrix<Float>
  let factors: Matrix<Element>
}

/// One layer of a slice: its cell steps in narrow buffers of the slice's units.
final class StepLayer<Element: ProductFactor> {
  private let index: Int
  private let group: StepGroup<Element>
  private let units: Range<Int>
  private let cell: any RecurrentCell<Element>
  // Nil in the first layer, which looks its input product up.
  private let input: LinearMap<Element>?
  private let output: LayerOutput<Element>?
  private let isResidual: Bool

  init(
    index: Int, _ place: CellPlace<Element>, cell: any RecurrentCell<Element>,
    group: StepGroup<Element>
  ) {
    self.index = index
    self.group = group
    self.cell = cell
    units = place.weights.units
    input = index == 0 ? nil : LinearMap(.inputWeights, place, rows: place.rows)
    output = LayerOutput(place)
    isResidual = place.configuration.residual
  }

  // Writes the units' next states into the group's.
  func advance(below: LayerValues<Element>?, table: Matrix<Float>) {
    let (streams, first) = (group.streams, units.lowerBound)
    let (now, next) = (group.turn, 1 - group.turn)
    if let below { input?.multiply(below.factors, into: cell.inputSums) }
    let (before, after) = (0..<streams, streams..<2 * streams)
    let (hidden, others) = (cell.states[0], zip(cell.states.dropFirst(), group.others[index]))
    group.hidden[index][now].copyColumns(from: first, rows: before, into: hidden, row: 0)
    for (narrow, whole) in others {
      whole.copyColumns(from: first, rows: before, into: narrow, row: 0)
    }
    let looksUp = below == nil && group.lookups.count == 1
    if below == nil && !looksUp {
      cell.inputSums.gather(
        table, index: group.lookups, factors: group.lookupFactors, rows: 0..<streams, to: 0)
    }
    // Nothing starts anew within a step: the stepper sets states itself.
    cell.forward(
      CellStep(
        row: 0, rows: streams, input: looksUp ? table : cell.inputSums, inputRow: 0,
        tokens: looksUp ? group.lookups[0] : nil, resets: group.resets,
        entering: group.factors[index][now], enteringRow: 0))
    group.hidden[index][next].copyColumns(of: hidden, rows: after, to: 0, column: first)
    for (narrow, whole) in others {
      whole.copyColumns(of: narrow, rows: after, to: 0, column: first)
    }
    if Element.self == Float.self { return }
    // Kernels round to bfloat16 as they go, to nothing else.
    if Element.productElement != .bfloat16 {
      hidden.convert(rows: after, into: cell.hiddenFactors, row: streams)
    }
    group.factors[index][next].copyColumns(
      of: cell.hiddenFactors, rows: after, to: 0, column: first)
  }

  // Residual and normalisation of the whole state; every thread does them for itself.
  func pass(below: LayerValues<Element>?) -> LayerValues<Element> {
    let next = 1 - group.turn
    let hidden = group.hidden[index][next]
    guard let output else {
      return LayerValues(floats: hidden, factors: group.factors[index][next])
    }
    output.write(
      hidden, rows: 0..<group.streams, below: isResidual ? below?.floats : nil, drop: { _ in })
    return LayerValues(floats: output.values, factors: output.factors)
  }
}

/// Streams that step together: their whole states, which the group's threads share.
///
/// Each thread writes its own units' columns and reads all; a meeting lies between.
final class StepGroup<Element: ProductFactor> {
  let firstStream: Int
  let streams: Int
  // For each layer the hidden state before and after the step, taking turns, [N, H].
  let hidden: [[Matrix<Float>]]
  let factors: [[Matrix<Element>]]
  // For each layer the states that no product reads, [N, H].
  let others: [[Matrix<Float>]]
  // The rows of the first layer's table that are added up, [N, 1] each, and what each counts for.
  let lookups: [Matrix<Int32>]
  let lookupFactors: [Float]
  let resets: Matrix<UInt8>
  // Which of the two matrices holds the state now.
  var turn = 0

  init(_ configuration: NetworkConfiguration, firstStream: Int, streams: Int) {
    self.firstStream = firstStream
    self.streams = streams
    let size = configuration.hiddenSize
    func states(_ count: Int) -> [[Matrix<Float>]] {
      (0..<configuration.layerCount).map { _ in
        (0..<count).map { _ in Matrix(rows: streams, columns: size) }
      }
    }
    hidden = states(2)
    factors = hidden.map { $0.map { $0.factors(as: Element.self) } }
    others = states(configuration.cell.stateCount - 1)
    lookupFactors = configuration.lookupFactors
    lookups = (0..<configuration.lookupCount).map { _ in Matrix(rows: streams, columns: 1) }
    resets = Matrix(rows: streams, columns: 1)
  }

  func load(_ state: NetworkState) {
    for (vector, matrix) in states.enumerated() {
      matrix.copy(state.values.span.extracting(state.range(vector: vector, streams: range)))
    }
    for (hidden, factors) in zip(hidden, factors) {
      hidden[turn].convert(rows: 0..<streams, into: factors[turn], row: 0)
    }
  }

  func store(into state: inout NetworkState) {
    for (vector, matrix) in states.enumerated() {
      matrix.copy(into: &state.values, range: state.range(vector: vector, streams: range))
    }
  }

  private var range: Range<Int> { firstStream..<firstStream + streams }

  // In the order of a network's vectors.
  private var states: [Matrix<Float>] {
    zip(hidden, others).flatMap { [$0[turn]] + $1 }
  }
}
