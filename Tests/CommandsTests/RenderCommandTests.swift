import FileStorage
import Foundation
import MuseGen
import Testing
import TestSupport

@Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
struct RenderCommandTests {
  let command: Command

  init() throws {
    command = try Command()
    for (name, pitch) in [("a", 60), ("b", 67), ("c", 72)] as [(String, UInt8)] {
      let note = Note(onset: 0, duration: 480, pitch: pitch, velocity: 100)
      let score = Score(tracks: [Track(notes: [note])], endTick: 480)
      try command.write(score.midiFile().bytes(), to: "\(name).mid")
    }
    try command.write([], to: "out/.keep")
  }

  @Test func `many files go to a folder, and one that is broken does not stop the others`() throws {
    try command.write(Array("no MIDI".utf8), to: "broken.mid")
    let outcome = try command.run(
      "render", "a.mid", "broken.mid", "b.mid", "c.mid", "-o", "out", "--format", "flac")
    #expect(outcome.code == 65)
    #expect(outcome.errors.hasPrefix("musegen: broken.mid: "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: command.folder.appending(path: "out").path)
    #expect(Set(names) == [".keep", "a.flac", "b.flac", "c.flac"])
    #expect(outcome.output.contains("out/a.flac: "))
  }

  @Test func `a file without notes is told to be one, and so is its roll`() throws {
    try command.write(Score().midiFile().bytes(), to: "silent.mid")
    for arguments in [
      ["render", "silent.mid", "-o", "silent.wav"],
      ["render", "silent.mid", "-o", "silent.musicxml"],
      ["info", "silent.mid", "--roll", "silent.svg"], ["info", "--roll", "silent.mid"],
    ] {
      let outcome = try command.run(arguments)
      #expect(outcome.code == 0, "\(arguments)")
      #expect(outcome.errors == "musegen: silent.mid: has no notes\n", "\(arguments)")
    }
    let sounding = try command.run("render", "a.mid", "-o", "a.wav")
    #expect(sounding.code == 0 && sounding.errors == "")
  }

  @Test func `every file that is named is written, and none where one cannot be`() throws {
    let outcome = try command.run(
      "render", "a.mid", "-o", "x.ogg", "-o", "x.wav", "-o", "x.musicxml", "--samples", "int24")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try command.files.filter { $0.hasPrefix("x.") } == ["x.musicxml", "x.ogg", "x.wav"])
    #expect(outcome.output.split(separator: "\n").count == 3)
    let refused = try command.run("render", "a.mid", "-o", "y.ogg", "-o", "y.midi")
    #expect(refused.code == 64)
    #expect(
      refused.errors == "musegen: y.midi: unknown kind of file, expected .wav, .flac, .ogg, .opus, "
        + ".mp3, .musicxml, .mxl, .pdf, .png or .svg\n")
    let twice = try command.run("render", "a.mid", "-o", "y.ogg", "-o", "./y.ogg")
    #expect(twice.errors == "musegen: --output ./y.ogg is given twice\n")
    #expect(try !command.files.contains { $0.hasPrefix("y.") })
  }

  @Test func `the loudest sample is brought to the level that is asked for`() throws {
    let outcome = try command.run("render", "a.mid", "-o", "a.wav", "--normalize", "-3")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("a.wav: "))
    #expect(outcome.output.contains("loudest sample -3.0 dB"))
  }

  @Test func `a fade-out ends with the last note, however long the file goes on behind it`() throws
  {
    // At 120 quarter notes a minute the note lasts two seconds, the file eight; a pedal holds it for three.
    let note = Note(onset: 0, duration: 1920, pitch: 60, velocity: 100)
    let pedal = [(480, 127), (2880, 0)].map {
      TrackMessage(tick: $0.0, kind: .control(controller: 64, value: $0.1))
    }
    let pieces: [(name: String, messages: [TrackMessage], seconds: String)] = [
      (name: "plain", messages: [], seconds: "2.0"),
      (name: "held", messages: pedal, seconds: "3.0"),
    ]
    for (name, messages, seconds) in pieces {
      let score = Score(tracks: [Track(notes: [note], messages: messages)], endTick: 7680)
      try command.write(score.midiFile().bytes(), to: "\(name).mid")
      let outcome = try command.run(
        "render", "\(name).mid", "-o", "\(name).wav", "--fade-out", "1s")
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output.hasPrefix("\(name).wav: \(seconds) s, "), "\(outcome.output)")
    }
  }

  @Test func `several files into one and two of one name are refused`() throws {
    let several = try command.run("render", "a.mid", "b.mid", "-o", "x.wav")
    #expect(several.code == 64)
    #expect(
      several.errors == "musegen: x.wav is no folder, but there are 2 files to render\n")
    let twice = try command.run("render", "a.mid", "out/a.mid")
    #expect(twice.code == 64)
    #expect(twice.errors == "musegen: a.mid and out/a.mid would both become a.wav\n")
  }

  @Test func `devices lists places and the SoundFont`() throws {
    let outcome = try command.run("devices")
    #expect(outcome.code == 0)
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("\n  null "))
    #expect(outcome.output.contains("MIDI ports (--port):"))
    #expect(outcome.output.contains(try SoundFont.discover().path))
  }

  @Test(arguments: AudioFormat.allCases)
  func `every format is written without a word about sample rates`(format: AudioFormat) throws {
    let outcome = try command.run("render", "a.mid", "-o", "a.\(format.rawValue)")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try command.files.contains("a.\(format.rawValue)"))
  }

  @Test func `a sample rate that a format lacks is refused before anything is done`() throws {
    for arguments in [["render", "a.mid"], ["generate"]] {
      let outcome = try command.run(arguments + ["-o", "a.opus", "--sample-rate", "44100"])
      #expect(outcome.code == 64)
      #expect(
        outcome.errors
          == "musegen: --sample-rate is 44100, expected 8000, 12000, 16000, 24000, 48000 "
          + "for .opus\n")
    }
  }

  @Test func `samples that FLAC cannot hold are refused before anything is written`() throws {
    for outputs in [["-o", "x.flac"], ["-o", "x.wav", "-o", "x.flac"], ["--format", "flac"]] {
      let outcome = try command.run(["render", "a.mid"] + outputs + ["--samples", "float32"])
      #expect(outcome.code == 64)
      #expect(
        outcome.errors
          == "musegen: --samples is float32, expected int16 or int24 for .flac\n", "\(outputs)")
    }
    #expect(try command.files.allSatisfy { !$0.hasSuffix(".flac") && !$0.hasSuffix(".wav") })
  }

  @Test(arguments: ["wav", "flac", "ogg", "mp3"])
  func `a sound file tells the title, the model and the seed of the piece`(ending: String) throws {
    let trained = try command.run(
      "train", "a.mid", "--steps", "2", "--hidden", "16", "--layers", "1", "--title", "long notes")
    try #require(trained.code == 0, "\(trained.errors)")
    let generated = try command.run(
      "generate", "--seed", "7", "--length", "2", "-o", "new.mid", "-o", "new.\(ending)")
    try #require(generated.code == 0, "\(generated.errors)")
    let rendered = try command.run("render", "new.mid", "-o", "again.\(ending)")
    try #require(rendered.code == 0, "\(rendered.errors)")
    let named = try command.run("render", "a.mid", "--title", "Air", "-o", "named.\(ending)")
    try #require(named.code == 0, "\(named.errors)")
    func tells(_ name: String, _ text: String) throws -> Bool {
      try Data(contentsOf: command.folder.appending(path: "\(name).\(ending)"))
        .range(of: Data(text.utf8)) != nil
    }
    // The tags are written as plain text in all of these formats.
    for name in ["new", "again"] {
      #expect(try tells(name, "musegen piece, seed 7"))
      #expect(try tells(name, "musegen, model long notes, seed 7, SoundFont "))
    }
    #expect(try tells("named", "Air"))
    #expect(try !tells("named", "seed"))
  }

  @Test func `silence long after the music is not rendered, and told`() throws {
    let score = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 960, pitch: 60)])], endTick: 80 * 60 * 960)
    try command.write(score.midiFile().bytes(), to: "late.mid")
    let outcome = try command.run("render", "late.mid", "-o", "late.wav")
    #expect(outcome.code == 0)
    #expect(outcome.errors.contains("late.mid: 1:19:49 of silence at the end left out"))
    // One second, ten of silence, and what dies away: 16 bits, two channels, 44,100 a second.
    #expect(try readFile(at: command.folder.path + "/late.wav").count < 20 * 44_100 * 4)
  }

  @Test func `a file that claims years is refused before it fills the disk`() throws {
    let score = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 200_000_000, pitch: 60)])],
      endTick: 200_000_000)
    try command.write(score.midiFile().bytes(), to: "years.mid")
    let outcome = try command.run("render", "years.mid", "-o", "years.wav")
    #expect(outcome.code == 65)
    #expect(
      outcome.errors
        == "musegen: years.mid: lasts longer than a day; cut it before rendering\n")
    #expect(try !command.files.contains { $0.hasSuffix("years.wav") })
  }

  @Test(arguments: AudioFormat.allCases)
  func `a disk that takes no more is told, and nothing is left`(format: AudioFormat) throws {
    let notes = (0..<60).map { Note(onset: $0 * 480, duration: 480, pitch: 60, velocity: 100) }
    let score = Score(tracks: [Track(notes: notes)], endTick: 60 * 480)
    try command.write(score.midiFile().bytes(), to: "long.mid")
    let name = "long.\(format.rawValue)"
    // The shell's limit, in blocks of 512 bytes, ends writing as a full disk does.
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = [
      "-c",
      """
      trap '' XFSZ; ulimit -f 64
      '\(command.executableFolder)/musegen' render long.mid --sample-rate 48000 -o \(name) >&2
      """,
    ]
    shell.currentDirectoryURL = command.folder
    let errors = Pipe()
    shell.standardError = errors
    try shell.run()
    let told = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 74)
    #expect(told == "musegen: \(name): cannot write: file too large\n")
    #expect(try !command.files.contains { $0.contains(format.rawValue) })
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `stopped half-way it leaves no file`(signal: Int32) throws {
    let notes = (0..<60_000).map { Note(onset: $0 * 480, duration: 480, pitch: 60, velocity: 99) }
    let score = Score(tracks: [Track(notes: notes)], endTick: 60_000 * 480)
    try command.write(score.midiFile().bytes(), to: "hours.mid")
    let outcome = try command.run(
      ["render", "hours.mid", "a.mid", "--jobs", "1"], interruptedAfter: 2, by: signal)
    #expect(outcome.code == 128 + signal)
    #expect(outcome.errors.isEmpty)
    #expect(try !command.files.contains { $0.contains(".wav") })
  }
}
