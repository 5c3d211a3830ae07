import StandardMIDIFile

/// Where the bass of a piece comes to rest at the ends of phrases of four bars.
///
/// Phrases count from the first bar, or from the second where the first is a pickup: where the music begins in its
/// latter half, or it is at most half as long as the second. A bass tone that comes less than half a sixteenth before a
/// bar line belongs to the bar behind it. The bass rests where it is struck last in a phrase: on the
/// tonic, with the dominant as the pitch class before it, that is an authentic cadence; on the dominant a half cadence.
/// Passing chords of other roots, deceptive and plagal cadences are none here.
public struct Cadences: Hashable, Sendable {
  /// The phrases whose last bar begins before the music ends and in which anything is struck.
  public private(set) var phrases = 0
  /// Those that end with an authentic cadence.
  public private(set) var authentic = 0
  /// Those that end with a half cadence.
  public private(set) var half = 0

  /// How many bars a phrase has.
  public static let phraseBars = 4

  /// Finds the cadences of a bass line; nil in time code, which has no bars.
  ///
  /// - Parameters:
  ///   - bass: the bass of the score.
  ///   - score: the piece.
  ///   - tonic: the pitch class of its keynote, 0 to 11.
  /// - Complexity: O(*n* log *m*) for *n* tones and *m* time signatures.
  public init?(_ bass: BassLine, of score: Score, tonic: Int) {
    guard let metre = score.metreMap, case .ticksPerQuarter(let quarter) = score.division else {
      return nil
    }
    // A written thirty-second before the line is a note of its own.
    let early = max(0, (quarter - 1) / 8)
    guard let start = bass.tones.first?.tick else { return }
    let first = metre.firstFullBar(from: start + early)
    let end = score.tracks.filter { !$0.isDrums }.reduce(0) { max($0, $1.lastNoteEnd) }
    let lastBar = metre.bar(at: end - 1)
    let dominant = (tonic + 7) % 12
    var before: Int?
    for (index, tone) in bass.tones.enumerated() {
      let bar = metre.bar(at: tone.tick + early)
      if index > 0, bass.tones[index - 1].pitchClass != tone.pitchClass {
        before = bass.tones[index - 1].pitchClass
      }
      guard bar >= first else { continue }
      let phrase = (bar - first) / Self.phraseBars
      let next =
        index + 1 < bass.tones.count ? metre.bar(at: bass.tones[index + 1].tick + early) : .max
      guard (next - first) / Self.phraseBars > phrase,
        first + (phrase + 1) * Self.phraseBars - 1 <= lastBar
      else { continue }
      phrases += 1
      if tone.pitchClass == tonic && before == dominant { authentic += 1 }
      if tone.pitchClass == dominant { half += 1 }
    }
  }

  /// The share of phrases that end with a cadence; nil where there is no phrase.
  public var share: Double? {
    phrases > 0 ? Double(authentic + half) / Double(phrases) : nil
  }
}

extension MetreMap {
  /// The bar in which music that begins at a tick has its first whole bar: the next one, where it begins
  /// in the latter half of its bar, or in a bar that is at most half as long as the next.
  func firstFullBar(from tick: Int) -> Int {
    let bar = bar(at: tick)
    let (start, next) = (self.tick(ofBar: bar), self.tick(ofBar: bar + 1))
    let isLate = 2 * (tick - start) >= next - start
    let isShort = 2 * (next - start) <= self.tick(ofBar: bar + 2) - next
    return isLate || isShort ? bar + 1 : bar
  }
}
