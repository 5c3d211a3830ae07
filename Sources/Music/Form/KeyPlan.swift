import Foundation
import StandardMIDIFile

/// The keys of a piece, one after the other.
public struct KeyPlan: Hashable, Sendable {
  /// Bars of one key.
  public struct Stretch: Hashable, Sendable {
    /// The first bar's number, from 0.
    public var bar: Int
    /// How many bars there are.
    public var count: Int
    /// Their key.
    public var key: Key
  }

  /// The stretches in order; none where nothing sounds.
  public private(set) var stretches: [Stretch] = []

  /// The key of the piece: that of its only stretch, else the one of most bars, of equals the first.
  public var key: Key? {
    var bars: [Key: Int] = [:]
    for stretch in stretches { bars[stretch.key, default: 0] += stretch.count }
    let most = bars.values.max()
    return stretches.first { bars[$0.key] == most }?.key
  }

  /// What a change of key costs, in nats; a bar weighs as many as it has quarter notes.
  ///
  /// Chosen on the tunes of the Nottingham Music Database whose notation changes its key.
  private static let change = 8.0
  /// How much the last bass note adds to its pitch class, as a share of what sounds in all.
  private static let lastBassShare = 0.1

  /// Estimates the keys, bar by bar the likeliest of the notes by Temperley's profiles; see
  /// ``KeyProfile/kostkaPayne``.
  ///
  /// Where that is one key it is the ``KeyEstimate`` of the whole, with the last bass note's help.
  ///
  /// Reference: Temperley, "Music and Probability" (2007), chapter 6.
  init(_ harmony: Harmony, beats: BeatTable, ticksPerQuarter: Int, lastBass: Int?) {
    let profile = KeyProfile.kostkaPayne
    let keys = [false, true].flatMap { isMinor in
      (0..<12).map { Key(tonic: $0, isMinor: isMinor) }
    }
    let likelihoods = keys.map { key in
      let degrees = key.isMinor ? profile.minor : profile.major
      let sum = degrees.reduce(0, +)
      return (0..<12).map { log(degrees[($0 - key.tonic + 12) % 12] / sum) }
    }
    var path = SteadyPath(states: keys.count)
    var total = [Double](repeating: 0, count: 12)
    for bar in beats.bars {
      let time = harmony.time(in: bar)
      for pitchClass in 0..<12 { total[pitchClass] += time[pitchClass] }
      let sum = time.reduce(0, +)
      let length = Double(beats.edges[bar.upperBound] - beats.edges[bar.lowerBound])
      let weight = sum > 0 ? min(sum, length) / (sum * Double(ticksPerQuarter)) : 0
      path.append(
        likelihoods.map { likelihood in
          weight * zip(time, likelihood).reduce(0) { $0 + $1.0 * $1.1 }
        }, change: Self.change)
    }
    let sum = total.reduce(0, +)
    guard sum > 0 else { return }
    for (bar, state) in path.path.enumerated() {
      if keys[state] == stretches.last?.key {
        stretches[stretches.count - 1].count += 1
      } else {
        stretches.append(Stretch(bar: beats.firstBar + bar, count: 1, key: keys[state]))
      }
    }
    if let lastBass { total[lastBass] += Self.lastBassShare * sum }
    if stretches.count == 1, let whole = KeyEstimate(pitchClasses: total, profile: profile) {
      stretches[0].key = whole.key
    }
  }

  /// Estimates the keys of a piece, as a ``PieceForm`` has them; nil in time code, which has no bars.
  ///
  /// An upbeat that is heard though the file tells none is bar 0 here too.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes, and in the number of bars, of which
  ///   ``PieceForm/mostBars`` are looked at.
  public init?(_ score: Score) {
    let score = score.tellingUpbeat().score
    guard let beats = BeatTable(score), case .ticksPerQuarter(let quarter) = score.division else {
      return nil
    }
    self.init(
      Harmony(score, beats: beats, findingBasses: false), beats: beats, ticksPerQuarter: quarter,
      lastBass: BassLine.lastTone(of: score)?.pitchClass)
  }

  /// The key that holds in a bar; nil where nothing sounds in the piece.
  public func key(inBar bar: Int) -> Key? {
    stretches.last { $0.bar <= bar }?.key ?? stretches.first?.key
  }
}
