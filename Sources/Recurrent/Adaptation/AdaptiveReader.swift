/// Reads pieces with a network that learns from each as it reads it, and forgets it before the next.
///
/// It works on one thread, so that pieces can be read side by side; the result is the same to the bit.
public final class AdaptiveReader {
  /// The network as the present piece has made it.
  public var adapted: Network {
    var network = trained
    network.parameters = current.parameters
    return network
  }

  private let trained: Network
  private let adaptation: Adaptation
  private let statistics: GradientStatistics
  private let engine: BackpropagationThroughTime
  private var current: Network
  private var state: NetworkState
  private var gradients: [Float] = []
  // The last token read, which the network is still to be told; nil before the piece's first.
  private var last: Int32?
  // Whether the network has been told none of the piece.
  private var isAtStart = true

  /// Prepares to read.
  ///
  /// - Parameters:
  ///   - network: the network as it was trained.
  ///   - adaptation: how it learns.
  ///   - statistics: what its gradients are measured in.
  /// - Throws: ``NetworkError`` where a setting is out of range or memory does not suffice.
  public init(
    _ network: Network, _ adaptation: Adaptation, statistics: GradientStatistics
  ) throws(NetworkError) {
    try adaptation.validate()
    trained = network
    self.adaptation = adaptation
    self.statistics = statistics
    current = try network.withoutDropout()
    engine = try BackpropagationThroughTime(
      current.configuration, streams: 1, windowLength: adaptation.segment, threads: 1)
    state = NetworkState(current.configuration, streams: 1)
  }

  /// Forgets what was learnt, and begins a piece.
  public func begin() {
    current.parameters = trained.parameters
    rewind()
  }

  /// Begins the piece anew, with what was learnt.
  public func rewind() {
    last = nil
    isAtStart = true
  }

  /// Reads on in the piece.
  ///
  /// - Parameters:
  ///   - tokens: the tokens that come next in it.
  ///   - areGiven: whether each is given: read and not predicted, so that nothing is learnt of it; empty
  ///     where none is.
  ///   - learning: whether the network learns from them, too.
  /// - Returns: the loss of the tokens but a piece's first, each by the weights before it was learnt from.
  public func read(
    _ tokens: [Int32], areGiven: [Bool] = [], learning: Bool = true
  ) -> WindowLoss {
    let known = last.map { [$0] } ?? []
    var total = WindowLoss()
    for window in Window.segments(
      of: known + tokens, areGiven: areGiven.isEmpty ? [] : known.map { _ in true } + areGiven,
      length: adaptation.segment, isStart: isAtStart)
    {
      isAtStart = false
      let loss: WindowLoss
      if learning {
        // Nothing is dropped, so that this is the loss itself.
        loss = engine.gradients(
          of: current, on: window, state: &state, dropoutSeed: 0, into: &gradients)
        let share = Float(window.targetCount) / Float(adaptation.segment)
        step(&current.parameters, share: share)
      } else {
        loss = engine.loss(of: current, on: window, state: &state)
      }
      total.nats += loss.nats
      total.count += loss.count
    }
    last = tokens.last ?? last
    return total
  }

  // A segment in which less is predicted, for the piece ends or tokens are given, moves the weights by its
  // share of a whole one.
  private func step(_ parameters: inout [Float], share: Float) {
    let (rate, decay) = (share * adaptation.rate, share * adaptation.decay)
    let (origin, scales, weights) = (trained.parameters, statistics.scales, statistics.weights)
    for index in parameters.indices {
      parameters[index] +=
        min(1, decay * weights[index]) * (origin[index] - parameters[index])
        - rate * scales[index] * gradients[index]
    }
  }
}

extension Window {
  /// Cuts a piece into windows of one stream.
  ///
  /// - Parameters:
  ///   - tokens: the piece's tokens, or a part of them, of which the first is read only.
  ///   - areGiven: whether each is given, and no target; empty where none is.
  ///   - length: the windows' length; the last may be shorter.
  ///   - isStart: whether the piece starts with the first of them.
  /// - Returns: the windows, none for fewer than two tokens.
  static func segments(
    of tokens: [Int32], areGiven: [Bool] = [], length: Int, isStart: Bool = true
  ) -> [Window] {
    stride(from: 0, to: tokens.count - 1, by: length).map { start in
      let end = min(start + length, tokens.count - 1)
      var resets = [Bool](repeating: false, count: end - start)
      resets[0] = isStart && start == 0
      return Window(
        length: end - start, streams: 1, inputs: Array(tokens[start..<end]),
        targets: areGiven.isEmpty
          ? Array(tokens[start + 1...end])
          : (start + 1...end).map { areGiven[$0] ? -1 : tokens[$0] },
        resets: resets)
    }
  }
}
