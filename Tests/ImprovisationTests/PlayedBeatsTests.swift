import Foundation
import Improvisation
import Music
import StandardMIDIFile
import TestSupport
import Testing

/// A tempo that is followed from the playing, by strikes whose true beats are known.
struct PlayedBeatsTests {
  /// How far the clock is from the player's beats in the end, in beats, and its tempo.
  private struct Outcome {
    var errors: [Double]
    var tempo: Double
  }

  /// Plays strikes at places in beats, at a tempo that changes along, and follows them.
  private func follow(
    _ places: [Double], expecting tempo: Double, jitter: Double = 0.012,
    tempoAt: (Double) -> Double
  ) -> Outcome {
    var generator = SeededGenerator(seed: 5)
    var clock = BeatClock(startingAt: 0, quartersPerMinute: tempo)
    var beats = PlayedBeats(beatQuarters: 1, quartersPerMinute: tempo)
    var (seconds, place) = (0.0, 0.0)
    var errors: [Double] = []
    for next in places {
      // The tempo in the middle between two strikes.
      seconds += (next - place) * 60 / tempoAt((place + next) / 2)
      place = next
      let played = seconds + Double.random(in: -jitter...jitter, using: &generator)
      errors.append(clock.quarters(at: seconds) - place)
      beats.strike(at: played, moving: &clock)
    }
    return Outcome(errors: errors, tempo: clock.quartersPerMinute)
  }

  @Test(arguments: [112.0, 116, 120, 126, 130])
  func `a steady player is met from a tempo that is near, and stays met`(tempo: Double) {
    // Quarter notes and eighths, as tunes have them.
    var places: [Double] = []
    for beat in 0..<64 {
      places.append(Double(beat))
      if beat % 3 != 0 { places.append(Double(beat) + 0.5) }
    }
    let outcome = follow(places, expecting: 120) { _ in tempo }
    #expect(abs(outcome.tempo - tempo) < 0.03 * tempo)
    // A musician's beat is within 40 ms.
    let late = outcome.errors.suffix(48).map { abs($0) * 60 / tempo }
    #expect(late.allSatisfy { $0 < 0.04 }, "\(late.max() ?? 0)")
  }

  @Test func `who gets faster takes the beat along`() {
    let places = (0..<128).map { Double($0) / 2 }
    let outcome = follow(places, expecting: 120) { 120 + 20 * $0 / 64 }
    #expect(abs(outcome.tempo - 140) < 6)
    #expect(outcome.errors.allSatisfy { abs($0) < 0.15 })
  }

  @Test(arguments: [0.08, 0.12, 0.33])
  func `who plays beside the grid, beat after beat, has it come along`(late: Double) {
    var clock = BeatClock(startingAt: 0, quartersPerMinute: 120)
    var beats = PlayedBeats(beatQuarters: 1, quartersPerMinute: 120)
    for beat in 0..<24 { beats.strike(at: late + Double(beat) / 2, moving: &clock) }
    let halves = 2 * clock.quarters(at: late + 12)
    #expect(abs(halves - halves.rounded()) < 0.02, "\(halves)")
    #expect(abs(clock.quartersPerMinute - 120) < 0.5)
  }

  @Test func `notes beside the beat, chords and silence move it little`() {
    // Triplets, each a chord of three that is rolled a little.
    var clock = BeatClock(startingAt: 0, quartersPerMinute: 120)
    var beats = PlayedBeats(beatQuarters: 1, quartersPerMinute: 120)
    for index in 0..<96 {
      for roll in 0..<3 {
        beats.strike(
          at: Double(index) / 6 + Double(roll) * 0.008, moving: &clock)
      }
    }
    #expect(abs(clock.quartersPerMinute - 120) < 3)
    #expect(abs(clock.quarters(at: 16) - 32) < 0.1)
    // After a rest of a minute the tempo is what it was.
    beats.strike(at: 76, moving: &clock)
    #expect(abs(clock.quartersPerMinute - 120) < 3)
  }

  @Test func `no playing drives the tempo beyond what was expected`() {
    for factor in [0.2, 5] {
      let outcome = follow((0..<400).map { Double($0) }, expecting: 120) { _ in 120 * factor }
      #expect(90.0...160 ~= outcome.tempo)
    }
  }
}
