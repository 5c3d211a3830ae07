import Music
import StandardMIDIFile
import Tokenization

/// Tells a model's own messages among those of a piece in which somebody else plays, too.
struct OwnVoice {
  /// What was sent before this moment, in seconds of the piece, was sent already or is the other's.
  var beginning = 0.0
  /// The program of each channel that has played.
  private(set) var programs: [UInt8: UInt8] = [:]
  /// What the other struck and no message has told of yet.
  private var strikes: [Strike] = []
  /// What the other's notes sound on.
  private var others: Set<Key> = []

  private struct Strike: Hashable {
    var pitch: UInt8
    var seconds: Double
  }

  private struct Key: Hashable {
    var channel: UInt8
    var pitch: UInt8
  }

  /// Takes note of what the other's token struck.
  mutating func hear(_ events: [TokenEvent], at seconds: Double) {
    for event in events {
      switch event {
      case .note(let pitch), .drum(let pitch):
        strikes.append(Strike(pitch: pitch, seconds: seconds))
      default: continue
      }
    }
  }

  /// The messages that are the model's, of those that have been settled.
  ///
  /// - Parameters:
  ///   - messages: what has been settled, in playing order.
  ///   - settled: how far the piece is settled.
  /// - Returns: the model's notes, what its pedals and wheels do, and which programs play.
  mutating func passed(_ messages: [TimedMessage], settled: Double) -> [TimedMessage] {
    let passed = messages.filter { passes($0) }
    strikes.removeAll { $0.seconds < settled }
    return passed
  }

  private mutating func passes(_ timed: TimedMessage) -> Bool {
    switch timed.message {
    case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
      guard timed.seconds >= beginning else { return false }
      let key = Key(channel: channel, pitch: pitch)
      if strikes.contains(Strike(pitch: pitch, seconds: timed.seconds)) {
        others.insert(key)
        return false
      }
      others.remove(key)
      return true
    case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
      let isOthers = others.remove(Key(channel: channel, pitch: pitch)) != nil
      return !isOthers && timed.seconds >= beginning
    case .programChange(let channel, let program):
      programs[channel] = program
      return true
    case .controlChange, .pitchBend: return timed.seconds >= beginning
    default: return true
    }
  }
}
