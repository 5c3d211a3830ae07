import StandardMIDIFile

/// What a listener asks of a piece first: its keys, its chords and how it is built.
public struct PieceForm: Hashable, Sendable {
  /// The keys.
  public let keys: KeyPlan
  /// The chords of each bar from the first note's to the last one's.
  public let chords: ChordSequence
  /// The sections.
  public let sections: Sections
  /// Whether the piece has more bars than were looked at.
  public let isCutShort: Bool
  /// How long the upbeat is that is heard at the beginning though the file tells bars from there; 0 for none.
  ///
  /// It counts note values of the metre's denominator, in 6/8 eighths, unlike the beats of ``chords``. The upbeat is
  /// bar 0 then, and all bars here count from behind it.
  public let untoldUpbeat: Int

  /// The most bars that are looked at, about those of an hour; each may be compared with each.
  public static let mostBars = BeatTable.mostBars

  /// Analyses a piece; nil in time code, which has no bars.
  ///
  /// Drums have no chords and no key; where there is nothing else they tell the sections.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes, and the square of the number of bars at most, of
  ///   which ``mostBars`` are looked at.
  public init?(_ score: Score) {
    let (score, upbeat) = score.tellingUpbeat()
    untoldUpbeat = upbeat
    guard let beats = BeatTable(score), let struck = StruckBars(score),
      case .ticksPerQuarter(let quarter) = score.division
    else { return nil }
    let harmony = Harmony(score, beats: beats)
    keys = KeyPlan(
      harmony, beats: beats, ticksPerQuarter: quarter,
      lastBass: BassLine(score).tones.last?.pitchClass)
    chords = ChordSequence(harmony, beats: beats, keys: keys)
    sections = Sections(struck, of: score, limit: Self.mostBars)
    isCutShort = beats.isCutShort
  }
}
