import ArgumentParser
import Foundation
import MuseGen

/// `musegen generate`: writes new pieces to MIDI or sound files.
struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Writes new pieces to .mid, .wav, .flac or .ogg files.")

  @OptionGroup var model: ModelOptions
  @OptionGroup var generation: GenerationOptions
  @OptionGroup var novelty: NoveltyOptions
  @OptionGroup var sound: SoundOptions

  @Option(name: .short, help: "How many pieces; their files are numbered.")
  var number = 1

  @Option(
    name: [.short, .long],
    help: "The file to write; its ending chooses the format. May be given again for another.")
  var output: [String] = ["piece.mid"]

  mutating func run() async throws {
    guard (1...10_000).contains(number) else {
      throw Failure(.usage, "-n is \(number), expected 1 to 10000")
    }
    Interruption.listen()
    let settings = try generation.settings()
    let writer = try PieceWriter(outputs: output, count: number, sound: sound)
    let model = try model.load()

    let terminal = Terminal()
    let novelty = try novelty.check(terminal: terminal)
    for index in 0..<number {
      func draw(seed: UInt64) throws -> Score {
        var settings = settings
        settings.seed = seed
        return try generate(with: model, settings: settings, terminal: terminal)
      }
      var seed = settings.seed &+ UInt64(index)
      let score: Score
      if let novelty {
        (score, seed) = try novelty.piece(seed: seed, draw: draw)
      } else {
        score = try draw(seed: seed)
      }
      let written = try writer.write(score, index: index, seed: seed)
      terminal.line("\(written.joined(separator: ", ")): \(PieceStatistics(score)), seed \(seed)")
    }
  }
}

/// Starts a piece.
func startGenerator(with model: Model, settings: GenerationSettings) throws -> PieceGenerator {
  do {
    return try PieceGenerator(model: model, settings: settings)
  } catch {
    throw Failure(.data, "\(error)")
  }
}

/// Writes a whole piece, showing how far it is.
func generate(
  with model: Model, settings: GenerationSettings, terminal: Terminal
) throws -> Score {
  let generator = try startGenerator(with: model, settings: settings)
  while generator.next() != nil {
    if Interruption.isRequested { throw ExitCode(Failure.Code.interrupted.rawValue) }
    if generator.tokenCount % 200 == 0 {
      terminal.transient("\(Duration.text(generator.settledSeconds)) written")
    }
  }
  return generator.score
}
