import Foundation
import Generation
import Improvisation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Tokenization

/// A jam with somebody who plays from a script, in as little time as it takes.
struct ScriptedPlayer {
  let jam: Jam
  /// What was sent, by the jam's clock.
  private(set) var sent: [TimedMessage] = []
  private(set) var timing: [TimedTimingMessage] = []
  private(set) var recording: [RecordedMessage] = []
  /// The moment that the jam was told of last.
  private var now = -Self.step

  /// How often time is told to pass, in seconds.
  private static let step = 0.005

  init(_ jam: Jam) { self.jam = jam }

  /// Lets time pass up to a moment.
  mutating func wait(until seconds: Double) {
    while now < seconds {
      now = min(seconds, now + Self.step)
      let output = jam.advance(to: now)
      sent += output.messages
      timing += output.timing
      recording += jam.takeRecording()
    }
  }

  /// Plays messages at their moments.
  mutating func play(_ messages: [(seconds: Double, message: LiveMessage)]) {
    for each in messages {
      wait(until: each.seconds)
      jam.receive(each.message, at: each.seconds)
    }
  }

  /// Plays notes one after another, each so long, as fast as they are long.
  mutating func play(_ pitches: [UInt8], from seconds: Double, every length: Double) {
    var messages: [(seconds: Double, message: LiveMessage)] = []
    for (index, pitch) in pitches.enumerated() {
      let start = seconds + Double(index) * length
      messages.append(
        (start, .channel(.noteOn(channel: 0, pitch: pitch, velocity: 90))))
      messages.append(
        (start + 0.9 * length, .channel(.noteOff(channel: 0, pitch: pitch, velocity: 64))))
    }
    play(messages)
  }

  /// Ends the jam.
  mutating func end() {
    let output = jam.end()
    sent += output.messages
    timing += output.timing
    recording += jam.takeRecording()
  }

  /// The strikes of a channel that were sent.
  func strikes(on channel: UInt8) -> [(seconds: Double, pitch: UInt8)] {
    sent.compactMap { timed in
      guard case .noteOn(channel, let pitch, let velocity) = timed.message, velocity > 0 else {
        return nil
      }
      return (timed.seconds, pitch)
    }
  }

  /// What still sounds after all that was sent.
  var sounding: Set<[UInt8]> {
    var sounding: Set<[UInt8]> = []
    for timed in sent {
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        sounding.insert([channel, pitch])
      case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
        sounding.remove([channel, pitch])
      default: continue
      }
    }
    return sounding
  }
}

/// Models for tests.
enum TestModels {
  /// One that has learnt nothing, and strikes whatever it may.
  static func untrained(_ vocabulary: any Vocabulary) throws -> Model {
    Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// One that ships.
  static func named(_ name: String) throws -> Model {
    try Model(path: root.appending(path: "Sources/ModelCollection/Models/\(name).safetensors").path)
  }

  /// A tune of the collection that ships.
  static func tune(_ name: String) throws -> Score {
    let data = try Data(contentsOf: root.appending(path: "midi/\(name).mid"))
    return Score(try MIDIFile(bytes: Array(data)))
  }
}
