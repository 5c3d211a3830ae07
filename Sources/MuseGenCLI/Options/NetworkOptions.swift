public import ArgumentParser
public import MuseGen

/// The network's shape and options.
struct NetworkOptions: ParsableArguments {
  private static let defaults = TrainingSettings().network

  @Option(parsing: .unconditional, help: "The kind of recurrent cell.")
  var cell = defaults.cell

  @Option(parsing: .unconditional, help: "The nonlinearity of vanilla cells: tanh or relu.")
  var activation = defaults.activation

  @Option(parsing: .unconditional, help: "Recurrent layers, 1 to 8.")
  var layers = defaults.layerCount

  @Option(parsing: .unconditional, help: "The size of each layer's hidden state.")
  var hidden = defaults.hiddenSize

  @Option(parsing: .unconditional, help: "The size of an event's embedding.")
  var embedding = defaults.embeddingSize

  @Option(parsing: .unconditional, help: "The share of activations dropped between layers.")
  var dropout = defaults.dropout

  @Option(
    parsing: .unconditional,
    help: "The share of the hidden state dropped on its way to the next step.")
  var recurrentDropout = defaults.recurrentDropout

  @Flag(help: "Normalise each layer's output.")
  var layerNorm = false

  @Flag(help: "Use the embedding as output matrix too.")
  var tiedWeights = false

  @Flag(help: "Add each layer's input to its output.")
  var residual = false

  @Flag(help: "Learn the state in which a piece starts.")
  var learnedStart = false

  @Option(name: .customLong("init"), parsing: .unconditional, help: "How weights start.")
  var scheme = defaults.initialization.scheme

  @Option(parsing: .unconditional, help: "How an LSTM's forget gates are biased at the start.")
  var forgetBias = defaults.initialization.forgetBias

  /// The network, its vocabulary still to be chosen.
  var configuration: NetworkConfiguration {
    NetworkConfiguration(
      vocabularySize: Self.defaults.vocabularySize, embeddingSize: embedding, hiddenSize: hidden,
      layerCount: layers, cell: cell, activation: activation, dropout: dropout,
      recurrentDropout: recurrentDropout, layerNormalization: layerNorm, tiedWeights: tiedWeights,
      residual: residual, learnedInitialState: learnedStart,
      initialization: Initialization(scheme: scheme, forgetBias: forgetBias))
  }
}

extension Cell: ExpressibleByArgument {}
extension Activation: ExpressibleByArgument {}
extension Initialization.Scheme: ExpressibleByArgument {}
