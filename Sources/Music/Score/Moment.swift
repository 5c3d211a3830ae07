/// When a message is sent: at which tick, and in which place among the messages of the tick.
///
/// A system exclusive message is sent before the channel messages of the same moment.
struct Moment: Hashable, Comparable {
  var tick: Int
  var order: UInt32

  static func < (left: Moment, right: Moment) -> Bool {
    (left.tick, left.order) < (right.tick, right.order)
  }
}

extension TrackMessage {
  var moment: Moment { Moment(tick: tick, order: order) }
}

extension SystemExclusiveEvent {
  var moment: Moment { Moment(tick: tick, order: order) }
}

extension Score {
  /// The file tracks in which a score's messages stand, counted from 0.
  struct FileTracks {
    /// That of each track.
    var ofTracks: [Int] = []
    /// That of each system exclusive message.
    var ofSystemExclusives: [Int] = []
  }

  /// Numbers what is sent at each tick on which a system exclusive message is, with the lowest orders
  /// that keep what comes before what.
  ///
  /// - Parameters:
  ///   - tick: where ticks are moved to, which never decreases: what meets keeps its order.
  ///   - fileTracks: where the messages stand, if they are numbered only within their file tracks; of
  ///     those of a tick the ones in the lower track are sent first, as players do.
  /// - Complexity: O(*n* log *n*) in the number of messages up to the last system exclusive one.
  mutating func numberOrder(at tick: (Int) -> Int = { $0 }, fileTracks: FileTracks? = nil) {
    let ticks = Set(systemExclusives.map { tick($0.tick) })
    guard let last = ticks.max() else { return }
    var sent: [SentMessage] = []
    for (index, event) in systemExclusives.enumerated() {
      sent.append(
        SentMessage(
          tick: tick(event.tick), group: fileTracks?.ofSystemExclusives[index] ?? event.tick,
          order: event.order, track: nil, index: index))
    }
    for (track, part) in tracks.enumerated() {
      for (index, message) in part.messages.enumerated() {
        let moved = tick(message.tick)
        if moved > last { break }
        guard ticks.contains(moved) else { continue }
        sent.append(
          SentMessage(
            tick: moved, group: fileTracks?.ofTracks[track] ?? message.tick, order: message.order,
            track: track, index: index))
      }
    }
    sent.sort()
    var now = Moment(tick: .min, order: 0)
    var followsMessage = false
    for message in sent {
      if message.tick != now.tick {
        (now, followsMessage) = (Moment(tick: message.tick, order: 0), false)
      }
      if let track = message.track {
        followsMessage = true
        // Writing what is there would copy the whole list.
        if message.order != now.order {
          tracks[track].messages[message.index].order = now.order
        }
      } else {
        if followsMessage { now.order += 1 }
        followsMessage = false
        systemExclusives[message.index].order = now.order
      }
    }
  }
}

/// A message of a score, and when it is sent.
private struct SentMessage: Comparable {
  var tick: Int
  /// What tells the messages of a tick apart before their order does.
  var group: Int
  var order: UInt32
  /// The track of a channel message.
  var track: Int?
  var index: Int

  static func < (left: SentMessage, right: SentMessage) -> Bool {
    // System exclusive messages come first.
    (left.tick, left.group, left.order, left.track ?? -1)
      < (right.tick, right.group, right.order, right.track ?? -1)
  }
}
