public import ArgumentParser
public import MuseGen

/// The network's shape and options.
struct NetworkOptions: ParsableArguments {
  private static let defaults = TrainingSettings().network

  @Option(parsing: .unconditional, help: "The kind of recurrent cell.")
  var cell = defaults.cell

  @Option(parsing: .unconditional, help: "Recurrent layers, 1 to 8.")
  var layers = defaults.layerCount

  @Option(parsing: .unconditional, help: "The size of each layer's hidden state.")
  var hidden = defaults.hiddenSize

  @Option(parsing: .unconditional, help: "The size of an event's embedding.")
  var embedding = defaults.embeddingSize

  @Option(parsing: .unconditional, help: "The share of every layer's output that is dropped.")
  var dropout = defaults.dropout

  @Option(
    parsing: .unconditional,
    help: """
      Tell the network what followed the last time the same events stood in its piece: the fewest \
      events that must agree, such as 8 or 6,16; or none.
      """)
  var recall = RecallFlag(defaults.recall)

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("cell", cell.rawValue), .init("layers", layers), .init("hidden", hidden),
      .init("embedding", embedding), .init("dropout", dropout),
      .init("recall", recall.description),
    ]
  }

  /// The names of the settings that say how large the network is.
  static let sizeNames: Set<String> = ["layers", "hidden", "embedding"]

  /// The names of the settings that say how much is dropped.
  static let dropoutNames: Set<String> = [
    "dropout", "recurrent-dropout", "weight-drop", "embedding-dropout", "recall-dropout",
  ]

  /// The names of the settings that a trained network has fixed: all but how much is dropped.
  static let shapeNames: Set<String> = sizeNames.union([
    "cell", "activation", "recall", "recall-gate", "layer-norm", "tied-weights", "residual",
    "learned-start", "init", "forget-bias",
  ])

  /// The network, its vocabulary still to be chosen.
  func configuration(_ details: NetworkDetailOptions) -> NetworkConfiguration {
    NetworkConfiguration(
      vocabularySize: Self.defaults.vocabularySize, embeddingSize: embedding, hiddenSize: hidden,
      layerCount: layers, cell: cell, activation: details.activation, dropout: dropout,
      recurrentDropout: details.recurrentDropout, weightDrop: details.weightDrop,
      embeddingDropout: details.embeddingDropout, layerNormalization: details.layerNorm,
      tiedWeights: details.tiedWeights,
      residual: details.residual, learnedInitialState: details.learnedStart,
      recall: recall.recall(dropout: details.recallDropout, hasGate: details.recallGate),
      initialization: Initialization(scheme: details.scheme, forgetBias: details.forgetBias))
  }
}

/// What is seldom changed of a network; the network's size is ``NetworkOptions``.
struct NetworkDetailOptions: ParsableArguments {
  private static let defaults = TrainingSettings().network

  @Option(parsing: .unconditional, help: "The nonlinearity of vanilla cells: tanh or relu.")
  var activation = defaults.activation

  @Option(
    parsing: .unconditional,
    help: "The share of the hidden state dropped on its way to the next step.")
  var recurrentDropout = defaults.recurrentDropout

  @Option(
    parsing: .unconditional,
    help: "The share of the recurrent matrices' weights dropped, for a window at a time.")
  var weightDrop = defaults.weightDrop

  @Option(
    parsing: .unconditional,
    help: "The share of events not heard, wherever they stand, for a window at a time.")
  var embeddingDropout = defaults.embeddingDropout

  @Option(parsing: .unconditional, help: "The share of such matches hidden in training.")
  var recallDropout = defaults.recall?.dropout ?? 0

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Let what such matches point to raise its own likelihood, by how well each is founded.")
  var recallGate = defaults.recall?.hasGate ?? true

  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: "Normalise each layer's output.")
  var layerNorm = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Use the embedding as output matrix too.")
  var tiedWeights = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast, help: "Add each layer's input to its output.")
  var residual = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Learn the state in which a piece starts.")
  var learnedStart = false

  @Option(name: .customLong("init"), parsing: .unconditional, help: "How weights start.")
  var scheme = defaults.initialization.scheme

  @Option(parsing: .unconditional, help: "How forget gates are biased at the start (lstm, qrnn).")
  var forgetBias = defaults.initialization.forgetBias

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("activation", activation.rawValue),
      .init("recurrent-dropout", recurrentDropout),
      .init("weight-drop", weightDrop), .init("embedding-dropout", embeddingDropout),
      .init("recall-dropout", recallDropout), .init("recall-gate", recallGate),
      .init("layer-norm", layerNorm), .init("tied-weights", tiedWeights),
      .init("residual", residual), .init("learned-start", learnedStart),
      .init("init", scheme.rawValue), .init("forget-bias", forgetBias),
    ]
  }
}

extension Cell: ExpressibleByArgument {}
extension Activation: ExpressibleByArgument {}
extension Pooling: ExpressibleByArgument {}
extension Initialization.Scheme: ExpressibleByArgument {}
