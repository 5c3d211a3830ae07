import Recurrent
import Testing
import Training

/// Expected numbers are printed by Tools/fixtures/optimizers_torch.py.
struct OptimizerTests {
  // One parameter of the embedding and two biases are watched; the rest has no gradient.
  private static let layout = NetworkConfiguration(
    vocabularySize: 1, embeddingSize: 2, hiddenSize: 1, layerCount: 1, cell: .rnn
  ).layout

  private struct Case: Sendable {
    var kind: OptimizerConfiguration.Kind
    var decay: Float
    var expected: [Float]
  }

  private static let cases = [
    Case(kind: .sgd, decay: 0.1, expected: [-0.2674968, -1.2482851, 1.8659241]),
    Case(kind: .adam, decay: 0.1, expected: [0.072243, -1.2475369, 1.8538178]),
    Case(kind: .adamw, decay: 0.1, expected: [0.1686414, -1.2462192, 1.8538178]),
  ]

  @Test(arguments: cases.indices)
  func `ten steps end where PyTorch's do, and only matrices decay`(index: Int) throws {
    let item = Self.cases[index]
    let layout = Self.layout
    let bias = try #require(layout["rnn.bias_ih_l0"]).offset
    var parameters = [Float](repeating: 0, count: layout.count)
    (parameters[0], parameters[1], parameters[bias]) = (0.5, -1, 2)
    var optimizer = Optimizer(
      OptimizerConfiguration(kind: item.kind, weightDecay: item.decay),
      parameterCount: layout.count)
    for step in 0..<10 {
      var gradients = [Float](repeating: 0, count: layout.count)
      (gradients[0], gradients[1], gradients[bias]) = (sine(step), sine(step + 1), sine(step + 2))
      optimizer.update(&parameters, gradients: gradients, learningRate: 0.1, layout: layout)
    }
    #expect(optimizer.stepCount == 10)
    for (found, expected) in zip([parameters[0], parameters[1], parameters[bias]], item.expected) {
      #expect(abs(found - expected) < 2e-6)
    }
    let watched: Set = [0, 1, bias]
    #expect(parameters.indices.allSatisfy { watched.contains($0) || parameters[$0] == 0 })
  }

  @Test func `a copy in the middle of a run goes on to the bit`() {
    let layout = Self.layout
    var parameters = [Float](repeating: 1, count: layout.count)
    let gradients = (0..<layout.count).map(sine)
    var optimizer = Optimizer(OptimizerConfiguration(), parameterCount: layout.count)
    optimizer.update(&parameters, gradients: gradients, learningRate: 0.1, layout: layout)
    var restored = Optimizer(OptimizerConfiguration(), parameterCount: layout.count)
    restored.stepCount = optimizer.stepCount
    restored.firstMoment = optimizer.firstMoment
    restored.secondMoment = optimizer.secondMoment
    var other = parameters
    optimizer.update(&parameters, gradients: gradients, learningRate: 0.1, layout: layout)
    restored.update(&other, gradients: gradients, learningRate: 0.1, layout: layout)
    #expect(other == parameters)
  }

  // The sines of the script, to the precision of a float.
  private func sine(_ x: Int) -> Float {
    let table: [Float] = [
      0, 0.841470985, 0.909297427, 0.141120008, -0.756802495, -0.958924275, -0.279415498,
      0.656986599, 0.989358247, 0.412118485, -0.544021111, -0.999990207,
    ]
    return table[x % table.count]
  }
}
