import Experiments
import Recurrent
import TestSupport
import Testing

struct GradientFlowTests {
  private func curve(_ name: String) throws -> GradientFlow {
    let example = try #require(
      GradientFlow.examples(hiddenSize: 64).first { $0.name == name })
    return try GradientFlow.measure(example, distance: 60)
  }

  @Test func `tanh vanishes, large weights explode, clipping holds them, the identity holds`()
    throws
  {
    let tanh = try curve("rnn tanh")
    #expect(tanh.factorPerStep < 0.8)
    #expect(try curve("rnn tanh, large weights").factorPerStep > 1.15)
    let clipped = try curve("rnn tanh, large weights, clipped")
    // Sixteen streams of at most 0.1 each.
    #expect(clipped.norms.allSatisfy { $0 <= 0.1 * 4 + 1e-4 || $0 == clipped.norms[0] })
    #expect(abs(try curve("rnn relu, identity").factorPerStep - 1) < 0.03)
  }

  @Test func `a forget bias of 1 lets an LSTM's gradient reach further than one of 0`() throws {
    let zero = try curve("lstm, forget bias 0")
    let one = try curve("lstm, forget bias 1")
    #expect(one.factorPerStep > zero.factorPerStep + 0.05)
    #expect(try #require(one.reach()) > (try #require(zero.reach())))
  }

  @Test func `nothing is hidden that the network recalls, however much was in training`() throws {
    var configuration = NetworkConfiguration(
      vocabularySize: 5, embeddingSize: 4, hiddenSize: 6, layerCount: 1,
      recall: Recall(lengths: [1]))
    let plain = try Network(configuration, seed: 3)
    configuration.recall?.dropout = 0.9
    let trained = try Network(configuration, parameters: plain.parameters)
    // From the third token on each stood there before.
    let tokens: [Int32] = [1, 4, 1, 4, 1, 4, 1, 4, 2]
    let expected = try GradientFlow.measure(plain, tokens: tokens, streams: 1)
    #expect(try GradientFlow.measure(trained, tokens: tokens, streams: 1) == expected)
  }

  @Test func `every kind of cell is shown, or one alone`() {
    let shown = GradientFlow.examples(hiddenSize: 8).map { $0.configuration.cell }
    #expect(Set(shown) == Set(Cell.allCases))
    for cell in Cell.allCases {
      let alone = GradientFlow.examples(hiddenSize: 8, cell: cell).map { $0.configuration.cell }
      #expect(Set(alone) == [cell])
    }
  }

  @Test(arguments: Cell.allCases)
  func `the norm at a distance is the change of the loss with the state there`(
    _ cell: Cell
  ) throws {
    let configuration = NetworkConfiguration(
      vocabularySize: 5, embeddingSize: 4, hiddenSize: 6, layerCount: 1, cell: cell)
    let network = try Network(configuration, seed: 3)
    let tokens: [Int32] = [1, 4, 2, 0, 3]
    let flow = try GradientFlow.measure(network, tokens: tokens, streams: 1)[0]
    // The state after the first two tokens, moved; then the other two and the loss of the last.
    let stepper = try Stepper(network, streams: 1, precision: .f32)
    var logits: [Float] = []
    stepper.step([1], logits: &logits)
    stepper.step([4], logits: &logits)
    let state = stepper.state
    let engine = try BackpropagationThroughTime(configuration, streams: 1, windowLength: 2)
    let rest = Window(
      length: 2, streams: 1, inputs: [2, 0], targets: [-1, 3], resets: [false, false])
    var square = 0.0
    // Of the hidden state, or where no step reads that, of the state behind it.
    for unit in cell.readsHiddenState ? 0..<6 : 6..<12 {
      var losses: [Double] = []
      // Small, as a rectifier has kinks.
      for change in [Float(0.004), -0.004] {
        var moved = state
        moved.values[unit] += change
        losses.append(engine.loss(of: network, on: rest, state: &moved).nats)
      }
      let slope = (losses[0] - losses[1]) / 0.008
      square += slope * slope
    }
    #expect(square > 0)
    #expect(abs(flow.norms[2] - square.squareRoot()) < 0.03 * square.squareRoot())
  }
}
