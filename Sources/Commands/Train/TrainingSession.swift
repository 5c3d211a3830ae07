import Drawing
import FileStorage
import Foundation
import MuseGen
import Safetensors

/// A training run in its folder, of a model or of a classifier: trains, shows, logs, and saves now and then
/// and at the end.
struct TrainingSession: ~Copyable {
  private let run: any SessionRun
  private let folder: RunFolder
  private let output: ModelOutput
  private let terminal: Terminal
  private let display: any SessionDisplay
  private let sampler: TrainingSampler?
  private let recorder: TrainingRecorder?
  /// The folders made for this run, which are not worth keeping before its first checkpoint.
  private let newFolders: [String]

  init(
    _ run: any SessionRun, in folder: consuming RunFolder, newFolders: [String],
    output: ModelOutput, terminal: Terminal, display: any SessionDisplay,
    sampler: TrainingSampler? = nil, recorder: TrainingRecorder?
  ) {
    self.run = run
    self.output = output
    self.terminal = terminal
    self.display = display
    self.sampler = sampler
    self.recorder = recorder
    self.newFolders = newFolders
    self.folder = folder
  }

  /// Trains until the run's end or Ctrl-C, and writes the model.
  consuming func train() throws {
    try Failure.writing { try folder.describe(run.described) }
    Interruption.part(
      saying: run.counters.step > 0
        ? comeback
        : "stopped before the first step: nothing is trained, and the same command begins anew")
    display.showStart()
    defer { Interruption.part(saying: nil) }
    let clock = SuspendingClock()
    let interval = folder.start.saveInterval ?? .seconds(60)
    // The first step is saved too: even a run killed early can be resumed.
    var lastSave: SuspendingClock.Instant?
    let isResumed = run.counters.step > 0
    var stepBefore = run.counters.step
    do {
      while !Interruption.isRequested, let event = try run.next() {
        let line = RunLogLine(
          event, time: .now, seconds: run.elapsedSeconds,
          peakMemory: ProcessStatistics.peakMemory)
        display.show(line)
        try Failure.writing { try folder.log(line) }
        try recorder?.record(line)
        guard case .step(let step) = event else { continue }
        // Before the checkpoint: a run killed in between writes the sample again.
        if let path = try sampler?.sampleIfDue(in: folder) {
          terminal.line("\(path) is written")
          try recorder?.recordSample(path, step: step.step)
        }
        let idle = lastSave.map { (clock.now - $0) / .seconds(1) }
        let previous = stepBefore
        stepBefore = step.step
        if idle.map({ interval.isDue(step: step.step, after: previous, seconds: $0) }) ?? true {
          let checkpoint = try run.gatheredCheckpoint()
          try Failure.writing { try folder.save(checkpoint) }
          if lastSave == nil { keepWork() }
          lastSave = clock.now
        }
      }
    } catch let error as TrainingError where error.isOfRanks {
      throw goingOn(after: Failure(error), if: isResumed || lastSave != nil)
    } catch let error as TrainingError {
      // The steps before the loss broke are worth keeping.
      if run.bestNetwork != nil { try writeModel() }
      if case .diverged(let step, _) = error.reason {
        try Failure.writing { try folder.markDiverged(atStep: step) }
      }
      throw Failure(error)
    } catch let failure as Failure where failure.code == .inputOutput {
      // A full disk, mostly: the last checkpoint is whole.
      throw goingOn(after: failure, if: isResumed || lastSave != nil)
    }
    // The model first: it is what the user wants, and a checkpoint needs more of a scarce disk.
    do {
      if run.counters.step > 0 { try writeModel() }
    } catch {
      // Where the disk is not full, but the name was taken meanwhile, the run can be resumed.
      if let checkpoint = try? run.gatheredCheckpoint() { try? folder.save(checkpoint) }
      throw error
    }
    let checkpoint = try Failure.training { try run.gatheredCheckpoint() }
    try Failure.writing { try folder.save(checkpoint) }
    // The measurement at the end is a part of the run, and may find the best weights.
    let isUnfinished =
      (Interruption.isRequested || run.isStopped) && (run.progress < 1 || !run.isMeasured)
    if !isUnfinished { try Failure.writing { try folder.markFinished() } }
    display.showEnd(
      output: run.counters.step > 0 ? output.path : nil, isInterrupted: isUnfinished)
    if isUnfinished {
      throw CancellationError()
    }
    shortfalls(of: checkpoint).forEach { terminal.line($0) }
    let verdict = try Failure.writing { try RunVerdictText(ofRunIn: folder.path) }
    verdict?.lines.forEach { terminal.line($0) }
  }

  /// What a run that nobody stopped has not come to, and why.
  private func shortfalls(of checkpoint: Checkpoint) -> [String] {
    var lines: [String] = []
    let (settings, count) = (run.settings, run.counters.validationsSinceBest)
    if let patience = settings.patience, count >= patience, run.progress < 1 {
      let isTransposed =
        settings.ownKeys > 0 && settings.augmentation.semitones > 0
        && run.progress < 1 - Double(settings.ownKeys)
      lines.append(
        "ended by --patience \(patience): \(count.counted("measurement")) without a better one"
          + (isTransposed ? ", before pieces were read in their own keys" : ""))
    }
    if let validations = settings.averageTrigger, checkpoint.average == nil {
      lines.append(
        "--average auto: the mean of the weights never began, as no measurement was above the best "
          + "of those before the last \(validations)")
    }
    return lines
  }

  /// A failure that also says how to go on once there is a checkpoint.
  private borrowing func goingOn(after failure: Failure, if isSaved: Bool) -> Failure {
    guard isSaved else { return failure }
    return Failure(
      failure.code,
      """
      \(failure.message); when that is mended, \(comeback)
      """)
  }

  /// How a run that has a checkpoint is gone on with.
  private var comeback: String { "go on with: musegen train --resume \(folder.path.shellQuoted)" }

  /// From the first checkpoint on a signal ends training with what it has learned.
  private borrowing func keepWork() {
    for folder in newFolders { Temporaries.keep(folder) }
    Interruption.keepWork(
      answering: "finishing this step, then saving; Ctrl-C again leaves without")
    Interruption.part(saying: "left without saving since the last checkpoint; \(comeback)")
  }

  private func writeModel() throws {
    let file = run.file(label: folder.start.label, precision: folder.start.precision ?? .f32)
    if let aside = try output.write(file) {
      terminal.line("the model that was \(output.path) is kept as \(aside)")
    }
    guard
      output.path == folder.start.output || absolutePath(output.path) == folder.start.output
    else { return }
    try Failure.writing { try folder.markOutputWritten() }
  }
}

/// A run as a session trains it.
protocol SessionRun: AnyObject {
  var settings: TrainingSettings { get }
  var counters: Checkpoint.Counters { get }
  var bestNetwork: Network? { get }
  /// Whether another process that trains with this one was asked to stop.
  var isStopped: Bool { get }
  func gatheredCheckpoint() throws(TrainingError) -> Checkpoint
  var progress: Double { get }
  /// Whether the network as it stands has been measured, or nothing is held out to measure it on.
  var isMeasured: Bool { get }
  var elapsedSeconds: Double { get }
  func next() throws(TrainingError) -> TrainingEvent?
  func description(version: String, arguments: [String]) -> RunDescription
  /// The file of what the run has learned.
  func file(label: ModelLabel?, precision: Model.StoredPrecision) -> SafetensorsFile
}

extension SessionRun {
  /// The run with this process as its session.
  var described: RunDescription {
    description(version: MuseGenCommand.version, arguments: Invocation.current.arguments)
  }
}

extension TrainingRun: SessionRun {
  func file(label: ModelLabel?, precision: Model.StoredPrecision) -> SafetensorsFile {
    var model = model
    if let label { model.provenance.apply(label) }
    return model.safetensors(precision: precision)
  }
}

extension ClassifierRun: SessionRun {
  var isStopped: Bool { false }

  func gatheredCheckpoint() -> Checkpoint { checkpoint }

  func file(label: ModelLabel?, precision: Model.StoredPrecision) -> SafetensorsFile {
    var classifier = classifier
    if let label { classifier.provenance.label = label }
    return classifier.safetensors(precision: precision)
  }
}

extension TrainingError {
  /// Whether processes that train together are why.
  fileprivate var isOfRanks: Bool { if case .ranks = reason { true } else { false } }
}

/// Shows a run to whoever waits for it.
protocol SessionDisplay: AnyObject {
  func showStart()
  func show(_ line: RunLogLine)
  /// - Parameters:
  ///   - output: the file that was written; nil where none was.
  ///   - isInterrupted: whether the run was stopped before its end.
  func showEnd(output: String?, isInterrupted: Bool)
}

extension TrainingDisplay: SessionDisplay {}
extension ClassifierDisplay: SessionDisplay {}
