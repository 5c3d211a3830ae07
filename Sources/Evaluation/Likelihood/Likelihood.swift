public import Corpora
public import Modeling
public import Recurrent
import Tensors
import Tokenization

/// How likely a model finds each piece of a corpus.
///
/// Every piece is read from its start to its end with the state carried on.
public struct Likelihood: Hashable, Sendable {
  /// The pieces, in their set's order.
  public let pieces: [PieceLikelihood]
  /// The loss of all pieces together, added up window by window.
  public let total: WindowLoss

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
    /// The end below which 2.5 % of the resampled means lie; nil where there is one piece, from which no
    /// others can be drawn.
    public var low: Double?
    /// The end above which 2.5 % of them lie.
    public var high: Double?
  }

  init(pieces: [PieceLikelihood], total: WindowLoss) {
    self.pieces = pieces
    self.total = total
  }

  /// Measures a model on a corpus.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - corpus: pieces, encoded in the model's vocabulary.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Throws: ``EvaluationError`` where the corpus is in another vocabulary, memory would not suffice or a
  ///   loss is no number; `CancellationError` where the task is cancelled.
  public init(of model: Model, on corpus: Corpus, progress: (Double) -> Void = { _ in }) throws {
    let set = try EvaluationSet(of: corpus, for: model)
    let backpropagation: BackpropagationThroughTime
    do {
      backpropagation = try BackpropagationThroughTime(
        model.network.configuration, streams: max(1, min(32, corpus.pieces.count)),
        windowLength: 128, precision: .f32)
    } catch {
      throw EvaluationError(.network(error))
    }
    self = try set.likelihood(of: model.network, with: backpropagation, progress: progress)
    if let broken = pieces.first(where: { !$0.nats.isFinite }) {
      throw EvaluationError(.notFinite(path: broken.path))
    }
  }

  /// Measures a model that learns from each piece as it reads it, and forgets it before the next.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - corpus: pieces, encoded in the model's vocabulary.
  ///   - adaptation: how it learns.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Throws: ``EvaluationError`` where the corpus is in another vocabulary, a setting is out of range,
  ///   memory would not suffice or the weights run away; `CancellationError` where the task is cancelled.
  public init(
    of model: Model, on corpus: Corpus, adapting adaptation: Adaptation,
    progress: (Double) -> Void = { _ in }
  ) throws {
    self = try EvaluationSet(of: corpus, for: model)
      .likelihood(of: model, adapting: adaptation, progress: progress)
  }

  /// The same without some pieces.
  ///
  /// - Parameter places: the pieces' places in ``pieces``.
  /// - Returns: the likelihood of the others; nil where there are none.
  public func without(_ places: Set<Int>) -> Likelihood? {
    let others = pieces.indices.filter { !places.contains($0) }.map { pieces[$0] }
    guard !others.isEmpty else { return nil }
    var total = WindowLoss()
    for piece in others {
      total.nats += piece.nats
      total.count += piece.tokens
    }
    return Likelihood(pieces: others, total: total)
  }

  /// The loss per unit; nil where the pieces have none of them.
  ///
  /// The interval is the percentile bootstrap over files, each with all its readings, 1,000 samples of a fixed seed.
  ///
  /// - Reference: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
  public func mean(per unit: Unit) -> Mean? {
    var parts: [(nats: Double, units: Double)] = []
    for (place, piece) in pieces.enumerated() {
      let units = piece.count(of: unit)
      if place > 0, piece.isReading(ofFileOf: pieces[place - 1]) {
        let last = parts[parts.count - 1]
        parts[parts.count - 1] = (last.nats + piece.nats, last.units + units)
      } else {
        parts.append((piece.nats, units))
      }
    }
    let units = parts.reduce(0) { $0 + $1.units }
    guard units > 0 else { return nil }
    let value = parts.reduce(0) { $0 + $1.nats } / units
    guard parts.count > 1 else { return Mean(value: value) }
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
    guard !means.isEmpty else { return Mean(value: value) }
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

  /// Whether both are readings of one file, with a part given or whole; these stand in a row.
  func isReading(ofFileOf other: PieceLikelihood) -> Bool {
    path.utf8.elementsEqual(other.path.utf8)
  }
}

extension [PieceLikelihood] {
  /// How many files they are of: one that was read with a part given and then whole counts once.
  public var fileCount: Int {
    indices.count { $0 == 0 || !self[$0].isReading(ofFileOf: self[$0 - 1]) }
  }
}

/// How likely a model finds one piece, and what it counts by.
public struct PieceLikelihood: Hashable, Sendable, Codable {
  /// The file.
  public var path: String
  /// The negative log-likelihood of all tokens after the start, the end included, in nats.
  public var nats: Double
  /// How many tokens were predicted.
  public var tokens: Int
  /// How many notes they tell.
  public var notes: Int
  /// How many frames of a fixed grid they tell; 0 where the vocabulary has none.
  public var frames: Int
  /// How long the piece is in seconds.
  public var seconds: Double
  /// The part that was given, so that the others alone were predicted; nil where all parts were.
  ///
  /// Where a model's part is optional, a file is read in both ways.
  public var givenPart: String?
}

/// Why a model cannot be measured.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// The pieces are encoded in another vocabulary than the model's, each by its name.
    case vocabulary(corpus: String, model: String)
    /// Memory would not suffice for the network.
    case network(NetworkError)
    /// The loss on a piece is no number: what the network computes has grown beyond all bounds.
    case notFinite(path: String)
    /// Weights that learn from a piece grew beyond all bounds.
    case diverged(path: String)
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .vocabulary(let corpus, let model):
      "the pieces are encoded in \(corpus), expected the model's own \(model)"
    case .network(let error): error.description
    case .notFinite(let path):
      "\(path): the model's loss on it is no number, expected weights whose sums are finite"
    case .diverged(let path):
      "\(path): the weights ran away as they learnt from it, expected a lower rate"
    }
  }
}
