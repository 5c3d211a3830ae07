extension Score {
  /// The score with its sustain and sostenuto pedals folded into the ends of the notes.
  ///
  /// A pedal belongs to a channel of a port, whichever of its tracks holds the messages, and is down from a
  /// value of 64. A note released while the sustain pedal (controller 64) is down lasts until the
  /// pedal is up or its pitch is struck again; the sostenuto pedal (66) does the same for the notes
  /// that are held when it goes down. What is released on the tick of a press is released before it, and what is
  /// struck there is struck after it, as it is written and played: neither pedal holds the one, and the sostenuto
  /// pedal not the other. "Reset all controllers" (121) and a reset of the whole synthesizer
  /// (see ``SystemReset``) lift both. A pedal that is never lifted holds to the end of the piece. "All
  /// Sound Off" (120) ends what pedals hold; "All Notes Off" (123) is as if the keys were released, and a
  /// pedal holds on. The pedals' messages are left out of the result.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  /// - Reference: as in Oore et al., "This Time with Feeling" (2018), and Magenta's note-seq, which holds what is
  ///   released on the tick of a press.
  public func foldingPedals() -> Score {
    var score = holdingNotes()
    // A list that is the original's own is copied where it is written to.
    for track in tracks.indices where tracks[track].messages.contains(where: { $0.isPedal }) {
      score.tracks[track].messages = tracks[track].messages.filter { !$0.isPedal }
    }
    return score
  }

  /// The score with its notes as ``foldingPedals()`` has them, and with the pedals' messages left where they are, which
  /// in much piano music are more than the notes.
  package func holdingNotes() -> Score {
    var score = self
    let resets = resets
    for parts in tracksOfParts {
      let messages = parts.flatMap { tracks[$0].messages.filter { $0.isPedal || $0.liftsPedals } }
        .sortedByTick { $0.moment }
      let resets = resets.moments(ofPort: tracks[parts[0]].port)
      let sustain = pedalPresses(64, in: messages, resets: resets)
      let sostenuto = pedalPresses(66, in: messages, resets: resets)
      if sustain.isEmpty && sostenuto.isEmpty { continue }
      let soundOffs = parts.flatMap { tracks[$0].ticks { $0 == 120 } }.sorted()
      var strikes = PitchOnsets(parts.map { tracks[$0].notes })
      var place = 0
      for part in parts {
        score.tracks[part].notes = tracks[part].notes.map { note in
          var end = note.end
          if let press = sostenuto.lastPress(before: note.end), note.onset < press.lowerBound {
            end = max(end, press.upperBound)
          }
          // A note of no length is released after what its tick says of pedals, as it is struck.
          if let press = sustain.press(at: end, near: &place),
            press.lowerBound < end || note.end < end || note.duration == 0
          {
            end = press.upperBound
          }
          let soundOff = soundOffs.partitioningIndex { $0 >= max(note.end, note.onset + 1) }
          if soundOff < soundOffs.count { end = min(end, soundOffs[soundOff]) }
          let restrike = strikes.next(pitch: note.pitch, after: note.onset) ?? end
          var folded = note
          folded.duration = max(note.duration, min(end, restrike) - note.onset)
          return folded
        }
        score.tracks[part].notes.sortChords()
      }
    }
    return score
  }

  /// The ranges of ticks in which a pedal is down, by tick.
  private func pedalPresses(
    _ pedal: UInt8, in messages: [TrackMessage], resets: [Moment]
  ) -> [Range<Int>] {
    var presses: [Range<Int>] = []
    var down: Moment?
    /// Ends the press that a reset ends before the messages of a moment.
    func reset(until moment: Moment) {
      guard let start = down else { return }
      let reset = resets.partitioningIndex { $0 > start }
      guard reset < resets.count, resets[reset] <= moment else { return }
      if start.tick < resets[reset].tick { presses.append(start.tick..<resets[reset].tick) }
      down = nil
    }
    for message in messages {
      guard case .control(let controller, let value) = message.kind,
        controller == pedal || controller == 121
      else { continue }
      reset(until: message.moment)
      if controller == pedal, value >= 64 {
        down = down ?? message.moment
      } else if let start = down {
        if start.tick < message.tick { presses.append(start.tick..<message.tick) }
        down = nil
      }
    }
    reset(until: Moment(tick: endTick, order: .max))
    if let start = down?.tick, start < endTick { presses.append(start..<endTick) }
    return presses
  }
}

extension TrackMessage {
  /// Whether it moves the sustain or the sostenuto pedal.
  fileprivate var isPedal: Bool {
    guard case .control(let controller, _) = kind else { return false }
    return controller == 64 || controller == 66
  }

  /// Whether it lifts both: "Reset all controllers".
  fileprivate var liftsPedals: Bool {
    guard case .control(let controller, _) = kind else { return false }
    return controller == 121
  }
}

extension [Range<Int>] {
  /// The range that holds a tick, of ranges in order that do not overlap, sought from the place found last.
  fileprivate func press(at tick: Int, near index: inout Int) -> Range<Int>? {
    index = partitioningIndex(near: index, in: indices) { $0.upperBound > tick }
    return index < count && self[index].contains(tick) ? self[index] : nil
  }

  /// The last range that starts before a tick.
  fileprivate func lastPress(before tick: Int) -> Range<Int>? {
    let index = partitioningIndex { $0.lowerBound >= tick }
    return index > 0 ? self[index - 1] : nil
  }
}

/// The onsets of each pitch, in order.
private struct PitchOnsets {
  /// Those of the lowest pitch, then those of the next.
  private var onsets: [Int]
  /// Where those of each pitch begin, and those of the one before end.
  private var starts = [Int](repeating: 0, count: 129)
  /// Which of each pitch was found last.
  private var found: [Int]

  init(_ parts: [[Note]]) {
    var notes = parts[0]
    if parts.count > 1 {
      notes.reserveCapacity(parts.reduce(0) { $0 + $1.count })
      for part in parts.dropFirst() { notes += part }
      notes.sortNearby { $0.onset < $1.onset }
    }
    for note in notes { starts[Int(note.pitch) + 1] += 1 }
    for pitch in 0..<128 { starts[pitch + 1] += starts[pitch] }
    found = starts
    onsets = [Int](repeating: 0, count: notes.count)
    for note in notes {
      onsets[found[Int(note.pitch)]] = note.onset
      found[Int(note.pitch)] += 1
    }
  }

  /// The first onset of a pitch after a tick, sought from the one that was asked for last.
  mutating func next(pitch: UInt8, after tick: Int) -> Int? {
    let pitch = Int(pitch)
    let end = starts[pitch + 1]
    let next = onsets.partitioningIndex(near: found[pitch], in: starts[pitch]..<end) { $0 > tick }
    found[pitch] = next
    return next < end ? onsets[next] : nil
  }
}
