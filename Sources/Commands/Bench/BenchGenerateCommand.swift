import Drawing
public import ArgumentParser
public import MuseGen
import Throughput

/// `musegen bench generate`: the speed of stepping.
struct BenchGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Measures how fast a network writes events.",
    discussion: """
      Each stream's most likely event is its next input; sampling filters and decoding are not \
      counted.
      """)

  @OptionGroup var network: BenchNetworkOptions

  @Option(parsing: .unconditional, help: "What products read.")
  var precision = SteppingPrecision.auto

  @Option(parsing: .unconditional, help: "Pieces written side by side.")
  var streams = 1

  @Option(parsing: .unconditional, help: "How many seconds to measure.")
  var seconds = 2.0

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds is \(seconds), expected more than 0 and at most 3600")
    }
  }

  func run() throws {
    let configuration = network.configuration
    let precision = precision.resolved(for: configuration)
    let result = try network.measure { () throws(NetworkError) in
      try SteppingThroughput.measure(
        configuration, streams: streams, precision: precision, threads: network.threads,
        seconds: seconds)
    }
    if network.json {
      try Terminal.printJSON([
        "events_per_second": result.eventsPerSecond,
        "microseconds_per_step": result.microsecondsPerStep,
        "peak_memory_mb": Double(ProcessStatistics.peakMemory) / 1e6,
      ])
    } else {
      let perEvent = result.microsecondsPerStep / Double(streams)
      try StandardOutput.lines([
        "\(configuration.summary), \(precision.rawValue), \(streams.grouped) streams",
        "\(Int(result.eventsPerSecond).grouped) events/s, "
          + "\(perEvent.decimals(1)) microseconds per event",
      ])
    }
  }
}

extension SteppingPrecision: ExpressibleByArgument {}
