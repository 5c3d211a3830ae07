import Music

/// A note of any track and the program that plays it: what every vocabulary encodes.
struct PlayedNote: Hashable {
  /// When it is struck, in ticks or in the vocabulary's steps.
  var onset: Int
  /// When it is released, in the same unit.
  var end: Int
  var pitch: UInt8
  var velocity: UInt8
  /// The program, or ``drumKit``.
  var program: UInt8
}

/// The program that stands for the drum kit, after General MIDI's 128.
let drumKit: UInt8 = 128

extension Score {
  /// All notes with their programs, in ticks, in no particular order.
  ///
  /// Programs and the sustain pedal belong to a channel, whichever track of the file tells them.
  func playedNotes(foldingPedal: Bool) -> [PlayedNote] {
    var programs = Array(repeating: [(tick: Int, program: UInt8)](), count: 16)
    var pedals = Array(repeating: [(tick: Int, isDown: Bool)](), count: 16)
    for track in tracks {
      let channel = Int(track.channel & 15)
      for message in track.messages {
        switch message.kind {
        case .program(let program): programs[channel].append((message.tick, program & 127))
        case .control(controller: 64, let value) where foldingPedal:
          pedals[channel].append((message.tick, value >= 64))
        default: break
        }
      }
    }
    for channel in 0..<16 {
      stableSort(&programs[channel]) { $0.tick }
      stableSort(&pedals[channel]) { $0.tick }
    }
    var notes: [PlayedNote] = []
    notes.reserveCapacity(tracks.reduce(0) { $0 + $1.notes.count })
    for channel in 0..<16 {
      let first = notes.count
      for track in tracks where Int(track.channel & 15) == channel {
        for note in track.notes where note.velocity > 0 {
          let program: UInt8 =
            if channel == 9 {
              drumKit
            } else {
              last(of: programs[channel], atOrBefore: note.onset) { $0.tick }?.program ?? 0
            }
          notes.append(
            PlayedNote(
              onset: note.onset, end: note.end, pitch: note.pitch & 127, velocity: note.velocity,
              program: program))
        }
      }
      if !pedals[channel].isEmpty {
        foldPedal(pedals[channel], into: &notes[first...], endTick: endTick)
      }
    }
    return notes
  }
}

/// Lengthens each note that ends while the pedal is down, to the pedal's release or its own re-strike.
private func foldPedal(
  _ pedal: [(tick: Int, isDown: Bool)], into notes: inout ArraySlice<PlayedNote>, endTick: Int
) {
  notes.sort { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
  var nextOnset = Array(repeating: Int.max, count: 128)
  for index in notes.indices.reversed() {
    let note = notes[index]
    let pitch = Int(note.pitch)
    // The next strike of the pitch is after this one's onset, not at it.
    let restrike = nextOnset[pitch]
    nextOnset[pitch] = note.onset
    guard var change = lastIndex(of: pedal, atOrBefore: note.end, tick: { $0.tick }),
      pedal[change].isDown
    else { continue }
    while change < pedal.count, pedal[change].isDown { change += 1 }
    let release = change < pedal.count ? pedal[change].tick : endTick
    notes[index].end = max(note.end, min(release, restrike > note.end ? restrike : note.end))
  }
}

/// The index of the last element at or before a tick, in a list sorted by tick.
private func lastIndex<Element>(
  of list: [Element], atOrBefore tick: Int, tick key: (Element) -> Int
) -> Int? {
  var low = 0
  var high = list.count
  while low < high {
    let middle = (low + high) / 2
    if key(list[middle]) <= tick { low = middle + 1 } else { high = middle }
  }
  return low == 0 ? nil : low - 1
}

private func last<Element>(
  of list: [Element], atOrBefore tick: Int, tick key: (Element) -> Int
) -> Element? {
  lastIndex(of: list, atOrBefore: tick, tick: key).map { list[$0] }
}

/// Sorts by a key, keeping the order of equal elements, which `sort` does not promise.
private func stableSort<Element>(_ list: inout [Element], by key: (Element) -> Int) {
  guard list.count > 1 else { return }
  let order = list.indices.sorted { (key(list[$0]), $0) < (key(list[$1]), $1) }
  list = order.map { list[$0] }
}
