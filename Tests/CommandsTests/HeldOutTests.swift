import Foundation
import MuseGen
import Testing
import TestSupport

/// What `train --valid` holds out, and what it tells of it.
struct HeldOutTests {
  let command: Command
  let tiny = ["--steps", "2", "--hidden", "8", "--layers", "1", "--embedding", "8"]

  init() throws {
    command = try Command()
    let melodies: [(String, [UInt8])] = [
      ("songs/a.mid", [60, 62, 64, 65]), ("songs/b.mid", [60, 64, 67, 72]),
      ("songs/c.mid", [72, 71, 69, 67]), ("songs/val/d.mid", [60, 59, 57, 60]),
      ("corpora/mine/e.mid", [60, 61, 60, 61]), ("2018/f.mid", [60, 67, 60, 67]),
      // The same music as a.mid, in another key.
      ("2018/g.mid", [65, 67, 69, 70]),
    ]
    for (name, pitches) in melodies {
      let notes = pitches.enumerated().map { index, pitch in
        Note(onset: index * 480, duration: 480, pitch: pitch)
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 480)
      try command.write(score.midiFile().bytes(), to: name)
    }
    let source = #"{"name":"mine","source":"somewhere","files":1}"#
    try command.write(Array(source.utf8), to: "corpora/mine/SOURCE.json")
  }

  private func train(_ arguments: String...) throws -> Command.Outcome {
    try command.run(
      ["train", "songs"] + tiny + arguments,
      environment: ["MUSEGEN_CORPORA": command.folder.appending(path: "corpora").path])
  }

  @Test func `what holds out everything is told, and nothing is written`() throws {
    let outcome = try train("--valid", "songs")
    #expect(outcome.code == 64)
    #expect(
      outcome.errors.hasSuffix("--valid: holds out 4 pieces, which leaves none to train on\n"),
      "\(outcome.errors)")
    #expect(try !command.files.contains("runs"))
  }

  @Test(
    arguments: [
      (["songs/val"], 4, 1), (["./songs/../songs/val/"], 4, 1), (["songs/[bc].mid"], 4, 2),
      (["songs/b.mid"], 4, 1), (["mine"], 5, 1), (["mine", "songs/val"], 5, 2),
      (["2018"], 6, 2), (["0.5"], 4, nil),
    ] as [([String], Int, Int?)])
  func `folders, globs, files and collections are held out`(
    _ names: [String], _ pieces: Int, _ heldOut: Int?
  ) throws {
    let outcome = try command.run(
      ["train", "songs"] + tiny + names.flatMap { ["--valid", $0] },
      environment: ["MUSEGEN_CORPORA": command.folder.appending(path: "corpora").path])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("\(pieces) pieces, "), "\(outcome.output)")
    if let heldOut {
      #expect(outcome.output.contains("; \(heldOut) held out\n"), "\(outcome.output)")
    }
  }

  @Test func `a copy of what is held out is not trained on, and told`() throws {
    let outcome = try train("--valid", "2018")
    #expect(outcome.code == 0)
    #expect(
      outcome.errors
        == "musegen: 1 piece held out under another name too, such as songs/a.mid as 2018/g.mid; "
        + "not trained on\n")
    let resumed = try command.run("train", "--resume", "runs/songs-1", "--steps", "4")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.errors == outcome.errors)
  }

  /// A melody of forty notes, one of them changed or not.
  private func write(_ name: String, seed: UInt64, changed: Bool = false) throws {
    var random = SeededGenerator(seed: seed)
    var notes = (0..<40).map { index in
      Note(onset: index * 240, duration: 240, pitch: .random(in: 50...80, using: &random))
    }
    if changed { notes[17].pitch ^= 1 }
    let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
    try command.write(score.midiFile().bytes(), to: name)
  }

  @Test func `what is nearly held out is not trained on, but where two folders are named`() throws {
    try write("one/a.mid", seed: 1)
    try write("one/b.mid", seed: 2)
    try write("two/a.mid", seed: 1, changed: true)
    try write("two/c.mid", seed: 3)
    let pattern = try command.run(["train", "one", "--valid", "two/*.mid"] + tiny)
    #expect(
      pattern.errors
        == "musegen: 1 piece nearly the same as pieces held out, such as one/a.mid as two/a.mid; "
        + "not trained on\n")
    let folder = try command.run(
      ["train", "one", "--valid", "two", "-o", "m.safetensors", "--run", "r"] + tiny)
    #expect(folder.code == 0)
    #expect(
      folder.errors
        == "musegen: 1 of 2 pieces held out nearly the same as pieces trained on, such as two/a.mid "
        + "as one/a.mid; the loss without them is told too\n")
    #expect(folder.output.contains(" without 1 near-duplicate; "), "\(folder.output)")
    let log = try String(
      contentsOf: command.folder.appending(path: "r/metrics.jsonl"), encoding: .utf8)
    #expect(log.contains("\"natsApart\":"))
    let report = try command.run("eval", "two", "-m", "m.safetensors")
    #expect(
      report.output.contains("without 1 piece nearly the same as pieces trained on\n"),
      "\(report.output)")
    let json = try command.run("eval", "two", "-m", "m.safetensors", "--json")
    #expect(json.output.contains("\"apart\""), "\(json.output)")
    let both = try command.run("eval", "one", "two", "-m", "m.safetensors")
    #expect(
      both.output.contains("\n2 of them were learned from; of the other 2: ")
        && both.output.contains(" of these without 1 piece nearly the same as pieces trained on\n"),
      "\(both.output)")
    let info = try command.run("info", "m.safetensors")
    #expect(info.output.contains(" without near-duplicates"), "\(info.output)")
    // The other folder holds nothing of what was held out.
    #expect(!(try command.run("eval", "songs", "-m", "m.safetensors").output.contains("nearly")))
  }

  @Test(arguments: ["nothing", "songs/*.kar"], [[], ["--classify"]])
  func `what is held out and is not there is missing like any file`(
    _ name: String, _ kind: [String]
  ) throws {
    let outcome = try command.run(["train", "songs", "--valid", name] + tiny + kind)
    #expect(outcome.code == 66)
    #expect(
      outcome.errors
        == "musegen: --valid: \(name): found nothing, expected MIDI files or a folder of them\n")
  }

  @Test(
    arguments: [
      (
        ["0.1", "songs/val"], "--valid takes one share or any number of names, found 0.1, songs/val"
      ),
      (["0.1", "0.2"], "--valid takes one share or any number of names, found 0.1, 0.2"),
      (["1.5"], "--valid is 1.5, expected 0 or more and less than 1"),
    ] as [([String], String)])
  func `what holds nothing out is refused`(_ names: [String], _ message: String) throws {
    let outcome = try command.run(["train", "songs"] + tiny + names.flatMap { ["--valid", $0] })
    #expect(outcome.code == 64)
    #expect(outcome.errors == "musegen: \(message)\n")
  }

  @Test func `a share is a share whatever folders there are`() throws {
    try command.write(Array("no music".utf8), to: "0.1/a.mid")
    for share in [[], ["--valid", "0.1"]] {
      let outcome = try command.run(["train", "songs"] + tiny + share)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(!outcome.errors.contains("0.1"))
    }
  }

  @Test func `an ABC file is left out beside the MIDI file made of it, and told`() throws {
    try command.write(Array("X:1\nK:C\nC|\n".utf8), to: "songs/sources/a.abc")
    let outcome = try command.run("info", "songs")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("4 files"))
    #expect(
      outcome.errors
        == "musegen: songs/sources/a.abc is left out beside songs/a.mid, which was made of it\n")
  }
}
