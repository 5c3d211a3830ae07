import Drawing
import ArgumentParser
import MuseGen
import Throughput

/// `musegen bench write`: the speed of writing music.
struct BenchWriteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write",
    abstract: "Measures how fast a model writes music, without and with all filters.",
    discussion: "Network, grammar, filters and decoding are counted; reading the model is not.")

  @OptionGroup var model: ModelOptions

  @Option(parsing: .unconditional, help: "Pieces written side by side, 1 to 64.")
  var streams = 64

  @Option(parsing: .unconditional, help: "How many seconds to measure.")
  var seconds = 4.0

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds is \(seconds), expected more than 0 and at most 3600")
    }
    guard (1...PieceBatch.widestBatch).contains(streams) else {
      throw ValidationError("--streams is \(streams), expected 1 to \(PieceBatch.widestBatch)")
    }
  }

  func run() throws {
    let model = try model.load()
    let result: WritingThroughput
    do {
      result = try WritingThroughput.measure(model, pieces: streams, seconds: seconds)
    } catch {
      throw Failure(.data, "\(error)")
    }
    let cost = result.eventsPerSecond / result.filteredEventsPerSecond - 1
    if json {
      try Terminal.printJSON([
        "events_per_second": result.eventsPerSecond,
        "filtered_events_per_second": result.filteredEventsPerSecond,
        "cost_of_filters": cost,
      ])
    } else {
      try StandardOutput.raw(
        """
        \(model.network.configuration.summary), \(streams.grouped) pieces side by side
        \(Int(result.eventsPerSecond).grouped) events/s
        \(Int(result.filteredEventsPerSecond).grouped) events/s with all filters on, \
        which cost \((100 * cost).decimals(0)) %

        """)
    }
  }
}
