public import ArgumentParser
import FileStorage
public import MuseGen
import Ranks
import Settings

/// How a network is trained.
struct TrainingOptions: ParsableArguments {
  private static let defaults = TrainingSettings()

  @Option(
    parsing: .unconditional, help: "Parallel streams (default: 16 to 64, after the corpus' size).")
  var batch: Int?

  @Option(parsing: .unconditional, help: "Events in a window: how far gradients reach back.")
  var window = defaults.window

  @Option(parsing: .unconditional, help: "Stop after so many passes over the corpus (default: 30).")
  var epochs: Int?

  @Option(parsing: .unconditional, help: "Stop after so many optimiser steps.")
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: """
      Stop after so much time: 90s, 20m, 1h30m; where no size is given, the network that learns most \
      in it is chosen.
      """)
  var time: TimeSpan?

  @Option(parsing: .unconditional, help: "Stop after so many measurements without a better one.")
  var patience: Int?

  @Option(
    parsing: .unconditional,
    help: "The peak learning rate; with --from \(TrainingSettings.fineTuningRate).")
  var learningRate = defaults.schedule.peak

  @Option(parsing: .unconditional, help: "The largest transposition in semitones; 0 for none.")
  var transpose = defaults.augmentation.semitones

  @Option(
    parsing: .unconditional,
    help: """
      The share of the training, at its end, in which pieces are read in their own keys, so that what the model writes \
      keeps to its key; 0 for none (default: 0.25).
      """)
  var ownKeys: Float?

  @Option(
    parsing: .unconditionalSingleValue,
    help: """
      The pieces held out to measure on: a share of all, such as 0.1, or a folder, file, glob or \
      collection of them; may be given again.
      """,
    completion: .file(extensions: MIDIFileFinder.endings))
  var valid = ["0.1"]

  @Option(parsing: .unconditional, help: "The seed of every random choice.")
  var seed = defaults.seed

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("batch", batch), .init("window", window), .init("epochs", epochs),
      .init("steps", steps), .init("time", time?.seconds), .init("patience", patience),
      .init("learning-rate", learningRate), .init("transpose", transpose),
      .init("own-keys", ownKeys),
      valid.count == 1 ? .init("valid", valid[0]) : .init("valid", valid),
      .init("seed", seed),
    ]
  }

  /// The settings for a vocabulary and a network.
  func settings(
    _ details: TrainingDetailOptions, vocabulary: VocabularyConfiguration,
    network: NetworkConfiguration
  ) throws -> TrainingSettings {
    var settings = Self.defaults
    settings.vocabulary = vocabulary
    settings.network = network
    settings.batch = batch
    settings.window = window
    settings.windowJitter = details.windowJitter
    settings.patience = patience
    settings.optimizer.kind = details.optimizer
    settings.optimizer.weightDecay = details.weightDecay
    settings.schedule.peak = learningRate
    settings.schedule.warmupSteps = details.warmup
    settings.schedule.shape = details.schedule.shape
    settings.clipping = try details.clipping
    settings.labelSmoothing = details.labelSmoothing
    settings.activationRegularization = details.activationRegularization
    settings.temporalActivationRegularization = details.temporalActivationRegularization
    settings.scheduledSampling = details.scheduledSampling
    settings.averageDecay = details.average?.decay
    settings.averageTrigger = details.average?.trigger
    settings.augmentation = Augmentation.Range(
      semitones: transpose, stretch: details.stretch, velocity: details.velocity)
    settings.ownKeys = ownKeys ?? (comesHome(details) ? Self.usualOwnKeys : 0)
    settings.heldOut = try heldOut
    settings.precision = details.precision
    settings.shards = details.shards
    settings.accumulation = details.accumulate == 1 ? nil : details.accumulate
    settings.localSteps = details.localSteps
    settings.reduction = details.reduce == .exact ? nil : details.reduce
    settings.seed = seed
    settings.length = try length ?? settings.length
    do {
      try settings.validate()
    } catch {
      // Both flags give the one limit.
      if let setting = error.setting, setting.key == "clipping", details.clipValue != nil {
        throw Failure(.usage, setting.line(naming: "--clip-value"))
      }
      throw Failure(error)
    }
    return settings
  }

  /// The share of a training in which pieces are read in their own keys where nobody says another.
  private static let usualOwnKeys: Float = 0.25

  /// Whether pieces that were transposed are read in their own keys at the end, where nobody says: not where the weights'
  /// mean is over transposed ones too.
  private func comesHome(_ details: TrainingDetailOptions) -> Bool {
    transpose > 0 && details.average?.trigger == nil
  }

  /// What is held out: a share, or what names mean.
  private var heldOut: HeldOut {
    get throws {
      guard let share = valid.compactMap(share).first else { return .named(valid) }
      guard valid.count == 1 else {
        throw Failure(
          .usage,
          "--valid takes one share or any number of names, found \(valid.joined(separator: ", "))")
      }
      return .fraction(share)
    }
  }

  /// A number is a share, but for one that cannot be and is the name of something: 0.1 never means a
  /// folder, 2018 may.
  private func share(_ text: String) -> Double? {
    guard let number = Double(text) else { return nil }
    return (0..<1).contains(number) || !isThere(text) ? number : nil
  }

  /// Whether there will be nothing to measure on.
  var holdsNothingOut: Bool { (try? heldOut) == .fraction(0) }

  private func isThere(_ name: String) -> Bool {
    fileKind(at: name) != nil || CollectionStore.standard().collection(named: name) != nil
  }

  /// When the run ends, where that was said.
  var length: TrainingSettings.Length? {
    get throws {
      let lengths: [TrainingSettings.Length] = [
        epochs.map { .epochs($0) }, steps.map { .steps($0) }, time.map { .seconds($0.seconds) },
      ].compactMap { $0 }
      guard lengths.count < 2 else {
        throw Failure(.usage, "--epochs, --steps and --time exclude each other; give one")
      }
      return lengths.first
    }
  }
}

/// What is seldom changed of how a network is trained.
struct TrainingDetailOptions: ParsableArguments {
  private static let defaults = TrainingSettings()

  @Option(
    parsing: .unconditional,
    help: "How far windows' lengths vary, as a share of --window such as 0.07.")
  var windowJitter = defaults.windowJitter

  @Option(parsing: .unconditional, help: "The optimiser.")
  var optimizer = defaults.optimizer.kind

  @Option(parsing: .unconditional, help: "Steps over which the learning rate rises.")
  var warmup = defaults.schedule.warmupSteps

  @Option(parsing: .unconditional, help: "How strongly matrices are pulled towards zero.")
  var weightDecay = defaults.optimizer.weightDecay

  @Option(
    parsing: .unconditional, help: "After the warm-up: cosine, constant, step, plateau.")
  var schedule = ScheduleName.cosine

  @Option(parsing: .unconditional, help: "The largest global norm of the gradient (default: 1).")
  var clip: Float?

  @Option(
    parsing: .unconditional, help: "Clip each gradient to this instead of their global norm.")
  var clipValue: Float?

  @Option(parsing: .unconditional, help: "The share of a target's weight spread over all events.")
  var labelSmoothing = defaults.labelSmoothing

  @Option(
    parsing: .unconditional,
    help: "How much of the mean square of the top layer's output is added to the loss.")
  var activationRegularization = defaults.activationRegularization

  @Option(
    parsing: .unconditional,
    help: "How much of the mean square of that layer's changes between events is added to the loss."
  )
  var temporalActivationRegularization = defaults.temporalActivationRegularization

  @Option(
    parsing: .unconditional,
    help: "The share of bars in which the network reads what it draws itself, such as 0.1.")
  var scheduledSampling = defaults.scheduledSampling

  @Option(
    parsing: .unconditional,
    help: """
      The decay of a running average of the weights, such as 0.999, measured beside them; or auto: \
      their mean from where 5 measurements (auto:3 for 3) have not helped, in their place.
      """)
  var average: AverageFlag?

  @Option(
    parsing: .unconditional, help: "The largest change of tempo, such as 0.05 for 5 %; 0 for none.")
  var stretch = defaults.augmentation.stretch

  @Option(parsing: .unconditional, help: "The largest change of velocity; 0 for none.")
  var velocity = defaults.augmentation.velocity

  @Option(parsing: .unconditional, help: "The arithmetic of matrix products.")
  var precision = defaults.precision

  @Option(
    parsing: .unconditional,
    help: """
      Into how many parts the streams are cut, at most one a stream; the weights' last digits hang on it \
      (default: one a core of at least 8 streams).
      """)
  var shards: Int?

  @Option(
    parsing: .unconditional,
    help: "Windows that each optimiser step reads: its gradient is that of their mean loss.")
  var accumulate = 1

  @Option(
    parsing: .unconditional,
    help: """
      Where a launcher such as mpirun starts several processes: steps that each takes by itself before all \
      average their weights, for slow networks (default: all take each step together).
      """)
  var localSteps: Int?

  @Option(
    parsing: .unconditional,
    help: """
      Where a launcher such as mpirun starts several processes: add up their gradients so that any number of \
      them comes to the same weights (exact), as MPI likes (fast), or in half the bytes (bf16).
      """)
  var reduce = RankSum.exact

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("window-jitter", windowJitter), .init("optimizer", optimizer.rawValue),
      .init("warmup", warmup), .init("weight-decay", weightDecay),
      .init("schedule", schedule.rawValue), .init("clip", clip), .init("clip-value", clipValue),
      .init("label-smoothing", labelSmoothing),
      .init("activation-regularization", activationRegularization),
      .init("temporal-activation-regularization", temporalActivationRegularization),
      .init("scheduled-sampling", scheduledSampling),
      .init(name: "average", value: average?.value),
      .init("stretch", stretch), .init("velocity", velocity),
      .init("precision", precision.rawValue), .init("shards", shards),
      .init("accumulate", accumulate), .init("local-steps", localSteps),
      .init("reduce", reduce.rawValue),
    ]
  }

  fileprivate var clipping: GradientClipping {
    get throws {
      switch (clip, clipValue) {
      case (_?, _?): throw Failure(.usage, "--clip and --clip-value exclude each other; give one")
      case (let norm?, nil): .globalNorm(norm)
      case (nil, let value?): .value(value)
      case (nil, nil): Self.defaults.clipping
      }
    }
  }
}

/// The shapes of a learning-rate schedule by name.
enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
  case cosine, constant, step, plateau

  var shape: LearningRateSchedule.Shape {
    switch self {
    case .cosine: TrainingSettings().schedule.shape
    case .constant: .constant
    case .step: .step(every: 1_000, factor: 0.5)
    case .plateau: .plateau(patience: 3, factor: 0.5)
    }
  }
}

extension OptimizerConfiguration.Kind: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

/// What a run shows and leaves in its folder.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Write a piece into the run's samples/ every so often: 5m, 30s, or 500 for steps.")
  var sampleEvery: RunInterval?

  @Option(
    parsing: .unconditional,
    help: "Write a checkpoint every so often: 5m, 30s, or 500 for steps (default: 1m).")
  var saveEvery: RunInterval?

  @Option(
    parsing: .unconditional,
    help: "Train on at most so many threads, to the same weights (default: one a core).")
  var threads: Int?

  @Option(
    defaultAsFlag: Self.ownFolder,
    help: ArgumentHelp(
      """
      Write event files for TensorBoard into this folder (default: the run's tensorboard/): losses, \
      learning rate, gradients, gates, and samples as rolls and sound.
      """, valueName: "folder"),
    completion: .directory)
  var tensorboard: String?

  /// What stands for the run's own folder.
  private static let ownFolder = "the run's tensorboard/"

  @Flag(help: "Print one JSON object a line: what happened, as in the run's metrics.jsonl.")
  var json = false

  /// The settings by their flags' names; what is printed is none of them.
  var listing: [ConfigurationEntry] {
    [
      .init("sample-every", sampleEvery?.argument),
      .init("save-every", saveEvery?.argument),
      .init("threads", threads), .init("tensorboard", tensorboard),
    ]
  }

  /// Where event files go, absolute; nil where none are written.
  ///
  /// - Parameter path: the run's folder.
  /// - Returns: the folder.
  func eventFolder(ofRunIn path: String) -> String? {
    tensorboard.map {
      absolutePath(
        $0 == Self.ownFolder ? "\(path)/\(TrainingRecorder.standardName)" : $0)
    }
  }

  /// Checks what no library does before music is read.
  func check() throws(Failure) {
    guard let threads else { return }
    do {
      try SettingError.check("threads", threads, in: 1...4_096)
    } catch {
      throw Failure(error)
    }
  }
}

extension RunInterval: FormedArgument {
  package static let form = "a time such as 5m or 30s, or a number of steps such as 500"

  /// A bare number counts steps; anything else is a length of time.
  public init?(argument: String) {
    if let steps = Int(argument) {
      guard (1...1_000_000_000).contains(steps) else { return nil }
      self = .steps(steps)
    } else {
      guard let seconds = TimeSpan(argument: argument)?.seconds, seconds > 0, seconds < 1e9 else {
        return nil
      }
      self = .seconds(seconds)
    }
  }

  /// What gives it on the command line.
  var argument: String {
    switch self {
    case .steps(let count): "\(count)"
    case .seconds(let seconds): "\(seconds)s"
    }
  }
}
