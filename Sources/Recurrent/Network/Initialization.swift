import Glibc
import Tensors

/// How the parameters of a network start.
public struct Initialization: Codable, Hashable, Sendable {
  /// How the recurrent matrices start.
  public enum Scheme: String, Codable, CaseIterable, Sendable {
    /// Uniform within ±1/√H, as in PyTorch.
    case uniform
    /// Uniform within ±√(6 / (fan in + fan out)), gate by gate.
    ///
    /// - Reference: Glorot and Bengio, "Understanding the Difficulty of Training Deep Feedforward
    ///   Neural Networks" (2010).
    case glorot
    /// Orthogonal recurrent matrices, gate by gate; the others as in `glorot`.
    ///
    /// - Reference: Saxe, McClelland and Ganguli, "Exact Solutions to the Nonlinear Dynamics of
    ///   Learning in Deep Linear Neural Networks" (2014).
    case orthogonal
    /// The identity, with input weights of standard deviation 0.001 and zero biases.
    ///
    /// - Reference: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of
    ///   Rectified Linear Units" (2015).
    case identity
  }

  /// How the matrices start.
  public var scheme: Scheme
  /// The bias of the forget gate of an LSTM or a QRNN; 1 lets the cell state through at the start.
  ///
  /// - Reference: Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network
  ///   Architectures" (2015).
  public var forgetBias: Float
  /// A factor on the recurrent matrices; above 1 gradients tend to explode.
  public var recurrentGain: Float

  /// Creates an initialisation.
  public init(scheme: Scheme = .uniform, forgetBias: Float = 1, recurrentGain: Float = 1) {
    self.scheme = scheme
    self.forgetBias = forgetBias
    self.recurrentGain = recurrentGain
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case scheme, forgetBias, recurrentGain
  }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  func validate() throws(NetworkError) {
    for (key, value) in [("forgetBias", forgetBias), ("recurrentGain", recurrentGain)] {
      try NetworkError.check(
        key, value, value.isFinite && abs(value) <= 1000, "a number within ±1000")
    }
  }
}

extension Initialization {
  // Fills all parameters of a network. Tensors are filled in the layout's order from one source.
  func fill(_ parameters: inout [Float], of configuration: NetworkConfiguration, seed: UInt64) {
    var random = RandomSource(seed: seed)
    for slot in configuration.layout.slots {
      fill(&parameters, slot, of: configuration, from: &random)
    }
  }

  private func fill(
    _ parameters: inout [Float], _ slot: ParameterLayout.Slot,
    of configuration: NetworkConfiguration, from random: inout RandomSource
  ) {
    let size = configuration.hiddenSize
    let limit = 1 / Float(size).squareRoot()
    switch slot.role {
    case .embedding:
      // A tied embedding is the output matrix too, which must start small.
      let deviation = configuration.tiedWeights ? limit : 1
      gaussian(&parameters, slot.range, deviation: deviation, from: &random)
    case .recurrentMatrix:
      fillRecurrent(&parameters, slot, size: size, from: &random)
      if recurrentGain != 1 {
        for index in slot.range { parameters[index] *= recurrentGain }
      }
    case .inputMatrix:
      fillInput(&parameters, slot, size: size, from: &random)
    case .innerMatrix:
      let (outputs, inputs) = (Float(slot.shape[0]), Float(slot.shape[1]))
      let limit =
        scheme == .uniform ? 1 / inputs.squareRoot() : (6 / (inputs + outputs)).squareRoot()
      uniform(&parameters, slot.range, limit: limit, from: &random)
    case .retention:
      // Shares from none to all, so that some units remember for one step and some for a hundred.
      random.fill(&parameters, range: slot.range, low: 0.01, high: 0.99)
      for index in slot.range {
        parameters[index] = log(parameters[index] / (1 - parameters[index])) / 10
      }
    case .outputMatrix:
      uniform(&parameters, slot.range, limit: limit, from: &random)
    case .inputBias, .recurrentBias:
      if scheme == .uniform { uniform(&parameters, slot.range, limit: limit, from: &random) }
      // The forget gate's two biases add up: the one of the input product holds the whole of it.
      guard let gate = configuration.cell.forgetGate else { return }
      let start = slot.offset + gate * size
      for index in start..<start + size {
        parameters[index] = slot.role == .inputBias ? forgetBias : 0
      }
    case .constant(let value):
      for index in slot.range { parameters[index] = value }
    }
  }

  private func fillRecurrent(
    _ parameters: inout [Float], _ slot: ParameterLayout.Slot, size: Int,
    from random: inout RandomSource
  ) {
    for gate in 0..<slot.count / (size * size) {
      let start = slot.offset + gate * size * size
      let range = start..<start + size * size
      switch scheme {
      case .uniform:
        uniform(&parameters, range, limit: 1 / Float(size).squareRoot(), from: &random)
      case .glorot:
        uniform(&parameters, range, limit: (3 / Float(size)).squareRoot(), from: &random)
      case .orthogonal:
        gaussian(&parameters, range, deviation: 1, from: &random)
        orthogonalize(&parameters, start: start, size: size)
      case .identity:
        for row in 0..<size { parameters[start + row * size + row] = 1 }
      }
    }
  }

  private func fillInput(
    _ parameters: inout [Float], _ slot: ParameterLayout.Slot, size: Int,
    from random: inout RandomSource
  ) {
    switch scheme {
    case .uniform:
      uniform(&parameters, slot.range, limit: 1 / Float(size).squareRoot(), from: &random)
    case .glorot, .orthogonal:
      let limit = (6 / Float(size + slot.shape[1])).squareRoot()
      uniform(&parameters, slot.range, limit: limit, from: &random)
    case .identity:
      gaussian(&parameters, slot.range, deviation: 0.001, from: &random)
    }
  }

  private func uniform(
    _ parameters: inout [Float], _ range: Range<Int>, limit: Float,
    from random: inout RandomSource
  ) {
    random.fill(&parameters, range: range, low: -limit, high: limit)
  }

  private func gaussian(
    _ parameters: inout [Float], _ range: Range<Int>, deviation: Float,
    from random: inout RandomSource
  ) {
    random.fill(&parameters, range: range, standardDeviation: deviation)
  }

  // Gram and Schmidt's process over the rows, the modified form, which loses fewer digits.
  private func orthogonalize(_ parameters: inout [Float], start: Int, size: Int) {
    let matrix = Matrix<Float>(rows: size, columns: size)
    matrix.copy(parameters.span.extracting(start..<start + size * size))
    matrix.orthogonalizeRows()
    matrix.copy(into: &parameters, range: start..<start + size * size)
  }
}
