import StandardMIDIFile

/// Where the system exclusive messages of a score stand in a file of several tracks.
///
/// Players send what the tracks hold at one tick in the tracks' order. So a message that follows channel
/// messages of its tick stands in the last track that has some of them, or in one of its own behind it
/// where that track belongs to another port.
struct SystemExclusivePlaces {
  /// Those that stand before all tracks.
  private(set) var first: [SystemExclusiveEvent] = []
  /// Those that stand in a file track, by the index of its group.
  private(set) var within: [Int: [SystemExclusiveEvent]] = [:]
  /// Those that stand right behind a file track, by the index of its group.
  private(set) var after: [Int: [SystemExclusiveEvent]] = [:]

  /// The tracks that stand in each file track: one, but where several send at one tick by turns.
  private(set) var groups: [Range<Int>] = []

  /// The orders of what a track, or a group of them, sends at one tick.
  fileprivate struct Orders {
    var track: Int
    var lowest: UInt32
    var highest: UInt32
  }

  /// Finds the places.
  ///
  /// Tracks that send at one tick by turns share a file track, as the channels of one file track did.
  /// Where they cannot, the messages of the tick stand before them all.
  ///
  /// - Complexity: O(*n* log *n*) in the number of messages, where one follows channel messages of its
  ///   tick.
  init(_ messages: [SystemExclusiveEvent], among tracks: [Track], hasPorts: Bool) {
    groups = tracks.indices.map { $0..<$0 + 1 }
    var orders: [Int: [Orders]] = [:]
    for message in messages where message.order > 0 { orders[message.tick] = [] }
    if orders.isEmpty {
      first = messages
      return
    }
    for (track, part) in tracks.enumerated() {
      for message in part.messages {
        orders[message.tick]?.add(message.order, of: track)
      }
    }
    group(tracks, by: orders.values.compactMap(\.turns))
    var groupOfTrack: [Int] = []
    for (index, group) in groups.enumerated() { groupOfTrack += group.map { _ in index } }
    orders = orders.mapValues { $0.joined(by: groupOfTrack) }.filter { $0.value.turns == nil }
    var behind: [(group: Int, message: SystemExclusiveEvent)] = []
    for message in messages {
      let known = message.order > 0 ? orders[message.tick] ?? [] : []
      let next = known.partitioningIndex { $0.lowest >= message.order }
      if next == 0 {
        first.append(message)
        continue
      }
      let last = known[next - 1]
      let port = tracks[groups[last.track].lowerBound].port
      let isAmong = last.highest >= message.order
      if !hasPorts || isAmong && message.port ?? 0 == port {
        within[last.track, default: []].append(message)
      } else {
        behind.append((last.track, message))
      }
    }
    // A port may have a track behind each.
    let room = MIDIFile.maximumTracks - tracks.count - 129
    let count = Set(behind.map { [$0.group, $0.message.port.map { Int($0) } ?? -1] }).count
    for (group, message) in behind {
      if count <= room { after[group, default: []].append(message) } else { first.append(message) }
    }
  }

  /// Joins the tracks of some ranges to groups, where they can share a file track.
  private mutating func group(_ tracks: [Track], by ranges: [ClosedRange<Int>]) {
    var isJoined = tracks.map { _ in false }
    var end = -1
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      // What an earlier range has joined need not be looked at again.
      let rest = max(range.lowerBound + 1, min(end, range.upperBound) + 1)
      guard rest <= range.upperBound else { continue }
      guard (rest...range.upperBound).allSatisfy({ tracks[$0].mayFollow(tracks[$0 - 1]) }) else {
        continue
      }
      for index in rest...range.upperBound { isJoined[index] = true }
      end = range.upperBound
    }
    groups = []
    for index in tracks.indices {
      if isJoined[index], let last = groups.last {
        groups[groups.count - 1] = last.lowerBound..<index + 1
      } else {
        groups.append(index..<index + 1)
      }
    }
  }
}

extension Track {
  /// Whether the track is read again as it is if it stands in the file track of the one before it.
  fileprivate func mayFollow(_ previous: Track) -> Bool {
    name == previous.name && port == previous.port && texts.isEmpty
      && (channel > previous.channel || channel == previous.channel && isDrums != previous.isDrums)
      && !(notes.isEmpty && messages.isEmpty)
      && !(previous.notes.isEmpty && previous.messages.isEmpty)
  }
}

extension [SystemExclusivePlaces.Orders] {
  /// Notes the order of a message of a track, which is the last one or follows it.
  fileprivate mutating func add(_ order: UInt32, of track: Int) {
    if let last, last.track == track {
      self[count - 1].lowest = Swift.min(last.lowest, order)
      self[count - 1].highest = Swift.max(last.highest, order)
    } else {
      append(SystemExclusivePlaces.Orders(track: track, lowest: order, highest: order))
    }
  }

  /// The tracks among which some send after others that follow them; nil where none does.
  fileprivate var turns: ClosedRange<Int>? {
    var range: ClosedRange<Int>?
    var highest: (order: UInt32, track: Int)?
    for orders in self {
      if let highest, orders.lowest < highest.order {
        range = (range?.lowerBound ?? highest.track)...orders.track
      }
      if orders.highest >= highest?.order ?? 0 { highest = (orders.highest, orders.track) }
    }
    return range
  }

  /// The orders by the group of each track.
  fileprivate func joined(by groups: [Int]) -> Self {
    var joined: Self = []
    for orders in self {
      joined.add(orders.lowest, of: groups[orders.track])
      joined.add(orders.highest, of: groups[orders.track])
    }
    return joined
  }
}
