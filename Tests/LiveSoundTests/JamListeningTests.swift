import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// Whether `musegen jam` listens, by the clock: the same tune is played in two keys that have two pitch classes in common.
  struct JamListeningTests {
    // Numbers of ALSA's <alsa/seq_event.h>.
    private static let (noteOn, noteOff) = (6, 7)
    private static let (bars, quarter) = (4, 0.25)

    /// The melody of the tune's first bars.
    private func melody() throws -> (notes: [Note], ticks: Double) {
      let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let data = try Data(contentsOf: root.appending(path: "midi/harvest-home.mid"))
      let score = Score(try MIDIFile(bytes: Array(data)))
      var ticks = 480.0
      if case .ticksPerQuarter(let count) = score.division { ticks = Double(count) }
      let end = Double(4 * Self.bars) * ticks
      return (score.tracks.skyline().filter { Double($0.onset) < end }, ticks)
    }

    /// How much of the strikes each pitch class has.
    private func classes(_ pitches: [Int]) -> [Double] {
      var classes = [Double](repeating: 0, count: 12)
      for pitch in pitches { classes[pitch % 12] += 1 / Double(max(1, pitches.count)) }
      return classes
    }

    /// Plays the melody some semitones higher, and returns the pitch classes of both sides.
    private func exchange(movedBy semitones: Int) throws -> (call: [Double], answer: [Double]) {
      let (command, sequencer) = (try Command(), try StandInSequencer())
      let (notes, ticks) = try melody()
      var events: [StandInSequencer.Event] = []
      for note in notes {
        let pitch = Int(note.pitch) + semitones
        let onset = 0.5 + Double(note.onset) / ticks * Self.quarter
        let end = max(onset + 0.01, 0.495 + Double(note.end) / ticks * Self.quarter)
        for (seconds, type, value) in [(onset, Self.noteOn, 90), (end, Self.noteOff, 64)] {
          events.append(
            StandInSequencer.Event(
              microseconds: Int(seconds * 1e6), type: type, channel: 0, number: pitch,
              value: value))
        }
      }
      try sequencer.play(events.sorted { $0.microseconds < $1.microseconds })
      let outcome = try command.run(
        [
          "jam", "-m", "folk", "--in", "128:0", "--out", "128:0", "--tempo", "240",
          "--answer-bars", "\(Self.bars)", "--seed", "5",
        ], environment: sequencer.environment, interruptedAfter: 14)
      #expect(outcome.code == 130, "\(outcome.errors)")
      let strikes = try sequencer.events().filter { $0.type == Self.noteOn && $0.value > 0 }
      let passed = strikes.filter { $0.channel == 0 }.map(\.number)
      #expect(passed == notes.map { Int($0.pitch) + semitones })
      let answer = strikes.filter { $0.channel != 0 && $0.channel != 9 }.map(\.number)
      try #require(answer.count > 4)
      return (classes(passed), classes(answer))
    }

    @Test func `a tune is answered in its own key`() throws {
      let exchanges = try [0, 6].map { try exchange(movedBy: $0) }
      func common(_ answer: Int, _ call: Int) -> Double {
        zip(exchanges[answer].answer, exchanges[call].call).reduce(0) { $0 + min($1.0, $1.1) }
      }
      let (own, other) = (common(0, 0) + common(1, 1), common(0, 1) + common(1, 0))
      #expect(own > other + 0.2, "\(own), with the other call \(other)")
    }
  }
}
