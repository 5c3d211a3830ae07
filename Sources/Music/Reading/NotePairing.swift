import StandardMIDIFile

/// Pairs note-ons with note-offs: first in, first out, per channel and pitch.
struct NotePairing {
  /// The notes of all channels, each channel's in one run; while a note sounds, its duration is the
  /// index of the next note of its channel and pitch that sounds, or -1.
  private var notes: [Note] = []
  /// Where the next note of each channel goes.
  private var nextFree = [Int](repeating: 0, count: 16)
  private var firstOfChannel = [Int](repeating: 0, count: 16)
  /// The oldest and the newest sounding note of each channel and pitch, or -1.
  private var oldest = [Int](repeating: -1, count: 16 * 128)
  private var newest = [Int](repeating: -1, count: 16 * 128)

  /// Makes room for a track's notes.
  mutating func begin(_ counts: ChannelCounts) {
    var total = 0
    for channel in 0..<16 {
      firstOfChannel[channel] = total
      nextFree[channel] = total
      total += counts.notes[channel]
    }
    notes = [Note](
      repeating: Note(onset: 0, duration: -1, pitch: 0, velocity: 0), count: total)
  }

  mutating func noteOn(_ event: PackedEvent, at tick: Int) {
    let channel = Int(event.channel)
    let index = nextFree[channel]
    nextFree[channel] = index + 1
    notes[index] = Note(
      onset: tick, duration: -1, pitch: event.data1, velocity: event.data2)
    let slot = channel << 7 | Int(event.data1 & 0x7F)
    if oldest[slot] < 0 {
      oldest[slot] = index
    } else {
      notes[newest[slot]].duration = index
    }
    newest[slot] = index
  }

  mutating func noteOff(_ event: PackedEvent, at tick: Int) {
    let slot = Int(event.channel) << 7 | Int(event.data1 & 0x7F)
    let index = oldest[slot]
    guard index >= 0 else { return }
    oldest[slot] = notes[index].duration
    notes[index].duration = tick - notes[index].onset
    // A note-on of velocity 0 stands for a release velocity of 64.
    if event.tag == 0x8 { notes[index].releaseVelocity = event.data2 }
  }

  /// Ends the notes that still sound, and returns the notes of each channel in order.
  mutating func finish(at tick: Int) -> [[Note]] {
    for slot in oldest.indices where oldest[slot] >= 0 {
      var index = oldest[slot]
      while index >= 0 {
        let next = notes[index].duration
        notes[index].duration = tick - notes[index].onset
        index = next
      }
      oldest[slot] = -1
    }
    let all = notes
    notes = []
    return (0..<16).map { channel in
      let run = firstOfChannel[channel]..<nextFree[channel]
      if run.isEmpty { return [] }
      var channelNotes = run.count == all.count ? all : Array(all[run])
      channelNotes.sortChords()
      return channelNotes
    }
  }
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
