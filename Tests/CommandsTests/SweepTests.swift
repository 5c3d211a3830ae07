import Commands
import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// Many runs from one file: which they are, that they are trained once, and what is told of them.
struct SweepTests {
  let command: Command
  init() throws {
    command = try Command()
    for piece in 0..<4 {
      let notes = (0..<30).map { index in
        Note(
          onset: index * 240, duration: 240, pitch: UInt8(50 + (index * (piece + 2)) % 20))
      }
      try command.write(
        Score(tracks: [Track(notes: notes)], endTick: 7_200).midiFile().bytes(),
        to: "pieces/\(piece).mid")
    }
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    try readFile(at: command.folder.path + "/" + name)
  }

  private func plan(_ lines: String...) throws -> SweepPlan { try plan(lines) }

  private func plan(_ lines: [String]) throws -> SweepPlan {
    try SweepPlan((["pieces = \"midi\""] + lines).joined(separator: "\n"), name: "sweep.toml")
  }

  private func values(_ plan: SweepPlan) -> [[String]] {
    plan.trials.map { $0.varied.flatMap(\.arguments) }
  }

  @Test func `arrays make a grid, seeds the last`() throws {
    let plan = try plan(
      "seed = [1, 2]", "layers = [1, 2]", "residual = [true, false]", "hidden = 32", "steps = 5")
    #expect(
      values(plan) == [
        ["--layers=1", "--residual", "--seed=1"], ["--layers=1", "--residual", "--seed=2"],
        ["--layers=1", "--no-residual", "--seed=1"], ["--layers=1", "--no-residual", "--seed=2"],
        ["--layers=2", "--residual", "--seed=1"], ["--layers=2", "--residual", "--seed=2"],
        ["--layers=2", "--no-residual", "--seed=1"], ["--layers=2", "--no-residual", "--seed=2"],
      ])
    #expect(plan.trials[7].arguments.prefix(2) == ["--hidden=32", "--steps=5"])
    #expect(plan.trials[7].number == 8 && plan.trials[7].words == "layers 2, residual false")
    #expect(plan.pieces == ["midi"])
  }

  @Test func `a sweep without arrays is one run`() throws {
    let plan = try plan("layers = 1")
    #expect(plan.trials.count == 1 && plan.trials[0].varied.isEmpty)
  }

  @Test func `settings are drawn from ranges, the same ones again, each with every seed`() throws {
    let lines = [
      "trials = 200", "learning-rate = \"0.0001..0.01 log\"", "layers = \"1..3\"",
      "dropout = \"0.1..0.5\"", "cell = [\"lstm\", \"gru\"]", "seed = [7, 8]",
    ]
    let first = try SweepPlan((["pieces = \"m\""] + lines).joined(separator: "\n"), name: "s")
    #expect(first.trials.count == 400)
    let again = try SweepPlan((["pieces = \"m\""] + lines).joined(separator: "\n"), name: "s")
    #expect(first == again)
    let other = try SweepPlan(
      (["pieces = \"m\"", "draw = 2"] + lines).joined(separator: "\n"), name: "s")
    #expect(values(first) != values(other))
    var (rates, layers, dropouts, cells): ([Double], [Int], [Double], [String]) = ([], [], [], [])
    for (index, row) in values(first).enumerated() {
      let value = { (place: Int) in String(row[place].split(separator: "=")[1]) }
      rates.append(try #require(Double(value(0))))
      layers.append(try #require(Int(value(1))))
      dropouts.append(try #require(Double(value(2))))
      cells.append(value(3))
      #expect(row[4] == "--seed=\(7 + index % 2)")
    }
    #expect(rates.allSatisfy { (0.0001...0.01).contains($0) })
    #expect(dropouts.allSatisfy { (0.1...0.5).contains($0) })
    // A logarithmic range has its middle at 0.001, of whose sides each has half.
    #expect((140...260).contains(rates.count { $0 < 0.001 }))
    for layer in 1...3 { #expect((80...190).contains(layers.count { $0 == layer })) }
    #expect(Set(layers) == [1, 2, 3] && Set(cells) == ["lstm", "gru"])
  }

  @Test func `of whole numbers below 0 each is drawn as often as the others`() throws {
    // With rates enough that no combination need come twice.
    let plan = try SweepPlan(
      "pieces = \"m\"\ntrials = 600\nforget-bias = \"-2..1\"\nlearning-rate = \"0.001..0.01\"",
      name: "s")
    var counts: [String: Int] = [:]
    for row in values(plan) { counts[row[0], default: 0] += 1 }
    #expect(
      Set(counts.keys)
        == ["--forget-bias=-2", "--forget-bias=-1", "--forget-bias=0", "--forget-bias=1"])
    for (flag, count) in counts { #expect((100...200).contains(count), "\(flag)") }
  }

  @Test func `no combination of settings is drawn twice, and all are where there are as many`()
    throws
  {
    let lines = ["cell = [\"lstm\", \"gru\"]", "layers = \"1..3\"", "residual = [true, false]"]
    let some = try plan(["trials = 8"] + lines)
    #expect(Set(values(some)).count == 8 && some.trials.count == 8)
    let all = try plan(["trials = 12"] + lines)
    #expect(Set(values(all)).count == 12 && all.trials.count == 12)
    let seeds = try plan(["trials = 12", "seed = [1, 2]"] + lines)
    #expect(seeds.trials.count == 24)
    #expect(throws: Failure.self) { try plan(["trials = 13"] + lines) }
  }

  @Test(arguments: [
    ("trials = 4\nlayers = \"1..3\"", "sweep.toml:2: trials is 4, but what varies has only 3 comb"),
    ("trials = 2\nlayers = [1, 1]", "sweep.toml:2: trials is 2, but what varies has only 1 combin"),
    ("layers = [1, nine]", "sweep.toml:2: layers: found nine in an array"),
    ("hidden = [8, 16, 8]", "sweep.toml:2: hidden has 8 twice, which would train the same again"),
    ("seed = [1, 2, 2]", "sweep.toml:2: seed has 2 twice"),
    ("learning-rate = [0.001, 1e-3]", "sweep.toml:2: learning-rate has 1e-3 twice"),
    ("cell = [\"lstm\", \"lstm\"]", "sweep.toml:2: cell has lstm twice"),
    ("layers = []", "sweep.toml:2: layers has no value to try"),
    ("dropout = [0.1, 0.10]", "sweep.toml:2: dropout has 0.10 twice"),
    ("residual = [true, true]", "sweep.toml:2: residual has true twice"),
    ("layers = \"1..3\"", "sweep.toml:2: layers is a range, expected trials = 20"),
    ("trials = 0", "sweep.toml:2: trials is 0, expected 1 to 10000"),
    // The same run three times over.
    ("trials = 3", "sweep.toml:2: trials is 3 and nothing varies but the seed"),
    ("trials = 3\nseed = [1, 2]", "sweep.toml:2: trials is 3 and nothing varies but the seed"),
    ("draw = 2", "sweep.toml:2: draw has no effect without trials"),
    ("layrs = 1", "sweep.toml:2: no setting is called layrs"),
    ("tensorboard = \"tb\"", "sweep.toml:2: tensorboard is tb, expected true"),
    ("run = \"x\"", "sweep.toml:2: run cannot be set in a sweep"),
    ("dropout = \"0.5..0.1\"", "sweep.toml:2: dropout is 0.5..0.1, expected a range that rises"),
    ("learning-rate = \"0..1 log\"", "expected a range that rises, above 0"),
    ("cell = [\"lstm\", \"lsd\"]", "sweep.toml:2: "),
    ("layers = [1, 2", "sweep.toml:2: layers: found no end in an array"),
  ]) func `a line that cannot be is told with its place`(line: String, message: String) throws {
    do {
      let plan = try plan(line)
      Issue.record("\(plan.trials.count) runs")
    } catch let failure as Failure {
      #expect(failure.code == .data && failure.message.contains(message), "\(failure.message)")
    }
  }

  @Test func `a grid of too many runs is refused before it takes memory`() throws {
    let hundred = (1...100).map { "\($0)" }.joined(separator: ", ")
    #expect(throws: Failure.self) {
      try plan("layers = [\(hundred)]", "hidden = [\(hundred)]", "seed = [\(hundred)]")
    }
  }

  @Test func `the tasks of an array share the runs out`() throws {
    for variables in [(0, 3, 1), (1, 3, 1), (5, 4, 5)] {
      let (first, count, step) = variables
      var owners = [Int](repeating: 0, count: 20)
      for task in 0..<count {
        let part = try #require(
          try SweepPart(environment: [
            "SLURM_ARRAY_TASK_ID": "\(first + task * step)", "SLURM_ARRAY_TASK_COUNT": "\(count)",
            "SLURM_ARRAY_TASK_MIN": "\(first)",
            "SLURM_ARRAY_TASK_MAX": "\(first + (count - 1) * step)",
          ]))
        for trial in 1...20 where part.has(trial) { owners[trial - 1] += 1 }
      }
      #expect(owners.allSatisfy { $0 == 1 })
    }
    #expect(try SweepPart(environment: [:]) == nil)
    // Of 1,2,7 nothing tells the second that it is the second.
    #expect(throws: Failure.self) {
      try SweepPart(environment: [
        "SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1",
        "SLURM_ARRAY_TASK_MAX": "7",
      ])
    }
    let far = ["ID": "\(Int.max)", "COUNT": "3", "MIN": "-5", "MAX": "\(Int.max)"]
    #expect(
      try SweepPart(
        environment: Dictionary(
          uniqueKeysWithValues: far.map { ("SLURM_ARRAY_TASK_" + $0.key, $0.value) })) == nil)
    #expect(SweepPart(argument: "2/8")?.has(10) == true)
    for bad in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3"] {
      #expect(SweepPart(argument: bad) == nil)
    }
  }

  @Test func `a task that is the only one of its array says so, unless it is the first`() throws {
    func part(_ id: Int) throws -> SweepPart? {
      try SweepPart(environment: [
        "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_COUNT": "1",
        "SLURM_ARRAY_TASK_MIN": "\(id)", "SLURM_ARRAY_TASK_MAX": "\(id)",
      ])
    }
    for first in [0, 1] {
      let all = try #require(try part(first))
      #expect((1...20).allSatisfy { all.has($0) })
    }
    do {
      _ = try part(3)
      Issue.record("the third of nobody knows how many has a share")
    } catch let failure as Failure {
      #expect(failure.code == .usage && failure.message.contains("say --part 3/n"))
    }
  }

  /// What a plan comes to whose runs, by their numbers, have ended so.
  private func report(_ plan: SweepPlan, _ runs: [Int: String]) throws -> SweepReport {
    let summaries = try runs.mapValues { fields in
      try JSONDecoder().decode(
        RunSummary.self,
        from: Data(
          """
          {"path": "r", "state": "finished", "step": 3, "progress": 1, "seconds": 1, "bytes": 1, \
          "modified": 1, "lastNats": 0.1, \(fields)}
          """.utf8))
    }
    return SweepReport(plan) { summaries[$0] }
  }

  @Test func `the best classifier is the one that tells most pieces right, as its run kept it`()
    throws
  {
    let report = try report(
      plan("hidden = [8, 12]", "seed = [1, 2]"),
      [
        1: #""bestNats": 0.4, "bestAccuracy": 0.7"#, 2: #""bestNats": 0.5, "bestAccuracy": 0.85"#,
        3: #""bestNats": 0.9, "bestAccuracy": 0.9"#, 4: #""bestNats": 0.7, "bestAccuracy": 0.8"#,
      ])
    #expect(report.best == 3 && report.natsPer == .piece)
    #expect(report.rows.map(\.words) == ["hidden 12", "hidden 8"])
    #expect(report.rows.map(\.bestPlace) == [0, 1])
    #expect(
      report.lines[0] == "85.0 % right, 0.800 nats per piece (0.700 to 0.900, 2 seeds): hidden 12")
    #expect(report.table.hasPrefix("hidden,mean_accuracy,mean_nats,"))
  }

  @Test func `where vocabularies vary, losses are those of a second of music`() throws {
    // An event of the second tells more, so that fewer tell the same music.
    let plan = try plan("tokens = [\"tsd\", \"remi\"]")
    let report = try report(
      plan,
      [
        1: #""bestNats": 1.0, "bestNatsPerSecond": 8"#,
        2: #""bestNats": 1.2, "bestNatsPerSecond": 7"#,
      ])
    #expect(report.best == 2 && report.natsPer == .second)
    #expect(
      report.lines == [
        "7.000 nats per second: tokens remi", "8.000 nats per second: tokens tsd",
      ])
    let other = try self.plan("layers = [1, 2]")
    #expect(plan.variesVocabulary && !other.variesVocabulary)
  }

  @Test func `a training loss is no measure of which settings are best`() throws {
    let report = try report(
      plan("layers = [1, 2]"), [1: #""bestStep": null"#, 2: #""bestStep": null"#])
    #expect(report.best == nil)
    #expect(report.lines[0] == "nothing held out to compare by: layers 1")
  }

  @Test func `settings that cannot be had together are told before any run is trained`() throws {
    try command.write(
      Array("pieces = [\"pieces\"]\nlayers = [2, 1]\nresidual = true\nsteps = 3\n".utf8),
      to: "sweep.toml")
    let outcome = try command.run("sweep", "sweep.toml")
    #expect(outcome.code == 64 && outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "musegen: run 2 of 2 (layers 1): --residual has no effect on a single layer\n")
    #expect(try !command.files.contains("sweeps"))
  }

  @Test func `a run that another process has begun meanwhile is left alone`() throws {
    try command.write(
      Array(
        """
        pieces = ["pieces"]
        layers = 1
        hidden = 8
        embedding = 8
        batch = 2
        window = 16
        steps = 3
        seed = [1, 2]
        valid = "0.34"
        """.utf8), to: "sweep.toml")
    let first = command.folder.path + "/sweeps/sweep/0001"
    try createFolder(at: first)
    // There is no record yet when the sweep looks, as where both read the music at once.
    guard let lock = try FileLock(path: first + "/lock") else {
      Issue.record("nobody else has the lock")
      return
    }
    let swept = try command.run("sweep", "sweep.toml")
    _ = consume lock
    #expect(swept.code == 0, "\(swept.errors)")
    #expect(swept.output.contains("run 1 of 2: another process trains it\n"), "\(swept.output)")
    #expect(swept.output.contains(", 1 to come: as set\n"), "\(swept.output)")
    let whole = try command.run("sweep", "sweep.toml")
    #expect(whole.code == 0 && whole.output.contains("2 seeds): as set\n"), "\(whole.errors)")
  }

  @Test func `a sweep trains each run once, goes on, and leaves the best model`() throws {
    // A slip that is mended before any run has begun is no other sweep.
    try command.write(Array("pieces = [\"peices\"]\nlayers = 1\n".utf8), to: "sweep.toml")
    #expect(try command.run("sweep", "sweep.toml").code != 0)
    try command.write(
      Array(
        """
        pieces = ["pieces"]
        layers = 1
        hidden = [8, 12]
        embedding = 8
        batch = 2
        window = 16
        steps = 3
        seed = [1, 2]
        valid = "0.34"
        """.utf8), to: "sweep.toml")
    let half = try command.run("sweep", "sweep.toml", "--part", "1/2")
    #expect(half.code == 0, "\(half.errors)")
    #expect(half.output.contains("1 to come"))
    let before = modificationTime(at: command.folder.path + "/sweeps/sweep/0001/model.safetensors")
    let whole = try command.run("sweep", "sweep.toml")
    #expect(whole.code == 0, "\(whole.errors)")
    #expect(
      modificationTime(at: command.folder.path + "/sweeps/sweep/0001/model.safetensors") == before)
    let listed = try command.run("sweep", "sweep.toml", "--list", "--json")
    struct Listed: Decodable {
      var best: Int
      var rows: [Row]
      struct Row: Decodable {
        var nats: [Double]
        var trials: [Int]
        var missing: Int
      }
    }
    let report = try JSONDecoder().decode(Listed.self, from: Data(listed.output.utf8))
    #expect(
      report.rows.count == 2 && report.rows.allSatisfy { $0.nats.count == 2 && $0.missing == 0 })
    let all = report.rows.flatMap { zip($0.trials, $0.nats) }
    let best = try #require(all.min { $0.1 < $1.1 })
    #expect(best.0 == report.best)
    #expect(
      try bytes("sweeps/sweep/best.safetensors")
        == bytes("sweeps/sweep/000\(best.0)/model.safetensors"))
    #expect(try bytes("sweeps/sweep/sweep.csv").count > 100)
    #expect(try bytes("sweeps/sweep/sweep.svg").starts(with: Array("<svg".utf8)))
    // Each run is what train makes of the same settings.
    let alone = try command.run(
      "train", "pieces", "--layers", "1", "--hidden", "12", "--embedding", "8", "--batch", "2",
      "--window", "16", "--steps", "3", "--seed", "2", "--valid", "0.34", "-o", "alone.safetensors")
    #expect(alone.code == 0, "\(alone.errors)")
    #expect(
      try bytes("alone.safetensors") == bytes("sweeps/sweep/0004/model.safetensors"))
    // What it was to be copied from is the user's to remove: the table is told even so.
    try FileManager.default.removeItem(
      at: command.folder.appending(path: "sweeps/sweep/000\(best.0)/model.safetensors"))
    let kept = try bytes("sweeps/sweep/best.safetensors")
    let without = try command.run("sweep", "sweep.toml")
    #expect(without.code == 0 && without.output.contains("the best run is sweeps/sweep/000"))
    #expect(without.errors.contains("model.safetensors is gone; "), "\(without.errors)")
    #expect(try bytes("sweeps/sweep/best.safetensors") == kept)
    // Another file under its name is another sweep.
    try command.write(Array("pieces = [\"pieces\"]\nlayers = [1, 2]\n".utf8), to: "sweep.toml")
    let changed = try command.run("sweep", "sweep.toml")
    #expect(changed.code == 65 && changed.errors.contains("has changed since"), "\(changed.errors)")
    // Its runs are none of the new file's settings.
    let others = try command.run("sweep", "sweep.toml", "--list")
    #expect(others.code == 65 && others.output.isEmpty && others.errors == changed.errors)
  }
}
