import Foundation
import MuseGen
import Testing
import TestSupport

struct InfoTests {
  let command: Command
  init() throws { command = try Command() }

  /// Two measures of 3/4 in G, and a drum stroke.
  private var minuet: [UInt8] {
    Score(
      title: "Minuet", division: .ticksPerQuarter(100),
      tracks: [
        Track(
          name: "Flute",
          notes: [
            Note(onset: 0, duration: 300, pitch: 67), Note(onset: 0, duration: 300, pitch: 71),
            Note(onset: 300, duration: 300, pitch: 74),
          ], messages: [TrackMessage(tick: 0, kind: .program(73))]),
        Track(channel: 9, notes: [Note(onset: 0, duration: 100, pitch: 36)]),
      ], tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 500_000)],
      timeSignatures: [TimeSignature(tick: 0, numerator: 3, denominator: 4)],
      keySignatures: [KeySignature(tick: 0, sharps: 1, isMinor: false)], endTick: 600
    ).midiFile().bytes()
  }

  @Test func `a file is described in a few lines`() throws {
    try command.write(minuet, to: "minuet.mid")
    let outcome = try command.run("info", "minuet.mid")
    #expect(outcome.code == 0)
    #expect(
      outcome.output == """
        minuet.mid
          Minuet
          format 1, 100 ticks a quarter note, 2 tracks, \(minuet.count) bytes
          3 s, 4 notes, G4 to D5, at most 2 at once
          120 quarter notes a minute, 3/4, G major, sounds like G major
          1  Flute  channel 1   Flute     3 notes  G4 to D5
          2  -      channel 10  drum kit  1 note

        """)
  }

  @Test func `the median of two pieces' lengths in tokens is the mean of both`() throws {
    try command.write(minuet, to: "minuet.mid")
    let tune = Track(notes: [Note(onset: 0, duration: 480, pitch: 60)])
    try command.write(Score(tracks: [tune], endTick: 480).midiFile().bytes(), to: "tune.mid")
    let report = try command.run("tokens", "minuet.mid", "tune.mid").output
    let found = try #require(
      report.firstMatch(of: /([0-9]+) to ([0-9]+) tokens, median ([0-9]+)/))
    let lengths = [found.1, found.2, found.3].compactMap { Int($0) }
    try #require(lengths.count == 3 && lengths[0] < lengths[1])
    #expect(lengths[2] == (lengths[0] + lengths[1]) / 2)
  }

  @Test func `a score is described by its own kind and size, and not by those of MIDI`() throws {
    try command.write(minuet, to: "minuet.mid")
    for name in ["minuet.musicxml", "minuet.mxl"] {
      #expect(try command.run("render", "minuet.mid", "-o", name).code == 0)
      let size = try Data(contentsOf: command.folder.appending(path: name)).count
      let outcome = try command.run("info", name)
      let kind = try #require(
        outcome.output.split(separator: "\n").first { $0.hasPrefix("  MusicXML, ") })
      #expect(kind.replacing(",", with: "").hasSuffix(" \(size) bytes"), "\(kind)")
      #expect(!outcome.output.contains("ticks"))
      let json = try command.run("info", name, "--json")
      let listing = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
      let files = (listing as? [String: Any])?["files"] as? [[String: Any]]
      let file = try #require(files?.first)
      #expect(file["notation"] as? String == "MusicXML")
      #expect(file["bytes"] as? Int == size)
      #expect(file["format"] == nil)
    }
  }

  @Test func `a file in time code has no tempo`() throws {
    let score = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40),
      tracks: [Track(notes: [60, 64, 67].map { Note(onset: 0, duration: 4000, pitch: $0) })],
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 250_000)], endTick: 4000)
    let bytes = score.midiFile().bytes()
    try command.write(bytes, to: "film.mid")
    let outcome = try command.run("info", "film.mid")
    #expect(
      outcome.output == """
        film.mid
          format 1, 25 frames a second, 40 ticks a frame, 1 track, \(bytes.count) bytes
          4 s, 3 notes, C4 to G4, at most 3 at once
          time code, no tempo, no time signature, no key signature, sounds like C major
          1  -  channel 1  Acoustic Grand Piano  3 notes  C4 to G4

        """)
  }

  @Test func `an end long after the music and notes after a day are told`() throws {
    let minute = 60 * 960
    let late = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 3840, pitch: 60)])], endTick: 80 * minute)
    try command.write(late.midiFile().bytes(), to: "late.mid")
    let info = try command.run("info", "late.mid")
    #expect(info.output.contains("  1:20:00 (music until 4 s), 1 note, C4 to C4"))
    #expect(!info.output.contains("after the first day"))
    let day = Score(
      tracks: [
        Track(notes: [
          Note(onset: 0, duration: 480, pitch: 60),
          Note(onset: 25 * 60 * minute, duration: 480, pitch: 62),
        ])
      ], endTick: 25 * 60 * minute + 480)
    try command.write(day.midiFile().bytes(), to: "day.mid")
    #expect(
      try command.run("info", "day.mid").output
        .contains("  1 note after the first day, which tokens leave out"))
    for scheme in ["remi", "tsd", "performance"] {
      let tokens = try command.run("tokens", "day.mid", "--tokens", scheme)
      #expect(tokens.code == 0)
      #expect(tokens.errors.contains("day.mid: 1 note after the first day left out"))
    }
  }

  @Test func `faults are told with their bytes and what was done`() throws {
    // A key signature of 15 sharps.
    let bytes: [UInt8] =
      Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1, 0, 96] + Array("MTrk".utf8)
      + [0, 0, 0, 10, 0, 0xFF, 0x59, 2, 15, 0, 0, 0xFF, 0x2F, 0]
    try command.write(bytes, to: "fifteen.mid")
    let outcome = try command.run("info", "fifteen.mid")
    #expect(
      outcome.output.contains(
        "byte 23, track 1: found a key signature of 15 sharps and mode 0, expected -7 to 7 and 0 "
          + "or 1; kept as it is, without meaning"))
  }

  @Test func `a folder is listed with totals and with what cannot be read`() throws {
    try command.write(minuet, to: "songs/minuet.mid")
    try command.write(Array("<html>".utf8), to: "songs/lost.mid")
    let outcome = try command.run("info", "songs")
    #expect(outcome.code == 0)
    #expect(
      outcome.output == """
        length  notes  tracks  range  tempo  metre  faults  file
        3 s     4      2       G4-D5  120    3/4    -       songs/minuet.mid

        2 files, 4 notes, 2 tracks, 3 s, \(minuet.count) bytes

        1 file that cannot be read
          songs/lost.mid: found XML of <html>, expected MusicXML: <score-partwise> or <score-timewise>

        """)
  }

  @Test func `JSON tells the same`() throws {
    try command.write(minuet, to: "minuet.mid")
    let outcome = try command.run("info", "--json", "minuet.mid")
    let json =
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let files = json?["files"] as? [[String: Any]]
    #expect(files?.first?["notes"] as? Int == 4)
    #expect(files?.first?["seconds"] as? Double == 3)
    #expect((files?.first?["tracks"] as? [[String: Any]])?.first?["name"] as? String == "Flute")
  }

  @Test func `a piano roll is drawn in the terminal or as a picture`() throws {
    try command.write(minuet, to: "minuet.mid")
    let drawn = try command.run("info", "--roll", "minuet.mid", environment: ["COLUMNS": "40"])
    #expect(drawn.output.contains("⣀") || drawn.output.contains("⠤"))
    #expect(drawn.output.hasSuffix("0:00       0:01        0:02\n"))
    let picture = try command.run("info", "minuet.mid", "--roll", "roll.svg")
    #expect(picture.code == 0)
    #expect(try command.files == ["minuet.mid", "roll.svg"])
  }

  @Test func `notes are listed one a line`() throws {
    try command.write(minuet, to: "minuet.mid")
    let outcome = try command.run("info", "--notes", "minuet.mid")
    #expect(
      outcome.output.split(separator: "\n").first == "minuet.mid\t1\t1\t67\t64\t0\t300")
  }

  @Test func `what cannot be read is told in one line`() throws {
    try command.write(Array("hello".utf8), to: "hello.mid")
    let text = try command.run("info", "hello.mid")
    #expect(text.code == 65)
    #expect(
      text.errors
        == "musegen: hello.mid: byte 0: found no MThd header, expected a Standard MIDI File\n")
    let missing = try command.run("info", "none.mid")
    #expect(missing.code == 66)
    #expect(missing.errors.split(separator: "\n").count == 1)
    let nothing = try command.run("info")
    #expect(nothing.code == 64)
  }

  @Test func `a file that cannot be read is told in the JSON and by the exit code`() throws {
    try command.write(Array("no music".utf8), to: "bad.mid")
    try command.write(minuet, to: "minuet.mid")
    func report(_ files: String...) throws -> (failed: [[String: String]], read: Int) {
      let outcome = try command.run(["info", "--json"] + files)
      #expect(outcome.code == 65)
      #expect(outcome.errors.split(separator: "\n").count == 1)
      let json = try #require(
        JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      return (
        try #require(json["failed"] as? [[String: String]]),
        try #require(json["files"] as? [Any]).count
      )
    }
    let alone = try report("bad.mid")
    let beside = try report("bad.mid", "minuet.mid")
    #expect(alone.failed == beside.failed && alone.failed.map { $0["path"] } == ["bad.mid"])
    #expect((alone.read, beside.read) == (0, 1))
    for flag in ["--notes", "--form"] {
      #expect(try command.run("info", "bad.mid", "minuet.mid", flag).code == 65)
    }
  }
}
