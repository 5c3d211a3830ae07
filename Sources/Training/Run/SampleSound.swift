import Corpora
public import Evaluation
import FileStorage
import Music
import StandardMIDIFile
import Tokenization

/// Where the samples of a run's music are unlike the music that it learns from: beyond what nine of ten of its
/// pieces are like.
public struct SampleDifference: Hashable, Sendable, Codable {
  /// In what.
  public var feature: Feature
  /// The mean over the samples.
  public var samples: Double
  /// The middle of the music.
  public var music: Double
  /// Over how many samples.
  public var count: Int

  /// How far the samples are beyond the music's range, in widths of that range.
  public var excess: Double

  /// What is looked at: what a listener notices first.
  private static let features: [Feature] = [
    .noteDensity, .scaleConsistency, .polyphony, .noteLengths, .repetition1,
  ]

  /// Holds samples against music.
  ///
  /// - Parameters:
  ///   - samples: the samples, none where there are none.
  ///   - music: the music's spread by the features' names.
  /// - Returns: the differences, the greatest first.
  public static func all(
    of samples: [PieceFeatures], from music: [String: FeatureSpread]
  ) -> [SampleDifference] {
    features.compactMap { feature in
      let values = samples.compactMap { $0.number(of: feature) }
      guard let spread = music[feature.rawValue], !values.isEmpty else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      let beyond = max(spread.low - mean, mean - spread.high)
      // A range may have no width: each piece of a piano roll without dynamics is like the other.
      let width = max(spread.high - spread.low, 0.01 * abs(spread.middle), 1e-9)
      guard beyond > 0.02 * width else { return nil }
      return SampleDifference(
        feature: feature, samples: mean, music: spread.middle, count: values.count,
        excess: beyond / width)
    }.sorted { $0.excess > $1.excess }
  }
}

extension RunFolder {
  /// How long a sample is, in seconds; of the music as much is measured, from its beginnings.
  public static let sampleSeconds = 20.0

  /// The most samples that are looked at.
  private static let mostSamples = 8

  /// What the latest samples in a run's folder are like: those of the last quarter of its steps, or the last.
  ///
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - steps: the steps that it has taken.
  /// - Returns: the samples' features; none where none was written, or none can be read.
  public static func latestSamples(in path: String, steps: Int) -> [PieceFeatures] {
    let names = (try? listFolder(at: path + "/samples")) ?? []
    let samples = names.compactMap { name -> (step: Int, name: String)? in
      guard let match = name.wholeMatch(of: /step-([0-9]+)\.mid/), let step = Int(match.1) else {
        return nil
      }
      return (step, name)
    }.sorted { $0.step < $1.step }
    // As numbers that no name of a file is too large for.
    let late = samples.filter { Double($0.step) > 0.75 * Double(steps) }
    return (late.isEmpty ? samples.suffix(1) : late.suffix(mostSamples)).compactMap { sample in
      guard
        let bytes = try? readFile(at: "\(path)/samples/\(sample.name)", limit: 1 << 24),
        let file = try? MIDIFile(bytes: bytes)
      else { return nil }
      return PieceFeatures(Score(file))
    }
  }
}

extension TrainingPieces {
  /// The most pieces that are measured.
  private static let mostMeasured = 100

  /// What the pieces to learn from are like in their first seconds, evenly chosen; where a part is given or not, whole
  /// ones, as samples are.
  ///
  /// - Complexity: O(n) for the n tokens of those seconds.
  var sound: [String: FeatureSpread] {
    let pieces = corpus.wholePieces(of: training)
    let spacing = max(1, (pieces.count + Self.mostMeasured - 1) / Self.mostMeasured)
    let playsToldTempo = vocabulary.playsToldTempo
    let features = stride(from: 0, to: pieces.count, by: spacing).map { index in
      let tokens = Array(corpus.tokens(ofPiece: pieces[index]))
      var decoder = vocabulary.makeDecoder()
      let own = decoder.score.tempos.first?.microsecondsPerQuarter ?? 500_000
      let tempo = playsToldTempo ? vocabulary.tempo(toldIn: tokens) : nil
      let stretch = tempo.map { 60e6 / $0 / Double(own) } ?? 1
      decoder.bound = .seconds(RunFolder.sampleSeconds / stretch)
      for token in tokens {
        decoder.consume(token)
        if decoder.hasReachedBound { break }
      }
      decoder.finish()
      return PieceFeatures(stretch == 1 ? decoder.score : decoder.score.stretched(by: stretch))
    }
    return FeatureSpread.all(of: features)
  }
}

extension Vocabulary {
  /// Whether a piece is played in the tempo that is told of it as a whole: time is told in beats, and tempos are not.
  fileprivate var playsToldTempo: Bool {
    if case .performance = configuration.plain { return false }
    return !(0..<count).contains { token in
      events(of: Token(token)).contains { if case .tempo = $0 { true } else { false } }
    }
  }
}
