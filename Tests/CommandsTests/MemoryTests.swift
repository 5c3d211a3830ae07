import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// What commands say of the memory that they need, beside what the system saw them take.
struct MemoryTests {
  let command: Command

  init() throws {
    command = try Command()
    for piece in 0..<3 {
      let notes = (0..<40).map { index in
        Note(
          onset: index * 240, duration: 240, pitch: UInt8(60 + (index * 7 + piece) % 12),
          velocity: 80)
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try command.write(score.midiFile().bytes(), to: "songs/\(piece).mid")
    }
  }

  /// The settings of a run of two steps, and the most memory that it held.
  private func train(_ name: String, _ arguments: [String]) throws -> (
    settings: TrainingSettings, parameters: Int, peak: Int
  ) {
    let outcome = try command.run(
      [
        "train", "songs", "--valid", "0", "--steps", "2", "--batch", "2", "--window", "16",
        "--save-every", "100", "--run", name, "-o", "\(name).safetensors",
      ] + arguments)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let path = command.folder.path + "/" + name
    let checkpoint = try Checkpoint(path: path + "/checkpoint-000000002.safetensors")
    let peak = try RunLogLine.all(in: path).map(\.peakMemory).max() ?? 0
    return (checkpoint.settings, checkpoint.parameters.count, peak)
  }

  @Test func `what training needs is told within a tenth`() throws {
    let base = try train("base", ["--layers", "1", "--hidden", "1", "--embedding", "1"])
    for (number, arguments) in [
      ["--layers", "1", "--hidden", "8", "--embedding", "5000"],
      ["--layers", "1", "--hidden", "8", "--embedding", "5000", "--average", "0.9"],
      ["--layers", "2", "--hidden", "400", "--embedding", "100"],
    ].enumerated() {
      let run = try train("run-\(number)", arguments)
      var network = run.settings.network
      network.vocabularySize = try run.settings.vocabulary.makeVocabulary().count
      #expect(network.layout.count == run.parameters)
      let told = Double(run.settings.memory(of: network, streams: 2))
      let taken = Double(run.peak - base.peak)
      #expect(abs(told / taken - 1) < 0.1, "\(arguments): \(told) told, \(taken) taken")
    }
  }

  @Test func `a network that the address space cannot hold is refused in one line`() throws {
    for kilobytes in [400_000, 600_000] {
      let outcome = try command.run(
        ["train", "songs", "--hidden", "4096", "--layers", "2", "--steps", "2"],
        addressSpaceLimit: kilobytes)
      #expect(outcome.code == 64, "\(outcome.errors)")
      #expect(outcome.errors.contains("GB of memory, found "), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(try !command.files.contains("runs"))
    }
  }
}
