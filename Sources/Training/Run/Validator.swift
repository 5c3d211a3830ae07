import Corpora
import Recurrent
import Tokenization

/// Measures a network on held-out pieces, with state carried over whole pieces.
struct Validator {
  /// What was measured, in nats.
  struct Loss {
    var perToken: Double
    var perBaseToken: Double
    var perNote: Double
    var perSecond: Double
    var perFrame: Double?
  }

  private let pieces: [Int]
  private let source: PieceStreams.Source
  private let streams: Int
  private let window: Int
  private let noteCount: Int
  private let baseCount: Int
  private let seconds: Double
  private let frameCount: Int

  /// - Parameters:
  ///   - pieces: the held-out pieces' numbers.
  ///   - corpus: where they stand.
  ///   - vocabulary: the corpus' vocabulary.
  ///   - batch: the number of parallel streams.
  ///   - window: the window's length.
  init(pieces: [Int], corpus: Corpus, vocabulary: any Vocabulary, batch: Int, window: Int) {
    // Longest first: the streams then run out at nearly the same time.
    self.pieces = pieces.sorted {
      (corpus.pieces[$1].tokens.count, $0) < (corpus.pieces[$0].tokens.count, $1)
    }
    source = { piece, _ in Array(corpus.tokens(ofPiece: piece)) }
    streams = batch
    self.window = window
    noteCount = pieces.reduce(0) { $0 + corpus.pieces[$1].noteCount }
    seconds = pieces.reduce(0) { $0 + corpus.pieces[$1].seconds }
    let predicted = pieces.map { corpus.tokens(ofPiece: $0).dropFirst() }.joined()
    baseCount = predicted.reduce(0) { $0 + vocabulary.baseCount(of: $1) }
    frameCount = predicted.reduce(0) { $0 + vocabulary.frameCount(of: $1) }
  }

  /// Whether there is nothing to measure on.
  var isEmpty: Bool { pieces.isEmpty }

  /// Measures a network's loss.
  func measure(_ network: Network, with backpropagation: BackpropagationThroughTime) -> Loss {
    var pieceStreams = PieceStreams(
      pieces: pieces, streams: streams, epochs: 1, seed: nil, source: source)
    var state = NetworkState(network.configuration, streams: streams)
    var nats = 0.0
    var count = 0
    while let cut = pieceStreams.next(length: window) {
      let loss = backpropagation.loss(of: network, on: cut, state: &state)
      nats += loss.nats
      count += loss.count
    }
    return Loss(
      perToken: nats / Double(max(count, 1)), perBaseToken: nats / Double(max(baseCount, 1)),
      perNote: nats / Double(max(noteCount, 1)), perSecond: seconds > 0 ? nats / seconds : 0,
      perFrame: frameCount > 0 ? nats / Double(frameCount) : nil)
  }
}
