import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// Nothing of the user's is replaced unless it is asked for.
struct OverwriteTests {
  let command: Command

  init() throws {
    command = try Command()
    for piece in 0..<4 {
      let notes = (0..<32).map { index in
        Note(
          onset: index * 240, duration: 200, pitch: UInt8(60 + (index * 5 + piece) % 12),
          velocity: 80)
      }
      try command.write(
        Score(tracks: [Track(notes: notes)], endTick: 32 * 240).midiFile().bytes(),
        to: "songs/\(piece).mid")
    }
  }

  private let tiny = ["--hidden", "8", "--embedding", "8", "--layers", "1", "--steps", "2"]

  private func bytes(_ name: String) throws -> [UInt8] {
    try readFile(at: command.folder.path + "/" + name)
  }

  private func run(_ line: String) throws -> Command.Outcome {
    try command.run(line.split(separator: " ").map(String.init))
  }

  @Test func `of several pages none is written where one's name is taken`() throws {
    // In the place of MuseScore, which would have to be installed.
    let script = "#!/bin/sh\nfor page in 1 2; do echo $page > page-$page.png; done\n"
    try command.write(Array(script.utf8), to: "bin/mscore3")
    let folder = command.folder.path + "/bin"
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder + "/mscore3")
    let environment = ["PATH": folder + ":/usr/bin:/bin"]
    let line = ["edit", "songs/0.mid", "-o", "x.png"]
    try command.write(Array("mine".utf8), to: "x-2.png")
    let refused = try command.run(line, environment: environment)
    #expect(refused.code == 73, "\(refused)")
    #expect(refused.errors == "musegen: x-2.png: exists; give --overwrite or another name\n")
    #expect(try command.files.filter { $0.hasPrefix("x") } == ["x-2.png"])
    #expect(try bytes("x-2.png") == Array("mine".utf8))
    let allowed = try command.run(line + ["--overwrite"], environment: environment)
    #expect(allowed.code == 0, "\(allowed)")
    #expect(try bytes("x-1.png") == Array("1\n".utf8))
    #expect(try bytes("x-2.png") == Array("2\n".utf8))
  }

  @Test
  func `every command refuses a name that is taken before it works, and replaces it when asked`()
    throws
  {
    let trained = try command.run(["train", "songs", "-o", "m.safetensors", "--run", "r"] + tiny)
    #expect(trained.code == 0, "\(trained.errors)")
    let tokens = try run("tokens songs/0.mid --json")
    try command.write(Array(tokens.output.utf8), to: "tokens.json")
    let frames = try command.run(
      ["train", "songs", "--tokens", "pianoroll", "-o", "p.safetensors", "--run", "p"] + tiny)
    #expect(frames.code == 0, "\(frames.errors)")
    let lines = [
      "generate -m m.safetensors --length 2s -o x.mid",
      "generate -m m.safetensors --length 2s -n 2 -o x.mid",
      "vary songs/0.mid -m m.safetensors -o x.mid",
      "harmonize songs/0.mid -m p.safetensors --particles 2 -o x.mid",
      "play -m m.safetensors --length 2s --device none -o x.mid",
      "tokens --decode tokens.json -o x.mid",
      "train songs --steps 1 --hidden 8 --embedding 8 --layers 1 -o x.safetensors",
      "convert -m m.safetensors -o x.safetensors", "plot r -o x.svg",
      "gradients --hidden 8 --distance 4 -o x.svg", "info songs/0.mid --roll x.svg",
    ]
    for line in lines {
      let name = String(line.split(separator: " ").last ?? "")
      let taken = line.contains("-n 2") ? "x-2.mid" : name
      try command.write(Array("mine".utf8), to: taken)
      let refused = try run(line)
      #expect(refused.code == 73, "\(line): \(refused)")
      #expect(
        refused.errors == "musegen: \(taken): exists; give --overwrite or another name\n",
        "\(line)")
      #expect(refused.output == "", "\(line)")
      #expect(try bytes(taken) == Array("mine".utf8), "\(line)")
      let allowed = try run(line + " --overwrite")
      // There is no sound device, but the piece is kept.
      #expect(allowed.code == (line.hasPrefix("play") ? 69 : 0), "\(line): \(allowed.errors)")
      #expect(try bytes(taken) != Array("mine".utf8), "\(line)")
      // Nor is a protected file replaced then.
      try command.write(Array("mine".utf8), to: taken)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o444], ofItemAtPath: command.folder.path + "/" + taken)
      let protected = try run(line + " --overwrite")
      #expect(protected.code == 73, "\(line)")
      #expect(
        protected.errors == "musegen: \(taken): cannot write: it is protected from writing\n",
        "\(line)")
      #expect(try bytes(taken) == Array("mine".utf8), "\(line)")
      for file in try command.files where file.hasPrefix("x") {
        try FileManager.default.removeItem(at: command.folder.appending(path: file))
      }
    }
  }

  @Test func `where no name is given the next that is free is taken and told`() throws {
    let first = try command.run(["train", "songs"] + tiny)
    #expect(first.code == 0, "\(first.errors)")
    let model = try bytes("model.safetensors")
    let pieces = try (1...3).map { seed in
      let written = try run("generate --length 2s --seed \(seed)")
      #expect(written.code == 0, "\(written.errors)")
      let name = seed == 1 ? "piece.mid" : "piece-\(seed).mid"
      #expect(written.output.hasPrefix("\(name): "))
      return try bytes(name)
    }
    #expect(Set(pieces).count == 3)
    let many = try run("generate --length 2s -n 2")
    // Whichever ends first is told first.
    #expect(
      Set(many.output.split(separator: "\n").map { $0.prefix { $0 != ":" } }) == [
        "piece-4.mid", "piece-5.mid",
      ])
    let replaced = try run("generate --length 2s --seed 2 --overwrite")
    #expect(replaced.output.hasPrefix("piece.mid: "))
    #expect(try bytes("piece.mid") == pieces[1])

    // The newest model has the name that generate looks for.
    let second = try command.run(["train", "songs", "--seed", "9"] + tiny)
    #expect(second.code == 0, "\(second.errors)")
    #expect(
      second.output.contains(
        "the model that was model.safetensors is kept as model-1.safetensors\n"))
    #expect(try bytes("model-1.safetensors") == model)
    let newest = try bytes("model.safetensors")
    #expect(newest != model)

    // A run that goes on replaces its own model, and keeps another's.
    let resumed = try run("train --resume runs/songs-2 --steps 4")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(!resumed.output.contains("kept as"))
    #expect(try bytes("model.safetensors") != newest)
    let own = try bytes("model.safetensors")
    let other = try run("train --resume runs/songs-1 --steps 4")
    #expect(other.output.contains("is kept as \(command.folder.path)/model-2.safetensors\n"))
    #expect(try bytes("model-2.safetensors") == own)
  }

  @Test(arguments: ["piece.mid", "./piece.mid", "a/../piece.mid"])
  func `a name that is given twice is refused however it is spelt`(name: String) throws {
    let outcome = try command.run(
      "generate", "-m", "folk", "--length", "1s", "-o", "piece.mid", "-o", name)
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("--output \(name) is given twice"), "\(outcome.errors)")
    #expect(try !command.files.contains("piece.mid"))
  }

  @Test(arguments: [
    ("-o page.svg --roll page.svg", "page.svg"), ("--roll page.svg -o ./page.svg", "page.svg"),
    ("-n 2 -o page.svg --roll page-2.svg --overwrite", "page-2.svg"),
  ])
  func `a picture that would replace a piece is refused before any work`(
    options: String, name: String
  ) throws {
    let before = try command.files
    let outcome = try run("generate -m folk --length 1s \(options)")
    #expect(outcome.code == 64)
    #expect(
      outcome.errors == "musegen: --roll \(name) is given twice, behind --output too\n",
      "\(outcome.errors)")
    #expect(try command.files == before)
  }

  @Test(arguments: ["run", "tensorboard"])
  func `a folder with the name of the model's file is refused before any work`(
    flag: String
  ) throws {
    let before = try command.files
    for (line, name) in [
      ("-o ./a.safetensors --\(flag) a.safetensors", "a.safetensors"),
      ("--\(flag) model.safetensors", "model.safetensors"),
    ] {
      let outcome = try command.run(
        ["train", "songs"] + line.split(separator: " ").map(String.init) + tiny)
      #expect(outcome.code == 64, "\(outcome)")
      #expect(outcome.errors.contains("--\(flag) \(name) is the file of the model"))
    }
    #expect(try command.files == before)
  }

  @Test(arguments: [
    "play -m folk -o a.mid -o b.mid", "convert -m folk --output a.json --output=b.json",
    "tokens --decode t.json -o a.mid -o b.mid", "info a.mid --roll a.svg --roll b.svg",
    "train songs -o a.safetensors -o b.safetensors", "plot runs/a -o a.svg -o b.svg",
    "jam -o a.mid -o b.mid", "gates a.mid -o a.svg -o b.svg", "gradients -o a.svg -o b.svg",
    "generate -m folk --roll a.svg --roll b.svg",
  ])
  func `a second file is refused where a command writes one`(line: String) throws {
    let before = try command.files
    let outcome = try run(line)
    let flag = line.contains("--roll") ? "roll" : "output"
    #expect(outcome.errors == "musegen: --\(flag) is given twice, expected one file\n")
    #expect(outcome.code == 64)
    #expect(try command.files == before)
  }

  @Test func `an ending that a command does not write is refused at the start`() throws {
    let lines = [
      "play --device none -o x.txt", "plot runs/none -o x.png", "gradients -o x.jpg",
      "tokens --decode none.json -o x.wav", "info songs/0.mid --roll x.png",
      "convert -m none -o x.bin", "train songs -o x.mid", "vary none.mid -o x",
      "harmonize none.mid -o x.txt", "generate -o x", "jam -o x.wav",
      "jam --recover none.jam -o x.flac",
    ]
    for line in lines {
      let outcome = try run(line)
      #expect(outcome.code == 64, "\(line): \(outcome)")
      #expect(
        outcome.errors.contains(": unknown kind of file, expected ."), "\(line): \(outcome.errors)")
    }
  }

  @Test(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  func `an output's ending says what play keeps`() throws {
    let trained = try command.run(["train", "songs"] + tiny)
    #expect(trained.code == 0, "\(trained.errors)")
    // The first bytes by RFC 2361, RFC 9639, RFC 3533 and the Standard MIDI File specification.
    for (ending, start) in [("wav", "RIFF"), ("flac", "fLaC"), ("ogg", "OggS"), ("mid", "MThd")] {
      let outcome = try run("play --length 2s --device none -o x.\(ending)")
      // There is no such sound device, but the piece is kept.
      #expect(outcome.code == 69, "\(outcome)")
      #expect(try bytes("x.\(ending)").prefix(4) == Array(start.utf8)[...])
    }
  }

  @Test(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  func `a render that is killed leaves nothing`() throws {
    let notes = (0..<20_000).map { Note(onset: $0 * 240, duration: 4_000, pitch: 60, velocity: 80) }
    try command.write(
      Score(tracks: [Track(notes: notes)], endTick: 20_000 * 240).midiFile().bytes(),
      to: "long.mid")
    let before = try command.files
    let killed = try command.run(
      ["render", "long.mid", "-o", "long.wav"], interruptedAfter: 1, by: SIGKILL)
    #expect(killed.code == -1)
    #expect(try command.files == before)
  }

  @Test func `a piece that cannot be written names its seed`() throws {
    let trained = try command.run(["train", "songs"] + tiny)
    #expect(trained.code == 0, "\(trained.errors)")
    let notes = (0..<600).map { Note(onset: $0 * 240, duration: 200, pitch: 60, velocity: 80) }
    try command.write(
      Score(tracks: [Track(notes: notes)], endTick: 600 * 240).midiFile().bytes(), to: "long.mid")
    // The limit is smaller than the piece's file.
    for line in [
      "generate --length 600s --seed 7 -o x.mid", "vary long.mid --strength 0.01 --seed 7 -o x.mid",
    ] {
      let outcome = try command.run(
        line.split(separator: " ").map(String.init), fileSizeLimit: 1)
      #expect(outcome.code == 74, "\(line): \(outcome)")
      #expect(
        outcome.errors
          == "musegen: x.mid: cannot write: file too large; the piece was of --seed 7\n", "\(line)")
      #expect(try !command.files.contains("x.mid"))
    }
  }
}
