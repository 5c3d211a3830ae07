import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen edit --split movements` through the command line.
struct MovementsCommandTests {
  let command: Command

  init() throws { command = try Command() }

  /// A work of movements of 40 quarter notes each: the first in C major, each with a signature of its own, in which
  /// program and tempo are told in the first bar of the first alone.
  private func work(movements: Int) -> Score {
    let starts = (0..<movements).map { 40 * 480 * $0 }
    return Score(
      title: "Work",
      tracks: [
        Track(
          name: "Violin",
          notes: (0..<40 * movements).map {
            Note(onset: 480 * $0, duration: 480, pitch: UInt8(60 + $0 % 12))
          }, messages: [TrackMessage(tick: 0, kind: .program(40))])
      ],
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 400_000)],
      timeSignatures: starts.map { TimeSignature(tick: $0, numerator: 4, denominator: 4) },
      keySignatures: starts.enumerated().map {
        KeySignature(tick: $1, sharps: $0 % 4, isMinor: false)
      }, endTick: 40 * 480 * movements)
  }

  private func write(_ score: Score, to name: String) throws {
    try command.write(score.midiFile().bytes(), to: name)
  }

  private func score(_ name: String) throws -> Score {
    try Score(path: command.folder.appending(path: name).path)
  }

  /// All files in a folder and below it.
  private func files(below folder: String) -> [String] {
    let path = command.folder.appending(path: folder).path
    let names = FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []
    return names.filter { $0.hasSuffix(".mid") }.sorted()
  }

  @Test func `each movement is written to a file of its own, with what holds where it begins`()
    throws
  {
    try write(work(movements: 3), to: "work.mid")
    let outcome = try command.run("edit", "work.mid", "--split", "movements", "-o", "parts")
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors == "")
    #expect(
      outcome.output.split(separator: "\n").map { $0.prefix { $0 != ":" } }
        == ["parts/work-1.mid", "parts/work-2.mid", "parts/work-3.mid"])
    #expect(files(below: "parts") == ["work-1.mid", "work-2.mid", "work-3.mid"])
    for number in 1...3 {
      let movement = try score("parts/work-\(number).mid")
      #expect(movement.title == "Work" && movement.endTick == 40 * 480)
      #expect(movement.tempos == [TempoChange(tick: 0, microsecondsPerQuarter: 400_000)])
      #expect(
        movement.timeSignatures == [TimeSignature(tick: 0, numerator: 4, denominator: 4)])
      #expect(
        movement.keySignatures == [
          KeySignature(tick: 0, sharps: number - 1, isMinor: false)
        ])
      #expect(movement.tracks.map(\.messages) == [[TrackMessage(tick: 0, kind: .program(40))]])
      let notes = (0..<40).map { quarter in
        let pitch = 60 + (40 * (number - 1) + quarter) % 12
        return Note(onset: 480 * quarter, duration: 480, pitch: UInt8(pitch))
      }
      #expect(movement.tracks[0].notes == notes)
    }
  }

  @Test(arguments: ["music", "music/*/*.mid", "music/**/*.mid"])
  func `folders below what was named stay, and a piece of one movement keeps its name`(
    argument: String
  ) throws {
    try write(work(movements: 2), to: "music/haydn/first.mid")
    try write(work(movements: 1), to: "music/mozart/second.mid")
    let outcome = try command.run("edit", argument, "--split", "movements", "-o", "new/parts/")
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(
      files(below: "new/parts")
        == ["haydn/first-1.mid", "haydn/first-2.mid", "mozart/second.mid"])
    #expect(outcome.output.hasSuffix("2 pieces, 3 movements\n"))
    #expect(try score("new/parts/mozart/second.mid") == work(movements: 1))
  }

  @Test func `movements say of which work they are, and each work is another`() throws {
    try write(work(movements: 2), to: "music/first.mid")
    try write(work(movements: 3), to: "music/second.mid")
    let outcome = try command.run("edit", "music", "--split", "movements", "-o", "parts")
    try #require(outcome.code == 0, "\(outcome.errors)")
    let paths = files(below: "parts").map {
      command.folder.appending(path: "parts/\($0)").path
    }
    let works = try Corpus(paths: paths, vocabulary: PerformanceVocabulary()).pieces.map(\.works)
    try #require(works.count == 5)
    #expect(works.allSatisfy { $0.count == 1 })
    #expect(works[0] == works[1] && works[2] == works[3] && works[3] == works[4])
    #expect(works[1] != works[2])
    let text = try score("parts/first-2.mid").texts.first?.text
    #expect(text == "musegen: movement 2 of 2 of work \(works[1][0])")
  }

  @Test func `ten movements and more are numbered so that they stand in their order`() throws {
    try write(work(movements: 10), to: "suite.mid")
    let outcome = try command.run("edit", "suite.mid", "--split", "movements", "-o", "parts")
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(
      files(below: "parts")
        == (1...9).map { "suite-0\($0).mid" } + ["suite-10.mid"])
  }

  @Test func `a work from a pipe is parted after all other edits`() throws {
    try write(work(movements: 2), to: "work.mid")
    let outcome = try command.shell(
      "cat work.mid | $M edit - --transpose 2 --trim 10bars --split movements -o parts; "
        + "cat work.mid | $M edit - --transpose 2 --split movements -o parts")
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(files(below: "parts") == ["stdin-1.mid", "stdin-2.mid", "stdin.mid"])
    let trimmed = try score("parts/stdin.mid")
    #expect(trimmed.endTick == 40 * 480)
    for number in 1...2 {
      let movement = try score("parts/stdin-\(number).mid")
      // The second begins with the 41st note.
      #expect(movement.tracks[0].notes[0].pitch == (number == 1 ? 62 : 66))
    }
  }

  @Test func `nothing is written where one file stands already, and --overwrite replaces it`()
    throws
  {
    try write(work(movements: 2), to: "work.mid")
    try command.write([1], to: "parts/work-2.mid")
    let line = ["edit", "work.mid", "--split", "movements", "-o", "parts"]
    let refused = try command.run(line)
    #expect(refused.code == 73)
    #expect(
      refused.errors
        == "musegen: parts/work-2.mid: exists; give --overwrite or another name\n")
    #expect(files(below: "parts") == ["work-2.mid"])
    #expect(try command.run(line + ["--overwrite"]).code == 0)
    #expect(try score("parts/work-2.mid").keySignatures.map(\.sharps) == [1])
  }

  @Test func `a folder's file that is no music is left out, and told`() throws {
    try write(work(movements: 2), to: "music/work.mid")
    try command.write(Array("nothing".utf8), to: "music/other.mid")
    let outcome = try command.run("edit", "music", "--split", "movements", "-o", "parts")
    #expect(outcome.code == 0)
    #expect(outcome.errors.hasPrefix("musegen: music/other.mid: "))
    #expect(outcome.errors.hasSuffix("; skipped\n"))
    #expect(files(below: "parts") == ["work-1.mid", "work-2.mid"])
    let alone = try command.run(
      "edit", "music/other.mid", "--split", "movements", "-o", "elsewhere")
    #expect(alone.code == 65)
    #expect(try command.files == ["music", "parts"])
  }

  @Test(
    arguments: [
      ("work.mid --split movements", 64, "--split movements writes into one folder, expected"),
      (
        "work.mid --split movements -o a -o b", 64,
        "--split movements writes into one folder, expected its name behind -o"
      ),
      (
        "work.mid --split movements -o new.mid", 64,
        "-o new.mid is no folder, expected one for --split movements"
      ),
      ("work.mid --split movements -o work.mid", 64, "-o work.mid is no folder"),
      ("work.mid --split movements -o -", 64, "-o - is no folder"),
      ("work.mid --split sections -o new", 64, "--split is \"sections\", expected one of tracks"),
      ("nowhere.mid --split movements -o new", 66, "nowhere.mid: found nothing"),
      ("work.mid --split movements --transpose 60 -o new", 65, "work.mid: pitches 60 to 71 found"),
      (
        "music --split movements -o new", 64,
        "music/a-1.mid and music/a.mid would both become new/a-1.mid"
      ),
      (
        "one.mid --split movements -o . --overwrite", 64,
        "one.mid would be written over, expected another folder behind -o"
      ),
    ] as [(String, Int32, String)])
  func `what cannot be done is told in a line, and nothing is written`(
    line: String, code: Int32, told: String
  ) throws {
    for name in ["work.mid", "music/a.mid"] { try write(work(movements: 2), to: name) }
    for name in ["one.mid", "music/a-1.mid"] { try write(work(movements: 1), to: name) }
    let before = try command.files
    let outcome = try command.run(["edit"] + line.split(separator: " ").map(String.init))
    #expect(outcome.code == code)
    #expect(outcome.errors.hasPrefix("musegen: \(told)"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try command.files == before)
  }

  @Test func `a piece of more movements than files are written at once is refused`() throws {
    try write(work(movements: 1_001), to: "book.mid")
    let outcome = try command.run("edit", "book.mid", "--split", "movements", "-o", "parts")
    #expect(outcome.code == 65)
    #expect(outcome.errors.hasPrefix("musegen: book.mid: 1,001 movements and "))
    #expect(try command.files == ["book.mid"])
  }

  @Test func `what all movements would be told again is bounded`() throws {
    var work = work(movements: 500)
    work.systemExclusives = [
      SystemExclusiveEvent(tick: 0, data: [0x41] + [UInt8](repeating: 1, count: 30_000) + [0xF7])
    ]
    try write(work, to: "dump.mid")
    let outcome = try command.run("edit", "dump.mid", "--split", "movements", "-o", "parts")
    #expect(outcome.code == 65)
    #expect(outcome.errors.hasPrefix("musegen: dump.mid: 500 movements share what holds"))
    #expect(try command.files == ["dump.mid"])
  }
}
