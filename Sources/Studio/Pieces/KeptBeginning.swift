import MuseGen

/// The beginning of a piece as it is, to the tick, before what a model wrote after it.
///
/// A generator hears its primer on the grid of its vocabulary, and writes it down so.
struct KeptBeginning {
  private let beginning: Score
  private let quarter: Int

  /// Keeps the first bars of a piece; nil where it is in time code.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - bars: how many, up to the line after them; nil for all.
  init?(of score: Score, bars: Int?) {
    guard case .ticksPerQuarter(let quarter) = score.division, let count = score.begunBarCount
    else { return nil }
    self.quarter = quarter
    let end = bars.map { score.ticks(of: 1...min($0, count)).upperBound }
    var beginning = score
    if let end, end < score.endTick {
      for index in beginning.tracks.indices {
        beginning.tracks[index].notes.removeAll { $0.onset >= end }
        beginning.tracks[index].messages.removeAll { $0.tick >= end }
        beginning.tracks[index].texts.removeAll { $0.tick >= end }
      }
      beginning.tempos.removeAll { $0.tick >= end }
      beginning.timeSignatures.removeAll { $0.tick >= end }
      beginning.keySignatures.removeAll { $0.tick >= end }
      beginning.texts.removeAll { $0.tick >= end }
      beginning.systemExclusives.removeAll { $0.tick >= end }
      beginning.endTick = end
    }
    self.beginning = beginning
  }

  /// Puts what a model wrote after the beginning, with the tempos and metres that it tells from there on.
  ///
  /// - Parameters:
  ///   - written: the piece as the model has it, its primer first.
  ///   - seconds: how long its primer is.
  ///   - model: who wrote it.
  ///   - tempo: the tempo that was asked for, in quarter notes a minute; nil where what was written goes on in the
  ///     beginning's.
  /// - Returns: both, in the beginning's ticks.
  func joined(
    with written: Score, primerSeconds seconds: Double, by model: Model, tempo: Double? = nil
  ) -> Score {
    guard case .ticksPerQuarter(let grid) = written.division else { return written }
    let map = written.tempoMap
    let start = map.tick(atSeconds: seconds)
    var score = beginning
    let (own, end) = (score.tempoMap, score.endTick)
    let endSeconds = own.seconds(atTick: end)
    let countsSeconds =
      if case .performance = model.vocabulary.configuration.plain { true } else { false }
    /// Where a tick of what is written comes to be: by its beats, or by its seconds where a model counts those.
    func moved(_ tick: Int) -> Int {
      if countsSeconds {
        return own.tick(atSeconds: endSeconds + map.seconds(atTick: tick) - seconds)
      }
      return end + ((tick - start) * quarter + grid / 2) / max(1, grid)
    }
    if !countsSeconds {
      // What was asked for holds from the first new note on, whatever tells it.
      if let tempo { score.tempos.append(TempoChange(tick: end, quartersPerMinute: tempo)) }
      for var change in written.tempos where change.tick >= start {
        change.tick = moved(change.tick)
        score.tempos.append(change)
      }
      for var change in written.timeSignatures where change.tick >= start {
        change.tick = moved(change.tick)
        score.timeSignatures.append(change)
      }
    }
    let programs = (own: ChannelPrograms(score), written: ChannelPrograms(written))
    let sounding = score.tracks.indices.filter { !score.tracks[$0].notes.isEmpty }
    let parts = written.tracks.filter { track in track.notes.contains { $0.onset >= start } }
    for part in parts {
      let notes = part.notes.filter { $0.onset >= start }.map { note in
        var note = note
        (note.onset, note.duration) = (
          moved(note.onset), max(1, moved(note.end) - moved(note.onset))
        )
        return note
      }
      // Pedals and wheels.
      let moves = part.messages.filter { $0.tick >= start && !$0.kind.isProgram }.map { message in
        TrackMessage(tick: moved(message.tick), kind: message.kind)
      }
      let program = programs.written.program(of: part, atTick: part.notes[0].onset)
      let same = sounding.first { index in
        let track = score.tracks[index]
        return track.isDrums == part.isDrums
          && (part.isDrums || programs.own.program(of: track, atTick: end) == program)
      }
      // One part goes on as one, whatever plays it.
      let only = parts.count == 1 && sounding.count == 1 ? sounding.first : nil
      if let index = same ?? only {
        score.tracks[index].notes += notes
        score.tracks[index].messages += moves
      } else {
        let taken = Set(score.tracks.map(\.channel))
        let free = (UInt8(0)..<16).first { $0 != 9 && !taken.contains($0) }
        var track = Track(
          name: part.isDrums ? "Drums" : GeneralMIDI.name(ofProgram: program),
          channel: part.isDrums ? 9 : free ?? 0,
          messages: part.isDrums ? [] : [TrackMessage(tick: end, kind: .program(program))])
        track.notes = notes
        track.messages += moves
        score.tracks.append(track)
      }
    }
    score.endTick = max(end, score.tracks.reduce(0) { max($0, $1.lastNoteEnd) })
    return score.sorted()
  }
}

extension TrackMessage.Kind {
  /// Whether another program is chosen.
  fileprivate var isProgram: Bool { if case .program = self { true } else { false } }
}
