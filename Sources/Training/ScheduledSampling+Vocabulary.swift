import Music
package import Recurrent
package import Tokenization

extension ScheduledSampling {
  /// Creates settings for music: a passage is a bar, or where the vocabulary tells no bars as much time as one of 4/4
  /// takes at 120 quarter notes a minute.
  ///
  /// What stands for a token tells the same kind of thing. Bar lines, metres, conditions, what is given, and a piece's
  /// start and end stay.
  ///
  /// - Parameters:
  ///   - rate: the share of bars that are drawn; nothing is made where it is 0.
  ///   - vocabulary: the vocabulary.
  package init?(rate: Float, of vocabulary: any Vocabulary) {
    guard rate > 0 else { return nil }
    let tokens = (0..<vocabulary.count).map { Token($0) }
    let events = tokens.map { vocabulary.events(of: $0) }
    let families = Dictionary(grouping: tokens.filter { !vocabulary.framesPiece(with: $0) }) {
      [vocabulary.kind(of: $0)] + events[Int($0)].map(\.family)
    }
    let tellsBars = events.contains { $0.contains(.bar) }
    self.init(
      rate: rate, families: families.values.map { $0.map { Int32($0) } },
      shares: events.map { told in
        told.reduce(0.0) { passed, event in passed + event.bars(tellsBars: tellsBars) }
      })
  }
}

extension Vocabulary {
  /// Whether a token is given, or tells bars, metres, the start or the end: what is written stands within these.
  fileprivate func framesPiece(with token: Token) -> Bool {
    token == start || token == end || areGiven([token]).contains(true)
      || events(of: token).contains { event in
        switch event {
        case .bar, .metre: true
        default: false
        }
      }
  }
}

extension TokenEvent {
  /// What tokens have in common that may stand for each other; a drum kit is no other instrument.
  fileprivate var family: String {
    switch self {
    case .note: "note"
    case .drum: "drum"
    case .release: "release"
    case .program(let program): program < 128 ? "program" : "drum kit"
    case .tempo: "tempo"
    case .metre: "metre"
    case .time: "time"
    case .frame: "frame"
    case .position: "position"
    case .bar: "bar"
    case .duration: "duration"
    case .controller(.pedal): "pedal"
    case .controller(.expression): "expression"
    case .controller(.bend): "bend"
    case .other: "other"
    }
  }

  /// How many bars pass; where the vocabulary tells none, of 4/4 at 120 quarter notes a minute.
  fileprivate func bars(tellsBars: Bool) -> Double {
    switch self {
    case .bar: 1
    case .time(let seconds), .frame(let seconds): tellsBars ? 0 : seconds / 2
    default: 0
    }
  }
}
