import ArgumentParser
import MuseGen

/// `musegen train`: learns from MIDI files and writes a model.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learns from MIDI files and writes a model.")

  @OptionGroup var corpus: CorpusOptions

  @Option(name: [.short, .long], help: "The model file to write.")
  var output = "model.safetensors"

  @OptionGroup(title: "Network") var network: NetworkOptions

  @Option(help: "Parallel streams.")
  var batch = TrainingSettings().batch

  @Option(help: "Events in a window: how far gradients reach back.")
  var window = TrainingSettings().window

  @Option(help: "Stop after so many passes over the corpus (default: 30).")
  var epochs: Int?

  @Option(help: "Stop after so many optimiser steps.")
  var steps: Int?

  @Option(help: "Stop after so much time: 90s, 20m, 1h30m.")
  var time: Duration?

  @Option(help: "The peak learning rate.")
  var learningRate = TrainingSettings().learningRate

  @Option(help: "The largest global norm of the gradient.")
  var clip = TrainingSettings().clip

  @Option(help: "The largest transposition in semitones; 0 for none.")
  var transpose = TrainingSettings().transposition

  @Option(help: "The share of pieces held out to measure on.")
  var valid = TrainingSettings().validationFraction

  @Option(help: "The seed of every random choice.")
  var seed = TrainingSettings().seed

  mutating func run() async throws {
    let settings = try settings()
    let terminal = Terminal()
    // Found out now rather than after an hour of training.
    _ = try writing { try AtomicFile(path: output) }

    let corpus = try corpus.load(
      vocabulary: try settings.vocabulary.makeVocabulary(), terminal: terminal)
    let run: TrainingRun
    do {
      run = try TrainingRun(settings: settings, corpus: corpus)
    } catch {
      throw Failure(error.exitCode, "\(error)")
    }
    let display = TrainingDisplay(terminal: terminal, run: run, corpus: corpus)
    display.showStart()

    Interruption.listen()
    do {
      while !Interruption.isRequested, let event = try run.next() { display.show(event) }
    } catch {
      // What was learned before the loss broke is worth keeping.
      if run.best != nil { try save(run) }
      throw Failure(error.exitCode, "\(error)")
    }
    try save(run)
    display.showEnd(output: output, isInterrupted: Interruption.isRequested)
    if Interruption.isRequested { throw ExitCode(Failure.Code.interrupted.rawValue) }
  }

  private func save(_ run: TrainingRun) throws {
    try writing { try run.model.write(to: output) }
  }

  private func settings() throws -> TrainingSettings {
    var settings = TrainingSettings()
    settings.network = network.configuration
    settings.batch = batch
    settings.window = window
    settings.learningRate = learningRate
    settings.clip = clip
    settings.transposition = transpose
    settings.validationFraction = valid
    settings.seed = seed
    switch (epochs, steps, time) {
    case (nil, nil, nil): break
    case (let epochs?, nil, nil): settings.length = .epochs(epochs)
    case (nil, let steps?, nil): settings.length = .steps(steps)
    case (nil, nil, let time?): settings.length = .seconds(time.seconds)
    default: throw Failure(.usage, "--epochs, --steps and --time exclude each other; give one")
    }
    do {
      try settings.validate()
    } catch {
      throw Failure(.usage, "\(error)")
    }
    return settings
  }
}

/// Runs what creates a file, turning a failure into its exit code.
func writing<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as FileError {
    throw Failure(error.isDiskTrouble ? .inputOutput : .cannotCreate, error.description)
  }
}

extension TrainingError {
  var exitCode: Failure.Code {
    switch reason {
    case .setting, .network, .vocabulary: .usage
    case .emptyCorpus, .diverged, .unreadableCheckpoint, .foreignCheckpoint: .data
    case .noCheckpoint: .noInput
    case .locked: .unavailable
    case .file: .cannotCreate
    @unknown default: .software
    }
  }
}
