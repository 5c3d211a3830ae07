import Recurrent

/// One step of a network on B streams: from tokens and states to logits and states.
struct StepGraph {
  private let network: Network
  private let configuration: NetworkConfiguration
  private let prefix: String

  /// - Parameters:
  ///   - network: the network.
  ///   - prefix: what stands before the names of what goes in and out.
  init(_ network: Network, prefix: String = "") {
    self.network = network
    self.prefix = prefix
    configuration = network.configuration
  }

  /// The states that steps read, in the network's order: `hidden` and `cell`, say.
  var states: [String] { configuration.cell.readStates }

  private var tokens: String { prefix + "tokens" }
  private var resets: String { prefix + "resets" }
  private var recall: String { prefix + "recall" }
  private var heard: String { prefix + "heard" }
  private var vocabularySize: Int { configuration.vocabularySize }

  /// What is read at each step: the shape without time.
  var inputs: [GraphBuilder.Value] {
    var inputs = [
      GraphBuilder.Value(name: tokens, element: .int64, shape: [Self.streams]),
      GraphBuilder.Value(name: resets, element: .bool, shape: [Self.streams]),
    ]
    if let settings = configuration.recall {
      inputs.append(
        GraphBuilder.Value(
          name: recall, element: .int64,
          shape: [Self.streams, .size(settings.lengths.count + 1)]))
    }
    if configuration.heardCount > 0 {
      inputs.append(
        GraphBuilder.Value(
          name: heard, element: .int64,
          shape: [Self.streams, .size(configuration.heardCount)]))
    }
    return inputs
  }

  /// What is carried from step to step, [L, B, H] each: before a step, or after it.
  func carried(afterwards isNext: Bool) -> [GraphBuilder.Value] {
    states.map {
      GraphBuilder.Value(
        name: prefix + $0 + (isNext ? "_next" : ""), element: .float,
        shape: [
          .size(configuration.layerCount), Self.streams, .size(configuration.hiddenSize),
        ])
    }
  }

  /// What each step says.
  var logits: GraphBuilder.Value {
    GraphBuilder.Value(
      name: prefix + "logits", element: .float, shape: [Self.streams, .size(vocabularySize)])
  }

  static let streams = GraphBuilder.Dimension.named("streams")

  /// Adds the step's nodes, which read and give what has these names.
  func add(to graph: inout GraphBuilder) {
    let isNew = graph.widened(resets, axis: 1)
    let entering = states.enumerated().map { index, name in
      let start = start(index, &graph)
      return graph.apply("Where", isNew, start, prefix + name)
    }
    var below = embedding(&graph)
    var leaving = [[String]](repeating: [], count: states.count)
    for layer in 0..<configuration.layerCount {
      let own = entering.map { graph.pick(layer, of: $0, axis: 0) }
      let step = LayerStep(network: network, layer: layer, input: below, states: own)
      let result = step.add(to: &graph)
      for (index, state) in result.states.enumerated() {
        leaving[index].append(graph.widened(state, axis: 0))
      }
      var output = result.hidden
      if configuration.residual, layer > 0 { output = graph.apply("Add", output, below) }
      below = normalized(output, layer: layer, &graph)
    }
    for (name, parts) in zip(states, leaving) {
      graph.node(
        "Concat", parts, named: [prefix + name + "_next"], [GraphBuilder.attribute("axis", 0)])
    }
    let weights = graph.tensor(
      configuration.tiedWeights ? .embedding : .outputWeights, of: network)
    let bias = graph.tensor(.outputBias, of: network)
    var logits = graph.linear(below, weights, bias)
    if configuration.recall?.hasGate == true { logits = gated(logits, &graph) }
    graph.node("Identity", [logits], named: [prefix + "logits"])
  }

  /// The states in which pieces start, [L, 1, H].
  private func start(_ index: Int, _ graph: inout GraphBuilder) -> String {
    let (layers, size) = (configuration.layerCount, configuration.hiddenSize)
    let shape = [layers, 1, size]
    guard configuration.learnedInitialState else {
      return graph.tensor("initial.zero", shape, [Float](repeating: 0, count: layers * size))
    }
    let first = configuration.cell.readsHiddenState ? 0 : 1
    let slot = network.layout[.initialState(first + index)]
    return graph.tensor(slot.name, shape, network[slot.parameter])
  }

  /// The sum of what the token, recall and what is heard are embedded as, [B, E].
  private func embedding(_ graph: inout GraphBuilder) -> String {
    let vectors = graph.tensor(.embedding, of: network)
    var sum = graph.apply("Gather", vectors, tokens)
    if let settings = configuration.recall {
      let table = graph.tensor(.recall, of: network)
      let offsets = graph.integers((0...settings.lengths.count).map { $0 * (vocabularySize + 1) })
      let rows = graph.apply("Add", recall, offsets)
      let found = graph.apply("Gather", table, rows)
      let told = graph.summed(found)
      sum = graph.apply("Add", sum, told)
    }
    if configuration.heardCount > 0 {
      // A place that holds nothing is -1: any row, counted for nothing.
      let zero = graph.integer(0)
      let rows = graph.apply("Max", heard, zero)
      let found = graph.apply("Gather", vectors, rows)
      let isSilent = graph.apply("Less", heard, zero)
      let isHeard = graph.apply("Not", isSilent)
      let counted = graph.apply("Cast", isHeard, attributes: [GraphBuilder.attribute("to", 1)])
      let factors = graph.tensor(
        "heard.factors", [configuration.heardCount], configuration.heardFactors)
      let shares = graph.apply("Mul", counted, factors)
      let columns = graph.widened(shares, axis: 2)
      let scaled = graph.apply("Mul", found, columns)
      let told = graph.summed(scaled)
      sum = graph.apply("Add", sum, told)
    }
    return sum
  }

  private func normalized(_ output: String, layer: Int, _ graph: inout GraphBuilder) -> String {
    guard configuration.layerNormalization else { return output }
    let gain = graph.tensor(.layer(layer, .gain), of: network)
    let shift = graph.tensor(.layer(layer, .shift), of: network)
    return graph.apply(
      "LayerNormalization", output, gain, shift,
      attributes: [GraphBuilder.attribute("axis", -1), GraphBuilder.attribute("epsilon", 1e-5)])
  }

  /// What the gate adds to the logits of the matches' candidates, [B, V].
  private func gated(_ logits: String, _ graph: inout GraphBuilder) -> String {
    let slot = network.layout[.recallGate]
    let (matches, classes) = (slot.shape[0], slot.shape[1])
    let lengths = graph.pick(matches, of: recall, axis: 1)
    // A column more than tokens, for a match that is none; it is cut off.
    let depth = graph.integer(vocabularySize + 1)
    let marks = graph.tensor("recall.marks", [2], [0, 1])
    let (first, last, axis) = (
      graph.integers([0]), graph.integers([vocabularySize]), graph.integers([1])
    )
    var logits = logits
    for match in 0..<matches {
      let values = network[.recallGate].dropFirst(match * classes).prefix(classes)
      let table = graph.tensor(
        "recall.gate.\(match)", [classes], values.map { NetworkConfiguration.recallGateScale * $0 })
      let share = graph.apply("Gather", table, lengths)
      let candidates = graph.pick(match, of: recall, axis: 1)
      let marked = graph.apply("OneHot", candidates, depth, marks)
      let columns = graph.apply("Slice", marked, first, last, axis)
      let shares = graph.widened(share, axis: 1)
      let added = graph.apply("Mul", columns, shares)
      logits = graph.apply("Add", logits, added)
    }
    return logits
  }
}
