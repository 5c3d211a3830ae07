extension Score {
  /// When each port is reset.
  ///
  /// A reset ends what sounds, puts programs to 0 and lifts pedals, on all channels.
  var resets: Resets { Resets(systemExclusives) }

  /// Ends the notes that a reset, in whichever track, ends.
  ///
  /// A note that is struck on the tick of a reset of another track is struck after it.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes, where there is a reset.
  mutating func endNotesAtResets() {
    let resets = resets
    if resets.isEmpty { return }
    for (port, indices) in Dictionary(grouping: tracks.indices, by: { tracks[$0].port }) {
      endNotes(of: indices, at: resets.moments(ofPort: port).map(\.tick))
    }
  }
}

/// When everything is reset, in order, for each port.
struct Resets {
  private var ofAll: [Moment] = []
  private var ofPort: [UInt8: [Moment]] = [:]

  /// Finds the resets among messages in their order.
  init(_ messages: [SystemExclusiveEvent]) {
    for event in messages where event.reset != nil {
      if let port = event.port {
        ofPort[port, default: []].append(event.moment)
      } else {
        ofAll.append(event.moment)
      }
    }
    ofPort = ofPort.mapValues { ($0 + ofAll).sorted() }
  }

  /// Whether nothing is ever reset.
  var isEmpty: Bool { ofAll.isEmpty && ofPort.isEmpty }

  /// The resets that a port hears.
  func moments(ofPort port: UInt8) -> [Moment] { ofPort[port] ?? ofAll }
}
