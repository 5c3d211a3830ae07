extension Score {
  /// Says of each track whether it plays drums, by what the synthesizer is told before its notes.
  ///
  /// A track that does both becomes two.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and messages, where something is told.
  mutating func findDrums() {
    guard let times = DrumTimes(self) else { return }
    tracks = tracks.flatMap { $0.split(by: times) }
  }

  /// The parts that the score makes at some time what their channels are not in General MIDI: drums elsewhere
  /// than on channel 10, or something else on it.
  ///
  /// - Complexity: O(*n* log *n*) in the number of messages, where something is told.
  package var unusualParts: Set<Track.Part> { DrumTimes(self)?.changedParts ?? [] }

  /// The score with each track on a channel on which it is heard as what it is, drums or not.
  ///
  /// Drums go to channel 10, and what is melodic to a channel that no other track has, if there is one.
  func placingDrums() -> Score {
    let times = DrumTimes(self)
    let misplaced = tracks.indices.filter { !tracks[$0].isHeard(by: times) }
    if misplaced.isEmpty { return self }
    var score = self
    var used = Set(tracks.map(\.part)).subtracting(misplaced.map { tracks[$0].part })
    for index in misplaced {
      let channels: [UInt8] = [9] + Array(0..<9) + Array(10..<16)
      var places = channels.map { channel in
        var place = tracks[index]
        place.channel = channel
        place.isDrums = tracks[index].isDrums
        return place
      }
      places.removeAll { !$0.isHeard(by: times) }
      let free = places.first { $0.isDrums || !used.contains($0.part) }
      guard let place = free ?? places.first else { continue }
      score.tracks[index] = place
      used.insert(place.part)
    }
    return score
  }
}

extension Track {
  /// Whether all notes of the track are heard as what they are, drums or not.
  fileprivate func isHeard(by times: DrumTimes?) -> Bool {
    guard let times else { return isDrums == (channel == 9) || notes.isEmpty }
    return notes.allSatisfy { times.isDrums(part, atTick: $0.onset) == isDrums }
  }

  /// The track as one of drums, one that is melodic, or both.
  fileprivate func split(by times: DrumTimes) -> [Track] {
    let kinds = notes.map { times.isDrums(part, atTick: $0.onset) }
    let first = kinds.first ?? times.isDrums(part, atTick: messages.last?.tick ?? 0)
    var track = self
    track.isDrums = first
    guard kinds.contains(!first) else { return [track] }
    var other = Track(name: name, channel: channel, port: port, isDrums: !first)
    (track.notes, track.messages) = ([], [])
    // A message goes with the next note, for which it is meant.
    var next = 0
    for message in messages {
      while next < notes.count - 1, notes[next].onset < message.tick { next += 1 }
      if kinds[next] == first {
        track.messages.append(message)
      } else {
        other.messages.append(message)
      }
    }
    for (note, kind) in zip(notes, kinds) {
      if kind == first { track.notes.append(note) } else { other.notes.append(note) }
    }
    return [track, other]
  }
}

/// When each part of a score is one of drums.
///
/// It is told by messages of GS ("use for rhythm part") and XG ("part mode"), and by the banks of XG and
/// of General MIDI 2 once the synthesizer has been reset as one of them (see ``DrumChannels``).
private struct DrumTimes {
  private var changes: [Track.Part: [(tick: Int, isDrums: Bool)]] = [:]

  /// Collects what a score says; nil where it says nothing.
  init?(_ score: Score) {
    var events: [(moment: Moment, index: Int, event: Event)] = []
    var hasBanks = false
    var isTold = false
    for message in score.systemExclusives {
      guard let meaning = SystemMessage(message.data) else { continue }
      switch meaning {
      case .reset(let family): hasBanks = hasBanks || family == .xg || family == .generalMIDI2
      case .drumPart: isTold = true
      default: continue
      }
      events.append((message.moment, events.count, .system(meaning, port: message.port)))
    }
    guard isTold || hasBanks else { return nil }
    if hasBanks {
      for track in score.tracks {
        for message in track.messages {
          switch message.kind {
          case .control(controller: 0, let bank):
            events.append((message.moment, events.count, .bank(track.part, bank)))
          case .program: events.append((message.moment, events.count, .program(track.part)))
          default: break
          }
        }
      }
    }
    events.sort { ($0.moment, $0.index) < ($1.moment, $1.index) }
    follow(events.map { ($0.moment.tick, $0.event) }, ports: Set(score.tracks.map(\.port)))
  }

  private enum Event {
    case system(SystemMessage, port: UInt8?)
    case bank(Track.Part, UInt8)
    case program(Track.Part)
  }

  private mutating func follow(_ events: [(tick: Int, event: Event)], ports: Set<UInt8>) {
    var states = Dictionary(uniqueKeysWithValues: ports.map { ($0, DrumChannels()) })
    let first = ports.min() ?? 0
    for (tick, event) in events {
      switch event {
      case .system(.reset(let family), let port):
        for port in port.map({ [$0] }) ?? Array(ports) {
          states[port] = DrumChannels(after: family)
          for channel in UInt8(0)..<16 {
            note(states, Track.Part(port: port, channel: channel), tick)
          }
        }
      case .system(.drumPart(let channel, let isDrums), let port):
        states[port ?? first]?.set(isDrums, channel: channel)
        note(states, Track.Part(port: port ?? first, channel: channel), tick)
      case .system: break
      case .bank(let part, let bank): states[part.port]?.selectBank(bank, channel: part.channel)
      case .program(let part):
        states[part.port]?.changeProgram(channel: part.channel)
        note(states, part, tick)
      }
    }
  }

  /// Notes what a part is from a tick on, if that is new.
  private mutating func note(_ states: [UInt8: DrumChannels], _ part: Track.Part, _ tick: Int) {
    guard let isDrums = states[part.port]?.isDrums[Int(part.channel & 15)] else { return }
    if isDrums != changes[part]?.last?.isDrums ?? (part.channel == 9) {
      changes[part, default: []].append((tick, isDrums))
    }
  }

  /// The parts that are at some time not what their channels make them.
  var changedParts: Set<Track.Part> { Set(changes.keys) }

  /// Whether a note that a part strikes at a tick is one of drums.
  ///
  /// - Complexity: O(log *n*) in the number of the part's changes.
  func isDrums(_ part: Track.Part, atTick tick: Int) -> Bool {
    guard let changes = changes[part] else { return part.channel == 9 }
    let next = changes.partitioningIndex { $0.tick > tick }
    return next == 0 ? part.channel == 9 : changes[next - 1].isDrums
  }
}
