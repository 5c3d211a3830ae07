public import StandardMIDIFile

extension Score {
  /// The score as a file.
  ///
  /// In format 1 the first track holds the title, tempo, metre, key, texts and system exclusive
  /// messages, and each ``Track`` follows as one of its own; the system exclusive messages of a port
  /// stand in tracks between them. One that follows channel messages of its tick stands in their last
  /// track or after it, where the tracks' order lets it. `Score(score.midiFile())` is the score again, provided that its lists are in
  /// their order, no note of a channel and pitch ends before one struck earlier, and each track plays
  /// drums only where a player would. One that would not be heard as what it is goes to a channel where
  /// it is: drums to channel 10.
  /// In format 0 everything stands in one track. A score of more tracks than a file can have is
  /// first merged by channel.
  ///
  /// Gaps longer than a delta time can say are bridged by empty sequencer-specific events.
  ///
  /// - Parameter format: whether each part has a track of its own. Format 2 is written as 1, and so is a
  ///   score of several ports, as a track belongs to one.
  /// - Returns: the file.
  /// - Precondition: ticks are not negative; pitches, velocities, channels, controllers and
  ///   programs lie in their limits.
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  public func midiFile(format: MIDIFile.Format = .simultaneous) -> MIDIFile {
    // Each of the 128 ports may have a track besides.
    if tracks.count >= MIDIFile.maximumTracks - 128 {
      return mergedByChannel().midiFile(format: format)
    }
    let tracks = placingDrums().tracks
    let hasPorts =
      tracks.contains { $0.port != 0 } || systemExclusives.contains { $0.port ?? 0 != 0 }
    var file = MIDIFile(
      format: format == .singleTrack && !hasPorts ? format : .simultaneous, division: division)
    if file.format == .singleTrack {
      var conductor = conductorEvents()
      conductor.append(systemExclusives)
      for track in tracks {
        track.appendChannelMessages(to: &conductor) { .channel($0) }
        conductor.append(track.texts)
      }
      file.tracks = [MIDIFile.Track(placed: &conductor, endTick: endTick)]
    } else {
      let places = SystemExclusivePlaces(systemExclusives, among: tracks, hasPorts: hasPorts)
      var conductor = conductorEvents()
      conductor.append(hasPorts ? places.first.filter { $0.port == nil } : places.first)
      file.tracks = [MIDIFile.Track(placed: &conductor, endTick: endTick)]
      if hasPorts {
        file.tracks += MIDIFile.Track.ofPorts(places.first.filter { $0.port != nil })
      }
      for (index, group) in places.groups.enumerated() {
        var placed: [Placed<MIDIFile.Message>] = []
        let track = tracks[group.lowerBound]
        placed.append(name: track.name, texts: track.texts)
        let within = places.within[index] ?? []
        placed.append(within)
        // What names no port is sent to all.
        if hasPorts, !within.contains(where: { $0.port == nil }) {
          placed.append(Placed(tick: 0, place: .name, content: .meta(.port(track.port & 0x7F))))
        }
        if track.notes.isEmpty && track.messages.isEmpty {
          // Nothing else says the channel of a track that plays nothing.
          placed.append(
            Placed(tick: 0, place: .name, content: .meta(.channelPrefix(track.channel))))
        }
        for track in tracks[group] { track.appendChannelMessages(to: &placed) { .channel($0) } }
        file.tracks.append(MIDIFile.Track(placed: &placed, endTick: 0))
        if let after = places.after[index] { file.tracks += MIDIFile.Track.ofPorts(after) }
      }
    }
    return file
  }

  private func conductorEvents() -> [Placed<MIDIFile.Message>] {
    var placed: [Placed<MIDIFile.Message>] = []
    placed.append(name: title, texts: texts)
    placed += tempos.map {
      Placed(
        tick: $0.tick, place: .meta,
        content: .meta(.tempo(microsecondsPerQuarter: $0.microsecondsPerQuarter)))
    }
    placed += timeSignatures.map {
      Placed(tick: $0.tick, place: .meta, content: .meta($0.metaEvent))
    }
    placed += keySignatures.map {
      Placed(
        tick: $0.tick, place: .meta,
        content: .meta(.keySignature(sharps: Int8($0.sharps), isMinor: $0.isMinor)))
    }
    return placed
  }
}

extension TimeSignature {
  /// The meta event, with the metronome clicking each beat: a dotted one where beats go in threes.
  fileprivate var metaEvent: MetaEvent {
    precondition(
      denominator > 0 && denominator & (denominator - 1) == 0,
      "a time signature's denominator is a power of two")
    precondition(1...255 ~= numerator, "a time signature's numerator lies in 1...255")
    let clocks = (hasDottedBeats ? 3 : 1) * 96 / denominator
    return .timeSignature(
      numerator: UInt8(numerator), denominatorPower: UInt8(denominator.trailingZeroBitCount),
      clocksPerClick: UInt8(max(clocks, 1)), thirtySecondsPerQuarter: 8)
  }
}

extension [Placed<MIDIFile.Message>] {
  fileprivate mutating func append(name: String, texts: [TextEvent]) {
    // The first track name that is read is the name: an empty one keeps its place before others.
    if !name.isEmpty || texts.contains(where: { $0.kind == .trackName }) {
      append(Placed(tick: 0, place: .name, content: .meta(.text(.trackName, name))))
    }
    append(texts)
  }

  fileprivate mutating func append(_ messages: [SystemExclusiveEvent]) {
    for message in messages {
      append(
        Placed(
          tick: message.tick, place: .systemExclusive, order: message.order,
          content: .systemExclusive(message.data[...])))
    }
  }

  fileprivate mutating func append(_ texts: [TextEvent]) {
    for text in texts {
      append(Placed(tick: text.tick, place: .meta, content: .meta(.text(text.kind, text.text))))
    }
  }
}

extension MIDIFile.Track {
  /// A track for each port that system exclusive messages are sent to, and one for those to all.
  fileprivate static func ofPorts(_ messages: [SystemExclusiveEvent]) -> [MIDIFile.Track] {
    let ports = Dictionary(grouping: messages, by: \.port).sorted {
      $0.key.map { Int($0) } ?? -1 < $1.key.map { Int($0) } ?? -1
    }
    return ports.map { port, messages in
      var placed: [Placed<MIDIFile.Message>] = []
      if let port {
        placed.append(Placed(tick: 0, place: .name, content: .meta(.port(port & 0x7F))))
      }
      placed.append(messages)
      return MIDIFile.Track(placed: &placed, endTick: 0)
    }
  }

  /// Creates a track from placed messages, which it sorts, that ends at `endTick` or after its last.
  fileprivate init(placed: inout [Placed<MIDIFile.Message>], endTick: Int) {
    placed.sortByPlace()
    self.init()
    var tick = 0
    for event in placed {
      precondition(event.tick >= 0, "ticks are not negative")
      append(delta: bridge(gap: event.tick - tick), event.content)
      tick = event.tick
    }
    endDelta = bridge(gap: Swift.max(endTick - tick, 0))
  }

  /// Appends empty events over all but the last 2^28 - 1 ticks of a gap, and returns what is left.
  mutating func bridge(gap: Int) -> Int {
    let longest = 0x0FFF_FFFF
    var rest = gap
    while rest > longest {
      append(delta: longest, .meta(.sequencerSpecific([])))
      rest -= longest
    }
    return rest
  }
}

/// Something to be written or played, and its place among others at the same tick.
struct Placed<Content> {
  var tick: Int
  var place: Place
  /// The order of a message: see ``TrackMessage/order``.
  var order: UInt32 = 0
  var content: Content

  /// The number by which those of one tick are sorted.
  fileprivate var rank: Int {
    switch place {
    case .name, .release, .meta: Int(place.rawValue)
    case .systemExclusive, .message: 2 * Int(order) + Int(place.rawValue)
    case .noteWithoutLength, .strike: (1 << 40) + Int(place.rawValue)
    }
  }
}

/// The order of what happens at one tick.
///
/// Notes are released before others are struck, so that a repeated pitch is heard twice; controllers
/// and programs hold for the notes struck with them, and so do system exclusive messages, which come
/// before the channel messages of the same order. A note of no length is struck and released before a
/// longer one of its pitch.
enum Place: UInt8 {
  case name, release, meta, systemExclusive, message, noteWithoutLength, strike
}

extension Track {
  /// Appends the track's channel messages, not in order.
  func appendChannelMessages<Content>(
    to placed: inout [Placed<Content>], as content: (ChannelMessage) -> Content
  ) {
    for message in messages {
      placed.append(
        Placed(
          tick: message.tick, place: .message, order: message.order,
          content: content(message.kind.message(channel: channel))))
    }
    for note in notes {
      placed.append(
        Placed(
          tick: note.onset, place: note.duration == 0 ? .noteWithoutLength : .strike,
          content: content(
            .noteOn(channel: channel, pitch: note.pitch, velocity: note.velocity))))
      placed.append(
        Placed(
          tick: note.end, place: note.duration == 0 ? .noteWithoutLength : .release,
          content: content(
            .noteOff(channel: channel, pitch: note.pitch, velocity: note.releaseVelocity))))
    }
  }
}

extension Array {
  /// Sorts by tick, then place, then the order the elements had.
  mutating func sortByPlace<Content>() where Element == Placed<Content> {
    // The index keeps the order of equal elements.
    var keys = indices.map { (tick: self[$0].tick, rank: self[$0].rank, index: $0) }
    keys.sort { ($0.tick, $0.rank, $0.index) < ($1.tick, $1.rank, $1.index) }
    self = keys.map { self[$0.index] }
  }
}
