public import Generation
public import Modeling

/// How fast a model writes music: network, grammar, filters and decoding together.
public struct WritingThroughput: Codable, Hashable, Sendable {
  /// Tokens per second of all pieces together, drawn from the network's own distribution.
  public var eventsPerSecond: Double
  /// The same with all filters on.
  public var filteredEventsPerSecond: Double

  /// Every filter at a setting that people use.
  public static let filters: SamplingSettings = {
    var settings = SamplingSettings()
    settings.temperature = 0.9
    settings.pitchTemperature = 0.95
    settings.timeTemperature = 0.9
    settings.topK = 64
    settings.typicalP = 0.97
    settings.topP = 0.95
    settings.minP = 0.01
    settings.repetitionPenalty = 1.2
    return settings
  }()

  /// Writes pieces for a while, without filters and with them in turn, and takes the medians.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - pieces: how many pieces side by side, 1 to ``PieceBatch/widestBatch``.
  ///   - seconds: how long to measure.
  /// - Returns: the figures.
  /// - Throws: ``GenerationError`` where the model cannot write.
  public static func measure(
    _ model: Model, pieces: Int, seconds: Double = 2
  ) throws(GenerationError) -> WritingThroughput {
    var plain: [Double] = []
    var filtered: [Double] = []
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var seed: UInt64 = 1
    repeat {
      plain.append(try run(model, SamplingSettings(), pieces: pieces, seed: seed))
      filtered.append(try run(model, filters, pieces: pieces, seed: seed))
      seed += UInt64(pieces)
    } while clock.now < end
    return WritingThroughput(
      eventsPerSecond: median(plain), filteredEventsPerSecond: median(filtered))
  }

  private static func run(
    _ model: Model, _ sampling: SamplingSettings, pieces: Int, seed: UInt64
  ) throws(GenerationError) -> Double {
    var settings = GenerationSettings()
    settings.sampling = sampling
    // As many tokens in each piece, so that no lane is idle.
    settings.length = .tokens(400)
    let batch = try PieceBatch(
      model: model, settings: settings, seeds: (0..<UInt64(pieces)).map { seed + $0 })
    let clock = ContinuousClock()
    let start = clock.now
    while batch.next() != nil {}
    return Double(batch.tokenCount) / ((clock.now - start) / .seconds(1))
  }
}
