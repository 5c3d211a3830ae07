import Foundation
public import Music

/// A piece's share in what is compared; drums are left out, but for the note density, and for repeated bars
/// where there is nothing else.
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

  /// A feature as one number, the mean of a histogram or of a curve; nil where the piece has none, and of
  /// pitch classes, which have no mean.
  public func number(of feature: Feature) -> Double? {
    guard let values = values[feature], feature != .pitchClasses else { return nil }
    if let width = feature.binWidth {
      return values.enumerated().reduce(0) { $0 + Double($1.offset) * width * $1.element }
    }
    let told = values.filter { !$0.isNaN }
    return told.isEmpty ? nil : told.reduce(0, +) / Double(told.count)
  }

  /// Takes a piece's features.
  ///
  /// Notes sound as long as they are heard: what a pedal holds on is as long as what a key does. Bars begin behind an
  /// upbeat that is heard though the file tells none, as in ``PieceForm``; those of an excerpt are as it tells them.
  ///
  /// - Parameters:
  ///   - score: the piece, or an excerpt of it.
  ///   - whole: the piece that an excerpt is from, whose end is asked for: where an excerpt breaks off is none.
  /// - Complexity: O(n log n) for n notes.
  public init(_ score: Score, of whole: Score? = nil) {
    let score = (whole == nil ? score.tellingUpbeat().score : score).foldingPedals()
    let tempoMap = score.tempoMap
    let all = score.tracks.flatMap(\.notes)
    let seconds = tempoMap.seconds(atTick: all.map(\.end).max() ?? 0)
    if seconds > 0 { values[.noteDensity] = [Double(all.count) / seconds] }

    let bars = StruckBars(score)
    for feature in Feature.allCases {
      guard let distance = feature.barDistance else { continue }
      values[feature] = bars?.repetition(after: distance).map { [$0] }
    }

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
    let bass = BassLine(score)
    if let tonic = keynote(of: score) {
      values[.cadences] = Cadences(bass, of: score, tonic: tonic)?.share.map { [$0] }
    }
    let end = whole?.foldingPedals() ?? score
    let lastTone = whole == nil ? bass.tones.last : BassLine.lastTone(of: end)
    if let lastTone, let tonic = keynote(of: end) {
      values[.tonicEnd] = [lastTone.pitchClass == tonic ? 1 : 0]
    }
  }

  private func keynote(of score: Score) -> Int? {
    KeyEstimate(pitchClasses: score.pitchClassSeconds, profile: .kostkaPayne)?.tonic
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

/// The entropy of a distribution in bits.
///
/// - Reference: `muspy.pitch_class_entropy`.
func entropy(_ shares: [Double]) -> Double {
  shares.reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 }
}

/// The share of notes in the major or natural minor scale that holds most of them.
///
/// - Reference: Mogren, "C-RNN-GAN" (2016); `muspy.scale_consistency`. Each minor scale has the
///   notes of a major one.
func scaleConsistency(_ pitchClasses: [Double]) -> Double {
  (0..<12).map { tonic in
    [0, 2, 4, 5, 7, 9, 11].reduce(0) { $0 + pitchClasses[(tonic + $1) % 12] }
  }.max() ?? 0
}

/// How many different pitches sound at once, over all ticks at which any does; nil where none does.
///
/// - Reference: `muspy.polyphony`.
func polyphony(_ notes: [Note]) -> Double? {
  var pitches = [[Range<Int>]](repeating: [], count: 128)
  for note in notes {
    pitches[Int(note.pitch & 0x7F)].append(note.onset..<max(note.onset, note.end))
  }
  let busy = length(ofUnion: pitches.flatMap { $0 })
  return busy > 0 ? pitches.reduce(0) { $0 + length(ofUnion: $1) } / busy : nil
}

private func length(ofUnion ranges: [Range<Int>]) -> Double {
  var covered = 0.0
  var end = 0
  for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
    covered += Double(range.upperBound - max(range.lowerBound, end))
    end = range.upperBound
  }
  return covered
}

/// How alike a piece's harmonies are that lie 1 to 32 seconds apart.
///
/// A second's harmony is how long each pitch class sounds in it; two are as alike as the cosine of
/// their angle. The curve's point is the mean over the piece's seconds in which both sound, NaN where
/// there is none. Of very long pieces the first hour is taken.
///
/// - Reference: Foote, "Visualizing Music and Audio using Self-Similarity" (1999).
/// - Returns: a point for each distance in seconds, nearest first.
func selfSimilarity(_ notes: [SoundingNote]) -> [Double] {
  let hour = 3600
  let last = min(notes.map(\.end).max() ?? 0, Double(hour))
  var chroma = [[Double]](
    repeating: Array(repeating: 0, count: 12), count: Int(last.rounded(.up)))
  /// How many more notes fill a second than the one before it, where they last for minutes.
  var filling = [[Int]](repeating: Array(repeating: 0, count: 12), count: chroma.count + 1)
  for note in notes where note.onset < last {
    let end = min(note.end, last)
    var start = note.onset
    while start < end {
      let second = Int(start)
      if start == Double(second), end - start > 64 {
        filling[second][note.pitch % 12] += 1
        filling[Int(end)][note.pitch % 12] -= 1
        start = Double(Int(end))
        continue
      }
      let stop = min(end, Double(second + 1))
      chroma[second][note.pitch % 12] += stop - start
      start = stop
    }
  }
  var full = [Int](repeating: 0, count: 12)
  for second in chroma.indices {
    for pitchClass in 0..<12 {
      full[pitchClass] += filling[second][pitchClass]
      chroma[second][pitchClass] += Double(full[pitchClass])
    }
  }
  let lengths = chroma.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  return (1...32).map { lag in
    var sum = 0.0
    var count = 0.0
    for second in 0..<max(0, chroma.count - lag)
    where lengths[second] > 0 && lengths[second + lag] > 0 {
      let product = zip(chroma[second], chroma[second + lag]).reduce(0) { $0 + $1.0 * $1.1 }
      sum += product / (lengths[second] * lengths[second + lag])
      count += 1
    }
    return sum / count
  }
}
