import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen favourites`, beside what keys of `play` do.
struct FavouritesCommandTests {
  let command: Command
  private let environment = ["MUSEGEN_FAVOURITES": "liked"]

  init() throws { command = try Command() }

  private func run(_ arguments: String...) throws -> Command.Outcome {
    try command.run(["favourites"] + arguments, environment: environment)
  }

  private func write(_ name: String, seconds: Int, note: String? = nil) throws {
    let score = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: seconds * 960, pitch: 60)])],
      endTick: seconds * 960)
    try command.write(score.midiFile().bytes(), to: "liked/\(name).mid")
    if let note { try command.write(Array(note.utf8), to: "liked/\(name).json") }
  }

  private func writeThree() throws {
    try write("plain", seconds: 3)
    try write(
      "folk-7", seconds: 62,
      note: """
        {"schema": 1, "rating": 4, "model": {"name": "folk", "sha256": "ab"}, "seed": 7, "seconds": 62,
         "date": "2026-11-29T03:04:05Z", "command": "musegen generate -m folk --seed 7 -o folk-7.mid"}
        """)
    try write(
      "best", seconds: 5,
      note: #"{"rating": 5, "title": "a\u001b[2Jb", "model": {"title": "x\u001b[2Jy"}}"#)
  }

  @Test func `where nothing is kept that is said, with how to keep`() throws {
    let outcome = try run()
    #expect(outcome.code == 0)
    #expect(outcome.output == "no favourites in liked; k keeps a piece in play\n")
    #expect(try run("--json").output == "[\n\n]\n")
    #expect(try run("play").code == 66)
  }

  @Test func `favourites are listed with what is known of them, the best first`() throws {
    try writeThree()
    let outcome = try run()
    #expect(outcome.code == 0 && outcome.errors == "")
    let rows = outcome.output.split(separator: "\n").map { line in
      line.split(separator: /\ {2,}/).map { String($0) }
    }
    #expect(
      rows == [
        ["favourite", "rating", "model", "length", "kept"], ["best", "5", "x [2Jy", "5 s", "-"],
        ["folk-7", "4", "folk", "1:02", "2026-11-29 03:04:05"], ["plain", "-", "-", "3 s", "-"],
      ])
    let json = try run("--json")
    let list = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(list.map { $0["name"] as? String } == ["best", "folk-7", "plain"])
    #expect(list[1]["command"] as? String == "musegen generate -m folk --seed 7 -o folk-7.mid")
    #expect(list[2]["seconds"] as? Double == 3)
  }

  @Test func `of one all is told, and nothing in it steers a terminal`() throws {
    try writeThree()
    let outcome = try run("folk-7.mid")
    #expect(outcome.code == 0)
    for fact in ["4 of 5", "1:02", "ab", "liked/folk-7.mid", "  musegen generate -m folk"] {
      #expect(outcome.output.contains(fact), "\(fact)")
    }
    #expect(try !run("best").output.contains("\u{1B}"))
    #expect(try run("list", "plain", "--json").output.contains("\"plain\""))
  }

  @Test func `a favourite is rated and removed by its name`() throws {
    try writeThree()
    #expect(try run("rate", "plain", "3").output == "plain: rated 3\n")
    #expect(try run("rate", "folk-7", "0").output == "folk-7: no rating\n")
    let list = try run().output.split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(list == ["favourite", "best", "plain", "folk-7"])
    // What was known stays.
    #expect(try run("folk-7").output.contains("musegen generate -m folk --seed 7"))
    #expect(try run("rm", "plain", "best").output == "plain: removed\nbest: removed\n")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: command.folder.path + "/liked").sorted()
        == ["folk-7.json", "folk-7.mid"])
  }

  @Test func `what is no favourite or no rating is refused, and nothing is removed`() throws {
    try writeThree()
    for arguments in [
      ["rm", "plain", "folk-8"], ["folk-8"], ["rate", "folk-8", "2"], ["play", "folk-8"],
    ] {
      let outcome = try command.run(["favourites"] + arguments, environment: environment)
      #expect(outcome.code == (arguments.count == 1 ? 64 : 66))
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      if arguments.count > 1 { #expect(outcome.errors.contains("folk-7")) }
    }
    for rating in ["6", "-1"] {
      let outcome = try run("rate", "plain", rating)
      #expect(outcome.code == 64)
      #expect(
        outcome.errors == "musegen: the rating is \(rating), expected 1 to 5, or 0 for none\n")
    }
    for rating in ["x", "-1.5"] {
      let outcome = try run("rate", "plain", rating)
      #expect(outcome.code == 64)
      #expect(outcome.errors.hasPrefix("musegen: the value '\(rating)' is invalid for '<rating>'"))
    }
    #expect(try run("rm", "../liked/plain").code == 66)
    #expect(try run().output.contains("plain"))
  }

  @Test func `a note that cannot be read is told, and its piece is listed`() throws {
    try write("odd", seconds: 2, note: "{")
    let outcome = try run()
    #expect(outcome.code == 0)
    #expect(
      outcome.errors == "musegen: liked/odd.json: no note on a favourite; passed over\n")
    #expect(outcome.output.contains("odd"))
  }
}
