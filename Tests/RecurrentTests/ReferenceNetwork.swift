import Recurrent
import TestSupport

/// A whole network in double precision, token by token: the loss that the engine must equal, and by
/// central differences the gradients too.
struct ReferenceNetwork {
  let configuration: NetworkConfiguration
  let layout: ParameterLayout
  var parameters: [Double]

  init(_ network: Network) {
    configuration = network.configuration
    layout = network.layout
    parameters = network.parameters.map(Double.init)
  }

  // For each layer its states, the hidden one first.
  typealias State = [[[Double]]]

  // Both are empty where the network has no such tensor.
  func tensor(_ parameter: Parameter) -> [Double] {
    layout.slots.first { $0.parameter == parameter }.map { Array(parameters[$0.range]) } ?? []
  }

  func rows(_ parameter: Parameter) -> [[Double]] {
    guard let slot = layout.slots.first(where: { $0.parameter == parameter }) else { return [] }
    return (0..<slot.shape[0]).map { row in
      let start = slot.offset + row * slot.shape[1]
      return Array(parameters[start..<start + slot.shape[1]])
    }
  }

  var initialState: State {
    let zeros = [[Double]](
      repeating: [Double](repeating: 0, count: configuration.hiddenSize),
      count: configuration.layerCount)
    let vectors = (0..<configuration.cell.stateCount).map { vector in
      let learned = rows(.initialState(vector))
      return learned.isEmpty ? zeros : learned
    }
    return (0..<configuration.layerCount).map { layer in vectors.map { $0[layer] } }
  }

  func state(_ packed: NetworkState, stream: Int) -> State {
    let perLayer = configuration.cell.stateCount
    return (0..<configuration.layerCount).map { layer in
      (0..<perLayer).map { vector in
        let start = ((layer * perLayer + vector) * packed.streams + stream) * packed.hiddenSize
        return packed.values[start..<start + packed.hiddenSize].map(Double.init)
      }
    }
  }

  /// The weights of all layers, taken out of the flat array once.
  struct Unpacked {
    var layers: [ReferenceWeights<Double>]
    var embedding: [[Double]]
    var recall: [[Double]]
    var gate: [[Double]]
    var output: [[Double]]
    var bias: [Double]
    var gains: [[Double]]
    var shifts: [[Double]]
    var start: State
  }

  func unpacked() -> Unpacked {
    let embedding = rows(.embedding)
    let layers = 0..<configuration.layerCount
    return Unpacked(
      layers: layers.map { layer in
        var weights = ReferenceWeights(
          inputWeights: rows(.layer(layer, .inputWeights)),
          recurrentWeights: rows(.layer(layer, .recurrentWeights)),
          inputBias: tensor(.layer(layer, .inputBias)),
          recurrentBias: tensor(.layer(layer, .recurrentBias)))
        weights.innerWeights = rows(.layer(layer, .innerWeights))
        weights.innerBias = tensor(.layer(layer, .innerBias))
        weights.retention = tensor(.layer(layer, .retention))
        weights.candidateScale = tensor(.layer(layer, .candidateScale))
        return weights
      }, embedding: embedding, recall: configuration.recall == nil ? [] : rows(.recall),
      gate: rows(.recallGate),
      output: configuration.tiedWeights ? embedding : rows(.outputWeights),
      bias: tensor(.outputBias),
      gains: layers.map { tensor(.layer($0, .gain)) },
      shifts: layers.map { tensor(.layer($0, .shift)) }, start: initialState)
  }

  /// The logits of a step.
  func step(_ piece: [Int], _ state: inout State, _ weights: Unpacked) -> [Double] {
    logits(of: output(piece, &state, weights), piece, weights)
  }

  func logits(of x: [Double], _ piece: [Int], _ weights: Unpacked) -> [Double] {
    var logits = weights.output.indices.map { row in
      zip(weights.output[row], x).reduce(weights.bias[row]) { $0 + $1.0 * $1.1 }
    }
    guard !weights.gate.isEmpty else { return logits }
    let (candidates, lengths) = recalled(piece)
    for (candidate, numbers) in zip(candidates, weights.gate) {
      if let candidate { logits[candidate] += 10 * numbers[lengths] }
    }
    return logits
  }

  /// The top layer's output of a step.
  func output(_ piece: [Int], _ state: inout State, _ weights: Unpacked) -> [Double] {
    var x = weights.embedding[piece[piece.count - 1]]
    if configuration.recall != nil {
      let (candidates, lengths) = recalled(piece)
      let none = configuration.vocabularySize
      let rows =
        candidates.enumerated().map { $0 * (none + 1) + ($1 ?? none) }
        + [candidates.count * (none + 1) + lengths]
      for row in rows { x = zip(x, weights.recall[row]).map { $0 + $1 } }
    }
    for (row, factor) in heard(piece) {
      x = zip(x, weights.embedding[row]).map { $0 + factor * $1 }
    }
    for layer in 0..<configuration.layerCount {
      let below = x
      state[layer] = referenceStep(
        ofCell: configuration.cell.rawValue, weights.layers[layer],
        isRectified: configuration.activation == .relu, x, states: state[layer])
      x = state[layer][0]
      if configuration.residual && layer > 0 { x = zip(x, below).map { $0 + $1 } }
      if configuration.layerNormalization {
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        let scale = 1 / (variance + 1e-5).squareRoot()
        x = x.indices.map {
          (x[$0] - mean) * scale * weights.gains[layer][$0] + weights.shifts[layer][$0]
        }
      }
    }
    return x
  }

  /// Each match's candidate, and the class of all lengths.
  private func recalled(_ piece: [Int]) -> (candidates: [Int?], lengths: Int) {
    guard let recall = configuration.recall else { return ([], 0) }
    let answers = recall.lengths.map { recalledMatch(piece, least: $0) }
    let classes = zip(answers, recall.lengths).map { answer, least in
      [1, 1.5, 2, 3, 4, 6, 8, 12].count { Double(answer.length) >= $0 * Double(least) }
    }
    return (answers.map(\.candidate), classes.reversed().reduce(0) { $0 * 9 + $1 })
  }

  /// The tokens whose embeddings are added to a token's: of each slot of conditions the last that stands in
  /// the piece, or its first, then at most twelve members of the group before the last.
  private func heard(_ piece: [Int]) -> [(row: Int, factor: Double)] {
    let slots = configuration.conditionSlots ?? []
    var first = configuration.vocabularySize - slots.reduce(0, +)
    let told = slots.map { count in
      defer { first += count }
      return (piece.last { (first..<first + count).contains($0) } ?? first, 1.0)
    }
    guard let groups = configuration.heardGroups else { return told }
    let parts = piece.split(omittingEmptySubsequences: false) { groups.openers.contains($0) }
    // What stands before the first opener is of no group.
    let group = parts.count > 2 ? parts[parts.count - 2].filter(groups.members.contains) : []
    return told + group.prefix(12).map { ($0, 0.25) }
  }

  /// The mean loss in nats over the window's targets, from the state given, and with it `activation` times
  /// the mean square of the outputs and `temporal` times that of the changes of the top hidden state.
  func loss(
    on window: Window, from start: NetworkState, activation: Double = 0, temporal: Double = 0
  ) -> Double {
    if let readout = configuration.readout { return loss(readout, on: window, from: start) }
    let weights = unpacked()
    var nats = 0.0
    var squares: [Double] = []
    var changes: [Double] = []
    for stream in 0..<window.streams {
      var state = state(start, stream: stream)
      var piece: [Int] = []
      var last: [Double]?
      for step in 0..<window.length {
        let index = step * window.streams + stream
        if window.resets[index] { (state, piece, last) = (weights.start, [], nil) }
        piece.append(Int(window.inputs[index]))
        let output = self.output(piece, &state, weights)
        let logits = logits(of: output, piece, weights)
        guard window.targets[index] >= 0 else {
          last = nil
          continue
        }
        let hidden = state[configuration.layerCount - 1][0]
        squares += output.map { $0 * $0 }
        if let last { changes += zip(hidden, last).map { ($0 - $1) * ($0 - $1) } }
        last = hidden
        let greatest = logits.max() ?? 0
        let sum = logits.reduce(0) { $0 + exponential($1 - greatest) }
        nats += greatest + naturalLogarithm(sum) - logits[Int(window.targets[index])]
      }
    }
    func mean(_ values: [Double]) -> Double {
      values.reduce(0, +) / Double(max(1, values.count))
    }
    return nats / Double(max(1, window.targetCount)) + activation * mean(squares)
      + temporal * mean(changes)
  }

  /// The mean loss over the excerpts: what stands from a reset to the last target before the next one.
  private func loss(_ readout: Readout, on window: Window, from start: NetworkState) -> Double {
    let weights = unpacked()
    var losses: [Double] = []
    for stream in 0..<window.streams {
      var state = state(start, stream: stream)
      var outputs: [[Double]] = []
      var last: (count: Int, label: Int)?
      func close() {
        guard let (count, label) = last else { return }
        let logits = pooled(Array(outputs.prefix(count)), readout)
        losses.append(naturalLogarithm(logits.reduce(0) { $0 + exponential($1) }) - logits[label])
      }
      for step in 0..<window.length {
        let index = step * window.streams + stream
        if window.resets[index] {
          close()
          (state, outputs, last) = (weights.start, [], nil)
        }
        outputs.append(self.step([Int(window.inputs[index])], &state, weights))
        if window.targets[index] >= 0 { last = (outputs.count, Int(window.targets[index])) }
      }
      close()
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  private func pooled(_ outputs: [[Double]], _ readout: Readout) -> [Double] {
    let shares: [Double] =
      switch readout.pooling {
      case .last: outputs.indices.map { $0 == outputs.count - 1 ? 1 : 0 }
      case .mean: outputs.map { _ in 1 }
      case .attention: outputs.map { exponential($0[readout.labelCount]) }
      }
    let sum = shares.reduce(0, +)
    return (0..<readout.labelCount).map { label in
      zip(shares, outputs).reduce(0) { $0 + $1.0 / sum * $1.1[label] }
    }
  }

  /// How fast the loss grows along some directions through the parameters, by central differences.
  func slopes(
    along directions: [Direction], on window: Window, from start: NetworkState,
    activation: Double = 0, temporal: Double = 0
  ) -> [Double] {
    directions.map { direction in
      let step = 1e-5
      func loss(_ step: Double) -> Double {
        var moved = self
        for (index, sign) in zip(direction.range, direction.signs) {
          moved.parameters[index] += step * sign
        }
        return moved.loss(on: window, from: start, activation: activation, temporal: temporal)
      }
      return (loss(step) - loss(-step)) / (2 * step)
    }
  }
}

/// A way through some parameters on which each of them grows or shrinks as fast as another, so that a fault in any of
/// their gradients is a fault in the slope.
struct Direction {
  var range: Range<Int>
  /// 1 or -1 for each.
  var signs: [Double]

  /// One at random.
  init(through range: Range<Int>, using generator: inout some RandomNumberGenerator) {
    self.range = range
    signs = range.map { _ in Bool.random(using: &generator) ? 1 : -1 }
  }

  /// The slope that gradients tell.
  func slope(_ gradients: [Float]) -> Double {
    zip(range, signs).reduce(0) { $0 + Double(gradients[$1.0]) * $1.1 }
  }
}

/// Where a piece is found again at its end: the last place before which as many tokens as `least` stood
/// as now, kept as long as the piece goes on as it did there. Compares everything with everything.
func recalledMatch(_ piece: [Int], least: Int) -> (candidate: Int?, length: Int) {
  func agree(_ place: Int, _ end: Int, _ count: Int) -> Bool {
    place >= count && end >= count && piece[place - count..<place] == piece[end - count..<end]
  }
  var place: Int?
  for end in piece.indices.map({ $0 + 1 }) {
    place = place.flatMap { piece[$0] == piece[end - 1] ? $0 + 1 : nil }
    if place == nil, end > least { place = (least..<end).last { agree($0, end, least) } }
  }
  guard let place else { return (nil, 0) }
  let length = (1...piece.count).last { agree(place, piece.count, $0) } ?? 0
  return (piece[place], length)
}

/// |a − b| / |b| over all elements.
func relativeError<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(_ a: [A], _ b: [B]) -> Double {
  guard a.count == b.count else { return .infinity }
  var difference = 0.0
  var size = 0.0
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    size += Double(y) * Double(y)
  }
  return size == 0 ? difference.squareRoot() : (difference / size).squareRoot()
}

/// A window of random tokens, with some resets and some targets that do not count.
func randomWindow(
  length: Int, streams: Int, vocabulary: Int, generator: inout some RandomNumberGenerator,
  resets: Bool = true
) -> Window {
  let count = length * streams
  let inputs = (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) }
  let targets = (0..<count).map { _ in
    Int.random(in: 0..<6, using: &generator) == 0
      ? -1 : Int32.random(in: 0..<Int32(vocabulary), using: &generator)
  }
  let marks = (0..<count).map { _ in
    resets && Int.random(in: 0..<4, using: &generator) == 0
  }
  return Window(length: length, streams: streams, inputs: inputs, targets: targets, resets: marks)
}
