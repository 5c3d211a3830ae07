import StandardMIDIFile

/// Pairs note-ons with note-offs: first in, first out, per channel and pitch.
///
/// All Notes Off and its like end what sounds on their channel.
///
/// While a note sounds, its duration is the index of the next note of its channel and pitch that
/// sounds, or -1: a queue for each pitch without memory of its own, so that notes that are never
/// released cost no more than others.
struct NotePairing {
  /// The oldest and the newest note that sounds; the oldest is -1 where none does.
  private struct Queue {
    var oldest: Int32 = -1
    var newest: Int32 = -1

    /// Ends all its notes, and returns how many there were.
    mutating func endAll(of notes: inout [Note], at tick: Int) -> Int {
      var count = 0
      while oldest >= 0 {
        let index = Int(oldest)
        oldest = Int32(truncatingIfNeeded: notes[index].duration)
        notes[index].duration = tick - notes[index].onset
        count += 1
      }
      return count
    }
  }

  /// The queue of each channel and pitch.
  private var queues = [Queue](repeating: Queue(), count: 16 * 128)
  /// How many notes were looked at because their whole channel was to end.
  private(set) var notesVisited = 0

  /// Reads the notes and other channel messages of a file track that starts at a tick.
  mutating func read(_ track: MIDIFile.Track, from start: Int) -> PlayedEvents {
    let counts = ChannelCounts(track.packedEvents.span)
    var noteRuns = ChannelRuns(counts.notes)
    var messageRuns = ChannelRuns(counts.messages)
    var notes = [Note](
      repeating: Note(onset: 0, duration: -1, pitch: 0, velocity: 0), count: noteRuns.total)
    var messages = [TrackMessage](
      repeating: TrackMessage(tick: 0, kind: .program(0)), count: messageRuns.total)
    var metaEvents: [(tick: Int, event: PackedEvent)] = []
    metaEvents.reserveCapacity(counts.metaEvents)
    var systemExclusives: [SystemExclusiveEvent] = []
    var exclusivePositions: [Int] = []
    var packets = SystemExclusivePackets()
    var tick = start
    var sounding = 0
    var endsChannels = false
    // The first note of each channel that All Notes Off has not yet ended.
    var unended = noteRuns.next
    var position = 0
    while position < track.packedEvents.count {
      // The loop is left where a message may end a whole channel, so that it has no other work.
      var mode: PackedEvent?
      // The channels whose notes it ends.
      var ended = 0..<0
      do {
        // Spans spare the loop the check that an array is not shared, at each write.
        let events = track.packedEvents.span
        var notes = notes.mutableSpan
        var messages = messages.mutableSpan
        var nextNote = noteRuns.next.mutableSpan
        var nextMessage = messageRuns.next.mutableSpan
        var queues = queues.mutableSpan
        reading: while position < events.count {
          let event = events[position]
          position += 1
          tick += Int(event.delta)
          let channel = Int(event.channel)
          let slot = channel << 7 | Int(event.data1 & 0x7F)
          switch event.tag {
          case 0x9 where event.data2 > 0:
            let index = nextNote[channel]
            nextNote[channel] = index + 1
            notes[index] = Note(
              onset: tick, duration: -1, pitch: event.data1, velocity: event.data2)
            if queues[slot].oldest < 0 {
              queues[slot].oldest = Int32(truncatingIfNeeded: index)
            } else {
              notes[Int(queues[slot].newest)].duration = index
            }
            queues[slot].newest = Int32(truncatingIfNeeded: index)
            sounding += 1
          case 0x8, 0x9:
            let index = Int(queues[slot].oldest)
            if index < 0 { break }
            queues[slot].oldest = Int32(truncatingIfNeeded: notes[index].duration)
            notes[index].duration = tick - notes[index].onset
            // A note-on of velocity 0 stands for a release velocity of 64.
            if event.tag == 0x8 { notes[index].releaseVelocity = event.data2 }
            sounding -= 1
          case 0xA...0xE:
            let index = nextMessage[channel]
            nextMessage[channel] = index + 1
            messages[index] = TrackMessage(tick: tick, kind: TrackMessage.Kind(event))
            if event.isChannelMode {
              mode = event
              break reading
            }
          case PackedEvent.metaTag: metaEvents.append((tick, event))
          default:
            guard let data = packets.message(event, of: track) else { break }
            let message = SystemExclusiveEvent(tick: tick, data: data)
            systemExclusives.append(message)
            exclusivePositions.append(position - 1)
            if message.reset != nil {
              ended = 0..<16
              break reading
            }
          }
        }
      }
      if let mode, ChannelMessage.endsAllNotes(controller: mode.data1) {
        endsChannels = true
        ended = Int(mode.channel)..<Int(mode.channel) + 1
      }
      for channel in ended {
        let struck = unended[channel]..<noteRuns.next[channel]
        unended[channel] = struck.upperBound
        sounding -= end(struck, of: &notes, channel: channel, at: tick)
      }
    }
    track.numberOrder(
      of: &messages, in: messageRuns, and: &systemExclusives, at: exclusivePositions)
    let endTick = tick + track.endDelta
    if sounding > 0 {
      for channel in 0..<16 {
        let struck = unended[channel]..<noteRuns.next[channel]
        _ = end(struck, of: &notes, channel: channel, at: endTick)
      }
    }
    return PlayedEvents(
      notes: notes, messages: messages, noteRuns: noteRuns, messageRuns: messageRuns,
      metaEvents: metaEvents, systemExclusives: systemExclusives, endsChannels: endsChannels,
      endTick: endTick)
  }

  /// Ends those of a channel's notes that still sound, and returns how many there were.
  private mutating func end(
    _ indices: Range<Int>, of notes: inout [Note], channel: Int, at tick: Int
  ) -> Int {
    notesVisited += indices.count
    var ended = 0
    for index in indices {
      // A note that sounds is in the queue of its pitch, which ends as a whole.
      ended += queues[channel << 7 | Int(notes[index].pitch & 0x7F)].endAll(of: &notes, at: tick)
    }
    return ended
  }
}

/// How many notes and other messages each channel of a file track has, and how many meta events it.
private struct ChannelCounts {
  private(set) var notes = InlineArray<16, Int>(repeating: 0)
  private(set) var messages = InlineArray<16, Int>(repeating: 0)
  let metaEvents: Int

  init(_ events: Span<PackedEvent>) {
    // By tag and channel, and whether the second data byte is 0: a note-on of velocity 0 is a note-off. What is no
    // channel message has tags of its own.
    var counts = InlineArray<512, UInt32>(repeating: 0)
    for index in events.indices {
      let event = events[index]
      counts[(event.data2 == 0 ? 0x100 : 0) | Int(event.tag) << 4 | Int(event.channel)] &+= 1
    }
    for channel in 0..<16 {
      notes[channel] = Int(counts[0x90 | channel])
      for tag in 0xA...0xE {
        messages[channel] += Int(counts[tag << 4 | channel] + counts[0x100 | tag << 4 | channel])
      }
    }
    var metaEvents = 0
    for index in 0xF0...0xFF { metaEvents += Int(counts[index] + counts[0x100 | index]) }
    self.metaEvents = metaEvents
  }
}

/// What a file track plays, sorted into channels.
struct PlayedEvents {
  /// The notes, those of each channel in one run, in the order in which they are struck.
  var notes: [Note]
  /// The other channel messages, likewise.
  var messages: [TrackMessage]
  var noteRuns: ChannelRuns
  var messageRuns: ChannelRuns
  /// The meta events and their ticks.
  var metaEvents: [(tick: Int, event: PackedEvent)]
  /// The system exclusive messages, by tick.
  var systemExclusives: [SystemExclusiveEvent]
  /// Whether a message ends all notes of a channel.
  var endsChannels: Bool
  /// The tick at which the track ends.
  var endTick: Int

  /// Whether a channel plays something.
  func plays(_ channel: Int) -> Bool {
    !noteRuns.run(channel).isEmpty || !messageRuns.run(channel).isEmpty
  }

  /// Takes the notes of a channel out, in order.
  ///
  /// A channel that has the track for itself takes the whole array: nothing is copied.
  mutating func takeNotes(ofChannel channel: Int) -> [Note] {
    let run = noteRuns.run(channel)
    var taken: [Note] = []
    if run.count == notes.count { swap(&taken, &notes) } else { taken = Array(notes[run]) }
    taken.sortChords()
    return taken
  }

  /// Takes the other messages of a channel out.
  mutating func takeMessages(ofChannel channel: Int) -> [TrackMessage] {
    let run = messageRuns.run(channel)
    var taken: [TrackMessage] = []
    if run.count == messages.count { swap(&taken, &messages) } else { taken = Array(messages[run]) }
    return taken
  }
}

/// Where the elements of each channel stand in an array of all channels' elements.
struct ChannelRuns {
  private var starts = InlineArray<16, Int>(repeating: 0)
  /// Where the next element of each channel goes.
  var next: InlineArray<16, Int>
  let total: Int

  init(_ counts: InlineArray<16, Int>) {
    var total = 0
    for channel in 0..<16 {
      starts[channel] = total
      total += counts[channel]
    }
    self.total = total
    next = starts
  }

  /// The indices of a channel's elements.
  func run(_ channel: Int) -> Range<Int> { starts[channel]..<next[channel] }
}
