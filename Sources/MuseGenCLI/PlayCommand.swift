import ArgumentParser
import Foundation
import MuseGen

/// `musegen play`: plays a MIDI file, or new music while it is being written.
struct PlayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play", abstract: "Plays a MIDI file, or new music while it is being written.")

  @Argument(
    help: "The MIDI file to play; without one, new music.",
    completion: .file(extensions: ["mid", "midi", "kar", "rmi"]))
  var file: String?

  @OptionGroup var model: ModelOptions
  @OptionGroup var generation: GenerationOptions
  @OptionGroup var sound: SoundOptions

  @Option(help: "The sound device, by its ALSA name.")
  var device = "default"

  @Option(name: [.short, .long], help: "Keep what was generated in this .mid file.")
  var output: String?

  mutating func run() async throws {
    if let file {
      try await play(file: file)
    } else {
      try await playNewMusic()
    }
  }

  private func liveSettings() throws -> LiveSettings {
    LiveSettings(synthesizer: try sound.synthesizerSettings(), device: device)
  }

  private func play(file: String) async throws {
    if output != nil {
      throw Failure(.usage, "--output keeps new music; \(file) is a file already")
    }
    let settings = try liveSettings()
    let score = try readScore(at: file)
    let soundFont = try sound.soundFont()
    let isInterrupted: Bool
    do {
      let player = try LivePlayer(Performance(score), soundFont: soundFont, settings: settings)
      let display = PlaybackDisplay(player: player, title: "\(file): \(PieceStatistics(score))")
      isInterrupted = try await display.run()
    } catch {
      throw Failure(error)
    }
    if isInterrupted { throw ExitCode(Failure.Code.interrupted.rawValue) }
  }

  private func playNewMusic() async throws {
    let settings = try generation.settings()
    if let output { _ = try writing { try AtomicFile(path: output) } }
    let liveSettings = try liveSettings()
    let model = try model.load()

    let queue = MessageQueue()
    let player: LivePlayer
    do {
      player = try LivePlayer(queue, soundFont: try sound.soundFont(), settings: liveSettings)
    } catch {
      // Nothing can be heard here, but the piece that was asked for is kept.
      if let output {
        try keep(try generate(with: model, settings: settings, terminal: Terminal()), in: output)
      }
      throw (error as? PlaybackError).map { Failure($0) } ?? error
    }

    let display = PlaybackDisplay(player: player, title: "new music, seed \(settings.seed)")
    let writer = Task { try await PlayCommand.write(with: model, settings: settings, to: queue) }
    let outcome: Result<Bool, PlaybackError>
    do {
      outcome = .success(try await display.run())
    } catch {
      outcome = .failure(error)
    }
    let score = try await writer.value
    if let output { try keep(score, in: output) }
    switch outcome {
    case .success(false): break
    case .success(true): throw ExitCode(Failure.Code.interrupted.rawValue)
    case .failure(let error): throw Failure(error)
    }
  }

  /// Writes music a bounded time ahead of the player, until the piece ends or nobody listens.
  private static func write(
    with model: Model, settings: GenerationSettings, to queue: MessageQueue
  ) async throws -> Score {
    // However writing ends, the player must not wait for more.
    defer { queue.finish() }
    var generator = try startGenerator(with: model, settings: settings)
    while generator.next() != nil {
      let messages = generator.takeMessages()
      if messages.isEmpty { continue }
      guard await queue.push(messages, settledUntil: generator.settledSeconds) else {
        return generator.score
      }
    }
    _ = await queue.push(generator.takeMessages(), settledUntil: generator.settledSeconds)
    return generator.score
  }

  private func keep(_ score: Score, in path: String) throws {
    try writing { try writeFile(score.midiFile().bytes(), at: path) }
    print("\(path): \(PieceStatistics(score))")
  }
}
