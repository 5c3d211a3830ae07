import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen info --form`.
struct InfoFormTests {
  let command: Command
  init() throws { command = try Command() }

  /// Four bars of 4/4 in C, with a melody of its own in each, as often as is asked for.
  private func tune(_ count: Int) -> Score {
    let chords = [[0, 4, 7], [5, 9, 12], [7, 11, 14, 17], [0, 4, 7]]
    var melody: [Note] = []
    var accompaniment: [Note] = []
    for bar in 0..<4 * count {
      let chord = chords[bar % 4]
      accompaniment += chord.map { Note(onset: 1920 * bar, duration: 1920, pitch: UInt8(48 + $0)) }
      for step in 0..<4 {
        let tone = chord[(step * (bar % 4 + 1)) % chord.count]
        melody.append(
          Note(onset: 1920 * bar + 480 * step, duration: 480, pitch: UInt8(72 + tone)))
      }
    }
    return Score(
      tracks: [Track(notes: melody), Track(channel: 1, notes: accompaniment)],
      endTick: 7680 * count)
  }

  @Test func `keys, chords and sections are told`() throws {
    try command.write(tune(2).midiFile().bytes(), to: "tune.mid")
    let outcome = try command.run("info", "--form", "tune.mid")
    #expect(outcome.code == 0)
    #expect(
      outcome.output == """
        tune.mid
          key: C major
          form: A A
            A  bars 1-4  4 bars
            A  bars 5-8  4 bars
          chords, from bar 1
            1  | C  | F  | G7  | C
            5  | C  | F  | G7  | C

        """)
  }

  @Test func `rows of chords begin where sections do, behind an upbeat`() throws {
    var upbeat = tune(2)
    for track in upbeat.tracks.indices {
      for note in upbeat.tracks[track].notes.indices {
        upbeat.tracks[track].notes[note].onset += 1920
      }
    }
    upbeat.tracks[0].notes.insert(Note(onset: 1440, duration: 480, pitch: 72), at: 0)
    upbeat.endTick += 1920
    try command.write(upbeat.midiFile().bytes(), to: "tune.mid")
    let outcome = try command.run("info", "--form", "tune.mid")
    #expect(outcome.output.contains("\n    A  bars 2-5  4 bars\n    A  bars 6-9  4 bars\n"))
    let rows = outcome.output.split(separator: "\n").suffix(4)
    #expect(rows.first == "  chords, from bar 1")
    #expect(
      Array(rows.dropFirst(2)) == ["    2  | C  | F  | G7  | C", "    6  | C  | F  | G7  | C"])
  }

  @Test func `an upbeat that the file does not tell is told, and bars count from it`() throws {
    var upbeat = tune(3)
    for track in upbeat.tracks.indices {
      for note in upbeat.tracks[track].notes.indices {
        upbeat.tracks[track].notes[note].onset += 480
      }
    }
    upbeat.tracks[0].notes.insert(Note(onset: 0, duration: 480, pitch: 72), at: 0)
    upbeat.timeSignatures = [TimeSignature(tick: 0, numerator: 4, denominator: 4)]
    upbeat.endTick += 480
    try command.write(upbeat.midiFile().bytes(), to: "tune.mid")
    let outcome = try command.run("info", "--form", "tune.mid")
    #expect(outcome.output.contains("\n    A  bars 2-5    4 bars\n"), "\(outcome.output)")
    #expect(outcome.output.contains("\n    2   | C  | F  | G7  | C\n"), "\(outcome.output)")
    #expect(
      outcome.output.hasSuffix(
        "\n  bar 1 is an upbeat of 1/4, as it is heard; edit and vary count whole bars from the "
          + "start, as the file tells them\n"), "\(outcome.output)")
  }

  @Test func `the upbeat of a jig is told in eighths, not in beats of three`() throws {
    // An eighth, and then a chord on each bar line of 6/8.
    let chords = (0..<36).map { index in
      Note(
        onset: 240 + 1440 * (index / 3), duration: 1440, pitch: UInt8([48, 52, 55][index % 3]))
    }
    let jig = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 240, pitch: 67)] + chords)],
      timeSignatures: [TimeSignature(tick: 0, numerator: 6, denominator: 8)],
      endTick: 240 + 12 * 1440)
    try command.write(jig.midiFile().bytes(), to: "jig.mid")
    let outcome = try command.run("info", "--form", "jig.mid")
    #expect(
      outcome.output.contains("\n  bar 1 is an upbeat of 1/8, as it is heard;"), "\(outcome.output)"
    )
  }

  @Test func `JSON tells the same, only if it is asked for`() throws {
    try command.write(tune(2).midiFile().bytes(), to: "tune.mid")
    func file(_ arguments: String...) throws -> [String: Any] {
      let outcome = try command.run(arguments)
      let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      return try #require((json?["files"] as? [[String: Any]])?.first)
    }
    #expect(try file("info", "--json", "tune.mid")["form"] == nil)
    let form = try #require(
      try file("info", "--json", "--form", "tune.mid")["form"] as? [String: Any])
    #expect(form["key"] as? String == "C major")
    let sections = try #require(form["sections"] as? [[String: Any]])
    #expect(sections.map { $0["bar"] as? Int } == [1, 5])
    #expect(sections.map { $0["name"] as? String } == ["A", "A"])
    let chords = try #require(form["chords"] as? [[String: Any]])
    #expect(chords.count == 8)
    #expect((chords[2]["chords"] as? [[String: Any]])?.first?["name"] as? String == "G7")
  }

  @Test func `what has no form is told in a line`() throws {
    try command.write(Score().midiFile().bytes(), to: "empty.mid")
    #expect(try command.run("info", "--form", "empty.mid").output == "empty.mid\n  key: none\n")
    let scale: [UInt8] = [60, 62, 64, 65, 67, 69, 71, 72]
    let notes = scale.enumerated().map {
      Note(onset: 1000 * $0.offset, duration: 1000, pitch: $0.element)
    }
    let film = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40), tracks: [Track(notes: notes)],
      endTick: 8000)
    try command.write(film.midiFile().bytes(), to: "film.mid")
    #expect(
      try command.run("info", "--form", "film.mid").output
        == "film.mid\n  key: C major\n  time code, no bars: neither chords nor form\n")
    #expect(try command.run("info", "film.mid").output.contains("sounds like C major"))
    let long = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 1920 * 5000, pitch: 60)])],
      endTick: 1920 * 5000)
    try command.write(long.midiFile().bytes(), to: "long.mid")
    #expect(
      try command.run("info", "--form", "long.mid").output
        .hasSuffix("  only the first 2,048 bars are looked at\n"))
  }

  @Test func `each file of a folder is told, and flags that contradict are refused`() throws {
    try command.write(tune(1).midiFile().bytes(), to: "tunes/a.mid")
    try command.write(tune(2).midiFile().bytes(), to: "tunes/b.mid")
    let outcome = try command.run("info", "--form", "tunes")
    #expect(outcome.output.contains("tunes/a.mid\n  key: C major\n  form: nothing comes again\n"))
    #expect(outcome.output.contains("tunes/b.mid\n  key: C major\n  form: A A\n"))
    let refused = try command.run("info", "--form", "--notes", "tunes/a.mid")
    #expect(refused.code == 64)
    #expect(
      refused.errors == "musegen: --notes excludes --json, --form and --roll; give one\n")
  }
}
