extension Score {
  /// The score in which other programs play what some played; drums stay as they are.
  ///
  /// A channel that is told no program before its first note, or none after a reset, plays the piano, 0: where
  /// that is replaced the channel is told so.
  ///
  /// - Parameter replacements: for each program, 0 to 127, the one that takes its place.
  /// - Returns: the score with the other programs.
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public func replacingPrograms(_ replacements: [UInt8: UInt8]) -> Score {
    var score = self
    let resets = resets
    for part in tracksOfParts {
      let melodic = part.filter { !tracks[$0].isDrums }
      guard let first = score.firstToPlay(melodic) else { continue }
      var told: [Moment] = []
      for index in melodic {
        for message in tracks[index].messages.indices {
          guard case .program(let program) = tracks[index].messages[message].kind else { continue }
          told.append(tracks[index].messages[message].moment)
          guard let new = replacements[program] else { continue }
          score.tracks[index].messages[message].kind = .program(new)
        }
      }
      guard let piano = replacements[0] else { continue }
      told.sort()
      let starts = programStarts(of: melodic, resets: resets.moments(ofPort: tracks[first].port))
        .filter { start in
          let next = told.partitioningIndex { $0 >= start.moment }
          return next == told.count || told[next].tick > start.onset
        }
      score.tracks[first].tell(piano, at: starts.map(\.moment))
    }
    return score
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

extension Track {
  /// Sends a program at some moments, after what is sent there already.
  fileprivate mutating func tell(_ program: UInt8, at moments: [Moment]) {
    messages += moments.map {
      TrackMessage(tick: $0.tick, kind: .program(program), order: $0.order)
    }
    messages = messages.sortedByTick { $0.moment }
  }
}
