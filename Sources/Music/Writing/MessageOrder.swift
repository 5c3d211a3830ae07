import StandardMIDIFile

/// Something to be written or played, and its place among others at the same tick.
struct Placed<Content> {
  var tick: Int
  var place: Place
  var content: Content
}

/// The order of what happens at one tick.
///
/// Notes are released before others are struck, so that a repeated pitch is heard twice; controllers
/// and programs hold for the notes struck with them. A note of no length is struck and released
/// before a longer one of its pitch.
enum Place: UInt8, Comparable {
  case name, release, meta, message, noteWithoutLength, strike

  static func < (left: Place, right: Place) -> Bool { left.rawValue < right.rawValue }
}

extension Track {
  /// Appends the track's channel messages, not in order.
  func appendChannelMessages<Content>(
    to placed: inout [Placed<Content>], as content: (ChannelMessage) -> Content
  ) {
    for message in messages {
      placed.append(
        Placed(
          tick: message.tick, place: .message,
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
    var keys = indices.map { (tick: self[$0].tick, rank: Int(self[$0].place.rawValue), index: $0) }
    keys.sort { ($0.tick, $0.rank, $0.index) < ($1.tick, $1.rank, $1.index) }
    self = keys.map { self[$0.index] }
  }
}
