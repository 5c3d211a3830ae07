import Foundation
import MuseGen
import TestSupport
import Testing

/// `generate --form` with models that were trained in the test.
struct FormCommandTests {
  let command: Command

  init() throws {
    command = try Command()
    for piece in 0..<4 {
      let notes = (0..<32).map { index in
        Note(onset: index * 240, duration: 240, pitch: UInt8(60 + (index * (piece + 2)) % 12))
      }
      let score = Score(
        tracks: [Track(notes: notes)],
        tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 500_000)],
        timeSignatures: [TimeSignature(tick: 0, numerator: 4, denominator: 4)],
        endTick: 32 * 240)
      try command.write(score.midiFile().bytes(), to: "songs/\(piece).mid")
    }
  }

  private func train(_ arguments: String...) throws {
    let trained = try command.run(
      [
        "train", "songs", "--steps", "4", "--hidden", "8", "--embedding", "8", "--layers", "1",
        "--batch", "2",
      ] + arguments)
    #expect(trained.code == 0, "\(trained.errors)")
  }

  private func bytes(of file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: command.folder.appending(path: file)))
  }

  @Test func `pieces are of the asked form, numbered, and the same for the same seed`() throws {
    try train("--tokens", "remi", "--recall", "3,8", "--conditions", "key,metre")
    for name in ["a", "b"] {
      let written = try command.run(
        "generate", "--form", "ABA", "--section-bars", "2", "--key", "G-major", "-n", "2", "--seed",
        "3", "--length", "6bars", "-o", "\(name).mid")
      #expect(written.code == 0, "\(written.errors)")
    }
    for number in 1...2 {
      let bytes = try bytes(of: "a-\(number).mid")
      #expect(try bytes == self.bytes(of: "b-\(number).mid"))
      let score = Score(try MIDIFile(bytes: bytes))
      let metre = try #require(score.metreMap)
      #expect(score.endTick == metre.tick(ofBar: 6))
      let onsets = (0..<3).map { section in
        let ticks = metre.tick(ofBar: 2 * section)..<metre.tick(ofBar: 2 * section + 2)
        return score.tracks.flatMap(\.notes).filter { ticks.contains($0.onset) }.map {
          [$0.onset - ticks.lowerBound, $0.duration, Int($0.pitch)]
        }
      }
      #expect(onsets[2] == onsets[0] && onsets[1] != onsets[0])
    }
  }

  @Test func `models that cannot keep to a form are told in one line`() throws {
    for (tokens, recall, line) in [
      (
        "remi", "none",
        "--form needs a model that recalls what it wrote; train one with --recall 3,8"
      ),
      (
        "performance", "3,8",
        "a form needs a model whose vocabulary tells bars or frames, as remi and pianoroll do"
      ),
    ] {
      try train("--tokens", tokens, "--recall", recall, "--overwrite")
      let outcome = try command.run("generate", "--form", "AABA", "-o", "a.mid")
      #expect(outcome.code == 64)
      #expect(outcome.errors == "musegen: \(line)\n")
      #expect(try !command.files.contains("a.mid"))
    }
  }
}
