import StandardMIDIFile

extension Score {
  /// The tick at which the music ends: where the last note does, held by a pedal or not.
  ///
  /// A pedal that is never lifted holds as long as the last key. ``endTick`` can lie far behind: many
  /// files end long after their music.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public var soundingEnd: Int {
    var score = self
    score.endTick = lastNoteEnd
    return score.holdingNotes().lastNoteEnd
  }

  private var lastNoteEnd: Int { tracks.reduce(0) { max($0, $1.lastNoteEnd) } }

  /// The score without the silence at its end but for some seconds of it.
  ///
  /// - Parameter seconds: how much stays; 10 s leave a final rest that was written out.
  /// - Returns: the score up to ``soundingEnd`` and so many seconds, or as it is where it ends before.
  public func trimmingSilentEnd(to seconds: Double = 10) -> Score {
    trimmingSilentEnd(to: seconds, tempoMap)
  }

  private func trimmingSilentEnd(to seconds: Double, _ map: TempoMap) -> Score {
    let duration = map.seconds(atTick: endTick)
    guard duration - map.seconds(atTick: lastNoteEnd) > seconds else { return self }
    let end = map.tick(atSeconds: map.seconds(atTick: soundingEnd) + seconds)
    return end < endTick ? trimmed(to: 0..<end) : self
  }

  /// The score with every pause shortened in which no note is struck or released for long.
  ///
  /// Whole bars are taken out, so that what follows keeps its place in the bar; where there are none,
  /// in time code or in bars longer than what may stay, the pause is cut to the second. Notes that
  /// sound all through it are shortened with it. What else lies in it, such as changes of tempo, moves
  /// to where it was cut.
  ///
  /// - Parameter seconds: how long a pause may be. Of 503 pieces of all kinds the longest has 16.8 s;
  ///   above 30 s there are only faulty transcriptions.
  /// - Returns: the score with its pauses shortened.
  /// - Complexity: O(*n*) in the number of notes where there is none, else O(*n* log *n*).
  public func shorteningPauses(to seconds: Double = 30) -> Score {
    shorteningPauses(to: seconds, tempoMap)
  }

  private func shorteningPauses(to seconds: Double, _ map: TempoMap) -> Score {
    let pauses = pauses(longerThan: seconds, map)
    if pauses.isEmpty { return self }
    let metreMap = metreMap
    let cuts = pauses.compactMap { pause in
      pause.cut(to: seconds, tempo: map, metre: metreMap)
    }
    if cuts.isEmpty { return self }
    return mappingTicks(shortest: 1, TickCuts(cuts).moved)
  }

  /// The score without a long silent end and long pauses, and how many seconds they took.
  ///
  /// What a piece is learned from or gone on from: silence costs a network as much as music does.
  ///
  /// - SeeAlso: ``trimmingSilentEnd(to:)``, ``shorteningPauses(to:)``
  public func leavingOutSilence() -> (score: Score, seconds: Double) {
    let map = tempoMap
    let shortened = trimmingSilentEnd(to: 10, map).shorteningPauses(to: 30, map)
    if shortened.endTick == endTick { return (self, 0) }
    return (shortened, map.seconds(atTick: endTick) - shortened.duration)
  }

  /// The stretches of more than some seconds before, between and within notes in which none is struck
  /// or released.
  private func pauses(longerThan seconds: Double, _ map: TempoMap) -> [Range<Int>] {
    let fewestTicks = map.fewestTicks(in: seconds)
    let end = lastNoteEnd
    guard end > fewestTicks, mayPause(for: fewestTicks, before: end) else { return [] }
    var ticks = [0]
    for track in tracks {
      for note in track.notes {
        ticks.append(note.onset)
        ticks.append(note.end)
      }
    }
    ticks.sort()
    return zip(ticks, ticks.dropFirst()).compactMap { start, end in
      guard end - start >= fewestTicks,
        map.seconds(atTick: end) - map.seconds(atTick: start) > seconds
      else { return nil }
      return start..<end
    }
  }

  /// Whether there may be so many ticks without an onset: a quick look that spares most pieces sorting.
  private func mayPause(for ticks: Int, before end: Int) -> Bool {
    // So long a stretch has one of half its length in it that begins at a multiple of that.
    let width = max(ticks / 2, 1)
    let noteCount = tracks.reduce(0) { $0 + $1.notes.count }
    guard end / width <= 8 * noteCount + 1024 else { return true }
    var isStruck = [Bool](repeating: false, count: end / width + 1)
    for track in tracks {
      for note in track.notes { isStruck[note.onset / width] = true }
    }
    return isStruck.dropLast().contains(false)
  }
}

extension Range<Int> {
  /// What to take out of a pause so that at most so many seconds of it stay; nil for nothing.
  fileprivate func cut(to seconds: Double, tempo: TempoMap, metre: MetreMap?) -> Range<Int>? {
    let start = tempo.seconds(atTick: lowerBound)
    if let metre {
      let first = metre.barStart(atOrAfter: lowerBound)
      let rest = seconds - (tempo.seconds(atTick: first) - start)
      if first < upperBound, rest >= 0 {
        let latest = tempo.tick(atSeconds: tempo.seconds(atTick: upperBound) - rest)
        let last = metre.barStart(atOrAfter: Swift.max(latest, first))
        if last <= upperBound { return first < last ? first..<last : nil }
      }
    }
    let first = tempo.tick(atSeconds: start + seconds)
    return first < upperBound ? first..<upperBound : nil
  }
}

extension MetreMap {
  /// The first tick from one on at which a bar begins.
  fileprivate func barStart(atOrAfter tick: Int) -> Int {
    let bar = bar(at: tick)
    return self.tick(ofBar: bar) == tick ? tick : self.tick(ofBar: bar + 1)
  }
}

/// Stretches of ticks that are taken out, in order and apart.
private struct TickCuts {
  private var cuts: [Range<Int>]
  /// How many ticks are taken out before each.
  private var before: [Int] = []

  init(_ cuts: [Range<Int>]) {
    self.cuts = cuts
    var sum = 0
    for cut in cuts {
      before.append(sum)
      sum += cut.count
    }
  }

  /// Where a tick comes to lie.
  func moved(_ tick: Int) -> Int {
    let next = cuts.partitioningIndex { $0.lowerBound > tick }
    if next == 0 { return tick }
    return min(tick, cuts[next - 1].lowerBound) - before[next - 1]
      + max(tick - cuts[next - 1].upperBound, 0)
  }
}
