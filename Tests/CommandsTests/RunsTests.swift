import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// Runs as a user meets them: killed, out of disk, listed, drawn and heard.
struct RunsTests {
  let command: Command
  let tiny = [
    "--layers", "1", "--hidden", "16", "--embedding", "8", "--batch", "4", "--window", "16",
  ]

  init() throws {
    command = try Command()
    var random = SeededGenerator(seed: 5)
    for piece in 0..<5 {
      let notes = (0..<40).map { index in
        Note(
          onset: index * 240, duration: 240,
          pitch: [60, 62, 64, 65, 67, 69][Int.random(in: 0..<6, using: &random)], velocity: 80)
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
      try command.write(score.midiFile().bytes(), to: "songs/\(piece).mid")
    }
  }

  private func path(_ name: String) -> String { command.folder.path + "/" + name }

  private func train(_ name: String, _ arguments: String...) -> [String] {
    ["train", "songs", "--valid", "0.2", "--run", name, "-o", "\(name).safetensors"] + tiny
      + arguments
  }

  @Test func `a run killed fifty times ends with the bytes of one that was left alone`() throws {
    let steps = ["--steps", "1200", "--save-every", "4"]
    let whole = try command.run(train("whole") + steps)
    #expect(whole.code == 0, "\(whole.errors)")
    var random = SeededGenerator(seed: 50)
    var kills = 0
    for attempt in 0..<50 {
      // A machine so fast that it was done before fifty kills begins another run.
      let name = "killed-\(attempt)"
      var arguments = train(name) + steps
      var isDone = false
      while !isDone {
        let outcome = try command.run(
          arguments,
          interruptedAfter: kills < 50 ? Double.random(in: 0.02..<0.25, using: &random) : nil,
          by: SIGKILL)
        isDone = outcome.code == 0
        if !isDone {
          kills += 1
          #expect(outcome.errors == "")
        }
        let names = (try? listFolder(at: path(name))) ?? []
        if names.contains(where: { $0.hasPrefix("checkpoint-") }) {
          arguments = ["train", "--resume", name]
        }
        guard kills <= 50 else { break }
      }
      let isSame =
        try readFile(at: path("\(name).safetensors")) == readFile(at: path("whole.safetensors"))
      #expect(isSame, "\(name) after \(kills) kills")
      // Nor is a step logged twice or lost, nor half a file left behind.
      let logged = try RunLogLine.all(in: path(name)).compactMap { line -> Int? in
        if case .step(let step) = line.event { step.step } else { nil }
      }
      #expect(logged == Array(1...1200))
      #expect(try !listFolder(at: path(name)).contains { $0.hasPrefix(".") })
      if kills >= 50 { break }
    }
    #expect(kills == 50)
  }

  @Test func `a pipe in place of a run's log is refused, not waited for`() throws {
    #expect(try command.run(train("run") + ["--steps", "4"]).code == 0)
    let piped = try command.shell("rm run/metrics.jsonl && mkfifo run/metrics.jsonl")
    #expect(piped.code == 0)
    let outcome = try command.run("train", "--resume", "run", "--steps", "8", "-o", "x.safetensors")
    #expect(outcome.code != 0 && outcome.errors.contains("metrics.jsonl"), "\(outcome.errors)")
  }

  @Test func `a run's record that cannot be read is told by its name`() throws {
    #expect(try command.run(train("run") + ["--steps", "4"]).code == 0)
    let folder = try command.shell("rm run/run.json && mkdir run/run.json")
    #expect(folder.code == 0)
    let outcome = try command.run("train", "--resume", "run", "--steps", "8", "-o", "x.safetensors")
    #expect(outcome.code == 66)
    #expect(
      outcome.errors.hasSuffix("/run/run.json: cannot read: it is a folder\n"), "\(outcome.errors)")
  }

  @Test func `a run that is recorded for TensorBoard is the same run`() throws {
    let options = ["--steps", "40", "--sample-every", "20"]
    #expect(try command.run(train("plain") + options).code == 0)
    let recorded = try command.run(train("seen") + options + ["--tensorboard"])
    #expect(recorded.code == 0, "\(recorded.errors)")
    #expect(recorded.output.contains("see it with: tensorboard --logdir "))
    #expect(
      try readFile(at: path("seen.safetensors")) == readFile(at: path("plain.safetensors")))
    let names = try listFolder(at: path("seen/tensorboard"))
    #expect(names.count == 1 && names[0].contains("tfevents"))
    let bytes = try readFile(at: path("seen/tensorboard/\(names[0])"), limit: 1 << 26)
    for tag in [
      "brain.Event:2", "loss/training", "loss/held out", "optimizer/learning rate",
      "optimizer/gradient norm", "gates/layer 1, forget", "sample/roll", "sample/sound",
    ] { #expect(Data(bytes).range(of: Data(tag.utf8)) != nil, "\(tag)") }

    // A run that goes on writes on; a folder may be named, and is then not the run's to remove.
    #expect(try command.run("train", "--resume", "seen", "--steps", "60").code == 0)
    #expect(try listFolder(at: path("seen/tensorboard")).count == 2)
    let elsewhere = try command.run(
      "train", "--resume", "plain", "--steps", "60", "--tensorboard", "board")
    #expect(elsewhere.code == 0, "\(elsewhere.errors)")
    for run in ["seen", "plain"] { #expect(try command.run("runs", "rm", run).code == 0) }
    let files = try command.files
    #expect(files.contains("board") && !files.contains("seen") && !files.contains("plain"))

    let taken = try command.run("train", "--tensorboard", "songs")
    #expect(taken.code == 64)
    #expect(taken.errors.contains("--tensorboard took songs as its folder"))

    // A run that cannot record leaves nothing behind.
    try command.write([1], to: "file")
    let refused = try command.run(
      ["train", "songs", "--valid", "0.2", "--run", "none/at/all", "-o", "none.safetensors"] + tiny
        + options + ["--tensorboard", "file"])
    #expect(refused.code != 0 && refused.errors.contains("file"))
    #expect(fileKind(at: path("none")) == nil)
  }

  @Test func `a SoundFont that cannot be played keeps no run from its end`() throws {
    // A file that begins as a SoundFont does, and has nothing else.
    try command.write(Array("RIFF".utf8) + [4, 0, 0, 0] + Array("sfbk".utf8), to: "hollow.sf2")
    let outcome = try command.run(
      train("run") + ["--steps", "40", "--sample-every", "10", "--tensorboard"],
      environment: ["MUSEGEN_SOUNDFONT": "hollow.sf2"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      (outcome.output + outcome.errors).components(
        separatedBy: "samples are drawn for TensorBoard, but not heard"
      ).count == 2)
    let names = try listFolder(at: path("run/tensorboard"))
    let bytes = try readFile(at: path("run/tensorboard/\(names[0])"), limit: 1 << 26)
    #expect(Data(bytes).range(of: Data("sample/roll".utf8)) != nil)
    #expect(Data(bytes).range(of: Data("sample/sound".utf8)) == nil)
    #expect(try Model(path: path("run.safetensors")).provenance.steps ?? 0 > 0)
  }

  @Test func `a damaged checkpoint is told, and the one before is used`() throws {
    let whole = try command.run(train("run", "--steps", "20", "--save-every", "6"))
    #expect(whole.code == 0, "\(whole.errors)")
    let model = try readFile(at: path("run.safetensors"))
    let names = try listFolder(at: path("run")).filter { $0.hasPrefix("checkpoint-") }
    #expect(names == ["checkpoint-000000018.safetensors", "checkpoint-000000020.safetensors"])
    let last = "run/" + (names.last ?? "")
    let bytes = try readFile(at: path(last))
    var flipped = bytes
    flipped[bytes.count - 100] ^= 4
    for damaged in [flipped, Array(bytes.dropLast(7)), Array(bytes.prefix(5)), []] {
      try command.write(damaged, to: last)
      let resumed = try command.run("train", "--resume", "run")
      #expect(resumed.code == 0, "\(resumed.errors)")
      #expect(resumed.errors.contains("checkpoint-000000020.safetensors"))
      #expect(resumed.errors.hasSuffix("; going on from the one before\n"))
      #expect(resumed.errors.split(separator: "\n").count == 1)
      #expect(try readFile(at: path("run.safetensors")) == model)
    }
    for name in try listFolder(at: path("run")) where name.hasPrefix("checkpoint-") {
      try command.write(flipped, to: "run/" + name)
    }
    let refused = try command.run("train", "--resume", "run")
    #expect(refused.code == 65)
    #expect(refused.errors.split(separator: "\n").count == 1)
  }

  @Test func `a training's time leaves out sleep and a clock that is set anew`() throws {
    let library = command.folder.appending(path: "leaping.so")
    try CompiledLibrary("leaping.c", in: "Clocks").write(to: library)
    func code(_ name: String, leaping clock: Int32, interruptedAfter seconds: Double?) throws
      -> Int32
    {
      try command.run(
        train(name, "--time", "30m"),
        environment: ["LD_PRELOAD": library.path, "LEAPING_CLOCK": "\(clock)"],
        interruptedAfter: seconds
      ).code
    }
    // What runs by such a clock is done with its thirty minutes at its first look, with code 0.
    #expect(try code("asleep", leaping: CLOCK_BOOTTIME, interruptedAfter: 2) == 130)
    #expect(try code("set", leaping: CLOCK_REALTIME, interruptedAfter: 2) == 130)
    // The clock that counts: the leaps do reach the program.
    #expect(try code("awake", leaping: CLOCK_MONOTONIC, interruptedAfter: nil) == 0)
  }

  @Test func `a full disk is told in one line, and the last checkpoint is whole`() throws {
    // Files may grow to 16 KB: the log fits at first, a checkpoint never does.
    let first = try command.run(train("full", "--steps", "20", "--save-every", "5"))
    #expect(first.code == 0, "\(first.errors)")
    let before = try listFolder(at: path("full")).filter { $0.hasPrefix("checkpoint-") }
    let full = try command.run(
      ["train", "--resume", "full", "--steps", "60"], fileSizeLimit: 16)
    #expect(full.code == 74, "\(full.errors)")
    #expect(full.errors.split(separator: "\n").count == 1, "\(full.errors)")
    #expect(full.errors.contains("cannot write: file too large"), "\(full.errors)")
    #expect(full.errors.contains("go on with: musegen train --resume "), "\(full.errors)")
    #expect(try listFolder(at: path("full")).filter { $0.hasPrefix("checkpoint-") } == before)
    #expect(try !listFolder(at: path("full")).contains { $0.hasPrefix(".") })
    #expect(RunSummary(path: path("full"))?.state == .interrupted)
    let resumed = try command.run("train", "--resume", "full", "--steps", "60")
    #expect(resumed.code == 0, "\(resumed.errors)")
  }

  @Test func `samples are written whole and change nothing of the training`() throws {
    let plain = try command.run(train("plain", "--steps", "40"))
    let heard = try command.run(train("heard", "--steps", "40", "--sample-every", "20"))
    #expect(plain.code == 0 && heard.code == 0, "\(plain.errors) \(heard.errors)")
    #expect(try readFile(at: path("plain.safetensors")) == readFile(at: path("heard.safetensors")))
    #expect(
      try listFolder(at: path("heard/samples")) == ["step-000020.mid", "step-000040.mid"])
    for name in try listFolder(at: path("heard/samples")) {
      let file = try MIDIFile(bytes: readFile(at: path("heard/samples/" + name)))
      #expect(file.warnings.isEmpty)
    }
  }

  @Test func `runs are listed, and the latest interrupted one is resumed without its name`() throws
  {
    try createFolder(at: path("runs"))
    let done = try command.run(train("runs/done", "--steps", "20"))
    #expect(done.code == 0, "\(done.errors)")
    let none = try command.run("train", "--resume")
    #expect(none.code == 66)
    #expect(none.errors == "musegen: runs: no interrupted run to resume among 1\n")
    // However slow the machine is: stopped when there is a checkpoint, and no sooner.
    let arguments = train("runs/stopped", "--steps", "1000000").joined(separator: " ")
    let stopped = try command.shell(
      "$M \(arguments) & while kill -0 $! && ! compgen -G 'runs/stopped/checkpoint-*'; do sleep 0.1; done; "
        + "kill -INT $!; wait $!")
    #expect(stopped.code == 130, "\(stopped.errors)")
    let listing = try command.run("runs")
    #expect(listing.code == 0, "\(listing.errors)")
    #expect(listing.output.contains("runs/done: finished, step 20 (100 %), best "))
    #expect(listing.output.contains("runs/stopped: interrupted, step "))
    #expect(listing.output.contains("  musegen train --resume runs/stopped\n"))
    let json = try command.run("runs", "--json").output
    let runs = try JSONDecoder().decode([RunSummary].self, from: Data(json.utf8))
    #expect(runs.map(\.state) == [.finished, .interrupted])
    let step = try #require(runs.last).step + 5
    let resumed = try command.run("train", "--resume", "--steps", "\(step)")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(RunSummary(path: path("runs/stopped"))?.state == .finished)
  }

  @Test func `a run whose loss broke is told apart, and nobody is advised to go on with it`() throws
  {
    try createFolder(at: path("runs"))
    let broken = try command.run(train("runs/broken", "--learning-rate", "1e20"))
    #expect(broken.code == 65, "\(broken.errors)")
    #expect(broken.errors.hasSuffix("; try a lower --learning-rate or a smaller --clip\n"))
    let listing = try command.run("runs")
    #expect(listing.output.contains("runs/broken: diverged, step "), "\(listing.output)")
    #expect(listing.output.contains(/[0-9]\.[0-9][0-9]e\+[0-9]+ nats/), "\(listing.output)")
    #expect(!listing.output.contains("--resume"))
    let resumed = try command.run("train", "--resume", "runs/broken")
    #expect(resumed.code == 65)
    #expect(resumed.errors.contains("its loss broke at step "), "\(resumed.errors)")
    #expect(resumed.errors.split(separator: "\n").count == 1)
    let latest = try command.run("train", "--resume")
    #expect(latest.code == 66)
    #expect(latest.errors == "musegen: runs: no interrupted run to resume among 1\n")
  }

  @Test func `each line of train --json is an object, the same as in the run's log`() throws {
    let trained = try command.run(train("run", "--steps", "25", "--json"))
    #expect(trained.code == 0, "\(trained.errors)")
    let log = String(decoding: try readFile(at: path("run/metrics.jsonl")), as: UTF8.self)
    #expect(trained.output == log)
    let lines = try RunLogLine.all(in: path("run"))
    #expect(lines.allSatisfy { $0.seconds > 0 && $0.peakMemory > 1_000_000 })
  }

  @Test func `losses are drawn in the terminal and as SVG`() throws {
    for name in ["a", "b"] {
      let trained = try command.run(train(name, "--steps", "45"))
      #expect(trained.code == 0, "\(trained.errors)")
    }
    let plot = try command.run("plot", "a", "b", "-o", "loss.svg")
    #expect(plot.code == 0, "\(plot.errors)")
    #expect(plot.output.contains("b, held out: ends at "))
    let svg = String(decoding: try readFile(at: path("loss.svg")), as: UTF8.self)
    #expect(svg.matches(of: /<polyline/).count == 4)
    let nothing = try command.run("plot", "songs")
    #expect(nothing.code == 66)
    #expect(
      nothing.errors == "musegen: songs: found no run, expected a folder such as runs/midi-1\n")
  }

  @Test func `a run describes itself, and each process that trained it`() throws {
    let trained = try command.run(
      train("run", "--steps", "20", "--seed", "7", "--shards", "2", "--threads", "1"))
    #expect(trained.code == 0, "\(trained.errors)")
    let first = try #require(RunFolder.description(in: path("run")))
    #expect(first.schema == 1 && first.streams == 4)
    #expect(first.settings.seed == 7 && first.settings.shards == 2)
    #expect(first.corpus.pieces == 5 && first.corpus.heldOut.allSatisfy { $0.hasPrefix("songs/") })
    #expect(!first.corpus.heldOut.isEmpty && first.toBeat?.bigramNats != nil)
    let session = try #require(first.sessions.first)
    #expect(session.threads == 1 && session.shards == 2 && session.afterStep == 0)
    #expect(session.arguments.starts(with: ["train", "songs"]))
    #expect(!session.musegen.isEmpty && !session.instructionSet.isEmpty)
    let model = try Model(path: path("run.safetensors"))
    #expect(model.network.parameters.count == first.parameters)
    #expect(model.provenance.corpusDigest == first.corpus.digest)
    let resumed = try command.run("train", "--resume", "run", "--steps", "30", "--threads", "2")
    #expect(resumed.code == 0, "\(resumed.errors)")
    let second = try #require(RunFolder.description(in: path("run")))
    #expect(second.sessions.map(\.afterStep) == [0, 20])
    #expect(second.settings.length == .steps(30))
    #expect(second.corpus == first.corpus)
    // Half of it is no description, and hides nothing else.
    let text = try readFile(at: path("run/description.json"))
    try command.write(Array(text.prefix(100)), to: "run/description.json")
    #expect(RunFolder.description(in: path("run")) == nil)
    #expect(try command.run("runs", "run").output.contains("begun by an older musegen"))
  }

  @Test func `threads change no byte, shards are what the settings say`() throws {
    for (name, flags) in [
      ("one", ["--shards", "2", "--threads", "1"]), ("two", ["--shards", "2", "--threads", "2"]),
    ] {
      let trained = try command.run(train(name, "--steps", "30") + flags)
      #expect(trained.code == 0, "\(trained.errors)")
    }
    #expect(try readFile(at: path("one.safetensors")) == readFile(at: path("two.safetensors")))
    for (flag, value) in [("threads", "0"), ("shards", "0"), ("shards", "5000")] {
      let refused = try command.run(train("no", "--steps", "3", "--\(flag)", value))
      #expect(refused.code == 64)
      #expect(refused.errors == "musegen: --\(flag) is \(value), expected 1 to 4096\n")
    }
  }

  @Test func `each line of the log says its kind and its time, and lines without are read`() throws
  {
    #expect(try command.run(train("run", "--steps", "25")).code == 0)
    let text = String(decoding: try readFile(at: path("run/metrics.jsonl")), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.contains("\"schema\":2") })
    #expect(lines.count { $0.contains("\"kind\":\"step\"") } == 25)
    #expect(lines.count { $0.contains("\"kind\":\"validation\"") } == lines.count - 25)
    #expect(
      lines.allSatisfy { $0.contains(/"time":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"/) })
    let read = try RunLogLine.all(in: path("run"))
    #expect(read.map(\.json) == lines.map(String.init))
    let times = read.compactMap(\.time?.milliseconds)
    #expect(times.count == lines.count && times == times.sorted())
    // As earlier versions wrote it.
    let old = text.replacing(/"kind":"[a-z]+",|"schema":2,|,"time":"[^"]+"/, with: "")
    #expect(!old.contains("kind") && !old.contains("schema") && !old.contains("time"))
    try command.write(Array(old.utf8), to: "run/metrics.jsonl")
    try removeFile(at: path("run/description.json"))
    #expect(try RunLogLine.all(in: path("run")).map(\.event) == read.map(\.event))
    #expect(try command.run("plot", "run").code == 0)
    let resumed = try command.run("train", "--resume", "run", "--steps", "30")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try RunLogLine.all(in: path("run")).filter { $0.time == nil }.count == lines.count)
    #expect(RunFolder.description(in: path("run"))?.sessions.map(\.afterStep) == [25])
  }

  @Test func `a run whose music has moved goes on where it is now`() throws {
    let arguments = train("here", "--steps", "20").map { $0 == "0.2" ? "songs/4.mid" : $0 }
    #expect(try command.run(arguments).code == 0)
    #expect(try command.shell("cp -r here there").code == 0)
    let here = try command.run(
      "train", "--resume", "here", "--steps", "30", "-o", "a.safetensors")
    #expect(here.code == 0, "\(here.errors)")
    #expect(try command.shell("mkdir new && mv songs new/songs").code == 0)
    let resume = ["train", "--resume", "there", "--steps", "30", "-o", "b.safetensors"]
    let lost = try command.run(resume)
    #expect(lost.code == 66)
    #expect(lost.errors.contains("songs"), "\(lost.errors)")
    let unsaid = try command.run(resume + ["--corpus", "new/songs"])
    #expect(unsaid.code == 64)
    #expect(
      unsaid.errors
        == "musegen: the run holds out songs/4.mid; say with --valid where that is now\n")
    let others = try command.run(
      resume + ["--corpus", "new/songs", "--valid", "new/songs/3.mid"])
    #expect(others.code == 65)
    #expect(others.errors.contains("other pieces are held out than were"), "\(others.errors)")
    let moved = try command.run(
      resume + ["--corpus", "new/songs", "--valid", "new/songs/4.mid"])
    #expect(moved.code == 0, "\(moved.errors)")
    #expect(try readFile(at: path("a.safetensors")) == readFile(at: path("b.safetensors")))
    // From then on it knows the place.
    let again = try command.run("train", "--resume", "there", "--steps", "32")
    #expect(again.code == 0, "\(again.errors)")
    try command.write([0x4D], to: "new/songs/0.mid")
    let changed = try command.run(
      "train", "--resume", "there", "--steps", "40", "--corpus", "new/songs", "--valid",
      "new/songs/4.mid")
    #expect(changed.code == 65)
    #expect(changed.errors.contains("its corpus has changed since"), "\(changed.errors)")
    let idle = try command.run("train", "new/songs", "--corpus", "songs")
    #expect(idle.code == 64)
  }

  @Test func `a run of which other pieces would be held out does not go on`() throws {
    #expect(try command.shell("mkdir songs/held && mv songs/4.mid songs/held/x.mid").code == 0)
    let arguments = train("run", "--steps", "20").map { $0 == "0.2" ? "songs/held" : $0 }
    let begun = try command.run(arguments)
    #expect(begun.code == 0, "\(begun.errors)")
    // The same files in the same order, of which one more stands in the folder.
    #expect(try command.shell("mv songs/3.mid songs/held/").code == 0)
    let refused = try command.run("train", "--resume", "run", "--steps", "30")
    #expect(refused.code == 65)
    #expect(refused.errors.contains("other pieces are held out than were"), "\(refused.errors)")
    #expect(try command.shell("mv songs/held/3.mid songs/").code == 0)
    let resumed = try command.run("train", "--resume", "run", "--steps", "30")
    #expect(resumed.code == 0, "\(resumed.errors)")
  }

  @Test func `a run's folder and its checkpoint are the model that it would write`() throws {
    #expect(try command.run(train("run", "--steps", "60", "--average", "0.9")).code == 0)
    let written = try readFile(at: path("run.safetensors"))
    let checkpoint = "run/checkpoint-000000060.safetensors"
    for (model, name) in [("run", "a"), (checkpoint, "b")] {
      let converted = try command.run("convert", "-m", model, "-o", "\(name).safetensors")
      #expect(converted.code == 0, "\(converted.errors)")
      #expect(
        converted.errors.contains(#/musegen: \S+: taking the best weights so far, /#),
        "\(converted.errors)")
      #expect(try readFile(at: path("\(name).safetensors")) == written)
      let info = try command.run("info", model)
      #expect(info.code == 0, "\(info.errors)")
      #expect(info.output.hasPrefix("\(model)\n  LSTM of 1 x 16"))
      let piece = try command.run("generate", "-m", model, "--length", "3s", "-o", "\(name).mid")
      #expect(piece.code == 0, "\(piece.errors)")
    }
    // Before anything was measured it is the last.
    let early = try command.run(train("early", "--steps", "3").map { $0 == "0.2" ? "0" : $0 })
    #expect(early.code == 0, "\(early.errors)")
    let info = try command.run("info", "early")
    #expect(
      info.errors == "musegen: early: taking the weights of step 3, as none are measured yet\n")
    let none = try command.run("info", "--roll", "run")
    #expect(none.code == 64, "\(none.errors)")
  }

  @Test func `a command that is told goes through a shell as it is, whatever the run is called`()
    throws
  {
    let trained = try command.run(train("it's 3 o'clock", "--steps", "20"))
    #expect(trained.code == 0, "\(trained.errors)")
    let word = #"'it'\''s 3 o'\''clock'"#
    let report = try command.run("runs", "it's 3 o'clock").output
    #expect(report.contains("musegen train --resume \(word) --steps 40"), "\(report)")
    #expect(report.contains(": musegen train songs --valid 0.2 --run \(word) -o "), "\(report)")
  }

  @Test func `a run in runs is taken up by its name alone`() throws {
    try createFolder(at: path("runs"))
    let trained = try command.run(train("runs/a", "--steps", "4"))
    #expect(trained.code == 0, "\(trained.errors)")
    let resumed = try command.run("train", "--resume", "a", "--steps", "6")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("going on after step 4 of runs/a\n"), "\(resumed.output)")
    #expect(RunSummary(path: path("runs/a"))?.step == 6)
  }

  @Test func `runs are told apart, compared and removed`() throws {
    try createFolder(at: path("runs"))
    for (name, hidden) in [("a", "16"), ("b", "24")] {
      let trained = try command.run(
        train("runs/\(name)", "--steps", "30", "--hidden", hidden, "--sample-every", "20"))
      #expect(trained.code == 0, "\(trained.errors)")
      // How it went is told at the end, and again later.
      let told = try command.run("runs", "runs/\(name)")
      #expect(told.code == 0, "\(told.errors)")
      let verdict = trained.output.split(separator: "\n").suffix(2)
      #expect(told.output.hasSuffix(verdict.joined(separator: "\n") + "\n"), "\(told.output)")
      #expect(told.output.contains("LSTM of 1 x \(hidden), embedding of 8"))
    }
    let list = try command.run("runs").output
    #expect(list.contains(", LSTM of 1 x 16, performance, "), "\(list)")
    let differences = try command.run("runs", "diff", "runs/a", "runs/b")
    #expect(differences.code == 0, "\(differences.errors)")
    let rows = differences.output.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    }
    #expect(rows.contains(["--hidden", "16", "24"]), "\(differences.output)")
    #expect(!differences.output.contains("seed") && !differences.output.contains("digest"))
    let json = try command.run("runs", "diff", "runs/a", "runs/b", "--json")
    let told = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let values = try #require(told["differences"] as? [[String: Any]]).reduce(into: [:]) {
      $0[$1["name"] as? String ?? ""] = $1["values"] as? [Any]
    }
    // Numbers are numbers.
    #expect(values["network.hiddenSize"] as? [Int] == [16, 24])
    #expect((values["parameters"] as? [Int])?.count == 2)
    #expect((values["best.nats"] as? [Double])?.count == 2, "\(json.output)")
    // A run's name alone is its folder in runs.
    #expect(try command.run("runs", "diff", "a", "b").output == differences.output)
    #expect(try command.run("runs", "a").output == (try command.run("runs", "runs/a")).output)
    #expect(try command.run("plot", "a", "-o", "a.svg").code == 0)
    #expect(try command.run("runs", "diff", "runs/a", "runs/a").output == "no difference\n")
    #expect(try command.run("runs", "diff", "runs/a").code == 64)
    // Of a run without a description its checkpoint tells the settings.
    try removeFile(at: path("runs/b/description.json"))
    #expect(try command.run("runs", "diff", "runs/a", "runs/b").output.contains("--hidden "))

    try command.write([1], to: "runs/b/mine.txt")
    let removed = try command.run("runs", "rm", "runs/a", "runs/b")
    #expect(removed.code == 0, "\(removed.errors)")
    #expect(removed.output.contains(/^runs\/a: removed, [0-9.]+ MB\n/))
    #expect(removed.output.hasSuffix("; mine.txt stays\n"), "\(removed.output)")
    #expect(try listFolder(at: path("runs")) == ["a.safetensors", "b", "b.safetensors"])
    #expect(try listFolder(at: path("runs/b")) == ["mine.txt"])
    #expect(fileKind(at: path("runs/a.safetensors")) == .file)
    let stream = try command.run("plot", "runs/b", "-o", "-")
    #expect(stream.code == 64)
    #expect(
      stream.errors == "musegen: -o takes no stream here, expected a file that ends in .svg\n")
    let none = try command.run("runs", "rm", "songs")
    #expect(none.code == 66)
    #expect(none.errors == "musegen: songs: found no run, expected a folder such as runs/midi-1\n")
  }

  @Test func `what differs between runs is called by the flags that made it differ`() throws {
    try createFolder(at: path("runs"))
    let first = try command.run(train("runs/a", "--steps", "4"))
    #expect(first.code == 0, "\(first.errors)")
    // The same network and vocabulary, from a model.
    let second = try command.run(
      "train", "songs", "--valid", "0.2", "--run", "runs/b", "-o", "b.safetensors", "--from",
      "runs/a", "--epochs", "1", "--batch", "4", "--window", "24", "--clip-value", "0.5")
    #expect(second.code == 0, "\(second.errors)")
    let told = try command.run("runs", "diff", "runs/a", "runs/b")
    #expect(told.code == 0, "\(told.errors)")
    let rows = told.output.split(separator: "\n").dropFirst().map {
      $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    }
    for row in [
      ["--window", "16", "24"], ["--steps", "4", "-"], ["--epochs", "-", "1"],
      ["--learning-rate", "0.003", "0.0005"], ["--clip", "1", "-"], ["--clip-value", "-", "0.5"],
    ] { #expect(rows.contains(row), "\(row) in \(told.output)") }
    #expect(rows.contains { $0.starts(with: ["--from", "parameterDigest", "-"]) })
    for word in ["vocabularySize", "onditions", "schedule.", "network.", "length."] {
      #expect(!told.output.contains(word), "\(word) in \(told.output)")
    }
    // Programs have the names of the description.
    let json = try command.run("runs", "diff", "runs/a", "runs/b", "--json").output
    #expect(json.contains("\"schedule.peak\"") && !json.contains("vocabularySize"))
  }

  @Test func `an interrupted run is told once how to go on`() throws {
    try createFolder(at: path("runs"))
    let trained = try command.run(train("runs/a", "--steps", "4"))
    #expect(trained.code == 0, "\(trained.errors)")
    try removeFile(at: path("runs/a/finished.json"))
    let told = try command.run("runs", "a")
    #expect(told.code == 0, "\(told.errors)")
    let commands = told.output.split(separator: "\n").filter { $0.contains("--resume runs/a") }
    #expect(commands == ["Train on: musegen train --resume runs/a"], "\(told.output)")
  }

  @Test func `a run whose files hold any numbers is told of all the same`() throws {
    try createFolder(at: path("runs"))
    let trained = try command.run(train("runs/a", "--steps", "30"))
    #expect(trained.code == 0, "\(trained.errors)")
    let files = ["description.json", "metrics.jsonl"].map { path("runs/a/" + $0) }
    let texts = try files.map { String(decoding: try readFile(at: $0), as: UTF8.self) }
    func replace(_ old: some RegexComponent, by new: String, in file: Int) throws {
      let text = texts[file].replacing(old, with: new)
      try #require(text != texts[file])
      try Data(text.utf8).write(to: URL(filePath: files[file]))
    }
    let (least, most) = ("\(Int.min)", "\(Int.max)")
    for (file, old, new) in [
      (0, #"steps" : \{\s*"_0" : 30"#, #"epochs" : { "_0" : \#(most)"#),
      (0, #"steps" : \{\s*"_0" : 30"#, #"steps" : { "_0" : \#(most)"#),
      (0, #"steps" : \{\s*"_0" : 30"#, #"seconds" : { "_0" : -1e300"#),
      (0, #""hiddenSize" : 16"#, #""hiddenSize" : \#(most)"#),
      (0, #""pieces" : 5"#, #""pieces" : \#(least)"#),
      (1, #""step":[0-9]+"#, #""step":\#(least)"#), (1, #""step":[0-9]+"#, #""step":\#(most)"#),
      (1, #""nats":[0-9.]+"#, #""nats":0"#), (1, #""nats":[0-9.]+"#, #""nats":1e308"#),
      (1, #""progress":[0-9.e-]+"#, #""progress":1e308"#),
    ] {
      try replace(try Regex(old), by: new, in: file)
      for arguments in [["runs", "runs/a"], ["runs", "runs/a", "--json"], ["runs"]] {
        let told = try command.run(arguments)
        #expect(told.code == 0, "\(new): \(told.errors.prefix(300))")
      }
      try Data(texts[file].utf8).write(to: URL(filePath: files[file]))
    }
  }

  @Test func `removing a run follows no link out of it`() throws {
    try createFolder(at: path("runs"))
    for name in ["a", "b", "c"] {
      let trained = try command.run(train("runs/\(name)", "--steps", "2"))
      #expect(trained.code == 0, "\(trained.errors)")
    }
    let manager = FileManager.default
    // Samples that lie elsewhere may be those of others; so may files called nearly as a run's.
    for name in ["step-000001.mid", "step-song.mid"] {
      try command.write([1], to: "elsewhere/\(name)")
      try command.write([1], to: "runs/b/samples/\(name)")
    }
    try command.write([1], to: "runs/b/checkpoint-best.safetensors")
    try command.write([1], to: "runs/b/.musegen-1-2")
    try manager.createSymbolicLink(
      atPath: path("runs/a/samples"), withDestinationPath: path("elsewhere"))
    let linked = try command.run("runs", "rm", "runs/a")
    #expect(linked.code == 0 && linked.output.hasSuffix("; samples stays\n"), "\(linked.errors)")
    #expect(try listFolder(at: path("elsewhere")) == ["step-000001.mid", "step-song.mid"])
    let named = try command.run("runs", "rm", "runs/b", "runs/b/", "runs/../runs/b")
    #expect(named.code == 0, "\(named.errors)")
    #expect(named.output.hasSuffix("; checkpoint-best.safetensors, samples stay\n"))
    #expect(try listFolder(at: path("runs/b/samples")) == ["step-song.mid"])
    // A link to a run, and a run from within.
    try manager.createSymbolicLink(atPath: path("link"), withDestinationPath: path("runs/c"))
    let link = try command.run("runs", "rm", "link")
    #expect(link.code == 0, "\(link.errors)")
    #expect(fileKind(at: path("runs/c")) == nil && !isLink(at: path("link")))
    #expect(try command.run(train("runs/d", "--steps", "2")).code == 0)
    let within = try command.shell("cd runs/d && $M runs rm .")
    #expect(within.code == 0, "\(within.errors)")
    #expect(fileKind(at: path("runs/d")) == nil)
  }

  @Test func `a run that was killed before its first checkpoint leaves no session to the next`()
    throws
  {
    try createFolder(at: path("runs"))
    #expect(try command.run(train("runs/a", "--steps", "2")).code == 0)
    for name in try listFolder(at: path("runs/a")) where name.hasPrefix("checkpoint-") {
      try removeFile(at: path("runs/a/\(name)"))
    }
    let again = try command.run(train("runs/a", "--steps", "3", "--overwrite"))
    #expect(again.code == 0, "\(again.errors)")
    let description = try #require(RunFolder.description(in: path("runs/a")))
    #expect(description.sessions.count == 1)
  }
}
