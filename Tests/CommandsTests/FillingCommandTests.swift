import Foundation
import MuseGen
import Testing
import TestSupport

/// `musegen harmonize` and `musegen vary` through the command line.
struct FillingCommandTests {
  let command: Command

  init() throws {
    command = try Command()
    try command.write(
      [
        0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96, 0x4d, 0x54, 0x72, 0x6b, 0, 0, 0, 4,
        0,
        0xff, 0x2f, 0,
      ], to: "empty.mid")
    let tune = try command.run(
      "generate", "-m", "folk", "--length", "8s", "--seed", "1", "-o", "tune.mid")
    try #require(tune.code == 0, "\(tune.errors)")
  }

  @Test(
    arguments: [
      (["harmonize", "nowhere.mid", "-m", "chorales"], 66, "nowhere.mid: cannot read"),
      (
        ["harmonize", "tune.mid", "-m", "folk"], 65,
        "the model's vocabulary is remi with conditions, expected pianoroll; -m chorales has one"
      ),
      (
        ["harmonize", "C4 H4", "-m", "chorales"], 66,
        "C4 H4: no such file, and \"H4\" is no note, expected such as C4"
      ),
      (
        ["harmonize", "C4 G8", "-m", "chorales", "--transpose", "13"], 65,
        "C4 G8: pitches 60 to 115 found, expected --transpose -60 to 12"
      ),
      (["vary", "R/2", "-m", "folk"], 65, "R/2: the piece holds no note"),
      (
        ["vary", "tune.mid", "-m", "folk", "--bars", "8-5"], 64, "--bars is \"8-5\", expected bars"
      ),
      (["vary", "tune.mid", "-m", "folk", "--bars", "90"], 65, "tune.mid: bar 90 not found"),
      (["vary", "tune.mid", "-m", "folk", "--track", "9"], 65, "tune.mid: track 9 not found"),
      (["harmonize", "empty.mid", "-m", "chorales"], 65, "empty.mid: no note found"),
      (["harmonize", "tune.mid", "-m", "chorales", "--particles", "0"], 64, "--particles is 0"),
      (
        ["harmonize", "tune.mid", "-m", "chorales", "--temperature", "0"], 64, "--temperature is 0"
      ),
      (
        ["harmonize", "tune.mid", "-m", "chorales", "--range", "high"], 64,
        "--range is \"high\", expected a lower and a higher pitch such as C2-C6"
      ),
      (
        ["harmonize", "tune.mid", "-m", "chorales", "--range", "0-5"], 64,
        "--range is 0-5, expected some of the pitches that the model knows"
      ),
      (
        ["vary", "tune.mid", "-m", "folk", "--range", "high"], 64,
        "--range is \"high\", expected a lower and a higher pitch such as C2-C6"
      ),
      (["vary", "nowhere.mid", "-m", "folk"], 66, "nowhere.mid: cannot read"),
      (["vary", "empty.mid", "-m", "folk"], 65, "empty.mid: the piece holds no note"),
      (["vary", "tune.mid", "-m", "folk", "--strength", "2"], 64, "--strength is 2.0"),
      (["vary", "tune.mid", "-m", "folk", "--strength", "nan"], 64, "--strength is nan"),
    ] as [([String], Int32, String)])
  func `what cannot be filled in is refused in a line, and no file is left`(
    arguments: [String], code: Int32, line: String
  ) throws {
    let outcome = try command.run(arguments)
    #expect(outcome.code == code)
    #expect(outcome.errors.hasPrefix("musegen: \(line)"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try command.files == ["empty.mid", "tune.mid"])
  }

  @Test func `what is written upon a piece has its own title and tells both hands`() throws {
    func written(_ line: String) throws -> Score {
      let outcome = try command.run(
        line.split(separator: " ").map(String.init) + ["-o", "new.mid", "--overwrite"])
      try #require(outcome.code == 0, "\(outcome.errors)")
      return try Score(path: command.folder.appending(path: "new.mid").path)
    }
    let first = try #require(
      PieceCredit(try Score(path: command.folder.appending(path: "tune.mid").path)))
    for line in [
      "vary tune.mid -m song --seed 9", "harmonize tune.mid -m chorales --particles 2 --seed 9",
      "generate --primer tune.mid -m song --length 10s --seed 9",
    ] {
      let score = try written(line)
      #expect(score.title == "musegen piece, seed 9", "\(line)")
      let credits = PieceCredit.all(in: score)
      #expect(credits.map(\.seed) == [9, 1] && credits.last == first, "\(line)")
    }
    // A title of one's own stays.
    let edited = try command.run("edit", "tune.mid", "--tempo", "90", "-o", "own.mid")
    try #require(edited.code == 0)
    var own = try Score(path: command.folder.appending(path: "own.mid").path)
    own.title = "Air"
    try command.write(own.midiFile().bytes(), to: "own.mid")
    #expect(try written("vary own.mid -m folk --seed 3").title == "Air")
  }

  @Test(arguments: [
    ["harmonize", "-m", "chorales", "--particles", "2"], ["accompany", "-m", "song"],
  ])
  func `what is told of a piece in another tempo is what stands in its file`(
    command line: [String]
  ) throws {
    let outcome = try command.run(
      [line[0], "C5 D5 E5/2 F5 G5/2"] + line[1...]
        + ["--tempo", "60", "--seed", "1", "-o", "slow.mid"])
    try #require(outcome.code == 0, "\(outcome.errors)")
    let score = try Score(path: command.folder.appending(path: "slow.mid").path)
    #expect(score.tempos.map(\.microsecondsPerQuarter) == [1_000_000])
    #expect(
      outcome.output.hasPrefix("slow.mid: \(PieceStatistics(score)), "), "\(outcome.output)")
  }

  @Test func `what scores lack of a given piece is told once, and of what a model wrote nothing`()
    throws
  {
    let notes = [72, 74, 76, 77, 79, 77, 76, 74].enumerated().map { place, pitch in
      Note(onset: 480 * place, duration: 480, pitch: UInt8(pitch))
    }
    let voice = Track(
      name: "Voice", channel: 0, notes: notes,
      messages: [TrackMessage(tick: 480, kind: .pitchBend(9000))],
      texts: [TextEvent(tick: 0, kind: .lyric, text: "la")])
    let sung = Score(
      tracks: [voice], texts: [TextEvent(tick: 0, kind: .marker, text: "verse")], endTick: 8 * 480)
    try command.write(sung.midiFile().bytes(), to: "sung.mid")
    let written = """
      <score-partwise><part-list><score-part id="P1"/></part-list><part id="P1"><measure number="1">\
      <attributes><divisions>1</divisions></attributes><note><pitch><step>C</step><octave>5</octave>\
      </pitch><duration>4</duration><lyric><text>la</text></lyric></note></measure></part></score-partwise>
      """
    try command.write(Array(written.utf8), to: "sung.musicxml")
    func losses(_ line: String) throws -> [Substring] {
      let outcome = try command.run(
        line.split(separator: " ").map(String.init) + ["--seed", "1", "--overwrite"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      return outcome.errors.split(separator: "\n").filter { $0.contains(" left out") }
    }
    for line in ["vary sung.mid -m folk --bars 2", "accompany sung.mid -m song"] {
      #expect(
        try losses("\(line) -n 2 -o a.musicxml -o a.mid") == [
          "musegen: sung.mid: 1 lyric, 1 marker, 1 pitch bend left out, which no score is written with"
        ])
      #expect(try losses("\(line) -o a.mid") == [])
    }
    #expect(
      try losses("harmonize sung.musicxml -m chorales --particles 2 -o b.mxl")
        == ["musegen: sung.musicxml: 1 lyric left out"])
    // The melody stands behind the voices above it.
    #expect(
      try losses(
        "harmonize sung.mid -m chorales --particles 2 --voice bass --transpose -24 -o b.mxl")
        == ["musegen: sung.mid: 1 lyric, 1 marker left out, which no score is written with"])
    #expect(
      try losses("generate --primer sung.mid -m folk --length 8s -o c.musicxml") == [])
  }

  @Test func `accompany is told the tempo that is asked for, as if the part had it`() throws {
    func tracks(_ part: String, _ flags: String...) throws -> [Track] {
      let outcome = try command.run(
        ["accompany", part, "-m", "song", "--seed", "3", "-o", "both.mid", "--overwrite"] + flags)
      try #require(outcome.code == 0, "\(outcome.errors)")
      return try Score(path: command.folder.appending(path: "both.mid").path).tracks
    }
    let edited = try command.run("edit", "tune.mid", "--tempo", "200", "-o", "fast.mid")
    try #require(edited.code == 0, "\(edited.errors)")
    let fast = try tracks("tune.mid", "--tempo", "200")
    #expect(try fast == tracks("fast.mid"))
    #expect(try fast != tracks("tune.mid", "--tempo", "50"))
  }

  @Test func `where no model is named, harmonize takes the first that can`() throws {
    let outcome = try command.run("harmonize", "tune.mid", "--seed", "5", "-o", "choir.mid")
    #expect(outcome.code == 0)
    #expect(outcome.errors.contains("taking the model chorales"), "\(outcome.errors)")
  }

  @Test func `a melody may be typed, and is kept`() throws {
    for arguments in [["harmonize", "-m", "chorales"], ["vary", "-m", "folk", "--strength", "0"]] {
      let outcome = try command.run(
        [arguments[0], "C5 D5 E5/2 R/4 F5/4 G5/2"] + arguments[1...]
          + ["--seed", "1", "-o", "\(arguments[0]).mid"])
      try #require(outcome.code == 0, "\(outcome.errors)")
      let score = try Score(path: command.folder.appending(path: "\(arguments[0]).mid").path)
      #expect(score.tracks[0].notes.map(\.pitch) == [72, 74, 76, 77, 79])
      #expect(score.tracks[0].notes.map(\.onset) == [0, 480, 960, 2400, 2880])
    }
  }

  @Test func `a bar that recall would write again is written anew all the same`() throws {
    // A network that quotes its piece writes the same bar in every candidate, where the bar is there twice.
    let bar = "C5 D5 E5 F5 "
    for (number, seed) in [(3, "1"), (4, "2"), (5, "3")] {
      let outcome = try command.run(
        "vary", String(repeating: bar, count: 8), "-m", "folk", "--bars", "\(number)",
        "--temperature", "0.5", "--seed", seed, "-o", "\(number).mid")
      try #require(outcome.code == 0, "\(outcome.errors)")
      let score = try Score(path: command.folder.appending(path: "\(number).mid").path)
      let notes = score.tracks.flatMap(\.notes)
      let metre = try #require(score.metreMap)
      let tune = notes.filter { metre.bar(at: $0.onset) == number - 1 }.map(\.pitch)
      #expect(tune != [72, 74, 76, 77], "bar \(number)")
      #expect(notes.count { metre.bar(at: $0.onset) != number - 1 } == 28)
    }
  }

  @Test func `bars that are not varied stay`() throws {
    let tune = try Score(path: command.folder.appending(path: "tune.mid").path)
    let outcome = try command.run(
      "vary", "tune.mid", "-m", "folk", "--bars", "2", "--seed", "1", "-o", "varied.mid")
    try #require(outcome.code == 0, "\(outcome.errors)")
    let varied = try Score(path: command.folder.appending(path: "varied.mid").path)
    let metre = try #require(tune.metreMap)
    func notes(_ score: Score, _ holds: (Int) -> Bool) -> [Note] {
      score.tracks.flatMap(\.notes).filter { holds(metre.bar(at: $0.onset)) }
    }
    #expect(notes(varied) { $0 != 1 } == notes(tune) { $0 != 1 })
    #expect(notes(varied) { $0 == 1 } != notes(tune) { $0 == 1 })
  }

  @Test func `a seed gives the same harmony and the same variation`() throws {
    for arguments in [
      ["harmonize", "tune.mid", "-m", "chorales", "--overwrite"],
      ["vary", "tune.mid", "-m", "folk", "--overwrite"],
    ] {
      let first = try command.run(arguments + ["--seed", "5", "-o", "first.mid"])
      #expect(first.code == 0, "\(first.errors)")
      #expect(try command.run(arguments + ["--seed", "5", "-o", "second.mid"]).code == 0)
      let files = try ["first.mid", "second.mid"].map {
        try Data(contentsOf: command.folder.appending(path: $0))
      }
      #expect(files[0] == files[1])
    }
  }
}
