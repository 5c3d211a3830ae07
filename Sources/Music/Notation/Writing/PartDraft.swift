import MusicXML

/// A part before it is written: the tracks that one player reads.
struct PartDraft {
  var name: String
  var program: UInt8
  var isDrums: Bool
  var tracks: [Track]

  /// The parts of a score: consecutive tracks of one channel are one, such as the two of a piano.
  ///
  /// What a channel is told in tracks without notes goes to its first part: many files set all channels up in a
  /// track of its own.
  ///
  /// - Throws: ``MusicXMLError/Reason/tooMuch(_:)`` for more than could be read again.
  static func parts(of score: Score) throws(MusicXMLError) -> [PartDraft] {
    var parts: [PartDraft] = []
    var silent = Dictionary(
      grouping: score.tracks.indices.filter { score.tracks[$0].notes.isEmpty },
      by: { score.tracks[$0].part })
    for (index, track) in score.tracks.enumerated() where !track.notes.isEmpty {
      if let last = parts.indices.last, let before = parts[last].tracks.last,
        before.part == track.part, parts[last].isDrums == track.isDrums,
        track.isDrums || track.programs.first.map({ $0.program == parts[last].program }) ?? true
      {
        parts[last].tracks.append(track)
        continue
      }
      guard parts.count < PartwiseScore.mostParts else {
        throw MusicXMLError(.tooMuch("\(PartwiseScore.mostParts) parts"))
      }
      var first = track
      if let others = silent.removeValue(forKey: track.part) {
        // In the order in which they are sent.
        let before = others.filter { $0 < index }.flatMap { score.tracks[$0].messages }
        let after = others.filter { $0 > index }.flatMap { score.tracks[$0].messages }
        first.messages = (before + track.messages + after).sortedByTick { $0.moment }
      }
      let program = track.isDrums ? 0 : score.channelProgram(of: first)
      let name = track.name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let general = track.isDrums ? "Drums" : GeneralMIDI.name(ofProgram: program)
      parts.append(
        PartDraft(
          name: name.isEmpty ? general : name, program: program, isDrums: track.isDrums,
          tracks: [first]))
    }
    return parts
  }

  /// The notes of each staff.
  ///
  /// - Parameter grid: puts notes on the grid.
  /// - Returns: one staff or two, the upper first.
  func staves(on grid: NotationGrid) -> [[GridNote]] {
    let notes = tracks.map(\.notes)
    guard !isDrums, isForTwoStaves else { return [grid.placed(notes.flatMap(\.self).inOrder)] }
    if notes.count == 2, !notes[1].lieWithin(notes[0]) {
      let means = notes.map { Double($0.reduce(0) { $0 + Int($1.pitch) }) / Double($0.count) }
      let order = means[0] >= means[1] ? [0, 1] : [1, 0]
      return order.map { grid.placed(notes[$0]) }
    }
    let all = grid.placed(notes.flatMap(\.self).inOrder)
    let isLeft = HandSplit.leftHand(all)
    return [false, true].map { hand in
      all.indices.filter { isLeft[$0] == hand }.map { all[$0] }
    }
  }

  /// Whether an instrument of two hands or many players plays low and high.
  private var isForTwoStaves: Bool {
    guard
      (0...8).contains(program) || (16...23).contains(program) || program == 46
        || (48...54).contains(program) || (88...103).contains(program)
    else { return false }
    let pitches = tracks.flatMap(\.notes).map(\.pitch)
    return (pitches.min() ?? 60) < 55 && (pitches.max() ?? 60) > 64
  }

  /// The clef of a staff.
  func clef(ofStaff staff: Int, of count: Int, _ notes: [GridNote]) -> PartwiseScore.Clef {
    guard !isDrums else { return PartwiseScore.Clef(sign: "percussion", staff: staff) }
    let sum = notes.reduce(0) { $0 + Int($1.pitch) }
    let mean = notes.isEmpty ? (staff == 1 ? 72 : 48) : sum / notes.count
    if count == 1, (24...31).contains(program) {
      return PartwiseScore.Clef(sign: "G", line: 2, octaveChange: -1, staff: staff)
    }
    if count == 1, (32...39).contains(program) || program == 43 {
      return PartwiseScore.Clef(sign: "F", line: 4, octaveChange: -1, staff: staff)
    }
    if count == 1, program == 41, (52...67).contains(mean) {
      return PartwiseScore.Clef(sign: "C", line: 3, staff: staff)
    }
    let isHigh = staff == 1 && count == 2 ? mean >= 53 : staff == 2 ? mean > 64 : mean >= 58
    return isHigh
      ? PartwiseScore.Clef(sign: "G", line: 2, staff: staff)
      : PartwiseScore.Clef(sign: "F", line: 4, staff: staff)
  }
}

extension Score {
  /// The program with which a track begins: its own first one, or that of its channel.
  fileprivate func channelProgram(of track: Track) -> UInt8 {
    if let own = track.programs.first?.program { return own }
    for other in tracks where other.part == track.part {
      if let program = other.programs.first?.program { return program }
    }
    return 0
  }
}

extension [Note] {
  /// Whether each of the notes sounds while one of its pitch among others does: such notes have a track of their own
  /// for the sake of their ends, and are no hand's.
  ///
  /// Both are in order.
  fileprivate func lieWithin(_ others: [Note]) -> Bool {
    var ends = [Int](repeating: .min, count: 128)
    var next = 0
    for note in self {
      while next < others.count, others[next].onset <= note.onset {
        let pitch = Int(others[next].pitch & 0x7F)
        ends[pitch] = Swift.max(ends[pitch], others[next].end)
        next += 1
      }
      if ends[Int(note.pitch & 0x7F)] < note.end { return false }
    }
    return true
  }

  /// The notes by onset, then pitch, then end.
  var inOrder: [Note] {
    sorted { ($0.onset, $0.pitch, $0.duration) < ($1.onset, $1.pitch, $1.duration) }
  }
}
