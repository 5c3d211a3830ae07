import Foundation
import Generation
import Improvisation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// Whether a model that has learnt something listens: its answers are nearer to their own calls than to others'.
struct ListeningTests {
  /// A call and what was answered, each as pitch classes' shares and notes a quarter note.
  private struct Exchange {
    var call: Passage
    var answer: Passage
  }

  private struct Passage {
    var classes: [Double]
    var density: Double

    init(_ notes: [(quarters: Double, pitch: UInt8)], quarters: Double) {
      classes = [Double](repeating: 0, count: 12)
      for note in notes { classes[Int(note.pitch) % 12] += 1 / Double(max(1, notes.count)) }
      density = Double(notes.count) / quarters
    }

    /// How much of the pitch classes they have in common, 0 to 1.
    func likeness(to other: Passage) -> Double {
      zip(classes, other.classes).reduce(0) { $0 + min($1.0, $1.1) }
    }

    /// How many times as dense one is as the other, as a logarithm.
    func distance(to other: Passage) -> Double { abs(log(density / other.density)) }
  }

  /// Tunes of one metre, of which each is moved to a key of its own.
  private static let tunes = [
    ("auld-lang-syne", 2), ("harvest-home", 0), ("lightly-row", 1), ("the-boys-of-bluehill", 5),
    ("early-one-morning", -3), ("deck-the-halls", -2),
  ]

  /// Plays eight bars of a tune's melody, and hears the answer.
  private func exchange(_ name: String, by semitones: Int, _ model: Model) throws -> Exchange {
    let bars = 8.0
    let score = try TestModels.tune(name)
    var ticks = 480.0
    if case .ticksPerQuarter(let count) = score.division { ticks = Double(count) }
    let melody = score.tracks.skyline().filter { Double($0.onset) < 4 * bars * ticks }
    var settings = JamSettings()
    settings.quartersPerMinute = 120
    var generation = GenerationSettings().suited(to: model, asked: Suggestions())
    generation.seed = 5
    var player = ScriptedPlayer(
      try Jam(model: model, generation: generation, settings: settings))
    var messages: [(seconds: Double, message: LiveMessage)] = []
    for note in melody {
      let pitch = UInt8(Int(note.pitch) + semitones)
      let (onset, end) = (Double(note.onset) / ticks / 2, Double(note.end) / ticks / 2)
      messages.append((onset, .channel(.noteOn(channel: 0, pitch: pitch, velocity: 90))))
      messages.append(
        (end - 0.01, .channel(.noteOff(channel: 0, pitch: pitch, velocity: 64))))
    }
    messages.sort { $0.seconds < $1.seconds }
    player.play(messages)
    player.wait(until: 2 * bars * 2 + 8)
    let played = melody.map {
      (quarters: Double($0.onset) / ticks, pitch: UInt8(Int($0.pitch) + semitones))
    }
    var answered: [(quarters: Double, pitch: UInt8)] = []
    for timed in player.sent {
      guard case .noteOn(let channel, let pitch, let velocity) = timed.message, velocity > 0,
        channel != 0, channel != 9
      else { continue }
      answered.append((2 * timed.seconds, pitch))
    }
    try #require(answered.count > 4)
    return Exchange(
      call: Passage(played, quarters: 4 * bars),
      answer: Passage(answered, quarters: 4 * bars))
  }

  @Test func `answers are in the keys of their calls, and as dense as they`() throws {
    let model = try TestModels.named("folk")
    let exchanges = try Self.tunes.map { try exchange($0.0, by: $0.1, model) }
    var (own, others) = (0.0, 0.0)
    var (ownDistance, otherDistance) = (0.0, 0.0)
    for (index, each) in exchanges.enumerated() {
      let count = Double(exchanges.count)
      own += each.answer.likeness(to: each.call) / count
      ownDistance += each.answer.distance(to: each.call) / count
      for (other, another) in exchanges.enumerated() where other != index {
        others += each.answer.likeness(to: another.call) / count / (count - 1)
        otherDistance += each.answer.distance(to: another.call) / count / (count - 1)
      }
    }
    #expect(own > others + 0.1, "pitch classes in common: \(own), with other calls \(others)")
    #expect(
      ownDistance < otherDistance,
      "density: \(ownDistance) from the call, \(otherDistance) from others")
  }
}
