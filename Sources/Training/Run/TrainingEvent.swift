import Evaluation
public import FileStorage
import Foundation
import Recurrent
import Reproducibility

/// What a training run tells, one after the other.
public enum TrainingEvent: Hashable, Sendable {
  /// An optimiser step was taken.
  case step(TrainingStep)
  /// The held-out pieces were measured.
  case validation(Validation)
}

/// One optimiser step.
public struct TrainingStep: Hashable, Sendable, Codable {
  /// The step's number, from 1.
  public var step: Int
  /// How far the corpus has been read, in epochs.
  public var epoch: Double
  /// The loss of the step's window, in nats per token.
  public var nats: Double
  /// The number of tokens predicted.
  public var tokens: Int
  /// The gradient's global norm before clipping.
  public var gradientNorm: Float
  /// Whether the gradient was scaled down.
  public var isClipped: Bool
  /// The learning rate.
  public var learningRate: Float
  /// How far the run is, 0 to 1.
  public var progress: Double

  private enum CodingKeys: CodingKey {
    case step, epoch, nats, tokens, gradientNorm, isClipped, learningRate, progress
  }

  package init(
    step: Int, epoch: Double, nats: Double, tokens: Int, gradientNorm: Float, isClipped: Bool,
    learningRate: Float, progress: Double
  ) {
    self.step = step
    self.epoch = epoch
    self.nats = nats
    self.tokens = tokens
    self.gradientNorm = gradientNorm
    self.isClipped = isClipped
    self.learningRate = learningRate
    self.progress = progress
  }
}

extension TrainingStep {
  /// Reads a step; numbers that are none stand as `null`.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Double {
      try fields.decodeNil(forKey: key) ? .nan : fields.decode(Double.self, forKey: key)
    }
    func single(_ key: CodingKeys) throws -> Float {
      try fields.decodeNil(forKey: key) ? .nan : fields.decode(Float.self, forKey: key)
    }
    step = try fields.decode(Int.self, forKey: .step)
    epoch = try number(.epoch)
    nats = try number(.nats)
    tokens = try fields.decode(Int.self, forKey: .tokens)
    gradientNorm = try single(.gradientNorm)
    isClipped = try fields.decode(Bool.self, forKey: .isClipped)
    learningRate = try single(.learningRate)
    progress = try number(.progress)
  }
}

/// A measurement on held-out pieces, with carried state over whole pieces.
public struct Validation: Hashable, Sendable, Codable {
  /// The step after which it was made.
  public var step: Int
  /// The loss in nats per token.
  public var nats: Double
  /// The loss in nats per token of the vocabulary without merges: comparable between merges.
  public var natsPerBaseToken: Double
  /// The loss in nats per note: tokens' losses summed and divided by the number of notes.
  public var natsPerNote: Double
  /// The loss in nats per second of music: comparable between vocabularies.
  public var natsPerSecond: Double
  /// The loss in nats per frame, pieces' ends included, as piano-roll models are published; nil where
  /// the vocabulary has no frames.
  public var natsPerFrame: Double?
  /// The loss in nats per token without the pieces that have near-duplicates among those trained on; nil
  /// where there are none, or no others.
  public var natsApart: Double?
  /// The loss of the weights' running average, in nats per token; nil where none is kept.
  ///
  /// ``nats`` is the lower of the two.
  public var averageNats: Double?
  /// Where pieces are told apart: the share of them that is told right, by which the best is chosen; the loss
  /// is then in nats per piece, and not divided by anything else.
  public var accuracy: Double?
  /// The same: the mean over the labels of the F1 of each.
  public var macroF1: Double?
  /// Whether it is the lowest loss so far, or the highest accuracy.
  public var isBest: Bool

  /// e to the loss: among how many equally likely tokens the model is undecided.
  public var perplexity: Double { exp(nats) }
}

extension Validation {
  /// Divides a loss by what the pieces hold.
  init(
    step: Int, loss: WindowLoss, on pieces: EvaluationSet, natsApart: Double?,
    averageNats: Double?, isBest: Bool
  ) {
    self.step = step
    nats = loss.mean
    natsPerBaseToken = loss.nats / Double(max(pieces.baseTokenCount, 1))
    natsPerNote = loss.nats / Double(max(pieces.noteCount, 1))
    natsPerSecond = pieces.seconds > 0 ? loss.nats / pieces.seconds : 0
    natsPerFrame = pieces.frameCount > 0 ? loss.nats / Double(pieces.frameCount) : nil
    self.natsApart = natsApart
    self.averageNats = averageNats
    self.isBest = isBest
  }

  /// A measurement of how well pieces are told apart.
  ///
  /// - Parameters:
  ///   - step: the step after which it was made.
  ///   - nats: the loss in nats per piece.
  ///   - accuracy: the share of the pieces that is told right.
  ///   - macroF1: the mean over the labels of the F1 of each.
  ///   - averageNats: the loss of the weights' running average; nil where none is kept.
  ///   - isBest: whether it is the best so far.
  package init(
    step: Int, natsPerPiece nats: Double, accuracy: Double, macroF1: Double, averageNats: Double?,
    isBest: Bool
  ) {
    self.step = step
    self.nats = nats
    natsPerBaseToken = 0
    natsPerNote = 0
    natsPerSecond = 0
    self.averageNats = averageNats
    self.accuracy = accuracy
    self.macroF1 = macroF1
    self.isBest = isBest
  }
}

/// A line of a run's log: an event, when it happened and what it took.
///
/// In JSON it says of which ``schema`` it is, of what `kind` (`step` or `validation`) and at what `time`, beside
/// the fields of the event; lines of schema 1, of earlier versions, say none of these.
public struct RunLogLine: Hashable, Sendable {
  /// The version of the form in which lines are written.
  public static let schema = 2
  /// The highest number of a step that is read: JSON's numbers are whole up to here.
  static let mostSteps = 1 << 53

  /// What happened.
  public var event: TrainingEvent
  /// When it happened; nil in lines of schema 1.
  public var time: Timestamp?
  /// The seconds trained so far, also before an interruption.
  public var seconds: Double
  /// The most memory that the process has held so far, in bytes.
  public var peakMemory: Int

  /// Creates a line.
  public init(
    _ event: TrainingEvent, time: Timestamp? = nil, seconds: Double, peakMemory: Int
  ) {
    self.event = event
    self.time = time
    self.seconds = seconds
    self.peakMemory = peakMemory
  }

  /// The line as one JSON object, without a line feed.
  public var json: String { CanonicalJSON.line(of: self) }

  /// Reads a run's log; lines that are none, such as a last one cut short, are left out.
  ///
  /// - Parameter folder: the run's folder.
  /// - Returns: the lines in their order.
  /// - Throws: `FileError` where there is no log.
  public static func all(in folder: String) throws(FileError) -> [RunLogLine] {
    let bytes = try readFile(at: folder + "/metrics.jsonl")
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      try? CanonicalJSON.decode(from: $0)
    }
  }
}

extension RunLogLine: Codable {
  private enum Key: CodingKey { case schema, kind, time, seconds, peakMemory, natsPerNote }

  private enum Kind: String, Codable { case step, validation }

  /// Reads a line; the oldest logs tell neither seconds nor memory.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    let kind =
      try fields.decodeIfPresent(Kind.self, forKey: .kind)
      ?? (fields.contains(.natsPerNote) ? .validation : .step)
    let step: Int
    switch kind {
    case .step:
      let taken = try TrainingStep(from: decoder)
      (event, step) = (.step(taken), taken.step)
    case .validation:
      let validation = try Validation(from: decoder)
      (event, step) = (.validation(validation), validation.step)
    }
    guard (0...Self.mostSteps).contains(step) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath, debugDescription: "\(step) is no step's number"))
    }
    time = try fields.decodeIfPresent(Timestamp.self, forKey: .time)
    seconds = try fields.decodeIfPresent(Double.self, forKey: .seconds) ?? 0
    peakMemory = try fields.decodeIfPresent(Int.self, forKey: .peakMemory) ?? 0
  }

  /// Writes the event's fields and its circumstances side by side.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    switch event {
    case .step(let step):
      try step.encode(to: encoder)
      try fields.encode(Kind.step, forKey: .kind)
    case .validation(let validation):
      try validation.encode(to: encoder)
      try fields.encode(Kind.validation, forKey: .kind)
    }
    try fields.encode(Self.schema, forKey: .schema)
    try fields.encodeIfPresent(time, forKey: .time)
    try fields.encode(seconds, forKey: .seconds)
    try fields.encode(peakMemory, forKey: .peakMemory)
  }
}
