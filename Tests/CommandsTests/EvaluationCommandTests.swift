import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen eval`, `compare` and `copied`, as a user gives them.
struct EvaluationCommandTests {
  private let command: Command

  init() throws {
    command = try Command()
    var random = SeededGenerator(seed: 2)
    for piece in 0..<6 {
      let notes = (0..<50).map {
        Note(
          onset: 240 * $0, duration: .random(in: 60...240, using: &random),
          pitch: .random(in: 55...79, using: &random))
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: 12_000)
      let folder = piece < 2 ? "new" : "known"
      try command.write(score.midiFile().bytes(), to: "\(folder)/\(piece).mid")
    }
    try command.write(Array("not a song".utf8), to: "known/bad.mid")
  }

  private func train(_ more: String...) throws {
    let trained = try command.run(
      [
        "train", "known", "--steps", "2", "--layers", "1", "--hidden", "8", "--embedding", "8",
        "--batch", "2", "--window", "16",
      ] + more)
    try #require(trained.code == 0, "\(trained.errors)")
  }

  @Test func `logits are those by which the loss is measured`() throws {
    try train()
    let printed = try command.run("eval", "new/0.mid", "--logits")
    try #require(printed.code == 0, "\(printed.errors)")
    struct Line: Decodable {
      var event: Int
      var token: Int
      var recall: [Int]
      var logits: [Double]
    }
    let lines = try printed.output.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    #expect(lines.map(\.event) == Array(lines.indices))
    let tokens = try command.run("tokens", "new/0.mid", "--json").output
    struct Piece: Decodable { var tokens: [Int] }
    let piece = try JSONDecoder().decode(Piece.self, from: Data(tokens.utf8)).tokens
    #expect(lines.map(\.token) == Array(piece.dropLast()))
    #expect(lines.allSatisfy { $0.recall.count == 3 })
    var nats = 0.0
    for (line, next) in zip(lines, piece.dropFirst()) {
      nats += log(line.logits.reduce(0) { $0 + exp($1) }) - line.logits[next]
    }
    struct Report: Decodable { var nats: Double }
    let report = try command.run("eval", "new/0.mid", "--json").output
    let measured = try JSONDecoder().decode(Report.self, from: Data(report.utf8)).nats
    // Products of windows may be of bfloat16.
    #expect(abs(nats - measured) < 0.01 * measured)
  }

  @Test func `a model's figures are told, and a bad file is named and counted`() throws {
    try train()
    let told = try command.run("eval", "known")
    #expect(told.code == 0, "\(told.errors)")
    #expect(told.errors.hasPrefix("musegen: known/bad.mid: "))
    #expect(told.output.hasPrefix("4 pieces, "))
    #expect(told.output.contains("1 file skipped"))
    let json = try command.run("eval", "known", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let nats = try #require(report["nats"] as? Double)
    let perNote = try #require((report["natsPer"] as? [String: [String: Double]])?["note"])
    #expect(abs(try #require(perNote["value"]) - nats / 200) < 1e-9 * nats)
    #expect(try #require(perNote["low"]) <= #require(perNote["high"]))
    #expect(report["skipped"] as? Int == 1)
  }

  @Test func `a loss on the music that a model was trained on is told as such`() throws {
    try train("--valid", "known/5.mid")
    let known = try command.run("eval", "known")
    #expect(
      known.output.contains("\n3 of them were learned from; of the other 1: "), "\(known.output)")
    let some = try command.run("eval", "known/2.mid", "known/4.mid")
    #expect(some.output.contains("\nall of them were learned from: "), "\(some.output)")
    for others in ["new", "known/5.mid"] {
      let new = try command.run("eval", others)
      #expect(new.code == 0, "\(new.errors)")
      #expect(!new.output.contains("learned from"), "\(new.output)")
    }
    for (folder, isKnown) in [("known", true), ("new", false)] {
      let json = try command.run("eval", folder, "--json")
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(report["isTrainingMusic"] as? Bool == isKnown)
      #expect(report["learned"] as? Int == (isKnown ? 3 : 0))
      let others: Int? = isKnown ? 1 : nil
      #expect((report["unheard"] as? [String: Any])?["pieces"] as? Int == others)
    }
    let trained = "\nA was trained on 3 of these pieces: "
    for (folder, isKnown) in [("known", true), ("new", false)] {
      let held = try command.run("eval", folder, "-m", "model.safetensors", "--against", "folk")
      #expect(held.code == 0, "\(held.errors)")
      #expect(held.output.contains(trained) == isKnown, "\(held.output)")
      let json = try command.run(
        "eval", folder, "-m", "model.safetensors", "--against", "folk", "--json")
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(report["areTrainingMusic"] as? [Bool] == [isKnown, false])
    }
  }

  @Test func `a model that does not list its pieces knows its whole corpus, and that of its base`()
    throws
  {
    try train("--valid", "known/5.mid")
    let path = command.folder.path + "/model.safetensors"
    var model = try Model(path: path)
    #expect(model.provenance.learned?.count == 3)
    model.provenance.learned = nil
    try model.write(to: path)
    let line = "\nthe model was trained on these files, but for what was held out: "
    let known = try command.run("eval", "known")
    #expect(known.code == 0 && known.output.contains(line), "\(known.output)")
    let some = try command.run("eval", "known/2.mid", "known/4.mid")
    #expect(some.code == 0 && !some.output.contains("trained on"), "\(some.output)")
    let further = try command.run(
      "train", "new", "--from", "model.safetensors", "--steps", "1", "-o", "further.safetensors")
    #expect(further.code == 0, "\(further.errors)")
    let base = try command.run("eval", "known", "-m", "further.safetensors")
    #expect(base.code == 0 && base.output.contains(line), "\(base.output)")
  }

  @Test func `a model's loss is told with and without learning from each piece`() throws {
    try train()
    let told = try command.run("eval", "new", "--dynamic", "--adapt-rate", "0.005")
    #expect(told.code == 0, "\(told.errors)")
    #expect(
      told.output.split(separator: "\n").count { $0.contains(" learning from each piece ") } == 3)
    let json = try command.run("eval", "new", "--dynamic", "--adapt-rate", "0.005", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    func perEvent(_ report: [String: Any]?) throws -> Double {
      try #require((report?["natsPer"] as? [String: [String: Double]])?["token"]?["value"])
    }
    let dynamic = try #require(report["dynamic"] as? [String: Any])
    #expect(try perEvent(dynamic) < perEvent(report))
    #expect((dynamic["pieces"] as? [Any])?.count == 2)
    let idle = try command.run("eval", "new", "--adapt-decay", "0.1")
    #expect(idle.code == 64)
    #expect(idle.errors == "musegen: --adapt-decay has no effect without --dynamic\n")
    for (flag, value) in [("rate", "0"), ("decay", "2"), ("segment", "0")] {
      let refused = try command.run("eval", "new", "--dynamic", "--adapt-\(flag)", value)
      #expect(refused.code == 64)
      #expect(refused.errors.hasPrefix("musegen: --adapt-\(flag) is "), "\(refused.errors)")
    }
  }

  @Test func `two models are compared on each piece, a run's folder as one of them`() throws {
    try train()
    let longer = try command.run(
      "train", "known", "--steps", "60", "--layers", "1", "--hidden", "8", "--embedding", "8",
      "--batch", "2", "--window", "16", "-o", "longer.safetensors", "--run", "runs/longer")
    try #require(longer.code == 0, "\(longer.errors)")
    let told = try command.run("eval", "new", "-m", "runs/longer", "--against", "model.safetensors")
    #expect(told.code == 0, "\(told.errors)")
    let lines = told.output.split(separator: "\n")
    #expect(lines.first == "A is runs/longer, B is model.safetensors")
    #expect(
      lines.contains {
        $0.contains(#/ nats per event, A lower by [0-9.]+ \([-0-9.]+ to [0-9.]+\)/#)
      }, "\(told.output)")
    #expect(lines.last == "A predicts 2 of the 2 pieces better")
    let same = try command.run(
      "eval", "new", "-m", "model.safetensors", "--against", "model.safetensors")
    let ends = same.output.split(separator: "\n").filter { $0.contains(" against ") }
    #expect(!ends.isEmpty && ends.allSatisfy { $0.hasSuffix(", no difference") }, "\(same.output)")
    let json = try command.run(
      "eval", "new", "-m", "longer.safetensors", "--against", "folk", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any],
      "\(json.errors)")
    // Of another vocabulary: events are not the same.
    let natsPer = try #require(report["natsPer"] as? [String: [String: Double]])
    #expect(Set(natsPer.keys) == ["note", "second"])
    let note = try #require(natsPer["note"])
    #expect(
      abs(try #require(note["first"]) - #require(note["second"]) - #require(note["value"])) < 1e-12)
    let idle = try command.run(
      "eval", "new", "--against", "model.safetensors", "--dynamic")
    #expect(idle.code == 64)
    #expect(idle.errors == "musegen: --dynamic has no effect with --against\n")
  }

  @Test func `one piece has no interval, and a loss that is no number is an error`() throws {
    try train()
    let one = try command.run("eval", "new/0.mid")
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.output.contains(" nats per event\n"), "\(one.output)")
    #expect(!one.output.contains(" to "))
    let path = command.folder.appending(path: "model.safetensors").path
    var model = try Model(path: path)
    model.network.parameters = model.network.parameters.map { $0 < 0 ? -3e38 : 3e38 }
    try model.write(to: path)
    let broken = try command.run("eval", "new")
    #expect(broken.code == 65)
    #expect(broken.errors.contains("the model's loss on it is no number"), "\(broken.errors)")
    #expect(broken.errors.split(separator: "\n").count == 1)
  }

  @Test func `a primer is learnt from, and the model's file stays as it is`()
    throws
  {
    try train()
    let file = command.folder.appending(path: "model.safetensors")
    let before = try Data(contentsOf: file)
    let arguments = [
      "generate", "--length", "4s", "--seed", "3", "--overwrite", "--primer", "known/3.mid", "-o",
    ]
    for (name, flags) in [
      ("plain.mid", []),
      ("adapted.mid", ["--adapt", "--adapt-rate", "0.02", "--adapt-passes", "3"]),
      ("again.mid", ["--adapt", "--adapt-rate", "0.02", "--adapt-passes", "3"]),
    ] {
      let written = try command.run(arguments + [name] + flags)
      #expect(written.code == 0, "\(written.errors)")
    }
    func bytes(_ name: String) throws -> Data {
      try Data(contentsOf: command.folder.appending(path: name))
    }
    #expect(try bytes("adapted.mid") == bytes("again.mid"))
    #expect(try bytes("adapted.mid") != bytes("plain.mid"))
    #expect(try Data(contentsOf: file) == before)
    for command in ["generate", "play"] {
      let refused = try self.command.run(command, "--adapt")
      #expect(refused.code == 64)
      #expect(refused.errors == "musegen: --adapt has no effect without --primer\n")
    }
    let idle = try command.run(arguments + ["x.mid", "--adapt-passes", "2"])
    #expect(idle.errors == "musegen: --adapt-passes has no effect without --adapt\n")
    for (flag, value) in [("passes", "0"), ("rate", "-1")] {
      let refused = try command.run(arguments + ["x.mid", "--adapt", "--adapt-\(flag)", value])
      #expect(refused.code == 64)
      #expect(refused.errors.hasPrefix("musegen: --adapt-\(flag) is "), "\(refused.errors)")
    }
  }

  @Test func `a piece is found in the folder that holds it, and another is not`() throws {
    try FileManager.default.copyItem(
      at: command.folder.appending(path: "known/3.mid"),
      to: command.folder.appending(path: "copy.mid"))
    let found = try command.run("copied", "copy.mid", "new/0.mid", "known")
    #expect(found.code == 0, "\(found.errors)")
    #expect(found.errors.hasPrefix("musegen: known/bad.mid: "))
    let lines = found.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines.first?.hasPrefix(
        "copy.mid: 50 notes, bar 1, 0.0 to 12.2 s, are in known/3.mid, bar 1, 0.0 to 12.2 s: ")
        == true)
    #expect(lines.last?.contains("50 notes") == false)
    // A piece of the corpus is looked for in the others.
    let own = try command.run("copied", "./known/3.mid", "known")
    #expect(own.output.hasPrefix("./known/3.mid: "))
    #expect(!own.output.contains("in known/3.mid"), "\(own.output)")
    let json = try command.run("copied", "new", "known", "--json")
    #expect(json.code == 0)
    let list = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(list.map { $0["piece"] as? String } == ["new/0.mid", "new/1.mid"])
  }

  @Test func `a folder is compared with another, and says the same each time`() throws {
    let compared = try command.run("compare", "new", "known")
    #expect(compared.code == 0, "\(compared.errors)")
    #expect(compared.output.hasPrefix("2 pieces against 4\n"))
    #expect(compared.output.contains("\npitch classes "))
    #expect(!compared.output.contains("\u{1B}"))
    // The last line says of the table what its last column does.
    let times = compared.output.split(separator: "\n").dropFirst(2).compactMap {
      $0.split(separator: " ").last.flatMap { Double($0) }
    }
    let near = times.count { $0 <= 2 }
    #expect(
      compared.output.split(separator: "\n").last?.hasPrefix(
        near == times.count ? "All \(near) rows are " : "\(near) of \(times.count) rows ")
        == true,
      "\(compared.output)")
    let json = try command.run("compare", "new", "known", "--json")
    #expect(json.output == (try command.run("compare", "new", "known", "--json")).output)
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["corpusPieces"] as? Int == 4)
    #expect((report["features"] as? [Any])?.count == Feature.allCases.count)
  }

  @Test func `what chance makes of few pieces is told, and what no corpus piece has`() throws {
    let one = try command.run("compare", "new/0.mid", "known")
    #expect(one.code == 0, "\(one.errors)")
    // Of one piece and four: √(1/1 + 1/4) over the halves' √(1/2 + 1/2).
    #expect(
      one.output.hasSuffix(" would be about 1.1 times off by chance alone.\n"), "\(one.output)")
    // All notes of the corpus are as loud.
    let notes = (0..<50).map { Note(onset: 240 * $0, duration: 240, pitch: 60, velocity: 17) }
    let soft = Score(tracks: [Track(notes: notes)], endTick: 12_000)
    try command.write(soft.midiFile().bytes(), to: "soft/0.mid")
    let other = try command.run("compare", "soft", "known")
    #expect(
      other.output.contains(" pieces are all alike, and these are not: velocity"),
      "\(other.output)")
    let many = try command.run("compare", "known", "known")
    #expect(!many.output.contains("by chance"), "\(many.output)")
    #expect(!many.output.contains("all alike"), "\(many.output)")
  }

  @Test func `pieces are held against excerpts of their own length`() throws {
    // Four seconds of C after a silence, with four seconds of G behind them or not.
    for (folder, pitches) in [("whole", [60, 67]), ("short", [60])] {
      for piece in 0..<2 {
        let notes = pitches.enumerated().flatMap { part, pitch in
          (0..<8).map {
            Note(
              onset: 480 * (2 + piece + 8 * part + $0), duration: 480, pitch: UInt8(pitch))
          }
        }
        let score = Score(tracks: [Track(notes: notes)], endTick: 480 * 20)
        try command.write(score.midiFile().bytes(), to: "\(folder)/\(piece).mid")
      }
    }
    func distance(_ more: String...) throws -> Double {
      let outcome = try command.run(["compare", "short", "whole", "--json"] + more)
      let report =
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      let features = try #require(report?["features"] as? [[String: Any]])
      return try #require(features[0]["distance"] as? Double)
    }
    #expect(try distance() == 0.5)
    #expect(try distance("--first", "4s") == 0)
    let none = try command.run("compare", "short", "whole", "--first", "0s")
    #expect(none.code == 64 && none.errors.contains("expected more than 0 s"))
  }

  @Test func `an excerpt has the bars of its piece, whose upbeat the file does not tell`() throws {
    let chord: [UInt8] = [48, 60, 64, 67]
    for (folder, isTold) in [("told", true), ("untold", false)] {
      for piece in 0..<2 {
        var notes = [Note(onset: 0, duration: 480, pitch: 67)]
        for bar in 0..<12 {
          // The chord, and in the last beat another note in each third bar, or each fourth.
          let start = 480 + 1920 * bar
          for pitch in chord { notes.append(Note(onset: start, duration: 1920, pitch: pitch)) }
          let top: UInt8 = bar % (3 + piece) == 0 ? 72 : 76
          notes.append(Note(onset: start + 1440, duration: 480, pitch: top))
        }
        var score = Score(tracks: [Track(notes: notes)], endTick: 23_520)
        score.timeSignatures = [TimeSignature(tick: 0, numerator: 4, denominator: 4)]
        if isTold {
          score.timeSignatures = [
            TimeSignature(tick: 0, numerator: 1, denominator: 4),
            TimeSignature(tick: 480, numerator: 4, denominator: 4),
          ]
        }
        try command.write(score.midiFile().bytes(), to: "\(folder)/\(piece).mid")
      }
    }
    // Less than the eight bars in which an upbeat is heard.
    let outcome = try command.run("compare", "untold", "told", "--first", "10s", "--json")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let features = try #require(report?["features"] as? [[String: Any]])
    let bars = features.filter { ($0["feature"] as? String)?.hasPrefix("repetition") == true }
    #expect(bars.count == 5)
    for feature in bars.prefix(3) {
      #expect(feature["distance"] as? Double == 0, "\(feature)")
    }
  }

  @Test func `pieces that copy too much are drawn anew, and refused if they always do`() throws {
    try train()
    let arguments = ["generate", "--length", "8s", "--seed", "3", "-o", "piece.mid", "--overwrite"]
    let first = try command.run(arguments)
    #expect(first.code == 0, "\(first.errors)")
    try FileManager.default.moveItem(
      at: command.folder.appending(path: "piece.mid"),
      to: command.folder.appending(path: "known/copied.mid"))
    let novelty = ["--novel", "8", "--novel-corpus", "known"]
    let second = try command.run(arguments + novelty)
    #expect(second.code == 0, "\(second.errors)")
    #expect(second.errors.contains("musegen: drawn anew 1 time: seed 3 copied "))
    #expect(second.output.contains("seed 1000006"))
    let byRun = try command.run(arguments + ["--novel", "8"])
    #expect(byRun.output == second.output)
    try FileManager.default.removeItem(at: command.folder.appending(path: "runs"))
    let refused = try command.run(arguments + ["--novel", "8"])
    #expect(refused.code == 64)
    let primed = try command.run(arguments + novelty + ["--primer", "known/3.mid"])
    #expect(primed.code == 65)
    #expect(primed.errors.contains("50 draws all copied more than 8 notes"))
  }

  @Test func `where no piece can be read there is nothing to find copies of`() throws {
    for name in ["a.mid", "b.mid"] { try command.write(Array("no MIDI".utf8), to: "bad/\(name)") }
    for flags in [[], ["--json"]] {
      let outcome = try command.run(["copied", "bad", "known"] + flags)
      #expect(outcome.code == 65)
      #expect(
        outcome.errors.hasSuffix("musegen: none of 2 files could be read as music\n"),
        "\(outcome.errors)")
    }
    // One that can be is told.
    let some = try command.run("copied", "bad", "new/0.mid", "known")
    #expect(some.code == 0 && some.output.hasPrefix("new/0.mid: "), "\(some.output)")
  }

  @Test func `one path and missing folders are refused in a line`() throws {
    let alone = try command.run("copied", "new/0.mid")
    #expect(alone.code == 64)
    #expect(alone.errors.split(separator: "\n").count == 1)
    let missing = try command.run("compare", "new", "nowhere")
    #expect(missing.code == 66)
    #expect(missing.errors.split(separator: "\n").count == 1)
  }
}
