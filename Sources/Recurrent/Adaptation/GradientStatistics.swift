import Foundation
import Tensors

/// How large the gradient of a segment's loss usually is for each parameter: steps are measured in it,
/// so that weights which hardly matter do not run away and those that matter move.
///
/// No music is needed: the segments are drawn from the network itself, which makes the mean square the
/// diagonal of its Fisher information.
public struct GradientStatistics: Sendable {
  /// What a parameter's gradient is multiplied by: 1 / (its root mean square + their mean).
  ///
  /// Recall's gate stays: each of its numbers speaks for all tokens, and many are met in few segments,
  /// so that what is usual for them is not known.
  let scales: [Float]
  /// A parameter's root mean square over their mean.
  let weights: [Float]

  /// How many pieces are drawn, and how long they are at the most.
  private static let drawn = (pieces: 8, tokens: 256)

  /// Gathers statistics on what a network writes.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - start: the token at the start of a piece.
  ///   - given: what is read behind it and not predicted.
  ///   - end: the token at its end.
  ///   - predictable: how many tokens may be predicted, the first of the vocabulary; all where nil.
  ///   - segment: the segments' length in tokens.
  /// - Throws: ``NetworkError`` where memory does not suffice.
  public init(
    of network: Network, from start: Int32, given: [Int32] = [], to end: Int32,
    predictable: Int? = nil, segment: Int
  ) throws(NetworkError) {
    let pieces = try network.draw(
      Self.drawn.pieces, after: [start] + given, to: end,
      among: predictable ?? network.configuration.vocabularySize, length: Self.drawn.tokens, seed: 1
    )
    try self.init(of: network, on: pieces, givenCount: given.count, segment: segment)
  }

  /// Gathers statistics on pieces, of which some tokens behind the first are given.
  package init(
    of network: Network, on pieces: [[Int32]], givenCount: Int = 0, segment: Int
  ) throws(NetworkError) {
    let network = try network.withoutDropout()
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: 1, windowLength: segment, threads: 1)
    var squares = [Double](repeating: 0, count: network.parameters.count)
    var gradients: [Float] = []
    var count = 0
    for piece in pieces {
      var state = NetworkState(network.configuration, streams: 1)
      let areGiven = piece.indices.map { $0 <= givenCount }
      for window in Window.segments(of: piece, areGiven: areGiven, length: segment) {
        _ = engine.gradients(
          of: network, on: window, state: &state, dropoutSeed: 0, into: &gradients)
        for index in gradients.indices {
          squares[index] += Double(gradients[index]) * Double(gradients[index])
        }
        count += 1
      }
    }
    let roots = squares.map { Float(($0 / Double(max(1, count))).squareRoot()) }
    let mean = Float(roots.reduce(0) { $0 + Double($1) } / Double(max(1, roots.count)))
    // A network without any gradient has nothing to be measured in.
    let unit = mean > 0 ? mean : 1
    var scales = roots.map { 1 / ($0 + unit) }
    for slot in network.layout.slots where slot.parameter == .recallGate {
      for index in slot.range { scales[index] = 0 }
    }
    self.scales = scales
    weights = roots.map { $0 / unit }
  }
}

extension Network {
  /// The same network, of which nothing is dropped when it learns.
  package func withoutDropout() throws(NetworkError) -> Network {
    var configuration = configuration
    configuration.dropout = 0
    configuration.recurrentDropout = 0
    configuration.weightDrop = 0
    configuration.embeddingDropout = 0
    configuration.recall?.dropout = 0
    return try Network(configuration, parameters: parameters)
  }

  /// Draws pieces from the network's own distribution over its first tokens, token by token.
  fileprivate func draw(
    _ count: Int, after opening: [Int32], to end: Int32, among predictable: Int, length: Int,
    seed: UInt64
  ) throws(NetworkError) -> [[Int32]] {
    let stepper = try Stepper(self, streams: count, precision: .f32, threads: 1)
    var random = RandomSource(seed: seed)
    var pieces = [[Int32]](repeating: opening, count: count)
    var logits: [Float] = []
    let size = configuration.vocabularySize
    for token in opening.dropLast() {
      stepper.step([Int32](repeating: token, count: count), logits: &logits)
    }
    for _ in 1..<length {
      stepper.step(pieces.map { $0[$0.count - 1] }, logits: &logits)
      for stream in 0..<count where pieces[stream].last != end {
        let token = random.draw(logits[stream * size..<stream * size + predictable])
        pieces[stream].append(Int32(token))
      }
    }
    return pieces
  }
}

extension RandomSource {
  /// Draws an index by the softmax of logits.
  fileprivate mutating func draw(_ logits: ArraySlice<Float>) -> Int {
    let largest = logits.max() ?? 0
    let weights = logits.map { exp(Double($0 - largest)) }
    var remaining = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      remaining -= weight
      if remaining < 0 { return index }
    }
    return weights.count - 1
  }
}
