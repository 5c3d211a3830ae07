import Batching
public import Corpora
import Modeling
public import Recurrent
public import Tokenization

/// Pieces on which networks are measured: a run's held-out pieces after each epoch, a test set once.
///
/// What the pieces hold is counted once, however often they are read.
public struct EvaluationSet: Sendable {
  /// The pieces' numbers in their corpus.
  public let pieces: [Int]
  /// How many tokens of the vocabulary without its merges are predicted.
  public let baseTokenCount: Int
  /// How many notes the pieces tell.
  public let noteCount: Int
  /// How many frames of a fixed grid they tell; 0 where the vocabulary has none.
  public let frameCount: Int
  /// How long they are together, in seconds.
  public let seconds: Double

  let corpus: Corpus
  private let frames: [Int]
  /// The places in ``pieces``, longest piece first: the streams then run out at nearly the same time.
  let order: [Int]
  let tokenCount: Int
  /// How many tokens are predicted of the longest piece.
  private let longest: Int

  /// Counts what pieces hold.
  ///
  /// - Parameters:
  ///   - pieces: the pieces' numbers, rising; all where nil.
  ///   - corpus: where they stand.
  ///   - vocabulary: the corpus' vocabulary.
  /// - Complexity: O(n) for n tokens.
  public init(pieces: [Int]? = nil, of corpus: Corpus, vocabulary: any Vocabulary) {
    let pieces = pieces ?? Array(corpus.pieces.indices)
    self.pieces = pieces
    self.corpus = corpus
    var counts: [Int] = []
    var frames: [Int] = []
    var baseTokenCount = 0
    // One after the other: together they may be more than memory holds.
    for piece in pieces {
      let predicted = corpus.tokensWithoutConditions(ofPiece: piece).dropFirst()
      counts.append(predicted.count)
      baseTokenCount += predicted.reduce(0) { $0 + vocabulary.baseCount(of: $1) }
      frames.append(predicted.reduce(0) { $0 + vocabulary.frameCount(of: $1) })
    }
    tokenCount = counts.reduce(0, +)
    longest = counts.max() ?? 0
    self.baseTokenCount = baseTokenCount
    self.frames = frames
    frameCount = frames.reduce(0, +)
    noteCount = pieces.reduce(0) { $0 + corpus.pieces[$1].noteCount }
    seconds = pieces.reduce(0) { $0 + corpus.pieces[$1].seconds }
    order = pieces.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
  }

  /// Takes all pieces of a corpus.
  ///
  /// - Throws: ``EvaluationError`` where the corpus is in another vocabulary than a model's.
  init(of corpus: Corpus, for model: Model) throws(EvaluationError) {
    let (own, other) = (model.vocabulary.configuration, corpus.vocabulary.configuration)
    guard own == other else {
      throw EvaluationError(.vocabulary(corpus: other.name, model: own.name))
    }
    self.init(of: corpus, vocabulary: model.vocabulary)
  }

  /// Whether there is nothing to measure on.
  public var isEmpty: Bool { pieces.isEmpty }

  /// Counts the windows that are read until all pieces are at their ends.
  ///
  /// - Parameters:
  ///   - streams: how many pieces are read side by side.
  ///   - length: the length of a window.
  /// - Returns: about how many there are.
  package func windowCount(streams: Int, length: Int) -> Int {
    let tokens = max(tokenCount / max(streams, 1), longest)
    return (tokens + length - 1) / length
  }

  /// Reads every piece from its start to its end, the state carried on, and adds up the loss.
  ///
  /// - Parameters:
  ///   - network: the network, of the vocabulary's size.
  ///   - backpropagation: what computes losses: as many pieces are read side by side as it has streams,
  ///     in windows of its length.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Returns: the likelihood of each piece.
  /// - Throws: `CancellationError` between two windows where the task is cancelled.
  public func likelihood(
    of network: Network, with backpropagation: BackpropagationThroughTime,
    progress: (Double) -> Void = { _ in }
  ) throws(CancellationError) -> Likelihood {
    let (nats, total) = try backpropagation.losses(
      of: network, onPieces: order, progress: { progress(Double($0) / Double(tokenCount)) }
    ) { [pieces, corpus] place in
      let tokens = Array(corpus.tokens(ofPiece: pieces[place]))
      return ReadPiece(tokens, areGiven: corpus.vocabulary.areGiven(tokens))
    }
    return likelihood(nats: nats, total: total)
  }

  /// The likelihood of the pieces, of each of which the loss is known.
  func likelihood(nats: [Double], total: WindowLoss) -> Likelihood {
    let accompanied = corpus.vocabulary.accompanied
    let likelihoods = pieces.indices.map { place in
      let piece = corpus.pieces[pieces[place]]
      let given = accompanied.flatMap {
        $0.isWhole(corpus.tokens(ofPiece: pieces[place])) ? nil : $0.part.description
      }
      return PieceLikelihood(
        path: piece.path, nats: nats[place], tokens: corpus.predictionCount(ofPiece: pieces[place]),
        notes: piece.noteCount, frames: frames[place], seconds: piece.seconds, givenPart: given)
    }
    return Likelihood(pieces: likelihoods, total: total)
  }
}
