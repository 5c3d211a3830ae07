extension Score {
  /// The score in which other programs play what some played; drums stay as they are.
  ///
  /// A channel that is told no program before its first note, or none after a reset, plays the piano, 0: where
  /// that is replaced the channel is told so. The programs that take a place are General MIDI's, whatever bank
  /// (controllers 0 and 32) was selected; what is not replaced keeps its bank.
  ///
  /// - Parameter replacements: for each program, 0 to 127, the one that takes its place.
  /// - Returns: the score with the other programs.
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public func replacingPrograms(_ replacements: [UInt8: UInt8]) -> Score {
    var score = self
    let resets = resets
    let unusual = unusualParts
    for part in tracksOfParts {
      let melodic = part.filter { !tracks[$0].isDrums }
      guard let first = score.firstToPlay(melodic) else { continue }
      let heard = resets.moments(ofPort: tracks[first].port)
      if replacements[0] != nil {
        var told: [Moment] = []
        for index in melodic {
          for message in tracks[index].messages {
            if case .program = message.kind { told.append(message.moment) }
          }
        }
        told.sort()
        let starts = programStarts(of: melodic, resets: heard).filter { start in
          let next = told.partitioningIndex { $0 >= start.moment }
          return next == told.count || told[next].tick > start.onset
        }
        score.tracks[first].tell(0, at: starts.map(\.moment))
      }
      score.replacePrograms(
        replacements, of: melodic, resets: heard,
        leavingBanks: unusual.contains(tracks[first].part))
    }
    return score
  }

  /// Replaces programs of a channel, and selects the bank that each is taken from where another is selected.
  ///
  /// - Parameters:
  ///   - replacements: for each program the one that takes its place.
  ///   - indices: the channel's tracks.
  ///   - resets: the resets that it hears.
  ///   - leavesBanks: whether banks stay, as they say what is drums.
  private mutating func replacePrograms(
    _ replacements: [UInt8: UInt8], of indices: [Int], resets: [Moment],
    leavingBanks leavesBanks: Bool
  ) {
    var sent: [(moment: Moment, track: Int, index: Int)] = []
    for track in indices {
      for (index, message) in tracks[track].messages.enumerated() {
        switch message.kind {
        case .program, .control(controller: 0, _), .control(controller: 32, _):
          sent.append((message.moment, track, index))
        default: continue
        }
      }
    }
    // The bank that the channel was in, and the one that it is in with what is selected here.
    var (own, selected) = (Bank(), Bank())
    var selections: [Int: [Int: [TrackMessage.Kind]]] = [:]
    var reset = 0
    for (moment, track, index) in sent.sortedByTick({ $0.moment }) {
      while reset < resets.count, resets[reset] <= moment {
        (own, selected) = (Bank(), Bank())
        reset += 1
      }
      switch tracks[track].messages[index].kind {
      case .control(controller: 0, let value): (own.upper, selected.upper) = (value, value)
      case .control(controller: 32, let value): (own.lower, selected.lower) = (value, value)
      case .program(let program):
        let new = replacements[program]
        if let new { tracks[track].messages[index].kind = .program(new) }
        if leavesBanks { continue }
        let wanted = new == nil ? own : own.ofGeneralMIDI
        let kinds = wanted.selection(from: selected)
        if !kinds.isEmpty { selections[track, default: [:]][index] = kinds }
        selected = wanted
      default: continue
      }
    }
    for (track, selections) in selections {
      var messages: [TrackMessage] = []
      for (index, message) in tracks[track].messages.enumerated() {
        for kind in selections[index] ?? [] {
          messages.append(TrackMessage(tick: message.tick, kind: kind, order: message.order))
        }
        messages.append(message)
      }
      tracks[track].messages = messages
    }
  }

  /// The score in which the channels of some tracks play with one program from their start to their end.
  ///
  /// A program belongs to a channel: all tracks of one that holds a chosen track are heard with it, drums
  /// only where they are chosen. Channels without a note stay as they are. What selects banks (controllers 0 and 32) is
  /// left out, but for drums.
  ///
  /// - Parameters:
  ///   - program: the program of General MIDI, 0 to 127; of drums the kit.
  ///   - isChosen: whether a track is chosen.
  /// - Returns: the score with the program.
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public func playing(
    _ program: UInt8, where isChosen: (Track) -> Bool = { !$0.isDrums }
  ) -> Score {
    var score = self
    let resets = resets
    let unusual = unusualParts
    for part in tracksOfParts {
      guard let chosen = score.firstToPlay(part.filter { isChosen(tracks[$0]) }) else { continue }
      let played = part.filter { tracks[$0].isDrums == tracks[chosen].isDrums }
      // General MIDI's programs are in the bank that is there unasked. Where a bank says what is drums, it stays.
      let leavesBanks = tracks[chosen].isDrums || unusual.contains(tracks[chosen].part)
      for index in played {
        score.tracks[index].messages.removeAll { message in
          switch message.kind {
          case .program: true
          case .control(let controller, _): !leavesBanks && (controller == 0 || controller == 32)
          default: false
          }
        }
      }
      let starts = programStarts(of: played, resets: resets.moments(ofPort: tracks[chosen].port))
      score.tracks[chosen].tell(program, at: starts.map(\.moment))
    }
    return score
  }

  /// The first of some tracks that has a note; nil where none has.
  private func firstToPlay(_ indices: [Int]) -> Int? {
    indices.first { !tracks[$0].notes.isEmpty }
  }

  /// From when on the program of some tracks' channel is 0 until it is told: from the start and from each reset,
  /// where a note is struck before the next reset.
  ///
  /// A file may have many channels and many resets, but each note has only the last reset before it.
  ///
  /// - Parameters:
  ///   - indices: the tracks.
  ///   - resets: the resets that the channel hears.
  /// - Returns: the moments, with the first onset behind each.
  private func programStarts(
    of indices: [Int], resets: [Moment]
  ) -> [(moment: Moment, onset: Int)] {
    var starts: [(moment: Moment, onset: Int)] = []
    for onset in indices.flatMap({ tracks[$0].notes.map(\.onset) }).sorted() {
      let next = resets.partitioningIndex { $0.tick > onset }
      let moment = next == 0 ? Moment(tick: 0, order: 0) : resets[next - 1]
      if starts.last?.moment != moment { starts.append((moment, onset)) }
    }
    return starts
  }
}

/// A bank, from which a channel's next program is taken.
private struct Bank: Equatable {
  /// What controller 0 says.
  var upper: UInt8 = 0
  /// What controller 32 says.
  var lower: UInt8 = 0

  /// The bank of General MIDI's programs where this one is selected: in General MIDI 2 banks of melodic programs
  /// are called 121.
  ///
  /// Reference: General MIDI 2 (RP-024), 3.3.
  var ofGeneralMIDI: Bank { Bank(upper: upper == 121 ? 121 : 0) }

  /// What selects this bank where another is selected; nothing where it is.
  func selection(from other: Bank) -> [TrackMessage.Kind] {
    self == other
      ? [] : [.control(controller: 0, value: upper), .control(controller: 32, value: lower)]
  }
}

extension Track {
  /// Sends a program at some moments, after what is sent there already.
  fileprivate mutating func tell(_ program: UInt8, at moments: [Moment]) {
    messages += moments.map {
      TrackMessage(tick: $0.tick, kind: .program(program), order: $0.order)
    }
    messages = messages.sortedByTick { $0.moment }
  }
}
