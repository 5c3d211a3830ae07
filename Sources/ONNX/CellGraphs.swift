import Recurrent

/// One step of one layer: what it reads, the states before it, and the layer's tensors by their names in files.
struct LayerStep {
  let network: Network
  let layer: Int
  /// What the layer reads, [B, input size].
  let input: String
  /// The states that the cell reads, [B, H] each.
  let states: [String]

  /// What goes up, and the states after the step.
  struct Result {
    var hidden: String
    var states: [String]
  }

  /// Adds the step's nodes.
  func add(to graph: inout GraphBuilder) -> Result {
    switch network.configuration.cell {
    case .rnn: elman(&graph)
    case .gru: gru(&graph)
    case .lstm: lstm(&graph)
    case .qrnn: qrnn(&graph)
    case .rru: rru(&graph)
    }
  }

  private func tensor(_ parameter: LayerParameter, _ graph: inout GraphBuilder) -> String {
    graph.tensor(.layer(layer, parameter), of: network)
  }

  /// x·Wᵀ + b.
  private func inputSums(_ graph: inout GraphBuilder) -> String {
    let (weights, bias) = (tensor(.inputWeights, &graph), tensor(.inputBias, &graph))
    return graph.linear(input, weights, bias)
  }

  /// h·Uᵀ + d.
  private func recurrentSums(_ graph: inout GraphBuilder) -> String {
    let (weights, bias) = (tensor(.recurrentWeights, &graph), tensor(.recurrentBias, &graph))
    return graph.linear(states[0], weights, bias)
  }

  // h′ = φ(W x + b + U h + d).
  private func elman(_ graph: inout GraphBuilder) -> Result {
    let (own, recurrent) = (inputSums(&graph), recurrentSums(&graph))
    let sum = graph.apply("Add", own, recurrent)
    let isRectified = network.configuration.activation == .relu
    let hidden = graph.apply(isRectified ? "Relu" : "Tanh", sum)
    return Result(hidden: hidden, states: [hidden])
  }

  // r, z = σ; n = tanh(a + r ⊙ u); h′ = n + z ⊙ (h − n).
  private func gru(_ graph: inout GraphBuilder) -> Result {
    let sums = inputSums(&graph)
    let own = graph.split(sums, into: 3)
    let products = recurrentSums(&graph)
    let recurrent = graph.split(products, into: 3)
    func gate(_ index: Int) -> String {
      let sum = graph.apply("Add", own[index], recurrent[index])
      return graph.apply("Sigmoid", sum)
    }
    let (reset, update) = (gate(0), gate(1))
    let kept = graph.apply("Mul", reset, recurrent[2])
    let sum = graph.apply("Add", own[2], kept)
    let candidate = graph.apply("Tanh", sum)
    let difference = graph.apply("Sub", states[0], candidate)
    let share = graph.apply("Mul", update, difference)
    let hidden = graph.apply("Add", candidate, share)
    return Result(hidden: hidden, states: [hidden])
  }

  // i, f, o = σ; g = tanh; c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh c′.
  private func lstm(_ graph: inout GraphBuilder) -> Result {
    let (own, recurrent) = (inputSums(&graph), recurrentSums(&graph))
    let sum = graph.apply("Add", own, recurrent)
    let parts = graph.split(sum, into: 4)
    let (input, forget) = (graph.apply("Sigmoid", parts[0]), graph.apply("Sigmoid", parts[1]))
    let (candidate, output) = (graph.apply("Tanh", parts[2]), graph.apply("Sigmoid", parts[3]))
    let kept = graph.apply("Mul", forget, states[1])
    let stored = graph.apply("Mul", input, candidate)
    let cell = graph.apply("Add", kept, stored)
    let shown = graph.apply("Tanh", cell)
    let hidden = graph.apply("Mul", output, shown)
    return Result(hidden: hidden, states: [hidden, cell])
  }

  // z = tanh; f, o = σ; c′ = z + f ⊙ (c − z); h′ = o ⊙ c′.
  private func qrnn(_ graph: inout GraphBuilder) -> Result {
    let sums = inputSums(&graph)
    let parts = graph.split(sums, into: 3)
    let candidate = graph.apply("Tanh", parts[0])
    let (forget, output) = (graph.apply("Sigmoid", parts[1]), graph.apply("Sigmoid", parts[2]))
    let difference = graph.apply("Sub", states[0], candidate)
    let kept = graph.apply("Mul", forget, difference)
    let cell = graph.apply("Add", candidate, kept)
    return Result(hidden: graph.apply("Mul", output, cell), states: [cell])
  }

  // s = W x + b + U m; j = relu(s / √(mean s² + 10⁻⁶)); (c, o) = V j + d; m′ = σ(10 S) ⊙ m + Z ⊙ c; h′ = o.
  private func rru(_ graph: inout GraphBuilder) -> Result {
    let own = inputSums(&graph)
    let weights = tensor(.recurrentWeights, &graph)
    let recurrent = graph.linear(states[0], weights)
    let sum = graph.apply("Add", own, recurrent)
    let squares = graph.apply("Mul", sum, sum)
    let mean = graph.apply(
      "ReduceMean", squares,
      attributes: [GraphBuilder.attribute("axes", [1]), GraphBuilder.attribute("keepdims", 1)])
    let least = graph.tensor("rru.least", [], [1e-6])
    let bounded = graph.apply("Add", mean, least)
    let root = graph.apply("Sqrt", bounded)
    let normalized = graph.apply("Div", sum, root)
    let rectified = graph.apply("Relu", normalized)
    let (innerWeights, innerBias) = (tensor(.innerWeights, &graph), tensor(.innerBias, &graph))
    let outer = graph.linear(rectified, innerWeights, innerBias)
    let parts = graph.split(outer, into: 2)
    let ten = graph.tensor("rru.ten", [], [10])
    let retention = tensor(.retention, &graph)
    let scaled = graph.apply("Mul", retention, ten)
    let share = graph.apply("Sigmoid", scaled)
    let kept = graph.apply("Mul", share, states[0])
    let scale = tensor(.candidateScale, &graph)
    let added = graph.apply("Mul", scale, parts[0])
    let memory = graph.apply("Add", kept, added)
    return Result(hidden: parts[1], states: [memory])
  }
}

extension GraphBuilder {
  /// A tensor of a network under its name in files.
  mutating func tensor(_ parameter: Parameter, of network: Network) -> String {
    let slot = network.layout[parameter]
    return tensor(slot.name, slot.shape, network[parameter])
  }
}
