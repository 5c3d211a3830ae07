public import Corpora
public import Modeling
public import Recurrent
import Tensors
import Tokenization

/// How likely a model finds each piece of a corpus.
///
/// Every piece is read from its start to its end with the state carried on, in 32-bit arithmetic.
public struct Likelihood: Hashable, Sendable {
  /// The pieces, as the corpus has them.
  public var pieces: [PieceLikelihood]

  /// What a loss is divided by.
  public enum Unit: String, CaseIterable, Sendable {
    /// A token of the vocabulary.
    case token
    /// A note.
    case note
    /// A second of music.
    case second
    /// A frame of a fixed grid, as piano-roll models are published.
    case frame
  }

  /// A loss over all pieces, with the interval that resampling the pieces gives.
  public struct Mean: Hashable, Sendable, Codable {
    /// All nats divided by all units.
    public var value: Double
    /// The end below which 2.5 % of the resampled means lie.
    public var low: Double
    /// The end above which 2.5 % of them lie.
    public var high: Double
  }

  /// Measures a model on a corpus.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - corpus: pieces, encoded in the model's vocabulary.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Throws: `NetworkError` where memory would not suffice.
  /// - Precondition: the corpus is in the model's vocabulary.
  public init(
    of model: Model, on corpus: Corpus, progress: (Double) -> Void = { _ in }
  ) throws(NetworkError) {
    precondition(
      corpus.vocabulary.configuration == model.vocabulary.configuration, "another vocabulary")
    pieces = corpus.pieces.map {
      PieceLikelihood(
        path: $0.path, nats: 0, tokens: max(0, $0.tokens.count - 1), notes: $0.noteCount,
        frames: 0, seconds: $0.seconds)
    }
    for piece in pieces.indices {
      pieces[piece].frames = corpus.tokens(ofPiece: piece)
        .reduce(0) { $0 + model.vocabulary.frameCount(of: $1) }
    }
    let streams = max(1, min(32, corpus.pieces.count))
    let engine = try BackpropagationThroughTime(
      model.network.configuration, streams: streams, windowLength: 128, precision: .f32)
    var state = NetworkState(model.network.configuration, streams: streams)
    var lanes = PieceLanes(corpus: corpus, count: streams)
    while let (window, owners) = lanes.next(length: 128) {
      _ = engine.loss(of: model.network, on: window, state: &state)
      for (owner, nats) in zip(owners, engine.tokenLosses) where owner >= 0 {
        pieces[owner].nats += Double(nats)
      }
      progress(lanes.progress)
    }
  }

  /// The loss per unit; nil where the pieces have none of them.
  ///
  /// The interval is the percentile bootstrap over pieces, 1,000 samples of a fixed seed.
  ///
  /// - Reference: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
  public func mean(per unit: Unit) -> Mean? {
    let parts = pieces.map { (nats: $0.nats, units: $0.count(of: unit)) }
    let units = parts.reduce(0) { $0 + $1.units }
    guard units > 0 else { return nil }
    var random = RandomSource(seed: 1)
    var means: [Double] = []
    for _ in 0..<1_000 {
      var sum = (nats: 0.0, units: 0.0)
      for _ in parts {
        let drawn = parts[Int.random(in: parts.indices, using: &random)]
        sum = (sum.nats + drawn.nats, sum.units + drawn.units)
      }
      if sum.units > 0 { means.append(sum.nats / sum.units) }
    }
    means.sort()
    let value = parts.reduce(0) { $0 + $1.nats } / units
    guard !means.isEmpty else { return Mean(value: value, low: value, high: value) }
    return Mean(
      value: value, low: means[means.count * 25 / 1000], high: means[(means.count * 975 - 1) / 1000]
    )
  }
}

extension PieceLikelihood {
  /// How much of a unit the piece holds.
  func count(of unit: Likelihood.Unit) -> Double {
    switch unit {
    case .token: Double(tokens)
    case .note: Double(notes)
    case .second: seconds
    case .frame: Double(frames)
    }
  }
}
