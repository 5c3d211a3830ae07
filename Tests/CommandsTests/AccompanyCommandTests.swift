import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// `train --given` and `accompany`.
struct AccompanyCommandTests {
  let command: Command
  private let tiny = [
    "--hidden", "8", "--embedding", "8", "--layers", "1", "--batch", "2", "--tokens", "remi",
  ]

  init() throws {
    command = try Command()
    for piece in 0..<5 {
      try command.write(song(piece).midiFile().bytes(), to: "songs/\(piece).mid")
    }
  }

  private func song(_ number: Int, named name: String = "Melody") -> Score {
    let tune = (0..<16).map { index in
      Note(onset: index * 243, duration: 240, pitch: UInt8(70 + (index * (number + 2)) % 12))
    }
    let chords = (0..<4).map { Note(onset: $0 * 960, duration: 960, pitch: UInt8(45 + number)) }
    return Score(
      tracks: [
        Track(name: name, channel: 0, notes: tune),
        Track(name: "Chords", channel: 1, notes: chords),
      ],
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 431_000)],
      timeSignatures: [TimeSignature(tick: 0, numerator: 3, denominator: 4)],
      endTick: 16 * 243)
  }

  private func train(_ arguments: [String]) throws -> Command.Outcome {
    try command.run(["train", "songs", "--steps", "4"] + tiny + arguments)
  }

  @Test func `a model that learned to write to a part does so and keeps it`() throws {
    try command.write(song(9, named: "Flute").midiFile().bytes(), to: "songs/flute.mid")
    let trained = try train(["--given", "melody", "--valid", "0.4", "--run", "run"])
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains(
        "songs/flute.mid: found no part melody with notes to be given, expected a track of that name; "
          + "skipped"))
    let info = try command.run("info", "model.safetensors")
    #expect(info.output.contains("\n  remi to a given part, "))
    #expect(info.output.contains("\n  writes to a given part: melody\n"))
    let evaluated = try command.run("eval", "songs/0.mid", "songs/1.mid")
    #expect(evaluated.code == 0, "\(evaluated.errors)")
    #expect(evaluated.output.contains("2 pieces"))
    let dynamic = try command.run("eval", "songs/0.mid", "songs/1.mid", "--dynamic")
    #expect(
      dynamic.code == 0 && dynamic.output.contains("learning from each piece"), "\(dynamic.errors)")
    let gates = try command.run("gates", "songs/0.mid", "-o", "gates.svg")
    #expect(gates.code == 0 && gates.output.contains("layer 1, forget"), "\(gates.errors)")
    for (arguments, names) in [
      (["songs/3.mid", "-o", "both.mid"], ["both.mid"]),
      (["songs/3.mid", "-n", "2", "-o", "two.mid"], ["two-1.mid", "two-2.mid"]),
      (["songs/flute.mid", "--part", "1", "--top-k", "3", "-o", "flute.mid"], ["flute.mid"]),
    ] {
      let outcome = try command.run(["accompany", "--seed", "7"] + arguments)
      #expect(outcome.code == 0, "\(outcome.errors)")
      for name in names {
        let source = song(arguments[0] == "songs/3.mid" ? 3 : 9)
        let both = try Score(path: command.folder.appending(path: name).path)
        #expect(both.tracks[0].notes == source.tracks[0].notes)
        #expect(both.tempos == source.tempos && both.timeSignatures == source.timeSignatures)
        #expect(both.division == source.division)
      }
    }
    let typed = try command.run(
      "accompany", "C5 D5 E5/2 G5/1", "--seed", "7", "--tempo", "96", "-o", "typed.mid")
    try #require(typed.code == 0, "\(typed.errors)")
    let toTyped = try Score(path: command.folder.appending(path: "typed.mid").path)
    #expect(toTyped.tracks[0].notes.map(\.pitch) == [72, 74, 76, 79])
    #expect(toTyped.tempos.map(\.microsecondsPerQuarter) == [625_000])
    let again = try command.run("accompany", "songs/3.mid", "--seed", "7", "-o", "again.mid")
    #expect(again.code == 0)
    let files = try ["both.mid", "again.mid", "two-1.mid"].map {
      try Data(contentsOf: command.folder.appending(path: $0))
    }
    #expect(files[0] == files[1] && files[0] == files[2])
    let further = try command.run(
      "train", "songs", "--from", "model.safetensors", "--steps", "2", "-o", "more.safetensors")
    #expect(further.code == 0, "\(further.errors)")

    let note = Note(onset: 0, duration: 480, pitch: 40)
    let late = Note(onset: 480 * 400_000, duration: 480, pitch: 70)
    for (name, track) in [
      ("drums", Track(channel: 9, notes: [note])), ("late", Track(notes: [late])),
    ] {
      let score = Score(tracks: [track], endTick: track.lastNoteEnd)
      try command.write(score.midiFile().bytes(), to: "\(name).mid")
    }
    var nameless = song(3)
    nameless.tracks[1].name = ""
    try command.write(nameless.midiFile().bytes(), to: "nameless.mid")
    let refused: [([String], Int32, String)] = [
      (
        ["accompany", "songs/flute.mid"], 65,
        "songs/flute.mid: found no part melody with notes to be given, expected a track of that name; "
          + "its parts are 1 Flute, 2 Chords"
      ),
      (
        ["accompany", "songs/3.mid", "--part", "9"], 65,
        "songs/3.mid: found no part 9 with notes to be given, expected 9 or more tracks, no drums in "
          + "that one; its parts are 1 Melody, 2 Chords"
      ),
      (
        ["accompany", "songs/3.mid", "--part", "-1"], 65,
        "songs/3.mid: found no part -1 with notes to be given, expected a track of that name; its parts "
          + "are 1 Melody, 2 Chords"
      ),
      (
        ["accompany", "songs/3.mid", "--part", "0"], 64,
        "--part is \"0\", expected highest, a track's name, or its number from 1; "
          + "see 'musegen accompany --help' for more information"
      ),
      (
        ["train", "songs", "--given", ""], 64,
        "--given is \"\", expected highest, a track's name, or its number from 1; "
          + "see 'musegen train --help' for more information"
      ),
      (
        ["accompany", "nameless.mid", "--part", "9"], 65,
        "nameless.mid: found no part 9 with notes to be given, expected 9 or more tracks, no drums in "
          + "that one; its parts are 1 Melody, 2 without a name"
      ),
      (["accompany", "none.mid"], 66, "none.mid: cannot read: no such file or directory"),
      (
        ["accompany", "songs/3.mid", "--temperature", "0"], 64,
        "--temperature is 0.0, expected more than 0 and at most 100"
      ),
      (
        ["accompany", "songs/3.mid", "--temperature", "inf"], 64,
        "--temperature is inf, expected more than 0 and at most 100"
      ),
      (
        ["accompany", "drums.mid"], 65,
        "drums.mid: found drums alone, expected notes of another part to be given"
      ),
      (
        ["accompany", "late.mid"], 65,
        "late.mid: found no note in the first day of the given part, expected it to begin there"
      ),
      (
        ["accompany", "songs/3.mid", "--gain", "2"], 64,
        "--gain has no effect without a sound file among the outputs"
      ),
      (
        ["generate", "-o", "x.mid"], 65,
        "the model writes to a given part, and none is given; musegen accompany FILE writes to one"
      ),
      (
        ["generate", "--primer", "songs/0.mid", "--adapt", "-o", "x.mid"], 65,
        "the model writes to a given part, and none is given; musegen accompany FILE writes to one"
      ),
      (
        ["harmonize", "songs/3.mid"], 65,
        "the model writes to a given part and tells no frames; musegen accompany is meant"
      ),
      (
        ["vary", "songs/3.mid"], 65,
        "the model's vocabulary is remi to a given part, expected one that tells all parts; -m piano has one"
      ),
      (
        ["train", "songs", "--from", "model.safetensors", "--given", "1"], 64,
        "--from takes vocabulary and network from the model; leave out --given"
      ),
    ]
    for (arguments, code, line) in refused {
      let outcome = try command.run(arguments)
      #expect(
        outcome.code == code && outcome.errors == "musegen: \(line)\n", "\(outcome.errors)")
    }
  }

  @Test func `what is written keeps to the range that is asked for, and the part does not`() throws
  {
    let trained = try train(["--given", "melody"])
    try #require(trained.code == 0, "\(trained.errors)")
    let outcome = try command.run(
      "accompany", "songs/3.mid", "--range", "C2-C3", "--seed", "7", "-o", "low.mid")
    try #require(outcome.code == 0, "\(outcome.errors)")
    let score = try Score(path: command.folder.appending(path: "low.mid").path)
    #expect(score.tracks[0].notes == song(3).tracks[0].notes)
    let written = score.tracks.dropFirst().filter { !$0.isDrums }.flatMap(\.notes)
    #expect(!written.isEmpty && written.allSatisfy { (36...48).contains($0.pitch) })
    let refused = try command.run("accompany", "songs/3.mid", "--range", "high")
    #expect(refused.code == 64)
    #expect(
      refused.errors
        == "musegen: --range is \"high\", expected a lower and a higher pitch such as C2-C6\n")
  }

  @Test func `what cannot be given is refused in one line`() throws {
    let refused: [([String], Int32, String)] = [
      (
        ["--given", "melody", "--merges", "5"], 64,
        "--merges cannot be had with a given part (--given)"
      ),
      (["--given-optional"], 64, "--given-optional has no effect without --given"),
      (
        ["--given", "melody", "--sample-every", "1"], 64,
        "--sample-every cannot be had with a given part (--given)"
      ),
      (
        ["--given", "melody", "--tokens", "performance"], 64,
        "--given: found performance to write to a given part, expected tsd or remi, with programs "
          + "and no merges"
      ),
      (
        ["--given", "melody", "--stretch", "0.1"], 64,
        "--stretch has no effect on a vocabulary that tells no tempo"
      ),
    ]
    for (arguments, code, line) in refused {
      let outcome = try train(arguments)
      #expect(
        outcome.code == code && outcome.errors == "musegen: \(line)\n", "\(outcome.errors)")
    }
    let nobody = try train(["--given", "oboe"])
    #expect(nobody.code == 65)
    #expect(nobody.errors.contains("none of 5 files could be read as music"))
    #expect(try train(["--given", "0"]).code == 64)
    let alone = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 480, pitch: 60)])], endTick: 480)
    try command.write(alone.midiFile().bytes(), to: "alone.mid")
    let one = try command.run(["train", "alone.mid", "--given", "highest"] + tiny)
    #expect(one.code == 65)
    #expect(
      one.errors
        == "musegen: alone.mid: found no notes beside the given part highest, expected other parts to "
        + "learn\n")
  }

  @Test func `where a part may be given or not each piece is told apart once`() throws {
    for piece in 0..<4 {
      let folder = piece % 2 == 0 ? "even" : "odd"
      try command.write(song(piece).midiFile().bytes(), to: "styles/\(folder)/\(piece).mid")
    }
    // A style of a single piece is told as such, though that is read twice.
    try command.write(song(7).midiFile().bytes(), to: "styles/lone/7.mid")
    let trained = try command.run(
      [
        "train", "styles", "--steps", "4", "--valid", "0", "--given", "melody", "--given-optional",
        "--conditions", "style",
      ] + tiny)
    try #require(trained.code == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains(
        "1 style of a single piece to learn from, such as lone of styles/lone/7.mid"),
      "\(trained.errors)")
    // Files are counted, not readings of them.
    #expect(trained.output.contains("5 pieces, "), "\(trained.output)")
    let info = try command.run("info", "model.safetensors")
    #expect(info.output.contains("\n  learned from 5 pieces of "), "\(info.output)")
    let told = try command.run("classify", "-m", "model.safetensors", "styles")
    let paths = told.output.split(separator: "\n").compactMap { $0.split(separator: ":").first }
    #expect(
      paths.sorted() == [
        "styles/even/0.mid", "styles/even/2.mid", "styles/lone/7.mid", "styles/odd/1.mid",
        "styles/odd/3.mid",
      ], "\(told.output) \(told.errors)")
    let measured = try command.run(
      "eval", "--styles", "styles", "--against", "model.safetensors", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
    #expect(report["pieces"] as? Int == 5)
    #expect((report["against"] as? [String: Any])?["pieces"] as? Int == 5)
  }

  @Test func `a model of all parts says what to do`() throws {
    let outcome = try command.run("accompany", "songs/0.mid", "-m", "folk")
    #expect(
      outcome.code == 65
        && outcome.errors
          == "musegen: the model learned to write to no given part; -m song did, or train one with musegen "
          + "train FOLDER --tokens remi --given PART\n",
      "\(outcome.errors)")
    let chorales = try command.run("accompany", "songs/0.mid", "-m", "chorales")
    #expect(
      chorales.code == 65
        && chorales.errors
          == "musegen: the model learned to write to no given part; -m song did, and musegen harmonize is for "
          + "piano rolls\n",
      "\(chorales.errors)")
  }

  @Test func `where no model is named, the first that accompanies does`() throws {
    let outcome = try command.run(
      "accompany", "songs/0.mid", "--part", "1", "--seed", "7", "-o", "both.mid")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.hasPrefix(
        "musegen: no model.safetensors here: taking the model song; musegen models lists others for -m\n"
      ),
      "\(outcome.errors)")
    let score = try Score(path: command.folder.appending(path: "both.mid").path)
    #expect(score.tracks[0].notes == song(0).tracks[0].notes)
  }

  @Test func `one model is told a key, writes whole pieces and accompanies`() throws {
    try command.write(song(9, named: "Flute").midiFile().bytes(), to: "songs/flute.mid")
    let trained = try train([
      "--given", "melody", "--given-optional", "--conditions", "key,tempo", "--valid", "0.4",
      "--run", "run",
    ])
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(!trained.errors.contains("skipped"))
    // Five of the six are read twice.
    #expect(trained.output.contains("6 pieces, "), "\(trained.output)")
    let info = try command.run("info", "model.safetensors")
    #expect(info.output.contains("\n  remi to a given part or none with conditions, "))
    #expect(
      info.output.contains(
        "\n  writes to a given part: melody, and whole pieces where none is given\n"))
    #expect(info.output.contains("\n  knows tempo: 143\n"), "\(info.output)")
    let both = try command.run(
      "accompany", "songs/3.mid", "--seed", "7", "--guidance", "1.5", "-o", "both.mid")
    #expect(both.code == 0, "\(both.errors)")
    let accompanied = try Score(path: command.folder.appending(path: "both.mid").path)
    #expect(accompanied.tracks[0].notes == song(3).tracks[0].notes)
    #expect(accompanied.tempos == song(3).tempos)
    for arguments in [
      ["generate", "--key", "D-minor", "--length", "8s", "-o", "whole.mid"],
      ["generate", "--primer", "songs/0.mid", "--length", "4s", "-o", "on.mid"],
      ["generate", "--primer", "C4 D4 E4", "--adapt", "--length", "4s", "-o", "adapted.mid"],
      ["vary", "songs/3.mid", "-o", "varied.mid"],
      ["eval", "songs/0.mid", "songs/1.mid"],
      ["eval", "songs/0.mid", "--dynamic"],
      ["gates", "songs/0.mid", "-o", "gates.svg"],
      ["convert", "-o", "counted.safetensors", "--count-repeats", "songs"],
      ["train", "songs", "--from", "model.safetensors", "--steps", "2", "-o", "more.safetensors"],
    ] {
      let outcome = try command.run(arguments)
      #expect(outcome.code == 0, "\(arguments) \(outcome.errors)")
    }
    // A file that is read in both ways is one piece.
    let measured = try command.run("eval", "songs/0.mid", "songs/flute.mid")
    #expect(
      measured.output.contains("2 pieces, 1 of them also with the part given, "),
      "\(measured.output)")
    let against = try command.run(
      "eval", "songs/0.mid", "songs/1.mid", "-m", "model.safetensors", "--against",
      "more.safetensors")
    #expect(against.output.contains(" of the 2 pieces better"), "\(against.output)")
    // The tempo that the model is told is played; it tells none token by token.
    let whole = try Score(path: command.folder.appending(path: "whole.mid").path)
    #expect(whole.tempos.map { (60e6 / Double($0.microsecondsPerQuarter)).rounded() } == [143])
    #expect(whole.endTick > 0)
    let style = try command.run("accompany", "songs/3.mid", "--style", "bach")
    #expect(
      style.code == 64
        && style.errors == "musegen: --style has no effect on this model, which knows no styles\n")
  }
}
