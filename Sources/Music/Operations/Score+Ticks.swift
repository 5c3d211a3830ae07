import StandardMIDIFile

/// Where ticks end that grow past all measure, in files made of nothing but longest delta times.
let farthestTick = 1 << 60

extension Note {
  /// The note with its onset and its end each moved; `shortest` is its least duration where it had one.
  func moved(shortest: Int, _ moved: (Int) -> Int) -> Note {
    var note = self
    note.onset = moved(onset)
    note.duration = max(moved(end) - note.onset, duration > 0 ? shortest : 0)
    return note
  }
}

extension Score {
  /// The score with every tick replaced by a function of it that never decreases.
  ///
  /// A note keeps its onset and end, each moved; `shortest` is the least duration of a note that had
  /// one, so that it does not become a note of no length.
  func mappingTicks(shortest: Int = 0, _ moved: (Int) -> Int) -> Score {
    var score = self
    // What was sent at different ticks can meet at one.
    score.numberOrder(at: moved)
    for index in score.tracks.indices {
      score.tracks[index].notes = tracks[index].notes.map { $0.moved(shortest: shortest, moved) }
      // Onsets that were apart can meet.
      score.tracks[index].notes.sortChords()
      for message in score.tracks[index].messages.indices {
        score.tracks[index].messages[message].tick = moved(tracks[index].messages[message].tick)
      }
      for text in score.tracks[index].texts.indices {
        score.tracks[index].texts[text].tick = moved(tracks[index].texts[text].tick)
      }
    }
    for index in tempos.indices { score.tempos[index].tick = moved(tempos[index].tick) }
    for index in timeSignatures.indices {
      score.timeSignatures[index].tick = moved(timeSignatures[index].tick)
    }
    for index in keySignatures.indices {
      score.keySignatures[index].tick = moved(keySignatures[index].tick)
    }
    // Changes that were apart can meet too.
    score.tempos = score.tempos.lastAtEachTick { $0.tick }
    score.timeSignatures = score.timeSignatures.lastAtEachTick { $0.tick }
    score.keySignatures = score.keySignatures.lastAtEachTick { $0.tick }
    for index in texts.indices { score.texts[index].tick = moved(texts[index].tick) }
    for index in systemExclusives.indices {
      score.systemExclusives[index].tick = moved(systemExclusives[index].tick)
    }
    score.endTick = max(moved(endTick), score.tracks.reduce(0) { max($0, $1.lastNoteEnd) })
    return score
  }

  /// The score in another number of ticks per quarter note.
  ///
  /// Every onset and end moves to the nearest new tick; a note that had a length keeps one of at
  /// least a tick. A score in time code is taken through seconds; tempo events mean nothing in it.
  ///
  /// - Parameters:
  ///   - ticksPerQuarter: the new division, 1 to 32,767.
  ///   - timeCodeTempo: how long a quarter note becomes where there was none, in microseconds: 120
  ///     quarter notes a minute if not given.
  /// - Returns: the score in the new division.
  public func resampled(ticksPerQuarter: Int, timeCodeTempo: Int = 500_000) -> Score {
    precondition(1...0x7FFF ~= ticksPerQuarter, "ticks per quarter note lie in 1...32767")
    precondition(1..<1 << 24 ~= timeCodeTempo, "a quarter note's microseconds lie in 1..<2^24")
    var score: Score
    switch division {
    case .ticksPerQuarter(ticksPerQuarter): return self
    case .ticksPerQuarter(let old):
      score = mappingTicks(shortest: 1) { tick in
        let (whole, rest) = tick.quotientAndRemainder(dividingBy: old)
        let (moved, overflows) = whole.multipliedReportingOverflow(by: ticksPerQuarter)
        if overflows || moved > farthestTick { return farthestTick }
        return moved + (2 * rest * ticksPerQuarter + old) / (2 * old)
      }
    case .timeCode:
      let map = tempoMap
      let tempos =
        timeCodeTempo == 500_000
        ? [] : [TempoChange(tick: 0, microsecondsPerQuarter: timeCodeTempo)]
      let new = TempoMap(division: .ticksPerQuarter(ticksPerQuarter), tempos: tempos)
      score = mappingTicks(shortest: 1) { new.tick(atSeconds: map.seconds(atTick: $0)) }
      score.tempos = tempos
    }
    score.division = .ticksPerQuarter(ticksPerQuarter)
    return score
  }

  /// The score with the onset and end of every note on the nearest line of a grid.
  ///
  /// A note that had a length keeps one of at least a grid step. Only notes move.
  ///
  /// - Parameter grid: the distance of the lines in ticks, 1 or more.
  /// - Returns: the score on the grid.
  public func quantised(to grid: Int) -> Score {
    precondition(grid > 0, "a grid's lines are 1 or more ticks apart")
    func nearest(_ tick: Int) -> Int { (tick + grid / 2) / grid * grid }
    var score = self
    for index in score.tracks.indices {
      score.tracks[index].notes = tracks[index].notes.map { $0.moved(shortest: grid, nearest) }
      score.tracks[index].notes.sortChords()
      score.endTick = max(score.endTick, score.tracks[index].lastNoteEnd)
    }
    return score
  }

  /// The score played slower, for a factor above 1, or faster.
  ///
  /// In metrical time the ticks stay and the tempos change, each to a whole number of microseconds;
  /// in time code, which has no tempo, the ticks change.
  ///
  /// - Parameter factor: new duration by old, above 0.
  /// - Returns: the stretched score.
  public func stretched(by factor: Double) -> Score {
    precondition(factor > 0 && factor.isFinite, "a stretch factor is finite and above 0")
    if case .timeCode = division {
      return mappingTicks { Int(min((Double($0) * factor).rounded(), Double(farthestTick))) }
    }
    var score = self
    if (tempos.first?.tick ?? 1) > 0 {
      score.tempos.insert(TempoChange(tick: 0, microsecondsPerQuarter: 500_000), at: 0)
    }
    for index in score.tempos.indices {
      let stretched = (Double(score.tempos[index].microsecondsPerQuarter) * factor).rounded()
      score.tempos[index].microsecondsPerQuarter = Int(min(max(stretched, 1), 16_777_215))
    }
    return score
  }

  /// The score in another tempo: that in which its first note is struck becomes so many quarter notes a minute,
  /// and the others keep their proportion to it.
  ///
  /// - Parameter quartersPerMinute: the tempo, above 0.
  /// - Returns: the score, with the same ticks; nil in time code, which has no tempo.
  public func atTempo(_ quartersPerMinute: Double) -> Score? {
    precondition(quartersPerMinute > 0 && quartersPerMinute.isFinite, "a tempo is above 0")
    guard case .ticksPerQuarter = division else { return nil }
    let first = tracks.compactMap(\.notes.first?.onset).min() ?? 0
    let next = tempos.partitioningIndex { $0.tick > first }
    let old = next == 0 ? 500_000 : tempos[next - 1].microsecondsPerQuarter
    return stretched(by: 60e6 / quartersPerMinute / Double(max(old, 1)))
  }
}
