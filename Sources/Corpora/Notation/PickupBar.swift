import StandardMIDIFile

extension MIDIFile {
  /// Fills up a pickup, so that the bars of the file are those of the music.
  ///
  /// ABC begins a tune with its pickup, while a MIDI file counts bars from the start: all later bar
  /// lines would be off. As in MIDI files from other hands, a rest before the pickup makes it a whole
  /// bar. An ``ABCTune`` states its metre again behind the first bar line, which tells where that is;
  /// a metre that is only stated again is taken out.
  func fillingPickup() -> MIDIFile {
    let statements = metreStatements
    let rest = restBeforePickup(statements)
    var repeated = [Set<Int>](repeating: [], count: tracks.count)
    for (before, statement) in zip(statements, statements.dropFirst())
    where before.metre == statement.metre { repeated[statement.track].insert(statement.event) }

    var file = self
    for (index, track) in tracks.enumerated() {
      var filled = Track(endDelta: track.endDelta)
      var carried = 0
      var isShifted = rest == 0
      var tick = 0
      for (place, event) in track.enumerated() {
        tick += event.delta
        var event = event
        event.delta += carried
        carried = 0
        if repeated[index].contains(place) {
          carried = event.delta
          continue
        }
        if !isShifted && (tick > 0 || event.message.isNoteOn) {
          event.delta += rest
          isShifted = true
        }
        filled.append(event)
      }
      filled.endDelta += carried + (isShifted ? 0 : rest)
      file.tracks[index] = filled
    }
    return file
  }

  /// A time signature and where it stands.
  private struct MetreStatement {
    var tick: Int
    var track: Int
    /// The event's place in the track.
    var event: Int
    var metre: Metre
    /// When the track strikes its next note.
    ///
    /// The converter writes a time signature behind the last note, whatever rests come before the bar line; the
    /// note tells where that is.
    var nextStrike: Int?
  }

  private struct Metre: Equatable {
    var numerator: UInt8
    var denominatorPower: UInt8

    /// The length of a bar; 0 where it is no whole number of ticks.
    func ticks(perQuarter: Int) -> Int {
      let parts = Int(numerator) * 4 * perQuarter
      guard denominatorPower < 16, parts % (1 << denominatorPower) == 0 else { return 0 }
      return parts >> Int(denominatorPower)
    }
  }

  /// The time signatures of all tracks in the order of time.
  private var metreStatements: [MetreStatement] {
    var statements: [MetreStatement] = []
    for (index, track) in tracks.enumerated() {
      var tick = 0
      for (place, event) in track.enumerated() {
        tick += event.delta
        if event.message.isNoteOn, let last = statements.indices.last,
          statements[last].track == index, statements[last].nextStrike == nil
        {
          statements[last].nextStrike = tick
        }
        guard case .meta(.timeSignature(let numerator, let power, _, _)) = event.message else {
          continue
        }
        let metre = Metre(numerator: numerator, denominatorPower: power)
        statements.append(
          MetreStatement(tick: tick, track: index, event: place, metre: metre))
      }
    }
    return statements.sorted { ($0.tick, $0.track, $0.event) < ($1.tick, $1.track, $1.event) }
  }

  /// How many ticks of the first bar are missing before the first bar line; 0 where none are.
  private func restBeforePickup(_ statements: [MetreStatement]) -> Int {
    guard case .ticksPerQuarter(let ticksPerQuarter) = division, statements.count > 1,
      statements[0].tick == 0, statements[1].metre == statements[0].metre,
      let strike = statements[1].nextStrike
    else { return 0 }
    let bar = statements[0].metre.ticks(perQuarter: ticksPerQuarter)
    // The converter strikes notes a tick late.
    let step = max(1, ticksPerQuarter / 120)
    let barLine = strike / step * step
    return barLine > 0 && barLine < bar ? bar - barLine : 0
  }
}

extension MIDIFile.Message {
  fileprivate var isNoteOn: Bool {
    if case .channel(.noteOn) = self { true } else { false }
  }
}
