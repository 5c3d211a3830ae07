public import Recurrent

/// How fast a network steps here: each stream's most likely token is its next input.
public struct SteppingThroughput: Codable, Hashable, Sendable {
  /// Tokens per second of all streams together.
  public var eventsPerSecond: Double
  /// Microseconds for one step of all streams.
  public var microsecondsPerStep: Double

  /// Steps for a while and takes the median of many short runs.
  ///
  /// - Parameters:
  ///   - configuration: the network's shape.
  ///   - streams: N.
  ///   - precision: what products read.
  ///   - threads: at most this many threads, one per core where nil.
  ///   - seconds: how long to measure.
  /// - Returns: the figures.
  /// - Throws: ``NetworkError`` where the network cannot be made.
  public static func measure(
    _ configuration: NetworkConfiguration, streams: Int, precision: SteppingPrecision,
    threads: Int? = nil, seconds: Double = 2
  ) throws(NetworkError) -> SteppingThroughput {
    let network = try Network(configuration, seed: 1)
    let stepper = try Stepper(network, streams: streams, precision: precision, threads: threads)
    var tokens = [Int32](repeating: 0, count: streams)
    var logits: [Float] = []
    let stepsPerRun = 50
    func run() {
      for _ in 0..<stepsPerRun {
        stepper.step(tokens, logits: &logits)
        for stream in 0..<streams {
          tokens[stream] = greatest(logits, row: stream, width: configuration.vocabularySize)
        }
      }
    }
    run()
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var times: [Double] = []
    repeat { times.append(clock.measure { run() } / .seconds(1)) } while clock.now < end
    let step = median(times) / Double(stepsPerRun)
    return SteppingThroughput(
      eventsPerSecond: Double(streams) / step, microsecondsPerStep: step * 1e6)
  }

  private static func greatest(_ logits: [Float], row: Int, width: Int) -> Int32 {
    var best = row * width
    for index in best..<best + width where logits[index] > logits[best] { best = index }
    return Int32(best - row * width)
  }
}
