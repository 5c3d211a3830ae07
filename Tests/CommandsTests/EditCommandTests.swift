import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen edit` through the command line.
struct EditCommandTests {
  let command: Command
  /// Twelve bars of eighths on two channels of two ports, and drums.
  let song: Score

  init() throws {
    command = try Command()
    let notes = (0..<96).map { Note(onset: $0 * 240, duration: 200, pitch: UInt8(60 + $0 % 12)) }
    song = Score(
      title: "Song",
      tracks: [
        Track(
          name: "Violin", channel: 0, notes: notes,
          messages: [
            TrackMessage(tick: 0, kind: .control(controller: 7, value: 90)),
            TrackMessage(tick: 480, kind: .pitchBend(9000)),
          ], texts: [TextEvent(tick: 240, kind: .lyric, text: "la")]),
        Track(
          name: "Bass", channel: 1, notes: [Note(onset: 0, duration: 1920, pitch: 36)],
          messages: [TrackMessage(tick: 0, kind: .program(33))], port: 1),
        Track(name: "Drums", channel: 9, notes: [Note(onset: 0, duration: 60, pitch: 38)]),
      ],
      tempos: [
        TempoChange(tick: 0, microsecondsPerQuarter: 500_000),
        TempoChange(tick: 1920, microsecondsPerQuarter: 600_000),
      ],
      timeSignatures: [TimeSignature(tick: 0, numerator: 4, denominator: 4)],
      keySignatures: [KeySignature(tick: 0, sharps: 0, isMinor: false)],
      texts: [TextEvent(tick: 0, kind: .marker, text: "verse")], endTick: 12 * 1920)
    try command.write(song.midiFile().bytes(), to: "song.mid")
    let drums = Score(tracks: [song.tracks[2]], endTick: 1920)
    try command.write(drums.midiFile().bytes(), to: "drums.mid")
    let frames = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40),
      tracks: [Track(notes: [Note(onset: 0, duration: 100, pitch: 60)])], endTick: 1000)
    try command.write(frames.midiFile().bytes(), to: "frames.mid")
  }

  private func edited(_ arguments: String...) throws -> Score {
    let outcome = try command.run(
      ["edit", "song.mid"] + arguments + ["-o", "new.mid", "--overwrite"])
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors == "")
    return try Score(path: command.folder.appending(path: "new.mid").path)
  }

  @Test func `a file without notes is told to have none`() throws {
    try command.write(Score(endTick: 1920).midiFile().bytes(), to: "silent.mid")
    let edited = try command.run("edit", "silent.mid", "--transpose", "2", "-o", "new.mid")
    #expect(edited.code == 65)
    #expect(
      edited.errors == "musegen: silent.mid: no notes found, expected notes for --transpose\n")
    for arguments in [["silent.mid", "song.mid"], ["song.mid", "silent.mid"]] {
      let compared = try command.run(["compare"] + arguments)
      #expect(compared.code == 65 && !compared.output.contains("pitch classes"))
      #expect(compared.errors == "musegen: silent.mid: no notes found, expected music to compare\n")
    }
  }

  @Test func `what a file cannot hold is told in a line`() throws {
    let scored = try command.run("edit", "song.mid", "-o", "a.musicxml", "-o", "b.mxl")
    #expect(scored.code == 0)
    #expect(
      scored.errors
        == "musegen: song.mid: 1 lyric, 1 marker, 1 pitch bend left out, which no score is written with\n"
    )
    #expect(try command.run("edit", "song.mid", "--tempo", "90", "-o", "c.mid").errors == "")
    // What was lost once is not lost again.
    #expect(try command.run("edit", "a.musicxml", "-o", "d.mid").errors == "")
    let pitch = "<pitch><step>C</step><octave>5</octave></pitch>"
    let song = """
      <score-partwise><part-list><score-part id="P1"/></part-list><part id="P1"><measure number="1">\
      <attributes><divisions>1</divisions></attributes><note><grace/>\(pitch)</note>\
      <note>\(pitch)<duration>4</duration><lyric><text>la</text></lyric></note>\
      <barline><repeat direction="backward"/></barline></measure></part></score-partwise>
      """
    try command.write(Array(song.utf8), to: "song.musicxml")
    for output in ["e.mid", "e.musicxml"] {
      let outcome = try command.run("edit", "song.musicxml", "-o", output)
      #expect(outcome.code == 0)
      #expect(
        outcome.errors
          == "musegen: song.musicxml: 1 lyric left out; 1 grace note, 1 repeat become what is played\n"
      )
    }
  }

  @Test func `render tells what its scores lack, once for all of them, as edit does`() throws {
    let told = "1 lyric, 1 marker, 1 pitch bend left out, which no score is written with\n"
    let rendered = try command.run("render", "song.mid", "-o", "a.musicxml", "-o", "b.mxl")
    #expect(rendered.code == 0)
    #expect(rendered.errors == "musegen: song.mid: \(told)")
    let piped = try command.shell("cat song.mid | $M render - -o c.musicxml -o d.mxl")
    #expect(piped.code == 0)
    #expect(piped.errors == "musegen: /dev/stdin: \(told)")
    let score = """
      <score-partwise><part-list><score-part id="P1"/></part-list><part id="P1"><measure number="1">\
      <attributes><divisions>1</divisions></attributes><note><pitch><step>C</step><octave>5</octave>\
      </pitch><duration>4</duration><lyric><text>la</text></lyric></note></measure></part></score-partwise>
      """
    try command.write(Array(score.utf8), to: "sung.musicxml")
    let again = try command.run("render", "sung.musicxml", "-o", "e.musicxml")
    #expect(again.code == 0)
    #expect(again.errors == "musegen: sung.musicxml: 1 lyric left out\n")
  }

  @Test func `a score from standard input becomes MIDI, as that of a file does`() throws {
    try #require(try command.run("edit", "song.mid", "-o", "song.musicxml").code == 0)
    let named = try command.run("edit", "song.musicxml", "-o", "named.mid")
    try #require(named.code == 0, "\(named.errors)")
    for (line, name) in [
      ("$M edit - -o read.mid < song.musicxml", "read.mid"),
      ("cat song.musicxml | $M edit - -o piped.mid", "piped.mid"),
    ] {
      let outcome = try command.shell(line)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let files = try ["named.mid", name].map {
        try readFile(at: command.folder.appending(path: $0).path)
      }
      #expect(files[0] == files[1])
    }
    let unchanged = try command.shell("$M edit - -o same.mid < song.mid")
    #expect(unchanged.code == 64)
    #expect(unchanged.errors.hasPrefix("musegen: nothing to change, expected --trim"))
  }

  @Test func `an end of track behind the last bar line is no bar to trim to`() throws {
    var late = song
    late.endTick += 26
    try command.write(late.midiFile().bytes(), to: "late.mid")
    let outcome = try command.run("edit", "late.mid", "--trim", "13-14", "-o", "new.mid")
    #expect(outcome.code == 65)
    #expect(outcome.errors.contains("late.mid: 12 bars found"), "\(outcome.errors)")
  }

  @Test func `every file that is named is written`() throws {
    let outcome = try command.run(
      "edit", "song.mid", "--transpose", "2", "-o", "a.mid", "-o", "b.musicxml", "-o", "c.mid")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").map { $0.prefix(2) } == ["a.", "b.", "c."])
    let paths = ["a.mid", "b.musicxml", "c.mid"].map { command.folder.appending(path: $0).path }
    let (first, second) = (try Score(path: paths[0]), try Score(path: paths[2]))
    #expect(first == second && FileManager.default.fileExists(atPath: paths[1]))
    let split = try command.run(
      "edit", "song.mid", "--split", "tracks", "-o", "x.mid", "-o", "y.mid")
    #expect(split.code == 0, "\(split.errors)")
    #expect(
      try command.files.filter { $0.hasPrefix("x") || $0.hasPrefix("y") }
        == ["x-1.mid", "x-2.mid", "x-3.mid", "y-1.mid", "y-2.mid", "y-3.mid"])
    let twice = try command.run("edit", "song.mid", "--tempo", "90", "-o", "d.mid", "-o", "./d.mid")
    #expect(twice.errors == "musegen: --output ./d.mid is given twice\n")
    #expect(twice.code == 64)
  }

  @Test func `what is not asked for stays`() throws {
    #expect(try edited("--program", "track3=8").tracks[0...1] == song.tracks[0...1])
    var up = song
    for track in 0...1 {
      for note in song.tracks[track].notes.indices { up.tracks[track].notes[note].pitch += 3 }
    }
    // Three semitones above C major are three flats.
    up.keySignatures[0].sharps = -3
    #expect(try edited("--transpose", "3") == up)
  }

  @Test func `everything at once is done in its order`() throws {
    let score = try edited(
      "--program", "0=40", "--tempo", "96", "--transpose", "-3", "--swing", "--quantise", "1/16",
      "--trim", "8bars")
    #expect(score.endTick == 8 * 1920)
    #expect(score.tempos.map(\.microsecondsPerQuarter) == [625_000, 750_000])
    #expect(score.tracks[0].notes.count == 64)
    #expect(score.tracks[0].notes.prefix(3).map(\.onset) == [0, 320, 480])
    #expect(score.tracks[0].notes.prefix(3).map(\.pitch) == [57, 58, 59])
    #expect(score.tracks[2].notes.map(\.pitch) == [38])
    #expect(score.tracks.map(\.port) == [0, 1, 0])
    let programs = ChannelPrograms(score)
    #expect(score.tracks.prefix(2).map { programs.programs(of: $0) } == [[40], [33]])
  }

  @Test(
    arguments: [
      ("5-8bars", 7680, 60 + 32 % 12), ("5 - 8 bars", 7680, 60 + 32 % 12), ("12bars", 23_040, 60),
      ("5-8", 7680, 60 + 32 % 12), ("bars 5-8", 7680, 60 + 32 % 12), ("bar 5", 1_920, 60 + 32 % 12),
      ("4s", 3_440, 60),
      ("0:02-4", 1_600, 60 + 8),
    ] as [(String, Int, Int)])
  func `a part is kept by bars or by time`(trim: String, length: Int, first: Int) throws {
    let score = try edited("--trim", trim)
    // The first four seconds are four quarter notes of half a second and the rest of 0.6.
    #expect(abs(score.endTick - length) <= (trim == "4s" ? 80 : 0))
    #expect(score.tracks[0].notes.first?.pitch == UInt8(first))
    #expect(score.tracks[0].notes.first?.onset == 0)
  }

  @Test func `a grid is spelled in both ways`() throws {
    #expect(try edited("--quantise", "1/4") == edited("--quantize", "1/4"))
    #expect(
      try edited("--quantise", "1/4").tracks[0].notes.map(\.onset).allSatisfy { $0 % 480 == 0 })
  }

  // Numbers as in the table of General MIDI Level 1, less one.
  @Test(
    arguments: [("violin", 40), ("Church-Organ", 19), ("strings", 48), ("piano", 0), ("flute", 73)])
  func `a program may be named`(name: String, program: Int) throws {
    let outcome = try command.run("edit", "song.mid", "--program", name, "-o", "named.mid")
    try #require(outcome.code == 0, "\(outcome.errors)")
    let numbered = try command.run(
      "edit", "song.mid", "--program", "\(program)", "-o", "number.mid")
    try #require(numbered.code == 0, "\(numbered.errors)")
    let files = try ["named.mid", "number.mid"].map {
      try readFile(at: command.folder.appending(path: $0).path)
    }
    #expect(files[0] == files[1])
  }

  @Test func `each track is written to a file of its own`() throws {
    let outcome = try command.run("edit", "song.mid", "--split", "tracks", "-o", "part.mid")
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count == 3)
    for (index, track) in song.tracks.enumerated() {
      let part = try Score(path: command.folder.appending(path: "part-\(index + 1).mid").path)
      #expect(part.tracks == [track])
      #expect(part.tempos == song.tempos && part.texts == song.texts)
    }
  }

  @Test func `the format of the file stays, and no file is replaced unasked`() throws {
    var single = song
    single.tracks[1].port = 0
    try command.write(single.midiFile(format: .singleTrack).bytes(), to: "single.mid")
    let first = try command.run("edit", "single.mid", "--transpose", "1")
    #expect(first.output.hasPrefix("single-edited.mid: "), "\(first.errors)")
    let bytes = try readFile(at: command.folder.appending(path: "single-edited.mid").path)
    #expect(try MIDIFile(bytes: bytes).format == .singleTrack)
    let second = try command.run("edit", "single.mid", "--transpose", "1")
    #expect(second.output.hasPrefix("single-edited-2.mid: "))
    let given = try command.run("edit", "single.mid", "--transpose", "1", "-o", "song.mid")
    #expect(given.code == 73)
  }

  @Test(
    arguments: [
      ("song.mid", 64, "nothing to change, expected --trim"),
      ("song.mid --trim 0bars", 64, "--trim is \"0bars\", expected 8bars or 30s"),
      ("song.mid --trim -5", 64, "--trim is \"-5\", expected 8bars or 30s"),
      ("song.mid --trim 8-5bars", 64, "--trim is \"8-5bars\""),
      ("song.mid --trim 99999999999999999999bars", 64, "--trim is \""),
      ("song.mid --trim 13-14bars", 65, "song.mid: 12 bars found, expected --trim to begin in one"),
      ("song.mid --trim 100-101s", 65, "song.mid: lasts 28.4 s, expected --trim to begin before"),
      ("drums.mid --trim 0.5-1s", 65, "drums.mid: no note is struck in 0.5 to 1.0 s"),
      ("song.mid --quantise 16", 64, "--quantise is \"16\", expected a part of a whole note"),
      ("song.mid --quantise -4", 64, "--quantise is \"-4\", expected a part of a whole note"),
      ("song.mid --quantise 1/0", 64, "--quantise is \"1/0\""),
      ("song.mid --swing --swing-ratio 1:1", 64, "--swing-ratio is \"1:1\""),
      ("song.mid --swing --swing-ratio -2:1", 64, "--swing-ratio is \"-2:1\""),
      ("song.mid --swing --swing-unit 1/3", 64, "--swing-unit is \"1/3\""),
      ("song.mid --swing --swing-unit -1/8", 64, "--swing-unit is \"-1/8\""),
      ("song.mid --swing-ratio 3:2", 64, "--swing-ratio has no effect without --swing"),
      ("song.mid --transpose 128", 64, "--transpose is 128, expected -127 to 127"),
      (
        "song.mid --transpose 57", 65,
        "song.mid: pitches 36 to 71 found, expected --transpose -36 to 56"
      ),
      ("drums.mid --transpose 1", 65, "drums.mid: drums alone found"),
      ("song.mid --tempo 0", 64, "--tempo is 0.0, expected 10 to 1000"),
      ("song.mid --tempo nan", 64, "--tempo is nan, expected 10 to 1000"),
      ("frames.mid --tempo 90", 65, "frames.mid: times in time code found"),
      ("frames.mid --swing", 65, "frames.mid: times in time code found"),
      ("frames.mid --quantise 1/8", 65, "frames.mid: times in time code found"),
      ("frames.mid --trim 2bars", 65, "frames.mid: times in time code found"),
      ("song.mid --program 128", 64, "--program is \"128\", expected programs 0 to 127"),
      ("song.mid --program -1", 64, "--program is \"-1\", expected programs 0 to 127"),
      ("song.mid --program 0=-1", 64, "--program is \"0=-1\", expected programs 0 to 127"),
      ("song.mid --program track0=1", 64, "--program is \"track0=1\""),
      (
        "song.mid --program vioin", 64,
        "--program is \"vioin\", expected programs 0 to 127 or their names"
      ),
      ("song.mid --program banjos=1", 64, "--program is \"banjos=1\""),
      ("song.mid --instrument 3", 64, "unknown option '--instrument', the nearest is --program"),
      ("song.mid --bars 1-4", 64, "unknown option '--bars', the nearest is --trim"),
      ("song.mid --bpm 90", 64, "unknown option '--bpm', the nearest is --tempo"),
      ("song.mid --program 0=1 --program 0=2", 64, "--program 0 is replaced twice"),
      ("song.mid --program 9 --program 0=2", 64, "--program 9 is for all tracks"),
      ("song.mid --program 5=1", 65, "song.mid: no track plays program 5, expected one of 0, 33"),
      ("song.mid --program track4=1", 65, "song.mid: track 4 not found, expected 1 to 3"),
      ("drums.mid --program 5", 65, "drums.mid: drums alone found"),
      (
        "song.mid --transpose 1 -o new.wav", 64,
        "new.wav: unknown kind of file, expected .mid, .midi, .musicxml, .mxl, .pdf, .png or .svg"
      ),
      ("nowhere.mid --transpose 1", 66, "nowhere.mid: cannot read"),
    ] as [(String, Int32, String)])
  func `what cannot be done is told in a line, and nothing is written`(
    line: String, code: Int32, told: String
  ) throws {
    let before = try command.files
    let outcome = try command.run(["edit"] + line.split(separator: " ").map(String.init))
    #expect(outcome.code == code)
    #expect(outcome.errors.hasPrefix("musegen: \(told)"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try command.files == before)
  }

  @Test func `tracks of one channel get another program together`() throws {
    var shared = song
    shared.tracks[1].port = 0
    shared.tracks[1].channel = 0
    try command.write(shared.midiFile().bytes(), to: "shared.mid")
    let outcome = try command.run("edit", "shared.mid", "--program", "track1=4", "-o", "x.mid")
    #expect(outcome.code == 65)
    #expect(
      outcome.errors.hasSuffix(
        "play on one channel, which has one program, expected --program track1=4 and --program "
          + "track2=4\n"))
    let both = try command.run(
      "edit", "shared.mid", "--program", "track1=4", "--program", "track2=4", "-o", "x.mid")
    #expect(both.code == 0, "\(both.errors)")
  }

  @Test func `tracks that share too much are not split into files many times the piece`() throws {
    let channel = (0..<20_000).map {
      TrackMessage(tick: $0, kind: .control(controller: 7, value: UInt8($0 % 128)))
    }
    var tracks = (0..<600).map { _ in Track(notes: [Note(onset: 0, duration: 10, pitch: 60)]) }
    tracks[0].messages = channel
    let score = Score(tracks: tracks, endTick: 20_000)
    try command.write(score.midiFile().bytes(), to: "shared.mid")
    let outcome = try command.run("edit", "shared.mid", "--split", "tracks")
    #expect(outcome.code == 65)
    #expect(
      outcome.errors
        == "musegen: shared.mid: 600 tracks share what is told, 12,000,000 events in all their files, "
        + "expected 10,000,000 at most\n")
    #expect(try listFolder(at: command.folder.path).filter { $0.hasPrefix("shared-") } == [])
  }
}
