public import ArgumentParser
import FileStorage
import Tensors

/// The `musegen` command: a name for its subcommands.
public struct MuseGenCommand: AsyncParsableCommand {
  /// Creates the command.
  public init() {}

  /// The version of musegen.
  public static let version = "0.2.0"

  /// The name, the version and all subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "musegen",
    abstract: "Learns from MIDI files and writes new music.",
    version: version,
    subcommands: [
      TrainCommand.self,
      SweepCommand.self,
      RunsCommand.self,
      PlotCommand.self,
      GenerateCommand.self,
      AccompanyCommand.self,
      HarmonizeCommand.self,
      VaryCommand.self,
      EditCommand.self,
      PlayCommand.self,
      JamCommand.self,
      FavouritesCommand.self,
      StudioCommand.self,
      RenderCommand.self,
      EvalCommand.self,
      ClassifyCommand.self,
      CompareCommand.self,
      CopiedCommand.self,
      InfoCommand.self,
      ModelsCommand.self,
      CorpusCommand.self,
      ConvertCommand.self,
      DevicesCommand.self,
      TokensCommand.self,
      GradientsCommand.self,
      GatesCommand.self,
      BenchCommand.self,
    ])

  /// What somebody is told who has typed the name alone.
  private static let firstWords = [
    "musegen learns from MIDI files and writes new music.",
    "  musegen play                   new music at once, by a model that ships",
    "  musegen generate -o first.mid  a piece in a file; first.wav is its sound",
    "  musegen train FOLDER           learns from your own MIDI files",
    "  musegen help                   all commands; help COMMAND: its options",
  ]

  /// Runs what the process was called with, and leaves.
  public static func main() async { await main(processArguments()) }

  /// Runs a command and ends the process, where it fails with one line on standard error and an exit code
  /// of `sysexits.h`.
  ///
  /// - Parameter arguments: what stands behind the program's name.
  public static func main(_ arguments: [String]) async {
    StandardStream.fillGaps()
    Interruption.listen()
    do {
      try await run(arguments)
    } catch {
      ExitReport(after: error, of: Self.self).exit()
    }
    ExitReport.leave(with: 0)
  }

  /// Runs a command as a task that Ctrl-C cancels, and writes all that it has printed.
  ///
  /// - Parameter arguments: what stands behind the program's name.
  /// - Throws: what the parser and the command throw; ``ExitReport`` says how to leave with it.
  package static func run(_ arguments: [String]) async throws {
    try await Interruption.cancelling {
      try await Invocation.$current.withValue(Invocation(arguments)) {
        if arguments.isEmpty {
          let terminal = Terminal()
          return try StandardOutput.lines(
            terminal.isInteractive
              ? firstWords.flatMap { $0.wrapped(to: terminal.columns) } : firstWords)
        }
        try CommandWords.check(arguments, of: Self.self)
        var command = try parsed(arguments)
        try Invocation.current.checkOutputs(of: type(of: command))
        // Help is had whatever the environment.
        if let command = command as? any FlagChecking {
          try command.checkFlags()
          try checkInstructionSet()
        }
        if var command = command as? any AsyncParsableCommand {
          try await command.run()
        } else {
          try command.run()
        }
      }
    }
    try StandardOutput.flush()
  }

  /// The command that arguments ask for.
  ///
  /// - Throws: what the parser throws; ``Failure`` where it has taken a file's name for an option.
  private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    let outcome = parsedWithNumber(arguments)
    let asksForHelp = arguments.contains { ["-h", "--help", "help"].contains($0) }
    // The parser answers with a command of its own where help is asked for, be it by an h in a name.
    if case .success(let command) = outcome,
      asksForHelp || !String(reflecting: type(of: command)).hasPrefix("ArgumentParser.")
    {
      return command
    }
    if let file = CommandWords.fileTakenForOption(among: arguments) {
      throw Failure(
        .usage,
        "\(file) begins as an option does; write \("./\(file)".shellQuoted) for the file")
    }
    return try outcome.get()
  }

  /// What the parser makes of arguments, the last of which may be a number below 0 that is no option's value: the
  /// parser takes it for an option, and misses what stands there.
  private static func parsedWithNumber(
    _ arguments: [String]
  ) -> Result<any ParsableCommand, any Error> {
    let outcome = Result { try parseAsRoot(arguments) }
    guard case .failure(let error) = outcome, let number = arguments.last,
      number.hasPrefix("-"), Double(number) != nil, !arguments.contains("--"),
      message(for: error).hasPrefix("Missing expected argument")
    else { return outcome }
    let other = Result { try parseAsRoot(Array(arguments.dropLast()) + ["--", number]) }
    if case .failure(let error) = other,
      !message(for: error).hasPrefix("The value '\(number)' is invalid")
    {
      return outcome
    }
    return other
  }

  /// Refuses a wish that would be passed over: what is computed would have other last digits than was meant.
  private static func checkInstructionSet() throws(Failure) {
    guard let unknown = InstructionSet.unknownLimit else { return }
    throw Failure(
      .usage,
      "MUSEGEN_ISA is \"\(unknown)\", expected one of \(InstructionSet.limits.joined(separator: ", ")); "
        + "without it all that the machine has is used")
  }
}
