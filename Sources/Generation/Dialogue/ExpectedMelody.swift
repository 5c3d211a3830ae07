import Music
import StandardMIDIFile

/// What somebody plays, and what they are expected to play next.
///
/// Expected is what came behind the passage of the same place in the bar that was most like the last two bars; where
/// none was like them, the last bar once more. Most music comes back, and what does not mostly stays in its harmony
/// for longer than a beat. After what was played is so continued by Pachet, "The Continuator" (2003), and by Assayag and
/// Dubnov, "Using Factor Oracles for Machine Improvisation" (2004); here it is told to a model, and not played.
struct ExpectedMelody {
  /// A note; nil ends are still to come.
  struct Strike: Hashable {
    var pitch: UInt8
    var onset: Double
    var end: Double?
  }

  /// How many quarter notes a bar has.
  let barQuarters: Double
  /// The last notes, by their onsets.
  private(set) var notes: [Strike] = []

  /// How many bars are kept, and looked at for likeness.
  private static let (memory, context) = (64.0, 2.0)
  /// How near two strikes are that are taken for one, in quarter notes: half of a sixteenth.
  private static let tolerance = 0.125
  /// How much of two passages must be in common for one to go on as the other did.
  private static let likeness = 0.5
  private static let mostCompared = 64
  private static let ticksPerQuarter = 480

  init(barQuarters: Double) { self.barQuarters = barQuarters }

  /// Takes a strike at a quarter note.
  mutating func strike(_ pitch: UInt8, at quarters: Double) {
    release(pitch, at: quarters)
    let first = notes.firstIndex { $0.onset > quarters - Self.memory * barQuarters }
    if let first, first > 256 { notes.removeFirst(first) }
    notes.append(Strike(pitch: pitch, onset: quarters))
  }

  /// Takes a release.
  mutating func release(_ pitch: UInt8, at quarters: Double) {
    guard let last = notes.lastIndex(where: { $0.pitch == pitch && $0.end == nil }) else { return }
    notes[last].end = max(quarters, notes[last].onset + 1 / 64)
  }

  /// The notes that are expected up to a quarter note.
  func expected(from present: Double, until end: Double) -> [Strike] {
    guard let first = notes.first, present > first.onset else { return [] }
    let period = barQuarters * Double(mostLikePeriod(at: present))
    var expected: [Strike] = []
    var shift = period
    while present - period + shift < end {
      for note in notes where note.onset >= present - period && note.onset < present {
        let onset = note.onset + shift
        // Who is a little early has played it already.
        guard onset >= present + Self.tolerance, onset < end else { continue }
        let length = note.end.map { $0 - note.onset } ?? 1
        expected.append(Strike(pitch: note.pitch, onset: onset, end: onset + length))
      }
      shift += period
    }
    return expected
  }

  /// How many bars ago what was played is most like the last bars; 1 where nothing is.
  private func mostLikePeriod(at present: Double) -> Int {
    var start = present - Self.context * barQuarters
    let recent = notes.filter { $0.onset >= start && $0.onset < present }.suffix(Self.mostCompared)
    // Of a flood of notes the last ones have to do.
    if recent.count == Self.mostCompared, let first = recent.first { start = first.onset }
    guard recent.count >= 3, let first = notes.first else { return 1 }
    var best = (bars: 1, likeness: Self.likeness)
    for bars in 1...Int(Self.memory) {
      let shift = Double(bars) * barQuarters
      guard start - shift >= first.onset - barQuarters else { break }
      let past = notes.filter { $0.onset >= start - shift && $0.onset < present - shift }
        .suffix(2 * Self.mostCompared)
      guard past.count + recent.count > 0 else { continue }
      var common = 0
      for note in recent
      where past.contains(where: {
        $0.pitch == note.pitch && abs($0.onset + shift - note.onset) <= Self.tolerance
      }) {
        common += 1
      }
      let likeness = 2 * Double(common) / Double(past.count + recent.count)
      // The nearest of those that are equally like.
      if likeness > best.likeness + 1e-9 { best = (bars, likeness) }
    }
    return best.bars
  }

  /// What was played from a bar on, and what is expected behind it, as a piece that begins there.
  ///
  /// - Parameters:
  ///   - first: the first bar's number.
  ///   - present: up to which quarter note all is known.
  ///   - end: up to which something is expected.
  ///   - metre: the metre of all bars.
  /// - Returns: the piece.
  func score(
    fromBar first: Int, present: Double, until end: Double, metre: TimeSignature
  ) -> Score {
    let origin = Double(first) * barQuarters
    func tick(_ quarters: Double) -> Int {
      Int(((quarters - origin) * Double(Self.ticksPerQuarter)).rounded())
    }
    let ahead = expected(from: present, until: end)
    var track = Track()
    for note in notes + ahead where note.onset >= origin - Self.tolerance && note.onset < end {
      let onset = max(0, tick(note.onset))
      // What is held goes on at least to where it is looked ahead to.
      let finish = note.end ?? max(present + 1, note.onset + 1)
      track.notes.append(
        Note(onset: onset, duration: max(1, tick(finish) - onset), pitch: note.pitch))
    }
    track.notes.sort { ($0.onset, $0.pitch, $0.end) < ($1.onset, $1.pitch, $1.end) }
    return Score(
      division: .ticksPerQuarter(Self.ticksPerQuarter), tracks: [track],
      timeSignatures: [metre], endTick: max(track.lastNoteEnd, tick(end)))
  }
}
