public import ArgumentParser

/// The `musegen` command: a name for its subcommands.
public struct MuseGenCommand: AsyncParsableCommand {
  /// Creates the command.
  public init() {}

  /// The name, the version and all subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "musegen",
    abstract: "Learns from MIDI files and writes new music.",
    version: "0.2.0",
    subcommands: [
      TrainCommand.self,
      RunsCommand.self,
      PlotCommand.self,
      GenerateCommand.self,
      HarmonizeCommand.self,
      VaryCommand.self,
      PlayCommand.self,
      RenderCommand.self,
      EvalCommand.self,
      CompareCommand.self,
      CopiedCommand.self,
      InfoCommand.self,
      ModelsCommand.self,
      CorpusCommand.self,
      ConvertCommand.self,
      DevicesCommand.self,
      TokensCommand.self,
      GradientsCommand.self,
      BenchCommand.self,
    ])

  /// Parses and runs; every failure is one line on standard error and an exit code of `sysexits.h`.
  public static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.exit(with: error, command: Self.self)
    }
  }
}
