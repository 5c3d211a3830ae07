import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// `train --conditions` and what the model can be asked for then.
struct ConditionsCommandTests {
  let command: Command
  private let tiny = [
    "--hidden", "8", "--embedding", "8", "--layers", "1", "--batch", "2", "--tokens", "remi",
  ]

  init() throws {
    command = try Command()
    for piece in 0..<6 {
      let notes = (0..<24).map { index in
        Note(onset: index * 240, duration: 240, pitch: UInt8(60 + (index * (piece + 2)) % 12))
      }
      let score = Score(
        tracks: [Track(notes: notes)],
        tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 500_000)],
        timeSignatures: [TimeSignature(tick: 0, numerator: piece % 2 == 0 ? 3 : 4, denominator: 4)],
        endTick: 24 * 240)
      try command.write(
        score.midiFile().bytes(), to: "songs/\(piece % 2 == 0 ? "jig" : "reel")/\(piece).mid")
    }
  }

  private func train(_ arguments: [String]) throws -> Command.Outcome {
    try command.run(["train", "songs", "--steps", "6"] + arguments)
  }

  @Test func `a model that learned conditions tells them and plays to them`() throws {
    let trained = try train(tiny + ["--conditions", "key,style,metre,instruments"])
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(trained.output.contains("instruments piano is the only one of all pieces"))
    let info = try command.run("info", "model.safetensors")
    #expect(info.output.contains("\n  remi with conditions, "))
    #expect(info.output.contains("\n  knows style: jig, reel\n  knows key: C-major, Db-major, "))
    #expect(info.output.contains(", C#-minor, ") && !info.output.contains("Db-minor"))
    #expect(info.output.contains("\n  knows metre: 3/4, 4/4\n  knows instruments: piano\n"))
    let json = try command.run("info", "model.safetensors", "--json")
    #expect(json.output.contains(#""kind" : "metre""#) || json.output.contains(#""kind":"metre""#))

    let piece = try command.run(
      "generate", "--style", "jig", "--key", "D-minor", "--metre", "3/4", "--instruments", "piano",
      "--guidance", "1.5", "--seed", "3", "--length", "40tokens", "-o", "a.mid")
    #expect(piece.code == 0, "\(piece.errors)")
    let other = try command.run(
      "generate", "--style", "reel", "--seed", "3", "--length", "40tokens", "-o", "b.mid")
    #expect(other.code == 0, "\(other.errors)")
    let beam = try command.run(
      "generate", "--beam", "2", "--style", "jig", "--seed", "3", "--length", "9tokens", "-o",
      "beam.mid")
    #expect(beam.code == 0, "\(beam.errors)")
    #expect(
      beam.output.contains(" nats per event, style jig, ") && beam.output.contains(", seed 3\n"))
    let evaluated = try command.run("eval", "songs")
    #expect(evaluated.code == 0, "\(evaluated.errors)")
    let dynamic = try command.run("eval", "songs", "--dynamic")
    #expect(
      dynamic.code == 0 && dynamic.output.contains("learning from each piece"), "\(dynamic.errors)")
    let gates = try command.run("gates", "a.mid", "-o", "gates.svg")
    #expect(gates.code == 0 && gates.output.contains("layer 1, forget"), "\(gates.errors)")
    let adapted = try ["jig", "reel"].map { style in
      let outcome = try command.run(
        "generate", "--primer", "a.mid", "--adapt", "--style", style, "--seed", "3", "--length",
        "40tokens", "-o", "\(style).mid")
      #expect(outcome.code == 0, "\(outcome.errors)")
      return try Data(contentsOf: command.folder.appending(path: "\(style).mid"))
    }
    #expect(adapted[0] != adapted[1])
    let varied = try command.run("vary", "a.mid", "--seed", "1", "-o", "c.mid")
    #expect(varied.code == 0, "\(varied.errors)")
    try command.write(Array("file,label\n1.mid,jig\n".utf8), to: "styles.csv")
    let labelled = try command.run("eval", "songs", "--labels", "styles.csv")
    #expect(labelled.code == 0 && labelled.output != evaluated.output, "\(labelled.errors)")
    let unlabelled = try command.run("eval", "songs", "--svg", "x.svg")
    #expect(
      unlabelled.errors
        == "musegen: --svg has no effect on a model that writes music, unless with --styles\n"
        && unlabelled.code == 64)
    let told = try command.run("classify", "-m", "model.safetensors", "songs", "--json")
    #expect(told.code == 0, "\(told.errors)")
    let answers = try #require(
      JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [[String: Any]])
    #expect(answers.count == 6)
    for answer in answers {
      let labels = try #require(answer["labels"] as? [[String: Any]])
      #expect(Set(labels.compactMap { $0["label"] as? String }) == ["jig", "reel"])
      let sum = labels.reduce(0) { $0 + ($1["probability"] as? Double ?? 0) }
      #expect(abs(sum - 1) < 1e-9)
    }
    let styles = try command.run("eval", "songs", "--styles", "--svg", "styles.svg")
    #expect(
      styles.code == 0 && styles.output.contains("\naccuracy ")
        && styles.output.contains("\nalways the commonest label: ")
        && !styles.output.contains("n-grams"), "\(styles.errors)")
    #expect(try command.files.contains("styles.svg"))
    let further = try command.run(
      "train", "songs", "--from", "model.safetensors", "--steps", "3", "-o", "d.safetensors")
    #expect(further.code == 0, "\(further.errors)")

    // Guidance that only the model suggests gives way where nothing is told.
    let sharp = try command.run(
      "convert", "-m", "model.safetensors", "-o", "sharp.safetensors", "--guidance", "2")
    #expect(sharp.code == 0, "\(sharp.errors)")
    let untold = try command.run(
      "generate", "-m", "sharp.safetensors", "--no-complete-conditions", "--length", "9tokens",
      "-o",
      "untold.mid")
    #expect(untold.code == 0, "\(untold.errors)")

    for (arguments, code, line) in [
      (["--style", "reels"], 64, "--style is reels, expected one of reel, jig"),
      (["--metre", "6/8"], 64, "--metre is 6/8, expected one of 3/4, 4/4"),
      (["--instruments", "brass"], 64, "--instruments is brass, expected one of piano"),
      (
        ["--guidance", "2", "--no-complete-conditions"], 64,
        "--guidance is 2.0, expected 1 where the model is told no condition"
      ),
      (["--guidance", "11", "--style", "jig"], 64, "--guidance is 11.0, expected 0 to 10"),
      (
        ["--cadences", "2", "--no-complete-conditions"], 64,
        "--cadences has no effect without a --key where the model is told no other"
      ),
      (
        ["--key-strength", "2", "--no-complete-conditions"], 64,
        "--key-strength has no effect without a --key where the model is told no other"
      ),
      (["--steer"], 64, "--steer has no effect without a --key or --density that the model knows"),
    ] {
      let outcome = try command.run(["generate", "-o", "x.mid"] + arguments)
      #expect(
        outcome.code == Int32(code) && outcome.errors == "musegen: \(line)\n", "\(outcome.errors)")
    }
  }

  @Test
  func `eval says that a model that lists no pieces was trained on these, whatever told it styles`()
    throws
  {
    let rows = (0..<6).map { "\($0).mid,\($0 % 2 == 0 ? "Ann,jig" : "Bob,reel")\n" }
    try command.write(Array(("file,composer,label\n" + rows.joined()).utf8), to: "styles.csv")
    let line = "\nthe model was trained on these files, but for what was held out: "
    for training in [[], ["--labels", "styles.csv"]] {
      let trained = try train(tiny + ["--conditions", "style", "--overwrite"] + training)
      #expect(trained.code == 0, "\(trained.errors)")
      let path = command.folder.path + "/model.safetensors"
      var model = try Model(path: path)
      model.provenance.learned = nil
      try model.write(to: path)
      for flags in [[], ["--label-column", "label"]] {
        for styles in [[], ["--styles"]] {
          let told = try command.run(["eval", "songs", "--labels", "styles.csv"] + flags + styles)
          #expect(told.code == 0 && told.output.contains(line), "\(told.errors)\(told.output)")
        }
      }
      let some = try command.run("eval", "songs/jig")
      #expect(some.code == 0 && !some.output.contains(line), "\(some.errors)")
    }
  }

  @Test(
    arguments: [
      ("--instruments strings", "the model's vocabulary does not tell these instruments"),
      ("--metre 7/8", "--metre is 7/8, expected one of "), ("--style bach", "--style is bach, "),
      ("--metre 0/4", "--metre is \"0/4\", expected free, steady or such as 6/8"),
      ("--metre 3/5", "--metre is \"3/5\", expected free, steady or such as 6/8"),
    ] as [(String, String)])
  func `what a model cannot be asked for is an error of usage`(flag: String, line: String) throws {
    let outcome = try command.run(
      ["generate", "-m", "folk", "-o", "new.mid"] + flag.split(separator: " ").map(String.init))
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("musegen: \(line)"), "\(outcome.errors)")
  }

  @Test func `where one program plays all it is told that instruments are not heard`() throws {
    let trained = try train(tiny + ["--no-programs", "--conditions", "instruments"])
    #expect(trained.code == 0, "\(trained.errors)")
    let line =
      "musegen: --instruments tells the model for whom to write, but one program plays all, as its "
      + "vocabulary tells none; --program chooses it\n"
    let generate = ["generate", "--length", "40tokens", "--overwrite", "-o", "x.mid"]
    for (arguments, isTold) in [
      (["--instruments", "piano"], true), (["--instruments", "piano", "--program", "40"], false),
      ([], false),
    ] as [([String], Bool)] {
      let outcome = try command.run(generate + arguments)
      #expect(outcome.code == 0 && outcome.errors.contains(line) == isTold, "\(outcome.errors)")
    }
    let unknown = try command.run(generate + ["--instruments", "brass"])
    #expect(unknown.errors == "musegen: --instruments is brass, expected one of piano\n")
  }

  @Test func `a piece drawn anew is told with its own conditions`() throws {
    let trained = try train(tiny + ["--conditions", "key,style,metre"])
    #expect(trained.code == 0, "\(trained.errors)")
    let generate = ["generate", "--length", "200tokens", "-o", "piece.mid", "--overwrite"]
    func line(seed: Int, _ more: String...) throws -> String {
      try command.run(generate + ["--seed", "\(seed)"] + more).output
    }
    func conditions(_ line: String) -> Substring? { line.firstMatch(of: /(style .*), seed/)?.1 }
    var others = 0
    for seed in 1...6 {
      let (rejected, kept) = (try line(seed: seed), try line(seed: seed + 1_000_003))
      guard conditions(rejected) != conditions(kept) else { continue }
      others += 1
      _ = try line(seed: seed)
      try FileManager.default.copyItem(
        at: command.folder.appending(path: "piece.mid"),
        to: command.folder.appending(path: "known-\(seed).mid"))
      let drawn = try line(seed: seed, "--novel", "12", "--novel-corpus", "known-\(seed).mid")
      #expect(drawn == kept)
    }
    #expect(others > 0)
  }

  @Test func `styles come from a table, several to a piece, and a run resumes with it`() throws {
    try command.write(
      Array("file,composer\njig/0.mid,Anna;Berta\njig/2.mid,Anna\nreel/1.mid,Clara\n".utf8),
      to: "labels.csv")
    let trained = try train(
      tiny + ["--conditions", "style", "--labels", "labels.csv", "--run", "run", "--valid", "0"])
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains(
        "musegen: 3 pieces without a style, such as songs/jig/4.mid; nothing is told of theirs\n"))
    #expect(
      trained.errors.contains(
        "musegen: 2 styles of a single piece to learn from, such as Berta of songs/jig/0.mid; too few "
          + "to be learned\n"))
    #expect(
      try command.run("info", "model.safetensors").output.contains(
        "knows style: Anna, Berta, Clara\n"))
    // A schedule is of a run's whole length, and so are the keys at its end.
    let whole = try command.run(
      ["train", "songs", "--steps", "9", "--schedule", "constant", "-o", "whole.safetensors"] + tiny
        + [
          "--own-keys", "0", "--conditions", "style", "--labels", "labels.csv", "--run", "other",
          "--valid", "0",
        ])
    #expect(whole.code == 0, "\(whole.errors)")
    let first = try command.run(
      ["train", "songs", "--steps", "4", "--schedule", "constant", "-o", "part.safetensors"] + tiny
        + [
          "--own-keys", "0", "--conditions", "style", "--labels", "labels.csv", "--run", "third",
          "--valid", "0",
        ])
    #expect(first.code == 0, "\(first.errors)")
    let resumed = try command.run("train", "--resume", "third", "--steps", "9")
    #expect(resumed.code == 0, "\(resumed.errors)")
    let files = try ["whole", "part"].map { name in
      try Model(path: command.folder.path + "/\(name).safetensors").network.parameters
    }
    #expect(files[0] == files[1])
    // Other styles are another corpus.
    try command.write(Array("file,style\njig/0.mid,Clara\n".utf8), to: "labels.csv")
    let changed = try command.run("train", "--resume", "third", "--steps", "12")
    #expect(
      changed.code == 65 && changed.errors.contains("its corpus has changed since"),
      "\(changed.errors)")
  }

  @Test func `one table serves a classifier and a model that is told styles`() throws {
    let rows = (0..<6).map { "\($0).mid,\($0 % 2 == 0 ? "dance" : "song"),\($0 / 3)" }
    try command.write(
      Array(("file,label,set\n" + rows.joined(separator: "\n") + "\n").utf8), to: "labels.csv")
    let told = try train(tiny + ["--conditions", "style", "--labels", "labels.csv"])
    #expect(told.code == 0, "\(told.errors)")
    #expect(
      try command.run("info", "model.safetensors").output.contains("knows style: dance, song\n"))
    let set = try train(
      tiny + ["--conditions", "style", "--labels", "labels.csv", "--label-column", "set"]
        + ["-o", "set.safetensors", "--run", "set"])
    #expect(set.code == 0, "\(set.errors)")
    #expect(
      try command.run("info", "set.safetensors").output.contains("knows style: 0, 1\n"))
    let resumed = try command.run("train", "--resume", "set", "--steps", "8")
    #expect(resumed.code == 0, "\(resumed.errors)")
    let classifier = try train(
      tiny + ["--classify", "--labels", "labels.csv", "-o", "who.safetensors"])
    #expect(classifier.code == 0, "\(classifier.errors)")
    // What knows no styles has no use for a table.
    #expect(try train(tiny + ["--conditions", "key", "-o", "key.safetensors"]).code == 0)
    let idle = try command.run("eval", "-m", "key.safetensors", "songs", "--labels", "labels.csv")
    #expect(
      idle.errors == "musegen: --labels has no effect on this model, which knows no styles\n")
  }

  @Test func `pieces of styles that a model does not know are told of where it is trained further`()
    throws
  {
    try #require(try train(tiny + ["--conditions", "style"]).code == 0)
    for (piece, old, style) in [(1, "reel", "polka"), (2, "jig", "jig"), (3, "reel", "polka")] {
      let source = command.folder.appending(path: "songs/\(old)/\(piece).mid")
      try command.write(Array(Data(contentsOf: source)), to: "more/\(style)/\(piece).mid")
    }
    let further = try command.run(
      "train", "more", "--from", "model.safetensors", "--steps", "2", "--valid", "0", "-o",
      "d.safetensors")
    #expect(further.code == 0)
    #expect(
      further.errors.contains(
        "musegen: 2 pieces of styles that the model does not know, such as polka of "
          + "more/polka/1.mid; nothing is told of theirs\n"), "\(further.errors)")
  }

  @Test func `what cannot be told is refused in one line`() throws {
    try command.write(Array("file,name\njig/0.mid,a\n".utf8), to: "names.csv")
    try command.write(Array("file,style\njig/9.mid,a\n".utf8), to: "gone.csv")
    for (arguments, code, line) in [
      (
        ["--conditions", "style", "--labels", "names.csv"], 64,
        "names.csv:1: found no column style, expected one beside name"
      ),
      (
        ["--conditions", "style", "--labels", "gone.csv"], 65, "gone.csv:2: jig/9.mid is not there"
      ),
      (
        ["--conditions", "style", "--labels", "none.csv"], 66,
        "none.csv: cannot read: no such file or directory"
      ),
      (
        ["--labels", "names.csv"], 64,
        "--labels has no effect without --classify or --conditions style"
      ),
      (
        ["--condition-dropout", "0.1"], 64, "--condition-dropout has no effect without --conditions"
      ),
      (
        ["--conditions", "key", "--condition-dropout", "1"], 64,
        "--condition-dropout is 1.0, expected 0 to 0.5"
      ),
    ] {
      let outcome = try train(tiny + arguments)
      #expect(
        outcome.code == Int32(code) && outcome.errors == "musegen: \(line)\n", "\(outcome.errors)")
    }
    let flat = try command.run(
      ["train", "songs/jig", "--steps", "1", "--conditions", "style,metre"] + tiny)
    #expect(flat.code == 64, "\(flat.errors)")
    #expect(
      flat.errors
        == "musegen: --conditions is style, expected what some piece tells, of these key, metre, tempo, density, instruments (styles are the names of folders, two or more, or stand in a table)\n"
    )
    let unknown = try train(tiny + ["--conditions", "mood"])
    #expect(unknown.code == 64)
  }

  @Test func `a temperature of time is refused by a model that has no choice of times`() throws {
    let rolled = try command.run(
      "generate", "-m", "chorales", "--length", "2s", "--time-temperature", "50", "-o", "x.mid")
    #expect(rolled.code == 64)
    #expect(
      rolled.errors
        == "musegen: --time-temperature has no effect on this model, one event of which "
        + "alone lets time pass\n")
    #expect(try !command.files.contains("x.mid"))
    let told = try command.run(
      "generate", "-m", "folk", "--length", "2s", "--time-temperature", "1.1", "-o", "x.mid")
    #expect(told.code == 0, "\(told.errors)")
  }

  @Test func `a model that knows no conditions is steered as ever`() throws {
    #expect(try train(tiny).code == 0)
    for (arguments, line) in [
      (["--style", "jig"], "--style has no effect on this model, which knows no styles"),
      (["--guidance", "2"], "--guidance has no effect on this model, which knows no conditions"),
    ] {
      let outcome = try command.run(["generate", "-o", "x.mid"] + arguments)
      #expect(outcome.code == 64 && outcome.errors == "musegen: \(line)\n", "\(outcome.errors)")
    }
    let steered = try command.run(
      "generate", "--key", "D-minor", "--strict-key", "--seed", "1", "--length", "30tokens",
      "--instruments", "strings,drums", "-o", "a.mid")
    #expect(steered.code == 0, "\(steered.errors)")
  }
}
