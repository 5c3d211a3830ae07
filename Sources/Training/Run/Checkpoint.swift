public import Batching
import Corpora
public import FileStorage
public import Modeling
package import Recurrent
package import Safetensors
import Tokenization

/// All that a training run remembers between two steps: enough to go on to the bit.
public struct Checkpoint: Sendable {
  /// The run's settings.
  public var settings: TrainingSettings
  /// A digest of the corpus.
  public var corpusDigest: String
  /// The run's counters.
  public var counters: Counters
  /// Where the streams stand.
  public var position: PieceStreams.Position
  /// The parameters after the last step.
  public var parameters: [Float]
  /// The parameters with the lowest validation loss, nil before the first validation.
  public var bestParameters: [Float]?
  /// The optimiser's first moment.
  public var firstMoment: [Float]
  /// The optimiser's second moment, empty for SGD.
  public var secondMoment: [Float]
  /// The running average of the parameters, nil where none is kept.
  public var average: [Float]?
  /// The hidden and cell states of all streams.
  public var state: [Float]
  /// What the model made of it says of itself; nil in a classifier's and in those of older versions.
  public var provenance: Provenance?
  /// Tensors and metadata that another kind of run keeps beside; nil where there are none.
  package var companion: SafetensorsFile?

  /// What a run counts.
  public struct Counters: Hashable, Sendable, Codable {
    /// The steps taken.
    public var step = 0
    /// The predictions trained on.
    public var tokensRead = 0
    /// The seconds spent.
    public var seconds = 0.0
    /// The measurement of the best parameters.
    public var best: Validation?
    /// The last measurement.
    public var lastValidation: Validation?
    /// The validations since the best.
    public var validationsSinceBest = 0
    /// What a plateau schedule remembers.
    public var plateau = LearningRateSchedule.Plateau()
    /// The updates that the optimiser has made.
    public var optimizerSteps = 0
    /// The updates that the running average has seen.
    public var averageSteps = 0
    /// What has been seen of when the average begins; nil where that is not left to the validations.
    public var averageTrigger: AverageTrigger?
    /// The last epoch of whose windows the first is read; nil where all windows are as long.
    public var begunEpoch: Int?

    package init() {}
  }

  private enum Key {
    static let settings = "musegen.settings"
    static let corpus = "musegen.corpus"
    static let counters = "musegen.counters"
    static let position = "musegen.position"
    static let provenance = "musegen.provenance"
  }

  /// Reads a checkpoint.
  ///
  /// - Parameter path: the file's path.
  /// - Throws: `ModelFileError` where it cannot be read, is no checkpoint, is damaged, or holds numbers
  ///   that no run comes to.
  public init(path: String) throws(ModelFileError) {
    try self.init(try SafetensorsFile(path: path, sealedAs: .checkpoint))
  }

  /// Reads a checkpoint out of a file whose seal has been checked.
  ///
  /// - Parameter file: its tensors and metadata.
  /// - Throws: `ModelFileError` where it is no checkpoint, or holds numbers that no run comes to.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    func floats(_ name: String) throws(ModelFileError) -> [Float] {
      guard let floats = file[name]?.floats else { throw ModelFileError(.missingTensor(name)) }
      return floats
    }
    settings = try file.decodeMetadata(Key.settings)
    corpusDigest = try file.decodeMetadata(Key.corpus)
    counters = try file.decodeMetadata(Key.counters)
    position = try file.decodeMetadata(Key.position)
    parameters = try floats("parameters")
    bestParameters = file["best"]?.floats
    firstMoment = try floats("optimizer.first_moment")
    secondMoment = try floats("optimizer.second_moment")
    average = file["average"]?.floats
    state = try floats("state")
    provenance =
      file.metadata[Key.provenance] == nil ? nil : try file.decodeMetadata(Key.provenance)
    companion = Self.companion(in: file)
    try checkNumbers()
  }

  package init(
    settings: TrainingSettings, corpusDigest: String, counters: Counters,
    position: PieceStreams.Position, best: Network?, learner: Learner,
    provenance: Provenance? = nil
  ) {
    self.settings = settings
    self.corpusDigest = corpusDigest
    self.counters = counters
    self.position = position
    parameters = learner.network.parameters
    bestParameters = best?.parameters
    firstMoment = learner.optimizer.firstMoment
    secondMoment = learner.optimizer.secondMoment
    average = learner.average?.values
    state = learner.state.values
    self.provenance = provenance
  }

  /// Checks that a run can have come to these numbers: a file may hold any.
  ///
  /// - Throws: `ModelFileError` naming the first part that holds an impossible one.
  private func checkNumbers() throws(ModelFileError) {
    guard counters.arePossible else { throw ModelFileError(.malformedMetadata(Key.counters)) }
    guard position.isPossible else { throw ModelFileError(.malformedMetadata(Key.position)) }
    do {
      try settings.validate()
    } catch {
      guard case .network(let error) = error.reason else {
        throw ModelFileError(.malformedMetadata(Key.settings))
      }
      throw ModelFileError(.network(error))
    }
    var network = settings.network
    let vocabulary: any Vocabulary
    do {
      vocabulary = try settings.vocabulary.makeVocabulary()
    } catch {
      throw ModelFileError(.vocabulary(error))
    }
    network.vocabularySize = vocabulary.count
    // Settings need not say what a network hears, which follows from its vocabulary.
    if let heard = network.heardGroups { try HeardGroups.check(heard, of: vocabulary) }
    let count = network.layout.count
    let moments = settings.optimizer.kind == .sgd ? 0 : count
    let stream = network.layerCount * network.cell.stateCount * network.hiddenSize
    for (name, values, expected) in [
      ("parameters", parameters, count), ("best", bestParameters, count),
      ("average", average, count), ("state", state, stream * position.lanes.count),
      ("optimizer.first_moment", firstMoment, count),
      ("optimizer.second_moment", secondMoment, moments),
    ] {
      guard let values else { continue }
      guard values.count == expected else {
        throw ModelFileError(.shape(tensor: name, found: [values.count], expected: [expected]))
      }
      // A square may have grown to infinity: that gradient then counts for nothing.
      if name == "optimizer.second_moment" {
        guard values.allSatisfy({ $0 >= 0 }) else { throw ModelFileError(.negative(tensor: name)) }
      } else if !values.allSatisfy(\.isFinite) {
        throw ModelFileError(.notFinite(tensor: name))
      }
    }
  }

  /// Checks its numbers, and that it is of a run with these settings, but for their length, and of a corpus of this
  /// digest; settings that do not tell the shards get its own.
  package func check(
    fits settings: inout TrainingSettings, _ digest: String
  ) throws(TrainingError) {
    do {
      try checkNumbers()
    } catch {
      throw TrainingError(.foreignCheckpoint(difference: "\(error)"))
    }
    // What one machine has chosen holds on another.
    if settings.shards == nil { settings.shards = self.settings.shards }
    var other = self.settings
    other.length = settings.length
    // No more than there are streams were made.
    if let wanted = settings.shards, other.shards == min(wanted, position.lanes.count) {
      other.shards = wanted
    }
    guard other == settings else {
      throw TrainingError(.foreignCheckpoint(difference: "it was trained with other settings"))
    }
    guard corpusDigest == digest else {
      throw TrainingError(.foreignCheckpoint(difference: "its corpus has changed since"))
    }
  }

  /// Writes the checkpoint, whole or not at all.
  ///
  /// - Parameter path: the file's name.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String) throws(FileError) { try file().write(to: path) }

  /// What of a file is no checkpoint's own.
  private static func companion(in file: SafetensorsFile) -> SafetensorsFile? {
    let own = ["parameters", "best", "average", "state"]
    var companion = SafetensorsFile(
      tensors: file.tensors.filter { !own.contains($0.name) && !$0.name.hasPrefix("optimizer.") })
    let keys = [Key.settings, Key.corpus, Key.counters, Key.position, Key.provenance]
    companion.metadata = file.metadata.filter { !keys.contains($0.key) }
    return companion.tensors.isEmpty ? nil : companion
  }

  /// The checkpoint as a file, sealed.
  package func file() -> SafetensorsFile {
    func tensor(_ name: String, _ values: [Float]) -> Tensor {
      Tensor(name: name, shape: [values.count], floats: values)
    }
    var file = SafetensorsFile(tensors: [
      tensor("parameters", parameters),
      tensor("optimizer.first_moment", firstMoment),
      tensor("optimizer.second_moment", secondMoment),
      tensor("state", state),
    ])
    if let bestParameters { file.tensors.append(tensor("best", bestParameters)) }
    if let average { file.tensors.append(tensor("average", average)) }
    file.encodeMetadata(Key.settings, settings)
    file.encodeMetadata(Key.corpus, corpusDigest)
    file.encodeMetadata(Key.counters, counters)
    file.encodeMetadata(Key.position, position)
    if let provenance { file.encodeMetadata(Key.provenance, provenance) }
    if let companion {
      file.tensors += companion.tensors
      file.metadata.merge(companion.metadata) { own, _ in own }
    }
    file.seal(
      as: .checkpoint, of: settings.network, settings.vocabulary,
      leastVersion: settings.leastCheckpointVersion)
    return file
  }
}

extension TrainingSettings {
  /// The oldest version of checkpoints whose readers train as these settings say.
  fileprivate var leastCheckpointVersion: Int {
    let later = [
      network.weightDrop, network.embeddingDropout, activationRegularization,
      temporalActivationRegularization,
      windowJitter,
    ]
    if ownKeys != 0 { return 6 }
    if accumulation != nil || localSteps != nil || scheduledSampling != 0 { return 5 }
    return later.allSatisfy { $0 == 0 } && averageTrigger == nil ? 2 : 4
  }
}

extension Checkpoint.Counters {
  /// More than any run counts, and far from where sums overflow.
  private static let most = 1 << 48

  /// Whether a run can have counted so.
  fileprivate var arePossible: Bool {
    let counts = [
      step, tokensRead, optimizerSteps, averageSteps, validationsSinceBest, plateau.worse,
      plateau.reductions, begunEpoch ?? 0,
    ]
    return counts.allSatisfy { (0...Self.most).contains($0) }
      && [seconds, plateau.best].allSatisfy(\.isFinite) && seconds >= 0
      && [best, lastValidation].allSatisfy { $0?.isPossible ?? true }
      && averageTrigger?.isPossible ?? true
  }
}

extension Validation {
  /// Whether a run can have measured so.
  fileprivate var isPossible: Bool {
    step >= 0
      && [
        nats, natsPerBaseToken, natsPerNote, natsPerSecond, natsApart ?? 0, accuracy ?? 0,
        macroF1 ?? 0,
      ]
      .allSatisfy(\.isFinite)
  }
}
