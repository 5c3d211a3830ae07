import ArgumentParser
import Drawing
import Ranks
import Throughput

/// `musegen bench ranks`: how fast processes that train together hand each other gradients.
struct BenchRanksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranks",
    abstract: "Measures how fast processes that train together add up gradients.",
    discussion: """
      To be started by a launcher, as training is: mpirun -n 4 musegen bench ranks. Latency and bandwidth are what \
      Benchmarks/cluster.py foretells larger clusters from.
      """)

  @Option(parsing: .unconditional, help: "Parameters of a network, whose gradients are added up.")
  var parameters = 3_000_000

  @Option(parsing: .unconditional, help: "How often each sum is measured.")
  var repeats = 20

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    guard (1...1 << 30).contains(parameters) else {
      throw ValidationError("--parameters is \(parameters), expected 1 to \(1 << 30)")
    }
    guard (1...100_000).contains(repeats) else {
      throw ValidationError("--repeats is \(repeats), expected 1 to 100000")
    }
  }

  func run() throws {
    let ranks = try TrainingRanks.join()
    do {
      try measure(ranks)
    } catch {
      ranks.end(after: error)
      throw error
    }
    ranks.end()
  }

  private func measure(_ ranks: TrainingRanks) throws {
    guard let group = ranks.shared else {
      throw Failure(
        .usage,
        "bench ranks measures several processes; start them with mpirun -n 2 musegen bench ranks")
    }
    do throws(RankError) {
      _ = try group.settle([])
      try group.compare([("parameters", "\(parameters)"), ("repeats", "\(repeats)")])
    } catch {
      throw Failure(error)
    }
    let counts = Set([4096, parameters / 10, parameters]).filter { $0 > 0 && $0 <= parameters }
      .sorted()
    guard let result = PassingThroughput.measure(group, counts: counts, repeats: repeats) else {
      throw group.failure.map { Failure($0) } ?? Failure(.software, "nothing was measured")
    }
    guard ranks.leads else {
      // Nobody leaves before the first does.
      do throws(RankError) {
        _ = try group.follow()
      } catch {
        throw Failure(error)
      }
      return
    }
    if json { return try Terminal.printJSON(result) }
    var lines = [
      "\(result.ranks) processes, \((result.latency * 1e6).decimals(1)) µs from one to the next, "
        + "\((result.bandwidth * 8e-9).decimals(2)) Gb/s in either direction"
    ]
    lines += result.sums.map {
      "\($0.kind.rawValue): \($0.count.grouped) numbers in \(($0.seconds * 1e3).decimals(2)) ms"
    }
    try StandardOutput.lines(lines)
  }
}
