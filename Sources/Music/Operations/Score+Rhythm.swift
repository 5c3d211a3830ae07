import StandardMIDIFile

/// How the halves of a beat are played: one longer, the other shorter.
public struct Swing: Hashable, Sendable {
  /// The parts of a beat that its first half gets, 1 to 99.
  public var long: Int
  /// The parts of a beat that its second half gets, 1 to 99.
  public var short: Int
  /// The note value of a half: 8 for eighth notes.
  public var unit: Int

  /// Creates a swing, by default of eighth notes that become the first and the last note of a triplet.
  public init(long: Int = 2, short: Int = 1, unit: Int = 8) {
    self.long = long
    self.short = short
    self.unit = unit
  }
}

extension Score {
  /// The score with the onset and end of every note on the nearest line of a grid that begins anew with
  /// every bar; in a first bar that is cut short, an upbeat, it is that of the end of a whole one.
  ///
  /// A note that had a length keeps one of at least a step of the grid. Of notes of one track and pitch that
  /// meet the longest stays. Lyrics move as the notes do; nothing else does. The ticks become finer where
  /// the grid's lines would lie between them.
  ///
  /// - Parameter parts: into how many parts the grid divides a whole note, 1 or more: 16 for sixteenths, 12
  ///   for triplets of eighths.
  /// - Returns: the score on the grid; nil in time code, which has no bars.
  /// - Complexity: O(*n* log *n*) in the number of notes.
  public func quantised(toPartsOfWhole parts: Int) -> Score? {
    precondition(parts > 0, "a grid divides a whole note into 1 or more parts")
    guard let fine = dividingWholeNotes(into: parts), let metre = fine.metreMap,
      case .ticksPerQuarter(let quarter) = fine.division
    else { return nil }
    let whole = 4 * quarter
    let step = max(1, (whole + parts / 2) / parts)
    let upbeatStart = fine.startOfWholeFirstBar(metre, ticksPerQuarter: quarter)
    func nearest(_ tick: Int) -> Int {
      let bar = metre.bar(at: tick)
      let start = bar == 0 ? upbeatStart : metre.tick(ofBar: bar)
      let line = (2 * (tick - start) * parts + whole) / (2 * whole)
      return min(
        max(start + (2 * line * whole + parts) / (2 * parts), 0), metre.tick(ofBar: bar + 1))
    }
    var score = fine
    for index in score.tracks.indices {
      score.tracks[index].notes = fine.tracks[index].notes.map {
        $0.moved(shortest: step, nearest)
      }
      score.tracks[index].notes.sortChords()
      score.tracks[index].notes.keepLongestOfEachPitch()
      score.tracks[index].texts.moveLyrics(nearest)
      score.endTick = max(score.endTick, score.tracks[index].lastNoteEnd)
    }
    score.texts.moveLyrics(nearest)
    return score
  }

  /// The score with the first half of every beat longer or shorter than the second.
  ///
  /// Everything moves, smaller notes in proportion. A beat is two units long and counted from the bar line, in a
  /// first bar that is cut short, an upbeat, as at the end of a whole one; what is left over at a bar's end, and at
  /// an upbeat's beginning, stays, and so do bars of dotted beats, such as those of 6/8. The ticks become
  /// 480 or more a quarter note; what is closer than they tell can meet in the half that gets shorter.
  ///
  /// - Parameter swing: how long the halves become.
  /// - Returns: the score that swings; nil in time code, which has no beats.
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public func swung(_ swing: Swing = Swing()) -> Score? {
    precondition(
      (1...99).contains(swing.long) && (1...99).contains(swing.short) && swing.unit > 0,
      "a swing's parts lie in 1...99")
    let parts = swing.long + swing.short
    guard let fine = dividingWholeNotes(into: swing.unit * parts, finerThan: 480),
      let metre = fine.metreMap, case .ticksPerQuarter(let quarter) = fine.division
    else { return nil }
    let half = 4 * quarter / swing.unit
    if half == 0 { return fine }
    let (beat, first) = (2 * half, 2 * half * swing.long / parts)
    let signatures = fine.timeSignatures
    let upbeatStart = fine.startOfWholeFirstBar(metre, ticksPerQuarter: quarter)
    return fine.mappingTicks(shortest: 1) { tick in
      let bar = metre.bar(at: tick)
      let start = metre.tick(ofBar: bar)
      let next = signatures.partitioningIndex { $0.tick > start }
      if next > 0, signatures[next - 1].hasDottedBeats { return tick }
      let inBeat = (tick - (bar == 0 ? upbeatStart : start)) % beat
      let beatStart = tick - inBeat
      if beatStart < start || beatStart + beat > metre.tick(ofBar: bar + 1) { return tick }
      return beatStart
        + (inBeat <= half
          ? (2 * inBeat * first + half) / (2 * half)
          : first + (2 * (inBeat - half) * (beat - first) + half) / (2 * half))
    }
  }

  /// Where the first bar would begin if it were whole: at 0, or before it where the bar is cut short.
  private func startOfWholeFirstBar(_ metre: MetreMap, ticksPerQuarter: Int) -> Int {
    let signature =
      timeSignatures.last { $0.tick <= 0 } ?? TimeSignature(tick: 0, numerator: 4, denominator: 4)
    return min(metre.tick(ofBar: 1) - signature.barTicks(ticksPerQuarter: ticksPerQuarter), 0)
  }

  /// The score in the fewest ticks, a multiple of its own, into which whole notes divide evenly; as it is where
  /// a file cannot have so many or would be months long, nil in time code.
  private func dividingWholeNotes(into parts: Int, finerThan least: Int = 1) -> Score? {
    guard case .ticksPerQuarter(let ticks) = division else { return nil }
    // Delta times are short: finer ticks would multiply the events that bridge long gaps.
    let factors = 1...max(1, min(0x7FFF / ticks, Self.longestFine / max(endTick, 1)))
    let factor = factors.first { 4 * ticks * $0 % parts == 0 && ticks * $0 >= least }
    return factor.map { resampled(ticksPerQuarter: ticks * $0) } ?? self
  }

  /// How many ticks a score may have where they become finer.
  private static let longestFine = 1 << 40
}

extension TimeSignature {
  /// Whether beats are dotted, going in threes, as in 6/8.
  var hasDottedBeats: Bool { denominator >= 8 && numerator > 3 && numerator % 3 == 0 }
}

extension [Note] {
  /// Of sorted notes of one onset and pitch keeps the last, which is the longest.
  fileprivate mutating func keepLongestOfEachPitch() {
    var kept: [Note] = []
    kept.reserveCapacity(count)
    for note in self {
      if let last = kept.last, last.onset == note.onset, last.pitch == note.pitch {
        kept[kept.count - 1] = note
      } else {
        kept.append(note)
      }
    }
    self = kept
  }
}

extension [TextEvent] {
  fileprivate mutating func moveLyrics(_ moved: (Int) -> Int) {
    for index in indices where self[index].kind == .lyric {
      self[index].tick = moved(self[index].tick)
    }
    self = sortedByTick { $0.tick }
  }
}
