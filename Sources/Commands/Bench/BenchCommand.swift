import ArgumentParser
import MuseGen

/// `musegen bench`: measures musegen's speed, beside the machine's own.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures musegen's speed, beside the machine's own.",
    subcommands: [
      BenchTrainCommand.self, BenchGenerateCommand.self, BenchWriteCommand.self,
      BenchParseCommand.self, BenchTokensCommand.self, BenchRanksCommand.self,
    ])
}

/// The network that a benchmark measures.
struct BenchNetworkOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "The kind of recurrent cell.")
  var cell = Cell.lstm

  @Option(parsing: .unconditional, help: "Recurrent layers, 1 to 8.")
  var layers = 2

  @Option(parsing: .unconditional, help: "The size of each layer's hidden state.")
  var hidden = 512

  @Option(
    parsing: .unconditional, help: "The size of an event's embedding (default: as --hidden).")
  var embedding: Int?

  @Option(parsing: .unconditional, help: "The number of events in the vocabulary.")
  var vocabulary = 388

  @Option(
    parsing: .unconditional, help: "The fewest events of each match that recall tells; or none.")
  var recall = RecallFlag(nil)

  @Option(parsing: .unconditional, help: "Threads (default: one per core).")
  var threads: Int?

  @Flag(help: "Print the figures as JSON.")
  var json = false

  /// The flags' names.
  static let flags = [
    "cell", "layers", "hidden", "embedding", "vocabulary", "recall", "threads", "json",
  ]

  var configuration: NetworkConfiguration {
    NetworkConfiguration(
      vocabularySize: vocabulary, embeddingSize: embedding ?? hidden, hiddenSize: hidden,
      layerCount: layers, cell: cell, recall: recall.recall())
  }

  /// Measures, with a network that cannot be made as a usage error.
  func measure<Result>(_ body: () throws(NetworkError) -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw Failure(error)
    }
  }
}
