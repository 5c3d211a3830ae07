import Music
import StandardMIDIFile

/// A score on a metrical grid, in its ticks: what TSD and REMI write down.
struct MetricalPiece {
  /// A stretch of one metre, from the start of a bar.
  struct Section {
    var tick: Int
    var signature: Int
  }

  var sections: [Section]
  var tempos: [(tick: Int, bin: Int)] = []
  var notes: [PlayedNote]
  private(set) var controllers: [PlayedController] = []
  /// Where the score ends, which may be before or after its last note does on the grid.
  let endTick: Int

  /// Quantises a score as MidiTok does, and puts its notes into canonical form.
  init(
    _ score: Score, grid: MetricalGrid, settings: MetricalConfiguration, layout: ControllerLayout
  ) {
    let (score, source) = score.inQuarterNotes(timeCodeTempo: grid.timeCodeTempo)
    let limit = Int(source * PieceLimit.quarters)
    // Rounding first to the finest grid among the score's own metres and then to the metre's is
    // MidiTok's way; it differs from rounding once where metres of several note values meet.
    let told = Self.signatures(score, grid: grid).filter { $0.tick <= limit }
    let finest = told.map { grid.signatures[$0.signature].denominator }.max() ?? 4
    let quarter = grid.positions * finest / 4
    let scale = Double(quarter) / source
    let factor = grid.ticksPerQuarter / quarter
    let signatures = told.map { change in
      let metre = grid.signatures[change.signature]
      return TimeSignature(
        tick: Self.truncated(Double(change.tick) * scale) * factor, numerator: metre.numerator,
        denominator: metre.denominator)
    }
    sections = signatures.delayedToBarLines(ticksPerQuarter: grid.ticksPerQuarter).compactMap {
      signature in
      grid.index(numerator: signature.numerator, denominator: signature.denominator).map {
        Section(tick: signature.tick, signature: $0)
      }
    }

    notes = []
    let sections = sections
    let snap = { (tick: Int) -> (tick: Int, signature: Int) in
      let fine = Self.truncated((Double(tick) * scale).rounded()) * factor
      let section = sections[sections.partitioningIndex { $0.tick > fine } - 1]
      let snapped =
        section.tick + Self.rounded(fine - section.tick, to: grid.step(section.signature))
      return (snapped, sections[sections.partitioningIndex { $0.tick > snapped } - 1].signature)
    }
    endTick = snap(min(score.endTick, limit)).tick
    if settings.tempos {
      addTempos(score.tempos.filter { $0.tick <= limit }, grid: grid) { snap($0).tick }
    }

    var played = score.playedNotes(foldingPedals: settings.pedal)
    played.removeAll { !Self.tells($0, settings) || $0.onset > limit }
    for index in played.indices {
      let note = played[index]
      let (onset, signature) = snap(note.onset)
      let step = grid.step(signature)
      let ticks =
        max(1, Self.truncated((Double(note.end - note.onset) * scale).rounded())) * factor
      played[index].onset = onset
      played[index].end = onset + grid.lengths[grid.nearestLength(ticks, step: step)] * step
      if !settings.programs { played[index].program = UInt8(settings.program) }
    }
    notes = canonical(played, polyphony: settings.polyphony)
    shortenToLengths(grid: grid)
    let places = ControllerGrid(
      nearest: { $0 > limit ? nil : snap($0).tick },
      following: { place in
        let section = sections[sections.partitioningIndex { $0.tick > place } - 1]
        let step = grid.step(section.signature)
        return section.tick + (place - section.tick + step - 1) / step * step
      })
    controllers = score.playedControllers(layout, of: notes, on: places) { note in
      guard Self.tells(note, settings) else { return nil }
      return settings.programs ? note.program : UInt8(settings.program)
    }
  }

  /// A note that another one cuts short lasts as long as can be told.
  private mutating func shortenToLengths(grid: MetricalGrid) {
    var section = 0
    for index in notes.indices {
      let onset = notes[index].onset
      while section + 1 < sections.count, sections[section + 1].tick <= onset { section += 1 }
      let step = grid.step(sections[section].signature)
      let length = grid.longestLength(notes[index].end - onset, step: step)
      notes[index].end = onset + grid.lengths[length] * step
    }
  }

  static func tells(_ note: PlayedNote, _ settings: MetricalConfiguration) -> Bool {
    let isDrum = note.program == drumKit
    guard settings.programs || isDrum == (settings.program == Int(drumKit)) else { return false }
    let pitch = Int(note.pitch)
    return isDrum
      ? (settings.lowestDrum...settings.highestDrum).contains(pitch)
      : (settings.lowestPitch...settings.highestPitch).contains(pitch)
  }

  private mutating func addTempos(
    _ changes: [TempoChange], grid: MetricalGrid, snap: (Int) -> Int
  ) {
    for tempo in changes {
      let tick = snap(tempo.tick)
      if tempos.last?.tick == tick { tempos.removeLast() }
      tempos.append((tick, grid.nearestTempo(tempo.microsecondsPerQuarter)))
    }
    if tempos.first?.tick != 0 { tempos.insert((0, grid.defaultTempo), at: 0) }
    var told = -1
    tempos.removeAll { tempo in
      defer { told = tempo.bin }
      return tempo.bin == told
    }
  }

  /// The metres that can be told, the first at tick 0.
  private static func signatures(
    _ score: Score, grid: MetricalGrid
  ) -> [(tick: Int, signature: Int)] {
    var told: [(tick: Int, signature: Int)] = []
    for change in score.timeSignatures {
      if let index = grid.index(numerator: change.numerator, denominator: change.denominator) {
        told.append((change.tick, index))
      }
    }
    if told.first?.tick != 0 { told.insert((0, grid.commonTime), at: 0) }
    return told
  }

  /// Rounds to a multiple of a step, halves to the even multiple.
  private static func rounded(_ ticks: Int, to step: Int) -> Int {
    let (quotient, remainder) = ticks.quotientAndRemainder(dividingBy: step)
    let up = 2 * remainder > step || 2 * remainder == step && quotient % 2 == 1
    return (up ? quotient + 1 : quotient) * step
  }

  private static func truncated(_ value: Double) -> Int {
    Int(exactly: value.rounded(.towardZero)) ?? 0
  }
}
