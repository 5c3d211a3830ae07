import StandardMIDIFile

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
  /// The tick at which the track ends.
  var endTick: Int

  /// The channels that play something.
  var channels: [Int] {
    (0..<16).filter { !noteRuns.run($0).isEmpty || !messageRuns.run($0).isEmpty }
  }

  /// The notes of a channel, in order.
  func notes(ofChannel channel: Int) -> [Note] {
    let run = noteRuns.run(channel)
    var channelNotes = run.count == notes.count ? notes : Array(notes[run])
    channelNotes.sortChords()
    return channelNotes
  }

  /// The other messages of a channel.
  func messages(ofChannel channel: Int) -> [TrackMessage] {
    let run = messageRuns.run(channel)
    return run.count == messages.count ? messages : Array(messages[run])
  }
}

/// Where the elements of each channel stand in an array of all channels' elements.
struct ChannelRuns {
  private var starts: [Int] = []
  /// Where the next element of each channel goes.
  var next: [Int]
  let total: Int

  init(_ counts: [Int]) {
    var total = 0
    for count in counts {
      starts.append(total)
      total += count
    }
    self.total = total
    next = starts
  }

  /// The indices of a channel's elements.
  func run(_ channel: Int) -> Range<Int> { starts[channel]..<next[channel] }
}

extension [Note] {
  /// Sorts notes that are in the order of their onsets by pitch, then end.
  mutating func sortChords() {
    var start = 0
    while start < count {
      var end = start + 1
      var isSorted = true
      while end < count, self[end].onset == self[start].onset {
        if !self[end - 1].isInOrder(with: self[end]) { isSorted = false }
        end += 1
      }
      if !isSorted { self[start..<end].sort { !$1.isInOrder(with: $0) } }
      start = end
    }
  }
}

extension Note {
  /// Whether a note of the same onset may follow this one.
  fileprivate func isInOrder(with next: Note) -> Bool {
    pitch != next.pitch ? pitch < next.pitch : duration <= next.duration
  }
}
