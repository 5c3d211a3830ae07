import FileStorage
import MuseGen

/// Lets the model be heard while it learns: a piece every so often, always of the same seed.
///
/// The network is copied and the piece has random numbers of its own, so training goes on to the
/// same bytes as without it.
final class TrainingSampler {
  private let run: TrainingRun
  private let interval: RunInterval
  private let clock = SuspendingClock()
  private var last: SuspendingClock.Instant
  private var lastStep: Int

  /// - Parameters:
  ///   - run: whose model is heard.
  ///   - interval: how often.
  init(_ run: TrainingRun, interval: RunInterval) {
    self.run = run
    self.interval = interval
    last = clock.now
    lastStep = run.counters.step
  }

  /// Writes a sample when it is time.
  ///
  /// - Returns: the file written, or nil.
  func sampleIfDue(in folder: borrowing RunFolder) throws -> String? {
    let step = run.counters.step
    let previous = lastStep
    lastStep = step
    let seconds = (clock.now - last) / .seconds(1)
    guard interval.isDue(step: step, after: previous, seconds: seconds) else { return nil }
    var model = run.model
    // What it knows now, not the best so far.
    model.network = run.network
    var settings = GenerationSettings()
    settings.seconds = RunFolder.sampleSeconds
    settings.seed = run.settings.seed
    let generator = try model.startPiece(settings)
    while generator.next() != nil {}
    let path = folder.samplePath(afterStep: step)
    try Failure.writing {
      try createFolder(at: FileStorage.folder(of: path))
      try writeFile(generator.score.midiFile().bytes(), at: path)
    }
    last = clock.now
    return path
  }
}
