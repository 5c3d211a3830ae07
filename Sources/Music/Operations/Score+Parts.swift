import StandardMIDIFile

extension Score {
  /// The score with every track that changes its program cut into one track for each program.
  ///
  /// A note goes by the program in force on its channel at its onset, a message by that at its tick, so
  /// that the parts together play as before. Texts stay with the first part. Drum tracks stay whole.
  public func splitByProgram() -> Score {
    var score = self
    let programs = ChannelPrograms(self)
    score.tracks = tracks.flatMap { track in
      track.isDrums ? [track] : track.split(by: programs.changes(of: track).changes)
    }
    return score
  }

  /// The score with all tracks of one channel joined to one, in the order of their first tracks; those
  /// that play drums and those that do not are joined apart.
  ///
  /// The part's name is the first that is not empty.
  public func mergedByChannel() -> Score {
    var score = self
    score.tracks = tracksOfParts.flatMap { indices in
      let first = tracks[indices[0]].isDrums
      let kinds = [
        indices.filter { tracks[$0].isDrums == first },
        indices.filter { tracks[$0].isDrums != first },
      ]
      return kinds.filter { !$0.isEmpty }.map { kind in Track(merging: kind.map { tracks[$0] }) }
    }
    return score
  }

  /// The indices of the tracks of each channel of a port that has any, in the order of their first tracks.
  var tracksOfParts: [[Int]] {
    var parts: [Track.Part: Int] = [:]
    var groups: [[Int]] = []
    for (index, track) in tracks.enumerated() {
      if let group = parts[track.part] {
        groups[group].append(index)
      } else {
        parts[track.part] = groups.count
        groups.append([index])
      }
    }
    return groups
  }
}

extension Track {
  /// The track cut by the program changes of its channel.
  fileprivate func split(by changes: [(tick: Int, program: UInt8)]) -> [Track] {
    // A track that plays nothing has no part of the programs that others of its channel set.
    guard !notes.isEmpty || !messages.isEmpty, Set(changes.map(\.program)).count > 1 else {
      return [self]
    }
    var parts: [UInt8: Track] = [:]
    var order: [UInt8] = []
    var next = 0
    // What stands before the first program change and the first note is meant for that program.
    let initial = notes.first.map { $0.onset < changes[0].tick } == true ? 0 : changes[0].program
    var program = initial
    /// Moves on to the program in force at a tick and gives the part that plays it.
    func part(at tick: Int) -> UInt8 {
      while next < changes.count, changes[next].tick <= tick {
        program = changes[next].program
        next += 1
      }
      if parts[program] == nil {
        parts[program] = Track(name: name, channel: channel, port: port, isDrums: isDrums)
        order.append(program)
      }
      return program
    }
    for message in messages { parts[part(at: message.tick)]?.messages.append(message) }
    (next, program) = (0, initial)
    for note in notes { parts[part(at: note.onset)]?.notes.append(note) }
    var split = order.compactMap { parts[$0] }
    split[0].texts = texts
    return split
  }

  /// Joins tracks of one channel to one: the notes, messages and texts of all.
  fileprivate init(merging tracks: [Track]) {
    self = tracks[0]
    if tracks.count == 1 { return }
    name = tracks.first { !$0.name.isEmpty }?.name ?? ""
    notes = tracks.flatMap(\.notes).sortedByTick { $0.onset }
    notes.sortChords()
    messages = tracks.flatMap(\.messages).sortedByTick { $0.moment }
    texts = tracks.flatMap(\.texts).sortedByTick { $0.tick }
  }
}

extension Score {
  /// Leaves out tracks, and keeps their texts as those that belong to no part.
  ///
  /// What says how a track is played goes with it, and so do its words where those of others stay.
  ///
  /// - Parameter isLeftOut: whether a track is left out.
  /// - Complexity: O(*n* log *n*) in the number of texts.
  package mutating func removeTracks(where isLeftOut: (Track) -> Bool) {
    let left = tracks.filter(isLeftOut)
    tracks.removeAll(where: isLeftOut)
    let isSung = ([texts] + tracks.map(\.texts)).joined().contains { $0.kind == .lyric }
    var played: Set<TextKind> = [.trackName, .instrumentName, .programName, .deviceName]
    if isSung { played.insert(.lyric) }
    texts += left.flatMap(\.texts).filter { !played.contains($0.kind) }
    texts = texts.sortedByTick { $0.tick }
  }

  /// The score with one of its tracks alone: the piece's tempo, metre, key and texts, and all that the track's
  /// channel is told, in whichever track it stands.
  ///
  /// - Parameter index: the track's index.
  /// - Returns: the score of one track.
  public func separated(track index: Int) -> Score {
    var track = tracks[index]
    track.messages = tracks.lazy.filter { $0.part == track.part }.flatMap(\.messages)
      .sortedByTick { $0.moment }
    var score = self
    score.tracks = [track]
    score.systemExclusives.removeAll { $0.port != nil && $0.port != track.port }
    score.numberOrder()
    return score
  }

  /// The score moved up by a number of semitones, or down by a negative one.
  ///
  /// Drums stay as they are. Notes that would leave the pitches 0 to 127 are left out. Key
  /// signatures move along, to the key of the fewest sharps or flats.
  public func transposed(by semitones: Int) -> Score {
    var score = self
    for track in score.tracks.indices where !score.tracks[track].isDrums {
      score.tracks[track].transpose { _ in semitones }
    }
    score.keySignatures = keySignatures.map { $0.transposed(by: semitones) }
    return score
  }
}

extension KeySignature {
  /// The key so many semitones higher, of those of one sound the one of the fewest sharps or flats.
  func transposed(by semitones: Int) -> KeySignature {
    if semitones % 12 == 0 { return self }
    // A semitone up is seven steps up the circle of fifths, which has twelve.
    let fifths = (sharps + 7 * (semitones % 12)) % 12
    var signature = self
    signature.sharps = fifths > 6 ? fifths - 12 : fifths < -6 ? fifths + 12 : fifths
    return signature
  }
}

extension Track {
  /// Moves what is struck at each tick by so many semitones; what would leave the pitches 0 to 127 is left out.
  mutating func transpose(_ semitones: (_ tick: Int) -> Int) {
    func moved(_ pitch: UInt8, at tick: Int) -> UInt8? {
      UInt8(exactly: Int(pitch) + semitones(tick)).flatMap { $0 < 128 ? $0 : nil }
    }
    notes = notes.compactMap { note in
      moved(note.pitch, at: note.onset).map { pitch in
        var note = note
        note.pitch = pitch
        return note
      }
    }
    messages = messages.compactMap { message in
      guard case .polyphonicPressure(let pitch, let pressure) = message.kind else {
        return message
      }
      return moved(pitch, at: message.tick).map { pitch in
        var message = message
        message.kind = .polyphonicPressure(pitch: pitch, pressure: pressure)
        return message
      }
    }
  }
}
