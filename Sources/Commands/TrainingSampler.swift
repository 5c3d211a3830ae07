import FileStorage
import MuseGen

/// Lets the model be heard while it learns: a piece every so often, always of the same seed.
///
/// The network is copied and the piece has random numbers of its own, so training goes on to the
/// same bytes as without it.
final class TrainingSampler {
  private let interval: RunInterval
  private let folder: String
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant

  /// - Parameters:
  ///   - interval: how often.
  ///   - folder: the run's folder; samples go into its `samples`.
  init(interval: RunInterval, folder: String) {
    self.interval = interval
    self.folder = folder + "/samples"
    last = clock.now
  }

  /// Writes a sample when it is time.
  ///
  /// - Returns: the file written, or nil.
  func sampleIfDue(_ run: TrainingRun) throws -> String? {
    let step = run.counters.step
    guard interval.isDue(step: step, seconds: (clock.now - last) / .seconds(1)) else { return nil }
    var model = run.model
    // What it knows now, not the best so far.
    model.network = run.network
    var settings = GenerationSettings()
    settings.seconds = 20
    settings.seed = run.settings.seed
    let generator = try startGenerator(with: model, settings: settings)
    while generator.next() != nil {}
    let digits = String(step)
    let number = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    let path = "\(folder)/step-\(number).mid"
    try writing {
      try createFolder(at: folder)
      try writeFile(generator.score.midiFile().bytes(), at: path)
    }
    last = clock.now
    return path
  }
}
