import MuseGen
import Testing

@testable import Studio

struct PlayedMusicTests {
  @Test(arguments: [30.0, 125, 126, 300])
  func `a note is let go of after it is struck and before it is struck again`(
    tempo: Double
  ) throws {
    let grid = try BeatGrid(tempo: tempo, metre: "4/4")
    let notes = [(480, 1), (481, 1), (482, 240)].map { onset, duration in
      Note(onset: onset, duration: duration, pitch: 60)
    }
    let part = PlayedMusic.Part(program: 0, isDrums: false, notes: notes)
    let messages = part.messages(on: 1, in: grid)
    #expect(messages.count == 6)
    #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.seconds < $1.seconds })
    let end = grid.seconds(of: 722)
    #expect(messages.last.map { end - 0.002 < $0.seconds && $0.seconds < end } == true)
  }
}
