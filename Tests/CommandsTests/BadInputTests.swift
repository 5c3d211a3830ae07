import Foundation
import MuseGen
import TestSupport
import Testing

/// What a user who errs is told: one line on standard error, a code of sysexits.h, no file.
struct BadInputTests {
  let command: Command
  init() throws { command = try Command() }

  func refused(
    _ arguments: String..., code: Int32, line: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try command.files
    // Without a shipped model to fall back on.
    let outcome = try command.run(arguments, environment: ["MUSEGEN_MODELS": "/nowhere"])
    #expect(outcome.errors == "musegen: \(line)\n", sourceLocation: sourceLocation)
    #expect(outcome.code == code, sourceLocation: sourceLocation)
    #expect(try command.files == before, sourceLocation: sourceLocation)
  }

  @Test(
    arguments: [
      ("[1,2]", "it is of the wrong kind, expected an object in braces"),
      (#"{"a":1}"#, "vocabulary is missing"),
      (
        #"{"vocabulary":{"type":"pianoroll"},"tokens":"x"}"#,
        "tokens is of the wrong kind, expected an array in brackets"
      ),
      (
        #"{"vocabulary":{"type":"pianoroll"},"tokens":[-1]}"#,
        "found no JSON, or a number out of its range"
      ),
      (#"{"vocabulary":"#, "found no JSON, or a number out of its range"),
    ])
  func `tokens that are none are told in words`(text: String, line: String) throws {
    try command.write(Array(text.utf8), to: "t.json")
    let outcome = try command.run("tokens", "--decode", "t.json", "-o", "x.mid")
    #expect(outcome.code == 65)
    #expect(outcome.errors == "musegen: t.json: \(line)\n")
  }

  @Test func `several pieces' tokens are told as such, not as bad JSON`() throws {
    let piece = #"{"vocabulary":{"type":"pianoroll"},"tokens":[]}"#
    try command.write(Array((piece + "\n" + piece + "\n").utf8), to: "t.json")
    let outcome = try command.run("tokens", "--decode", "t.json", "-o", "x.mid")
    #expect(outcome.code == 65)
    #expect(
      outcome.errors
        == "musegen: t.json: found 2 lines, expected one piece; sed -n 1p takes out the first\n")
  }

  @Test(arguments: ["generate", "vary a.mid", "harmonize a.mid", "accompany a.mid"])
  func `numbers below their range are told with it`(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let number = try command.run(words + ["-n", "-3"])
    #expect(number.code == 64)
    #expect(number.errors == "musegen: -n is -3, expected 1 to 10000\n")
    let seed = try command.run(words + ["--seed", "-1"])
    #expect(seed.code == 64)
    #expect(seed.errors.hasPrefix("musegen: --seed is \"-1\", expected a whole number, 0 or more;"))
    let program = try command.run(words + ["--program", "-1"])
    #expect(program.code == 64)
    #expect(
      program.errors.hasPrefix("musegen: --program is \"-1\", expected a program 0 to 127, or a "))
  }

  @Test(
    arguments: [
      (
        "vary a.mid --bars -1",
        "--bars is \"-1\", expected bars such as 5-8, bar 5, or 8bars for the first eight"
      ),
      ("vary a.mid --range -5", "--range is \"-5\", expected a lower and a higher pitch"),
      ("harmonize a.mid --range -5", "--range is \"-5\", expected a lower and a higher pitch"),
      ("accompany a.mid --range -5", "--range is \"-5\", expected a lower and a higher pitch"),
      ("generate --range -5-60", "--range is \"-5-60\", expected a lower and a higher pitch"),
      ("play --range -5", "--range is \"-5\", expected a lower and a higher pitch"),
      ("generate --instruments -1", "--instruments is \"-1\", expected programs 0 to 127"),
      ("generate --metre -3/4", "--metre is \"-3/4\", expected free, steady or such as 6/8"),
      ("jam --metre -3/4", "--metre is -3/4, expected such as 3/4 or 6/8"),
      (
        "generate --then -5:temperature=1",
        "--then is \"-5:temperature=1\", expected a change such as 300:temperature=0.9"
      ),
      ("train a --pitches -1", "--pitches: found -1, expected two numbers, such as 21-108"),
      ("train a --pitches -21-108", "--pitches: found -21-108, expected two numbers"),
      ("train a --pitches 21-x-108", "--pitches: found 21-x-108, expected two numbers"),
      ("train a --tokens pianoroll --frame -1/4", "--frame: found -1/4, expected 1/4"),
      (
        "gradients --task copy --lags -5",
        "--lags is -5, expected numbers from 1 to 10000 and commas"
      ),
      ("sweep a.toml --part -1/8", "--part is \"-1/8\", expected a part such as 2/8"),
    ])
  func `what begins with a number below 0 is no missing value`(line: String, told: String) throws {
    let outcome = try command.run(line.split(separator: " ").map(String.init))
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("musegen: \(told)"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: ["generate", "play"])
  func `what is no number, or has no end, is told in one line`(name: String) throws {
    let seed = "expected a whole number, 0 or more;"
    let temperature = "expected a number, or where it starts and ends such as 0.7:1.1"
    for (option, value, told) in [
      ("--temperature", "nan", "is nan, expected 0 or more"),
      ("--temperature", "inf", "is inf, expected a finite number"),
      ("--temperature", "1e400", "is inf, expected a finite number"),
      ("--temperature", "-inf", "is -inf, expected 0 or more"),
      ("--temperature", "", "is \"\", \(temperature);"),
      ("--temperature", "0,8", "is \"0,8\", \(temperature), with a point: 0.8;"),
      ("--repetition-penalty", "1e400", "is inf, expected a finite number"),
      ("--density", "-1,5", "is \"-1,5\", expected a number, with a point: -1.5;"),
      ("--density", "1e400", "is inf, expected 0.05 to 200.0"),
      ("--seed", "nan", "is \"nan\", \(seed)"), ("--seed", "1e400", "is \"1e400\", \(seed)"),
      ("--seed", "", "is \"\", \(seed)"), ("--seed", "0,8", "is \"0,8\", \(seed)"),
    ] as [(String, String, String)] {
      let outcome = try command.run(name, option, value)
      #expect(outcome.code == 64, "\(option) \(value)")
      #expect(outcome.errors.hasPrefix("musegen: \(option) \(told)"), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func `usage errors are told with exit code 64`() throws {
    try refused(
      "generate", "--temperature", "-1", code: 64,
      line: "--temperature is -1.0, expected 0 or more")
    try refused(
      "generate", "--length", "0", code: 64,
      line: "--length is 0.0 s, expected more than 0 and at most a day")
    try refused(
      "generate", "--top-p", "0", code: 64,
      line: "--top-p is 0.0, expected more than 0 and at most 1")
    try refused(
      "generate", "--beam", "4", "-n", "2", code: 64,
      line: "--beam writes one piece, expected no -n, --best-of or --novel with it")
    try refused(
      "generate", "--polyphony", "-1", code: 64, line: "--polyphony is -1, expected 0 to 1000")
    for settings in [
      ["--clip", "inf"], ["--time", "inf"], ["--patience", "0"], ["--warmup", "-1"],
    ] {
      let outcome = try command.run(["train", "."] + settings)
      #expect(outcome.code == 64, "\(settings)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(settings)")
    }
    try refused(
      "train", ".", "-o", "song.mid", code: 64,
      line: "song.mid: unknown kind of file, expected .safetensors")
    try refused(
      "train", "--resume", "runs/x", "--hidden", "9", code: 64,
      line: "--resume keeps the run's settings; only its length may be changed")
    try refused("generate", "-n", "0", code: 64, line: "-n is 0, expected 1 to 10000")
    try refused(
      "train", ".", "--epochs", "3", "--steps", "2", code: 64,
      line: "--epochs, --steps and --time exclude each other; give one")
    try refused(
      "train", ".", "--hidden", "0", code: 64, line: "--hidden is 0, expected 1 to 1048576")
    try refused(
      "train", ".", "--clip", "nan", code: 64, line: "--clip is nan, expected more than 0")
    try refused(
      "train", code: 64, line: "no corpus given; name a folder of MIDI files, such as midi/")
    try refused(
      "generate", "-o", "a.txt", code: 64,
      line:
        "a.txt: unknown kind of file, expected .mid, .midi, .musicxml, .mxl, .pdf, .png, .svg, .wav, "
        + ".flac, .ogg, .opus or .mp3")
    try refused(
      "generate", "--roll", "/dev/null", code: 64,
      line: "--roll takes no stream here, expected a file that ends in .svg")
    try refused(
      "generate", "--xyzzy", code: 64,
      line: "unknown option '--xyzzy'; see 'musegen generate --help' for more information")
    try refused("play", "--gain", "99", code: 64, line: "--gain is 99.0, expected 0.0 to 10.0")
  }

  @Test func `a network too large for this machine is told before any memory is taken`() throws {
    let midi = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "midi").path
    let outcome = try command.run(
      "train", midi + "/dundee.mid", midi + "/sakura.mid", "--hidden", "1000000",
      "--precision", "f32", "-o", "m.safetensors")
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("musegen: needs 432256.9 GB of memory, found "))
  }

  @Test func `a name that is nearly that of music, or was not quoted, is told what is there`()
    throws
  {
    try command.write([], to: "my music/first.mid")
    let missing = "cannot read: no such file or directory"
    for name in ["frist.mid", "first", "first.mdi"] {
      try refused(
        "edit", "my music/\(name)", "--transpose", "1", code: 66,
        line: "my music/\(name): \(missing), the nearest is my music/first.mid")
    }
    let nothing = "found nothing, expected MIDI files or a folder of them"
    try refused("train", "mymusic", code: 66, line: "mymusic: \(nothing), the nearest is my music")
    try refused(
      "info", "my", "music", code: 66,
      line: "my: \(nothing); write what has blanks in quotes: 'my music'")
    try refused("train", "elsewhere", code: 66, line: "elsewhere: \(nothing)")
  }

  @Test(arguments: ["foo", "AVX2", "avx512"])
  func `an instruction set that nobody knows is told`(name: String) throws {
    let outcome = try command.run(["models"], environment: ["MUSEGEN_ISA": name])
    #expect(outcome.code == 64)
    #expect(
      outcome.errors == "musegen: MUSEGEN_ISA is \"\(name)\", expected one of portable, avx2; "
        + "without it all that the machine has is used\n")
    // Help is had whatever the environment.
    for help in [["models", "--help"], ["help", "models"]] {
      #expect(try command.run(help, environment: ["MUSEGEN_ISA": name]).code == 0)
    }
  }

  @Test(arguments: ["portable", "avx2", ""])
  func `an instruction set that is known is taken`(name: String) throws {
    #expect(try command.run(["models"], environment: ["MUSEGEN_ISA": name]).code == 0)
  }

  @Test func `a folder without models is no fault of the environment`() throws {
    try command.write([], to: "shelf/readme")
    let outcome = try command.run(["generate"], environment: ["MUSEGEN_MODELS": "shelf"])
    #expect(
      outcome.errors == "musegen: model.safetensors: cannot read: no such file or directory; "
        + "train one with musegen train FOLDER, or name one with -m\n")
    #expect(outcome.code == 66)
  }

  @Test(arguments: ["", ".mid"])
  func `a primer that is neither a file nor notes is missing like any file`(ending: String) throws {
    for words in [["generate", "--primer"], ["play", "--primer"], ["vary"], ["harmonize"]] {
      let outcome = try command.run(
        words + ["nosuch" + ending], environment: ["MUSEGEN_MODELS": "/nowhere"])
      #expect(outcome.code == 66, "\(words): \(outcome.errors)")
      #expect(
        outcome.errors.contains(
          ending.isEmpty
            ? "nosuch: no such file, and \"nosuch\" is no note" : "nosuch.mid: cannot read"),
        "\(outcome.errors)")
    }
  }

  @Test func `what is not there is told with exit code 66`() throws {
    try refused(
      "generate", code: 66,
      line: "model.safetensors: cannot read: no such file or directory; "
        + "$MUSEGEN_MODELS is /nowhere, expected a folder of models; unset it, or name a model with -m"
    )
    try refused(
      "render", "none.mid", code: 66, line: "none.mid: cannot read: no such file or directory")
    try refused(
      "train", "none", code: 66,
      line: "none: found nothing, expected MIDI files or a folder of them")
    try command.write(Array("text".utf8), to: "folder/notes.txt")
    try refused(
      "train", "folder", code: 66,
      line: "folder: found no MIDI file, expected .mid, .midi, .kar, .rmi, .musicxml, .mxl or .abc")
    try refused(
      "render", "folder", "-o", "a.wav", code: 66, line: "folder: cannot read: it is a folder")
    try refused(
      "train", "--resume", "none", code: 66,
      line: "none: found no run, expected a folder such as runs/midi-1")
  }

  @Test func `a name that is empty is seen to be so`() throws {
    let nothing = "found nothing, expected MIDI files or a folder of them"
    for name in ["train", "tokens", "info"] {
      try refused(name, "", code: 66, line: "'': \(nothing)")
    }
    for (name, output) in [("render", "a.wav"), ("edit", "a.musicxml")] {
      try refused(
        name, "", "-o", output, code: 66, line: "'': cannot read: no such file or directory")
    }
    try refused(
      "train", "--resume", "", code: 66,
      line: "'': found no run, expected a folder such as runs/midi-1")
    try refused(
      "tokens", "a.json", "--decode", "-o", "", code: 64,
      line: "'': unknown kind of file, expected .mid or .midi")
  }

  @Test func `files with another content are told with exit code 65`() throws {
    try command.write(Array("not a model, not a song either".utf8), to: "x.bin")
    try refused(
      "generate", "-m", "x.bin", code: 65,
      line: "x.bin: byte 0: not a safetensors file: header of 8029109312199880558 bytes, "
        + "22 bytes follow")
    try refused(
      "render", "x.bin", "-o", "a.wav", code: 65,
      line: "x.bin: byte 0: found no MThd header, expected a Standard MIDI File")
    try command.write(Array("not a song".utf8), to: "songs/x.mid")
    try refused(
      "train", "songs", code: 65,
      line: "songs/x.mid: byte 0: found no MThd header, expected a Standard MIDI File")
    try command.write([], to: "songs/y.mid")
    let outcome = try command.run("train", "songs")
    #expect(outcome.code == 65)
    #expect(
      outcome.errors == """
        musegen: songs/x.mid: byte 0: found no MThd header, expected a Standard MIDI File; skipped
        musegen: songs/y.mid: byte 0: the file is empty, expected a Standard MIDI File; skipped
        musegen: none of 2 files could be read as music

        """)
  }

  @Test func `many bad files are told by kind, and listed in the run's folder`() throws {
    for number in 10..<22 { try command.write(Array("no song".utf8), to: "songs/\(number).mid") }
    try command.write([], to: "songs/22.mid")
    let notes = (0..<20).map {
      Note(onset: $0 * 240, duration: 240, pitch: UInt8(60 + $0 % 7), velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: notes.count * 240)
    try command.write(score.midiFile().bytes(), to: "songs/song.mid")
    let outcome = try command.run(
      "train", "songs", "--run", "run", "--steps", "1", "--hidden", "8", "--embedding", "8")
    #expect(outcome.code == 0)
    let lines = outcome.errors.split(separator: "\n")
    try #require(lines.count >= 2, "\(outcome.errors)")
    #expect(lines[0].hasPrefix("musegen: 13 of ") && lines[0].hasSuffix(" files skipped:"))
    #expect(
      lines[1] == "musegen: 13 that are no Standard MIDI Files, or damaged ones, such as "
        + "songs/10.mid, songs/11.mid, songs/12.mid and 10 more")
    #expect(outcome.output.contains("13 files skipped (listed in run/skipped.txt)"))
    let list = try String(
      contentsOfFile: command.folder.path + "/run/skipped.txt", encoding: .utf8)
    #expect(list.split(separator: "\n").count == 13)
    #expect(
      list.contains(
        "songs/22.mid: byte 0: the file is empty, expected a Standard MIDI File\n"))
  }

  @Test func `files that cannot be made are told with exit code 73`() throws {
    try refused(
      "train", "folder", "-o", "none/model.safetensors", code: 73,
      line: "none/model.safetensors: cannot write: its folder does not exist")
    try refused(
      "generate", "-o", "none/a.mid", code: 73,
      line: "none/a.mid: cannot write: its folder does not exist")
    try refused(
      "play", "-o", "none/a.mid", code: 73,
      line: "none/a.mid: cannot write: its folder does not exist")
  }
}
