/// A recurrent network over tokens, as a value: a configuration and one flat array of parameters.
///
/// Tokens are embedded, go through L recurrent layers, and the top layer's output through a matrix
/// to V logits. What it computes is defined by ``BackpropagationThroughTime`` and ``Stepper``.
public struct Network: Sendable {
  /// The shape and options.
  public let configuration: NetworkConfiguration
  /// Where each tensor lies in ``parameters``.
  public let layout: ParameterLayout
  /// All parameters, in the layout's order.
  public var parameters: [Float]

  /// Creates a network whose parameters start as the configuration says, drawn from a seed.
  ///
  /// - Throws: ``NetworkError`` where the configuration makes no network.
  public init(_ configuration: NetworkConfiguration, seed: UInt64) throws(NetworkError) {
    try configuration.validate()
    try NetworkError.check(bytes: configuration.parameterMemory)
    self.configuration = configuration
    layout = configuration.layout
    parameters = [Float](repeating: 0, count: layout.count)
    configuration.initialization.fill(&parameters, of: configuration, seed: seed)
  }

  /// Creates a network of given parameters.
  ///
  /// - Throws: ``NetworkError`` where the configuration makes no network, or the parameters are too
  ///   few, too many or not finite.
  public init(_ configuration: NetworkConfiguration, parameters: [Float]) throws(NetworkError) {
    try configuration.validate()
    self.configuration = configuration
    layout = configuration.layout
    guard parameters.count == layout.count else {
      throw NetworkError(.parameterCount(found: parameters.count, expected: layout.count))
    }
    if let slot = layout.firstNonFinite(in: parameters) {
      throw NetworkError(.notFinite(slot: slot.name))
    }
    self.parameters = parameters
  }

  /// The elements of one tensor, row-major; asking for one that the network does not have is a mistake
  /// and stops the program.
  public subscript(parameter: Parameter) -> ArraySlice<Float> {
    parameters[layout[parameter].range]
  }

  /// The elements of one tensor, row-major, by its name in a file; nil where the network has none of that name.
  public subscript(name: String) -> ArraySlice<Float>? {
    layout[name].map { parameters[$0.range] }
  }
}
