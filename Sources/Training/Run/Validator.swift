import Recurrent
import Tokenization

/// Measures a network on held-out pieces, with state carried over whole pieces.
struct Validator {
  private let pieces: [Int]
  private let source: PieceStreams.Source
  private let noteCount: Int
  private let streams: Int
  private let window: Int

  /// - Parameters:
  ///   - pieces: the held-out pieces' numbers and lengths in tokens.
  ///   - noteCount: how many notes they hold.
  ///   - batch: the largest number of parallel streams.
  ///   - window: the window's length.
  ///   - source: the pieces' tokens.
  init(
    pieces: [(number: Int, length: Int)], noteCount: Int, batch: Int, window: Int,
    source: @escaping PieceStreams.Source
  ) {
    // Longest first: the streams then run out at nearly the same time.
    self.pieces = pieces.sorted { ($1.length, $0.number) < ($0.length, $1.number) }.map(\.number)
    self.noteCount = noteCount
    self.source = source
    self.window = window
    streams = batch
  }

  /// Whether there is nothing to measure on.
  var isEmpty: Bool { pieces.isEmpty }

  /// Measures the loss in nats: per token and per note.
  func measure(_ network: Network, with bptt: BackpropagationThroughTime) -> (
    perToken: Double, perNote: Double
  ) {
    var pieceStreams = PieceStreams(
      pieces: pieces, streams: streams, epochs: 1, seed: nil, source: source)
    var state = NetworkState(network.configuration, streams: streams)
    var nats = 0.0
    var count = 0
    while let cut = pieceStreams.next(length: window) {
      let loss = bptt.loss(of: network, on: cut, state: &state)
      nats += loss.nats
      count += loss.count
    }
    return (nats / Double(max(count, 1)), nats / Double(max(noteCount, 1)))
  }
}
