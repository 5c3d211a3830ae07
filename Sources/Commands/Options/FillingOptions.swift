import ArgumentParser
import MuseGen

/// What commands that fill in music have in common.
struct FillingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Below 1 safer, above 1 bolder; more than 0.")
  var temperature: Float = 1

  @Option(
    parsing: .unconditional,
    help: "The seed of every random choice (default: a new one, printed).")
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: "Begin with so many quarter notes a minute (default: the tempo of the piece given).")
  var tempo: Double?

  @Option(
    name: .short, parsing: .unconditional, help: "How many pieces; their files are numbered.")
  var number = 1

  @Option(
    name: [.short, .long],
    help: """
      The file to write; its ending chooses the format. May be given again for another (default: \
      \(PieceWriter.standardName)).
      """)
  var output: [String] = []

  @OptionGroup var overwrite: OverwriteOptions

  /// The flags' names.
  static let flags = ["temperature", "seed", "tempo", "n", "output", "overwrite"]

  /// The first piece's seed; the next piece's is one more.
  func firstSeed() -> UInt64 { seed ?? GenerationSettings.newSeed() }

  /// Finds out whether the files can be written.
  func writer(sound: SoundOptions) throws -> PieceWriter {
    guard (1...10_000).contains(number) else {
      throw Failure(.usage, "-n is \(number), expected 1 to 10000")
    }
    return try PieceWriter(
      outputs: output, count: number, sound: sound, tempo: tempo, overwrite: overwrite)
  }
}

extension Failure {
  /// Runs a part of filling in a piece, turning its error into one line and an exit code.
  static func filling<Result>(
    _ piece: String, _ body: () throws(FillingError) -> Result
  ) throws(Failure) -> Result {
    do {
      return try body()
    } catch {
      throw Failure(error, of: piece)
    }
  }
}
