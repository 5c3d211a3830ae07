import TestSupport
import Testing

@testable import Tokenization

struct FrameRollTests {
  private func note(_ onset: Int, _ end: Int, pitch: UInt8 = 60) -> PlayedNote {
    PlayedNote(onset: onset, end: end, pitch: pitch, velocity: 80, program: 0)
  }

  @Test func `a roll has each note's strike and its frames after it`() {
    withEvery(seed: 0..<200) { generator in
      let notes = (0..<20).map { _ in
        let onset = Int.random(in: 0..<40, using: &generator)
        return note(
          onset, onset + Int.random(in: 1...20, using: &generator),
          pitch: .random(in: 60...62, using: &generator))
      }
      let roll = FrameRoll(notes, count: 60)
      for frame in 0..<60 {
        for pitch in UInt8(60)...62 {
          let ofPitch = notes.filter { $0.pitch == pitch }
          let bit: UInt128 = 1 << UInt128(pitch)
          #expect((roll.struck[frame] & bit != 0) == ofPitch.contains { $0.onset == frame })
          #expect(
            (roll.held[frame] & bit != 0)
              == ofPitch.contains { $0.onset < frame && frame < $0.end })
        }
      }
    }
  }

  @Test func `notes of one pitch that are never released are entered once`() {
    let count = 10_000
    let roll = FrameRoll((0..<1000).map { note($0, count) }, count: count)
    #expect(roll.entries < count)
  }
}
