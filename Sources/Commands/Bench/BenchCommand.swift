import ArgumentParser

/// `musegen bench`: measures musegen's speed, beside the machine's own.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures musegen's speed, beside the machine's own.",
    subcommands: [
      BenchTrainCommand.self, BenchGenerateCommand.self, BenchWriteCommand.self,
      BenchParseCommand.self,
      BenchTokensCommand.self,
    ])
}
