import Music
import StandardMIDIFile
import TestSupport

/// A score of any shape: parts that share channels and pitches, drums, pedals, tempo and metre changes.
func randomScore(using generator: inout SeededGenerator) -> Score {
  let ticksPerQuarter = [96, 120, 384, 480, 1_024].randomElement(using: &generator) ?? 480
  var score = Score(division: .ticksPerQuarter(ticksPerQuarter))
  let length = Int.random(in: 1...12, using: &generator) * ticksPerQuarter
  for _ in 0..<Int.random(in: 0...4, using: &generator) {
    var track = Track(channel: UInt8.random(in: 0...15, using: &generator))
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      track.messages.append(
        TrackMessage(
          tick: Int.random(in: 0...length, using: &generator),
          kind: .program(UInt8.random(in: 0...127, using: &generator))))
    }
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      track.messages.append(
        TrackMessage(
          tick: Int.random(in: 0...length, using: &generator),
          kind: .control(controller: 64, value: Bool.random(using: &generator) ? 127 : 0)))
    }
    for _ in 0..<Int.random(in: 0...8, using: &generator) {
      let isBend = Bool.random(using: &generator)
      track.messages.append(
        TrackMessage(
          tick: Int.random(in: 0...length, using: &generator),
          kind: isBend
            ? .pitchBend(UInt16.random(in: 0...16_383, using: &generator))
            : .control(controller: 11, value: UInt8.random(in: 0...127, using: &generator))))
    }
    if Int.random(in: 0..<6, using: &generator) == 0 {
      track.messages.append(
        TrackMessage(
          tick: Int.random(in: 0...length, using: &generator),
          kind: .control(controller: 121, value: 0)))
    }
    track.messages.sort { $0.tick < $1.tick }
    let pitches = UInt8.random(in: 0...115, using: &generator)
    for _ in 0..<Int.random(in: 0...30, using: &generator) {
      track.notes.append(
        Note(
          onset: Int.random(in: 0...length, using: &generator),
          duration: Int.random(in: 0...2 * ticksPerQuarter, using: &generator),
          pitch: pitches + UInt8.random(in: 0...12, using: &generator),
          velocity: UInt8.random(in: 1...127, using: &generator)))
    }
    track.notes.sort { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
    score.endTick = max(score.endTick, track.notes.map(\.end).max() ?? 0)
    score.tracks.append(track)
  }
  for tick in (0..<Int.random(in: 0...3, using: &generator)).map({ $0 * length / 3 }) {
    score.tempos.append(
      TempoChange(
        tick: tick, microsecondsPerQuarter: Int.random(in: 200_000...1_500_000, using: &generator)))
  }
  var tick = 0
  for _ in 0..<Int.random(in: 0...2, using: &generator) {
    let signature = TimeSignature(
      tick: tick, numerator: Int.random(in: 2...7, using: &generator),
      denominator: [2, 4, 8].randomElement(using: &generator) ?? 4)
    score.timeSignatures.append(signature)
    tick += 2 * signature.numerator * 4 * ticksPerQuarter / signature.denominator
  }
  score.endTick += Int.random(in: 0...ticksPerQuarter, using: &generator)
  return score
}
