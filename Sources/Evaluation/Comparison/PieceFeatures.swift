public import Music

/// A piece's share in what is compared; drums are left out, but for the note density.
public struct PieceFeatures: Hashable, Sendable {
  /// Each feature as a histogram that sums to 1, as a curve, or as one number; a feature is not there
  /// where the piece has no note to tell it by.
  private var values: [Feature: [Double]] = [:]

  /// Histograms of seconds have bins of 10 ms; the last holds whatever is longer.
  private static let secondBins = 500

  /// A feature's histogram, curve or number; nil where the piece has none.
  ///
  /// A curve's point is NaN where nothing was to be compared.
  public subscript(feature: Feature) -> [Double]? { values[feature] }

  /// Takes a piece's features.
  ///
  /// - Complexity: O(n log n) for n notes.
  public init(_ score: Score) {
    let tempoMap = score.tempoMap
    let all = score.tracks.flatMap(\.notes)
    let seconds = tempoMap.seconds(atTick: all.map(\.end).max() ?? 0)
    if seconds > 0 { values[.noteDensity] = [Double(all.count) / seconds] }

    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
    guard !notes.isEmpty else { return }
    let classes = histogram(notes.map { Int($0.pitch) % 12 }, bins: 12)
    values[.pitchClasses] = classes
    values[.pitchClassEntropy] = [entropy(classes)]
    values[.scaleConsistency] = [scaleConsistency(classes)]
    values[.velocity] = histogram(notes.map { Int($0.velocity) }, bins: 128)
    values[.polyphony] = polyphony(notes).map { [$0] }
    let sounding = notes.map {
      SoundingNote(
        onset: tempoMap.seconds(atTick: $0.onset), end: tempoMap.seconds(atTick: $0.end),
        pitch: Int($0.pitch))
    }
    values[.noteLengths] = histogram(
      sounding.map { bin($0.end - $0.onset) }, bins: Self.secondBins)
    let onsets = Set(sounding.map(\.onset)).sorted()
    if onsets.count > 1 {
      values[.onsetIntervals] = histogram(
        zip(onsets, onsets.dropFirst()).map { bin($1 - $0) }, bins: Self.secondBins)
    }
    values[.selfSimilarity] = selfSimilarity(sounding)
  }

  private func bin(_ seconds: Double) -> Int {
    // A time between two bins goes up, whatever the last digit of its arithmetic.
    Int(min(seconds * 100 + 0.500001, Double(Self.secondBins - 1)))
  }
}

/// A note in seconds.
struct SoundingNote {
  var onset: Double
  var end: Double
  var pitch: Int
}

private func histogram(_ places: [Int], bins: Int) -> [Double] {
  var counts = [Double](repeating: 0, count: bins)
  for place in places { counts[place] += 1 }
  return counts.map { $0 / Double(places.count) }
}
