import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen train --classify`, `classify` and `eval` of a classifier, as a user gives them.
struct ClassifyCommandTests {
  private let command: Command
  private static let small = [
    "--steps", "3", "--hidden", "8", "--embedding", "8", "--batch", "2", "--window", "32",
  ]

  init() throws {
    command = try Command()
    var random = SeededGenerator(seed: 2)
    for piece in 0..<12 {
      let low = piece % 2 == 0 ? 40 : 70
      let notes = (0..<30).map {
        Note(
          onset: 240 * $0, duration: 240,
          pitch: UInt8(low + Int.random(in: 0...15, using: &random)))
      }
      let score = Score(tracks: [Track(notes: notes)], endTick: 7_200)
      let label = piece % 2 == 0 ? "low" : "high"
      try command.write(score.midiFile().bytes(), to: "music/\(label)/\(100 + piece).mid")
    }
  }

  private func train(_ more: String...) throws -> Command.Outcome {
    try command.run(["train", "--classify"] + more + Self.small)
  }

  @Test func `a named piece that is not there is refused, as by the other commands`() throws {
    for options in ["", " --json"] {
      let line = "classify -m folk music/low/100.mid nope.mid music/high\(options)"
      let outcome = try command.run(line.split(separator: " ").map(String.init))
      #expect(outcome.code == 66)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("musegen: nope.mid: "), "\(outcome.errors)")
    }
  }

  @Test func `pieces are learned by folder, told, measured and drawn`() throws {
    let trained = try train("music", "-o", "c.safetensors")
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(
      trained.output.contains(
        "2 labels, of each the pieces and those held out: high 6 (1), low 6 (1)"))
    let split = try String(
      contentsOf: command.folder.appending(path: "runs/music-1/split.csv"), encoding: .utf8)
    #expect(split.split(separator: "\n").count == 13)
    #expect(split.split(separator: "\n").count { $0.hasSuffix(",held out") } == 2)

    #expect(try command.run("plot", "runs/music-1", "-o", "losses.svg").code == 0)
    let picture = try String(
      contentsOf: command.folder.appending(path: "losses.svg"), encoding: .utf8)
    #expect(picture.contains("nats per piece") && !picture.contains("nats per event"))

    let told = try command.run("classify", "-m", "c.safetensors", "music/low")
    #expect(told.code == 0, "\(told.errors)")
    #expect(
      told.errors.hasSuffix(
        "musegen: 5 of 6 pieces were learned from: how others are told apart they do not say\n"),
      "\(told.errors)")
    let lines = told.output.split(separator: "\n")
    #expect(lines.count == 6)
    #expect(
      lines.allSatisfy {
        $0.contains(#/^music/low/1\d\d\.mid: (low|high) [\d.]+ %, (low|high) [\d.]+ %$/#)
      }, "\(lines)")
    let top = try command.run("classify", "-m", "c.safetensors", "music", "--top", "1", "--json")
    let answers = try #require(
      JSONSerialization.jsonObject(with: Data(top.output.utf8)) as? [[String: Any]])
    #expect(answers.count == 12 && answers.count { $0["isLearned"] as? Bool == true } == 10)
    for answer in answers {
      let labels = try #require(answer["labels"] as? [[String: Any]])
      #expect(labels.count == 1)
      #expect(try #require(labels[0]["probability"] as? Double) >= 0.5)
    }

    let measured = try command.run("eval", "-m", "c.safetensors", "music", "--svg", "c.svg")
    #expect(measured.code == 0, "\(measured.errors)")
    #expect(measured.output.contains("10 of them were learned from; of the other 2: accuracy "))
    #expect(measured.output.contains("\nthe epoch that was kept is the one that told these best: "))
    #expect(measured.output.contains("always the commonest label: "))
    #expect(measured.output.contains("counted n-grams: "))
    #expect(try command.files.contains("c.svg"))
    #expect(measured.output.contains("\nis \\ taken for  high  low  right\nhigh  "))
    let narrow = try command.run(
      ["eval", "-m", "c.safetensors", "music"], environment: ["COLUMNS": "30"])
    #expect(narrow.output.contains("\n   is \\ taken for  1  2  right\n1  high  "))
    let json = try command.run("eval", "-m", "c.safetensors", "music", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["pieces"] as? Int == 12)
    #expect((report["unheard"] as? [String: Any])?["pieces"] as? Int == 2)
    // Every piece's answer is there too, and adds up to the matrix.
    let listed = try #require(report["answers"] as? [[String: Any]])
    let labels = try #require(report["labels"] as? [String])
    let all = try #require(report["all"] as? [String: Any])
    let confusion = try #require(all["confusion"] as? [[Int]])
    #expect(listed.count == 12 && listed.count { $0["isLearned"] as? Bool == true } == 10)
    var counted = labels.map { _ in labels.map { _ in 0 } }
    for answer in listed {
      let label = try #require(answer["label"] as? String)
      #expect((answer["path"] as? String)?.hasPrefix("music/\(label)/") == true)
      let shares = try #require(answer["probabilities"] as? [Double])
      let best = try #require(shares.max().flatMap(shares.firstIndex(of:)))
      counted[try #require(labels.firstIndex(of: label))][best] += 1
    }
    #expect(counted == confusion)

    let info = try command.run("info", "c.safetensors")
    #expect(info.output.contains("a classifier: LSTM of 1 x 8, pooled by mean"))
    #expect(info.output.contains("high 5, low 5"))
    try FileManager.default.createDirectory(
      at: command.folder.appending(path: "models"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: command.folder.appending(path: "c.safetensors"),
      to: command.folder.appending(path: "models/c.safetensors"))
    let models = try command.run("models", environment: ["MUSEGEN_MODELS": "models"])
    #expect(models.output.contains("tells 2 labels by mean pooling"))
  }

  @Test func `of pieces that were all learned from it is told that they tell nothing of others`()
    throws
  {
    #expect(try train("music", "--valid", "0", "-o", "c.safetensors").code == 0)
    let known = try command.run("eval", "-m", "c.safetensors", "music")
    #expect(known.code == 0, "\(known.errors)")
    #expect(known.output.contains("\nall of them were learned from: "))
    let json = try command.run("eval", "-m", "c.safetensors", "music", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["learned"] as? Int == 12 && report["unheard"] == nil)
    #expect(
      try train(
        "music/low/100.mid", "music/low/102.mid", "music/high/*.mid", "--valid", "0", "-o",
        "d.safetensors"
      ).code == 0)
    let others = try command.run(
      "eval", "-m", "d.safetensors", "music/low/104.mid", "music/low/106.mid")
    #expect(others.code == 0, "\(others.errors)")
    #expect(!others.output.contains("learned from"))
  }

  @Test func `pieces that chose the epoch are told, and those that did not are measured apart`()
    throws
  {
    #expect(
      try train(
        "music/*/10*.mid", "--valid", "music/low/104.mid", "--valid", "music/high/105.mid", "-o",
        "c.safetensors"
      ).code == 0)
    let measured = try command.run("eval", "-m", "c.safetensors", "music")
    #expect(measured.code == 0, "\(measured.errors)")
    // 100 to 109 are ten, of which two are held out; 110 and 111 nobody has seen.
    #expect(measured.output.contains("\n8 of them were learned from; of the other 4: accuracy "))
    #expect(
      measured.output.contains(
        "\n2 of these chose the epoch that was kept; of the other 2: accuracy "))
    let json = try command.run("eval", "-m", "c.safetensors", "music", "--json")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["choosing"] as? Int == 2)
    for (group, pieces) in [("all", 12), ("unheard", 4), ("fresh", 2), ("majority", 2)] {
      #expect((report[group] as? [String: Any])?["pieces"] as? Int == pieces, "\(group)")
    }
    let held = try command.run(
      "eval", "-m", "c.safetensors", "music/low/110.mid", "music/high/111.mid")
    #expect(held.code == 0 && !held.output.contains("epoch"), "\(held.output)")
  }

  @Test func `works on both sides, as names may part them, are told`() throws {
    for (piece, movement) in [(100, 1), (102, 2)] {
      try FileManager.default.moveItem(
        at: command.folder.appending(path: "music/low/\(piece).mid"),
        to: command.folder.appending(path: "music/low/suite_\(movement).mid"))
    }
    let named = try train("music", "--valid", "music/low/suite_2.mid", "-o", "c.safetensors")
    #expect(named.code == 0, "\(named.errors)")
    #expect(named.output.contains("; 1 held out, 1 work on both sides\n"), "\(named.output)")
    #expect(named.errors.contains("high: none of its pieces is held out\n"), "\(named.errors)")
    try FileManager.default.copyItem(
      at: command.folder.appending(path: "music/low/suite_2.mid"),
      to: command.folder.appending(path: "music/low/again.mid"))
    let copied = try train("music", "--valid", "music/low/suite_2.mid", "-o", "e.safetensors")
    #expect(copied.output.contains(" on both sides, 1 like them on neither side\n"))
    let drawn = try train("music", "-o", "d.safetensors")
    #expect(drawn.output.contains(" held out, no work on both sides\n"), "\(drawn.output)")
  }

  @Test func `a classifier is held against a model that knows styles`() throws {
    #expect(try train("music", "-o", "c.safetensors").code == 0)
    let model = try command.run(
      ["train", "music", "--conditions", "style", "--tokens", "remi", "-o", "m.safetensors"]
        + Self.small)
    #expect(model.code == 0, "\(model.errors)")
    let listed = try command.run(
      "eval", "-m", "m.safetensors", "music", "--styles", "--json")
    let told = try #require(
      JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any])
    let path = command.folder.path + "/m.safetensors"
    var older = try Model(path: path)
    #expect(told["learned"] as? Int == older.provenance.learned?.count)
    // Models of before did not say which pieces they heard.
    older.provenance.learned = nil
    try older.write(to: path)
    let held = try command.run(
      "eval", "-m", "c.safetensors", "music", "--against", "m.safetensors", "--json")
    #expect(held.code == 0, "\(held.errors)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(held.output.utf8)) as? [String: Any])
    let against = try #require(report["against"] as? [String: Any])
    // Of the twelve pieces the classifier learned from ten.
    #expect(against["pieces"] as? Int == 2)
    let counts = ["bothRight", "onlyOwnRight", "onlyOtherRight"].compactMap { against[$0] as? Int }
    #expect(counts.count == 3 && counts.reduce(0, +) <= 2)
    let own = try #require(against["own"] as? [String: Any])
    #expect((own["accuracy"] as? Double).map { Int(2 * $0) } == counts[0] + counts[1])
    // Which of them the model heard it does not say.
    #expect(against["isTrainingMusicOfOther"] as? Bool == true)
    let lines = try command.run(
      "eval", "-m", "m.safetensors", "music", "--styles", "--against", "c.safetensors")
    #expect(
      lines.code == 0
        && lines.output.contains(
          "\nagainst c.safetensors, on 2 pieces of labels that both know, without 10 that the other "
            + "learned from: ")
        && lines.output.contains(
          "\nthe other's epoch is the one that told 2 pieces of these best\n"),
      "\(lines.errors)")
    let trained =
      "\nthe model was trained on these files, but for what was held out: how others are told apart "
      + "they do not say\n"
    #expect(lines.output.contains(trained) && !held.output.contains("trained on these files"))
    let some = try command.run("eval", "-m", "m.safetensors", "music/*/10*.mid", "--styles")
    #expect(some.code == 0 && !some.output.contains(trained), "\(some.errors)")
    let classified = try command.run("classify", "-m", "m.safetensors", "music")
    #expect(
      classified.errors.hasSuffix("musegen: \(trained.dropFirst())"), "\(classified.errors)")
  }

  @Test func `a run that is stopped goes on to the same bytes`() throws {
    func trained(_ name: String, steps: String) throws -> Command.Outcome {
      try command.run(
        ["train", "--classify", "music", "-o", name + ".safetensors", "--run", name]
          + Self.small.dropFirst(2) + ["--schedule", "constant", "--steps", steps])
    }
    let short = try trained("two", steps: "2")
    #expect(short.code == 0, "\(short.errors)")
    let longer = try command.run("train", "--resume", "two", "--steps", "6")
    #expect(longer.code == 0, "\(longer.errors)")
    let straight = try trained("six", steps: "6")
    #expect(straight.code == 0, "\(straight.errors)")
    func tensors(_ name: String) throws -> Data {
      let data = try Data(contentsOf: command.folder.appending(path: name))
      let header = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
      return data.dropFirst(8 + header)
    }
    #expect(try tensors("two.safetensors") == tensors("six.safetensors"))
  }

  @Test func `a run's folder and its checkpoint are the classifier that it would write`() throws {
    try #require(
      try train("music", "-o", "c.safetensors", "--run", "run").code == 0)
    // It is what the checkpoints hold, also while nothing is written.
    try FileManager.default.removeItem(at: command.folder.appending(path: "run/finished.json"))
    try FileManager.default.moveItem(
      at: command.folder.appending(path: "c.safetensors"),
      to: command.folder.appending(path: "kept.safetensors"))
    let checkpoint = "run/checkpoint-000000003.safetensors"
    let told = try command.run("classify", "-m", "kept.safetensors", "music")
    for model in ["run", checkpoint] {
      let outcome = try command.run("classify", "-m", model, "music")
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output == told.output)
      #expect(outcome.errors.hasPrefix("musegen: \(model): taking the "), "\(outcome.errors)")
      #expect(try command.run("info", model).output.contains("high"))
      #expect(try command.run("eval", "-m", model, "music").code == 0)
      let none = try command.run("generate", "-m", model)
      #expect(none.code == 65)
      #expect(none.errors.contains("use it with musegen classify"), "\(none.errors)")
    }
  }

  @Test func `pieces are learned by a table`() throws {
    let rows = (0..<12).map { piece in
      "\(piece % 2 == 0 ? "low" : "high")/\(100 + piece).mid,\(piece % 3 == 0 ? "x" : "y"),w\(piece)"
    }
    try command.write(
      Array((["file,style,work"] + rows.dropLast()).joined(separator: "\n").utf8), to: "labels.csv")
    let trained = try train(
      "music", "--labels", "labels.csv", "--label-column", "style", "-o", "c.safetensors")
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains("1 piece without a label, such as music/high/111.mid; left out"))
    let measured = try command.run(
      "eval", "-m", "c.safetensors", "music", "--labels", "labels.csv", "--label-column", "style")
    #expect(measured.code == 0, "\(measured.errors)")
    let other = try command.run("eval", "-m", "c.safetensors", "music")
    #expect(other.code == 65)
    #expect(other.errors.contains("the pieces are high, low, expected x, y"))
  }

  @Test func `what cannot be labelled or told is told in one line`() throws {
    func failure(_ arguments: [String]) throws -> String {
      let outcome = try command.run(arguments)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 1, "\(outcome.errors)")
      return "\(outcome.code) \(lines.first?.dropFirst("musegen: ".count) ?? "")"
    }
    func table(_ text: String) throws -> String {
      try command.write(Array(text.utf8), to: "t.csv")
      return try failure(["train", "--classify", "music", "--labels", "t.csv"])
    }
    #expect(
      try table("file,style\n") == "64 t.csv:1: found no column label, expected one beside style")
    #expect(
      try table("file;label\nlow/100.mid;x\n")
        == "64 t.csv:1: found no column file, expected one beside file;label; commas separate the fields, "
        + "or tabs in a file called .tsv")
    #expect(try table("file,label\nlow/1.mid,x\n") == "65 t.csv:2: low/1.mid is not there")
    #expect(
      try table("file,label\nlow/100.mid,\n") == "65 t.csv:2: found nothing in the column label")
    #expect(
      try table("file,label\nlow/100.mid,x\nmusic/low/100.mid,y\n")
        == "65 t.csv:3: music/low/100.mid stands in line 2 too")
    #expect(
      try failure(["train", "--classify", "music/low"])
        == "64 music/low/100.mid: this and 5 others have no label, expected pieces in sub-folders "
        + "called as their labels, or a table of labels")
    try FileManager.default.createDirectory(
      at: command.folder.appending(path: "one"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: command.folder.appending(path: "music/low"), to: command.folder.appending(path: "one/low")
    )
    #expect(
      try failure(["train", "--classify", "one"])
        == "65 all 6 pieces are low, expected two labels")
    try FileManager.default.createDirectory(
      at: command.folder.appending(path: "one/lone"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: command.folder.appending(path: "music/high/101.mid"),
      to: command.folder.appending(path: "one/lone/1.mid"))
    #expect(
      try failure(["train", "--classify", "one"])
        == "65 one/lone/1.mid: the only piece that is lone, expected two or more")
    // One is not the other.
    #expect(try train("music", "-o", "c.safetensors").code == 0)
    let played = try failure(["generate", "-m", "c.safetensors"])
    #expect(
      played
        == "65 c.safetensors: a musegen classifier, which tells what music is, expected a model, which "
        + "writes music; use it with musegen classify")
    let tiny = try command.run(
      ["train", "music", "--layers", "1", "-o", "m.safetensors"] + Self.small)
    #expect(tiny.code == 0, "\(tiny.errors)")
    #expect(
      try failure(["classify", "-m", "m.safetensors", "music"])
        == "65 m.safetensors: a model that knows no styles, expected a classifier, which musegen train "
        + "--classify makes, or a model of --conditions style")
    #expect(
      try failure(["eval", "-m", "m.safetensors", "music", "--svg", "x.svg"])
        == "64 --svg has no effect on a model that writes music, unless with --styles")
    #expect(
      try failure(["eval", "-m", "c.safetensors", "music", "--styles"])
        == "64 --styles has no effect on a classifier")
    try command.write(Array("not a song".utf8), to: "bad.mid")
    let mixed = try command.run("classify", "-m", "c.safetensors", "bad.mid", "music/low/100.mid")
    #expect(mixed.code == 0)
    #expect(mixed.output.split(separator: "\n").count == 1)
    #expect(mixed.errors.contains("bad.mid: "))
  }
}
