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
  /// A call and what was answered.
  private struct Exchange {
    var call: Passage
    var answer: Passage
  }

  private struct Passage {
    /// How much of the notes each pitch class has.
    var classes: [Double]
    /// How many times something is struck in a quarter note.
    var density: Double
    /// How much more of the notes lie on dotted quarters of the bar than on quarters.
    var compound: Double

    init(_ notes: [(quarters: Double, pitch: UInt8)], quarters: Double) {
      classes = [Double](repeating: 0, count: 12)
      for note in notes { classes[Int(note.pitch) % 12] += 1 / Double(max(1, notes.count)) }
      // What is struck together counts once: a tune may be answered with its chords.
      let onsets = Set(notes.map { ($0.quarters * 12).rounded() })
      density = Double(onsets.count) / quarters
      // Chords tell where beats are; of running eighths as many lie on the quarters as on dotted ones.
      func share(on length: Double) -> Double {
        let count = notes.count {
          ($0.quarters * 12).rounded().truncatingRemainder(dividingBy: 12 * length) == 0
        }
        return Double(count) / Double(max(1, notes.count))
      }
      compound = share(on: 1.5) - share(on: 1)
    }

    /// How much of the pitch classes they have in common, 0 to 1.
    func likeness(to other: Passage) -> Double {
      zip(classes, other.classes).reduce(0) { $0 + min($1.0, $1.1) }
    }

    /// How many times as dense one is as the other, as a logarithm.
    func distance(to other: Passage) -> Double { abs(log(density / other.density)) }
  }

  /// A tune, and by how much it is moved.
  private typealias Tune = (name: String, semitones: Int)

  /// Tunes of one metre, of which each is moved to a key of its own: songs of few notes and reels of many.
  private static let tunes: [Tune] = [
    ("auld-lang-syne", 2), ("harvest-home", 0), ("lightly-row", 1), ("the-boys-of-bluehill", 5),
    ("early-one-morning", -3), ("deck-the-halls", -2),
  ]

  /// Plays eight bars of a tune's melody, and hears the answer.
  private func exchange(
    _ tune: Tune, _ model: Model,
    in metre: PieceAttributes.Metre = PieceAttributes.Metre(numerator: 4, denominator: 4)
  ) throws -> Exchange {
    let bars = 8.0
    let bar = 4 * Double(metre.numerator) / Double(metre.denominator)
    let score = try TestModels.tune(tune.name)
    var ticks = 480.0
    if case .ticksPerQuarter(let count) = score.division { ticks = Double(count) }
    let melody = score.tracks.skyline().filter { Double($0.onset) < bar * bars * ticks }
    var settings = JamSettings()
    settings.quartersPerMinute = 120
    settings.metre = metre
    settings.answerBars = Int(bars)
    var generation = GenerationSettings().suited(to: model, asked: Suggestions())
    generation.seed = 5
    var player = ScriptedPlayer(
      try Jam(model: model, generation: generation, settings: settings))
    var messages: [(seconds: Double, message: LiveMessage)] = []
    for note in melody {
      let pitch = UInt8(Int(note.pitch) + tune.semitones)
      let (onset, end) = (Double(note.onset) / ticks / 2, Double(note.end) / ticks / 2)
      messages.append((onset, .channel(.noteOn(channel: 0, pitch: pitch, velocity: 90))))
      messages.append(
        (max(end - 0.01, onset + 0.005), .channel(.noteOff(channel: 0, pitch: pitch, velocity: 64)))
      )
    }
    messages.sort { $0.seconds < $1.seconds }
    player.play(messages)
    player.wait(until: (2 * bars + 3) * bar / 2)
    let played = melody.map {
      (quarters: Double($0.onset) / ticks, pitch: UInt8(Int($0.pitch) + tune.semitones))
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
      call: Passage(played, quarters: bar * bars), answer: Passage(answered, quarters: bar * bars))
  }

  @Test func `answers are in the keys of their calls, and as dense as they`() throws {
    let model = try TestModels.named("folk")
    let exchanges = try Self.tunes.map { try exchange($0, model) }
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

  @Test func `jigs are answered as jigs, and reels as reels`() throws {
    let model = try TestModels.named("folk")
    let jigs = try ["the-irish-washerwoman", "the-kesh-jig", "the-swallowtail-jig"].map {
      try exchange(($0, 0), model, in: PieceAttributes.Metre(numerator: 6, denominator: 8))
    }
    let reels = try ["the-boys-of-bluehill", "harvest-home", "drowsy-maggie"].map {
      try exchange(($0, 0), model)
    }
    for jig in jigs {
      for reel in reels {
        #expect(jig.call.compound > reel.call.compound)
        #expect(
          jig.answer.compound > reel.answer.compound,
          "\(jigs.map(\.answer.compound)), \(reels.map(\.answer.compound))")
      }
    }
  }
}
