import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// The commands one after the other, as a user gives them.
struct PipelineTests {
  let command: Command
  let tiny = [
    "--layers", "1", "--hidden", "24", "--embedding", "12", "--batch", "4", "--window", "24",
  ]

  init() throws {
    command = try Command()
    var random = SeededGenerator(seed: 8)
    for piece in 0..<6 {
      let notes = (0..<60).map { index in
        Note(
          onset: index * 240, duration: 240,
          pitch: [60, 62, 64, 65, 67, 69][
            Int.random(in: 0..<6, using: &random)], velocity: 80)
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try command.write(score.midiFile().bytes(), to: "songs/\(piece).mid")
    }
    try command.write(Array("not a song".utf8), to: "songs/bad.mid")
  }

  @Test func `a folder with one bad file trains, writes and renders`() throws {
    let trained = try command.run(["train", "songs", "--steps", "30", "--valid", "0.3"] + tiny)
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(trained.errors.hasPrefix("musegen: songs/bad.mid: "))
    #expect(trained.errors.split(separator: "\n").count == 1)
    #expect(!trained.output.contains("\u{1B}"))
    #expect(trained.output.contains("6 pieces"))
    #expect(trained.output.contains("1 file skipped"))

    let written = try command.run(
      "generate", "--length", "5s", "--seed", "3", "-n", "2", "-o", "new.mid", "-o", "new.wav")
    #expect(written.code == 0, "\(written.errors)")
    #expect(
      try command.files.filter { $0.hasPrefix("new") }
        == ["new-1.mid", "new-1.wav", "new-2.mid", "new-2.wav"])
    for name in ["new-1.mid", "new-2.mid"] {
      let file = try MIDIFile(bytes: readFile(at: command.folder.path + "/" + name))
      #expect(file.warnings.isEmpty)
      let score = Score(file)
      #expect(PieceStatistics(score).noteCount > 0)
      #expect((5...6.1).contains(PieceStatistics(score).seconds))
    }

    // The second piece is the one that its seed gives alone.
    let second = try command.run("generate", "--length", "5s", "--seed", "4", "-o", "second.mid")
    #expect(second.code == 0)
    #expect(
      try readFile(at: command.folder.path + "/second.mid")
        == readFile(at: command.folder.path + "/new-2.mid"))

    let continued = try command.run(
      "generate", "--primer", "songs/1.mid", "--length", "4s", "--seed", "1", "-o", "more.mid")
    #expect(continued.code == 0, "\(continued.errors)")
    let more = Score(try MIDIFile(bytes: readFile(at: command.folder.path + "/more.mid")))
    let primer = Score(try MIDIFile(bytes: readFile(at: command.folder.path + "/songs/1.mid")))
    #expect(
      more.tracks[0].notes.prefix(40).map(\.pitch) == primer.tracks[0].notes.prefix(40).map(\.pitch)
    )
    #expect(PieceStatistics(more).seconds > PieceStatistics(primer).seconds + 3)
  }

  @Test func `an interrupted run goes on to the same bytes`() throws {
    // What the model file says of itself is remembered too.
    let tiny = tiny + ["--store", "bf16", "--title", "songs", "--licence", "CC0"]
    let whole = try command.run(
      ["train", "songs", "--steps", "400", "-o", "whole.safetensors", "--run", "whole"] + tiny)
    #expect(whole.code == 0, "\(whole.errors)")
    func interrupted(after seconds: Double) throws -> Command.Outcome {
      try command.run(
        ["train", "songs", "--steps", "400", "-o", "part.safetensors", "--run", "part"] + tiny,
        interruptedAfter: seconds)
    }
    var stopped = try interrupted(after: 0.4)
    // On a machine that does much else it has not begun by then.
    let run = command.folder.path + "/part"
    for seconds in [0.8, 1.6, 3.2, 6.4] where stopped.code == 130 && fileKind(at: run) == nil {
      stopped = try interrupted(after: seconds)
    }
    // A machine so fast that it was done by then has nothing to resume.
    if stopped.code == 130 {
      #expect(stopped.output.contains("go on with: musegen train --resume "))
      let resumed = try command.run("train", "--resume", "part")
      #expect(resumed.code == 0, "\(resumed.errors)")
    } else {
      #expect(stopped.code == 0, "\(stopped.errors)")
    }
    #expect(
      try readFile(at: command.folder.path + "/part.safetensors")
        == readFile(at: command.folder.path + "/whole.safetensors"))
    #expect(try Model(path: command.folder.path + "/part.safetensors").provenance.title == "songs")
  }

  @Test func `a run that is killed at any moment can be resumed to the same bytes`() throws {
    let whole = try command.run(
      ["train", "songs", "--steps", "150", "-o", "whole.safetensors", "--run", "whole"] + tiny)
    #expect(whole.code == 0, "\(whole.errors)")
    for attempt in 1...5 {
      let name = "run-\(attempt)"
      let killed = try command.run(
        ["train", "songs", "--steps", "150", "-o", "\(name).safetensors", "--run", name] + tiny,
        interruptedAfter: 0.08 * Double(attempt), by: SIGKILL)
      if killed.code != 0, !(try command.files.contains(name)) { continue }
      let hasCheckpoint = try listFolder(at: command.folder.path + "/" + name)
        .contains { $0.hasPrefix("checkpoint-") }
      guard hasCheckpoint else { continue }
      let resumed = try command.run("train", "--resume", name)
      #expect(resumed.code == 0, "attempt \(attempt): \(resumed.errors)")
      #expect(
        try readFile(at: "\(command.folder.path)/\(name).safetensors")
          == readFile(at: command.folder.path + "/whole.safetensors"), "attempt \(attempt)")
    }
  }
}
