package import Corpora
public import Evaluation
import Ranks
public import Recurrent
import Reproducibility
import Tensors

/// What a run is: its settings, its music, and where it was trained, as `description.json` in its folder
/// tells people and programs.
///
/// Documentation/Runs.md lists the fields. A field that is added leaves ``schema`` as it is; one that goes or
/// comes to mean something else does not.
public struct RunDescription: Hashable, Sendable, Codable {
  /// The version of the form in which descriptions are written.
  public static let currentSchema = 1

  /// The version of the form in which this one is.
  public var schema = Self.currentSchema
  /// All settings, those that the machine or the corpus chose too.
  public var settings: TrainingSettings
  /// The number of parallel streams.
  public var streams: Int
  /// How many numbers the network has.
  public var parameters: Int
  /// What a classifier tells; nil where a model is trained that writes music.
  public var labels: [String]?
  /// The music.
  public var corpus: Music
  /// What simple counting reaches on the pieces held out; nil where there are none.
  public var toBeat: Counting?
  /// Every process that trained the run, in their order.
  public var sessions: [Session]

  /// The music of a run and how it is parted.
  public struct Music: Hashable, Sendable, Codable {
    /// A digest of the files, or of the files and their labels: equal for equal ones in the same order.
    public var digest: String
    /// How many pieces could be read.
    public var pieces: Int
    /// How many tokens they have.
    public var tokens: Int
    /// How many predictions an epoch has.
    public var tokensPerEpoch: Int
    /// A digest of which pieces are on which side.
    public var splitDigest: String
    /// The paths of the pieces that are held out, of which some are measured on where they are very many.
    public var heldOut: [String]
    /// The paths of the pieces that are on neither side.
    public var leftOut: [String]
    /// The paths of the files that gave no piece.
    public var skipped: [String]
    /// What the pieces learned from are like, in the first seconds of up to a hundred of them, by the names of
    /// `compare`'s features; nil of runs of older versions and of classifiers.
    public var sound: [String: FeatureSpread]?

    /// Describes a corpus.
    ///
    /// - Parameters:
    ///   - corpus: the pieces.
    ///   - digest: its digest, with its labels' where it has some.
    ///   - split: how it is parted.
    ///   - tokensPerEpoch: how many predictions an epoch has.
    package init(_ corpus: Corpus, digest: String, split: Split, tokensPerEpoch: Int) {
      self.digest = digest
      pieces = corpus.wholePieces(of: corpus.pieces.indices).count
      tokens = corpus.tokenCount
      self.tokensPerEpoch = tokensPerEpoch
      splitDigest = split.digest
      heldOut = corpus.wholePieces(of: split.valid).map { corpus.pieces[$0].path }
      leftOut = corpus.wholePieces(of: split.leftOut).map { corpus.pieces[$0].path }
      skipped = corpus.skipped.map(\.path)
    }
  }

  /// What counting reaches.
  public struct Counting: Hashable, Sendable, Codable {
    /// The loss in nats per token of knowing how frequent each token is.
    public var unigramNats: Double?
    /// The loss in nats per token of knowing the token before.
    public var bigramNats: Double?
    /// Where pieces are told apart: the share told right by always naming the commonest label.
    public var majorityAccuracy: Double?
    /// The same by counted n-grams.
    public var ngramAccuracy: Double?

    /// Creates the figures.
    package init(
      unigramNats: Double? = nil, bigramNats: Double? = nil, majorityAccuracy: Double? = nil,
      ngramAccuracy: Double? = nil
    ) {
      self.unigramNats = unigramNats
      self.bigramNats = bigramNats
      self.majorityAccuracy = majorityAccuracy
      self.ngramAccuracy = ngramAccuracy
    }
  }

  /// A process that trained the run, from its start or from a checkpoint; of several that did it together the first.
  public struct Session: Hashable, Sendable, Codable {
    /// When it began.
    public var started: Timestamp
    /// After which step it began.
    public var afterStep: Int
    /// The version of musegen.
    public var musegen: String
    /// What it was called with.
    public var arguments: [String]
    /// The kernels' instruction set: avx512, avx2, neon or portable.
    public var instructionSet: String
    /// The machine's cores.
    public var cores: Int
    /// The threads that trained, of several processes those of the first.
    public var threads: Int
    /// How many processes trained together; nil where one did it alone, or an older version did.
    public var processes: Int?
    /// Into how many shards the streams were cut.
    public var shards: Int
    /// What products read: `f32` or `bf16`.
    public var precision: Precision

    /// Describes this process.
    ///
    /// - Parameters:
    ///   - step: the steps that the run has taken before.
    ///   - version: the version of musegen.
    ///   - arguments: what it was called with.
    ///   - backpropagation: what computes gradients.
    package init(
      afterStep step: Int, version: String, arguments: [String],
      _ backpropagation: BackpropagationThroughTime
    ) {
      started = .now
      afterStep = step
      musegen = version
      self.arguments = arguments
      instructionSet = InstructionSet.name
      cores = Machine.coreCount
      threads = backpropagation.threads
      processes = backpropagation.ranks?.count
      shards = backpropagation.shards
      precision = backpropagation.precision
    }
  }

  /// Creates a description.
  package init(
    settings: TrainingSettings, streams: Int, parameters: Int, labels: [String]? = nil,
    corpus: Music, toBeat: Counting?, session: Session
  ) {
    self.settings = settings
    self.streams = streams
    self.parameters = parameters
    self.labels = labels
    self.corpus = corpus
    self.toBeat = toBeat
    sessions = [session]
  }
}

extension RunDescription {
  /// Whether a run can have written it: a file may hold any numbers.
  var isPossible: Bool {
    let counts = [
      streams, parameters, corpus.pieces, corpus.tokens, corpus.tokensPerEpoch,
    ]
    return counts.allSatisfy { (0...RunLogLine.mostSteps).contains($0) }
      && corpus.heldOut.count + corpus.leftOut.count <= corpus.pieces
      && (try? settings.validate()) != nil
  }
}

extension Split {
  /// Sixteen hexadecimal digits that are equal where the same numbers stand on the same sides.
  package var digest: String {
    var hash = StableHash()
    for side in [train, valid] {
      hash.combine(side.count)
      for piece in side { hash.combine(piece) }
    }
    return hash.state.hexadecimal
  }
}

extension TrainingRun {
  /// The music and how it is parted.
  private var music: RunDescription.Music {
    var music = RunDescription.Music(
      pieces.corpus, digest: pieces.corpus.digest, split: pieces.split,
      tokensPerEpoch: tokensPerEpoch)
    music.sound = pieces.sound
    return music
  }

  /// Describes the run as it stands before the next step.
  ///
  /// - Parameters:
  ///   - version: the version of musegen.
  ///   - arguments: what the process was called with.
  /// - Returns: the description, with this process as its only session.
  public func description(version: String, arguments: [String]) -> RunDescription {
    RunDescription(
      settings: settings, streams: batch, parameters: network.parameters.count, corpus: music,
      toBeat: baselines.map { .init(unigramNats: $0.unigramNats, bigramNats: $0.bigramNats) },
      session: .init(
        afterStep: counters.step, version: version, arguments: arguments, backpropagation))
  }
}
