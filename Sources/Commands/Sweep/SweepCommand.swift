package import ArgumentParser
import Drawing
import FileStorage
import MuseGen
import Ranks

/// `musegen sweep`: trains with many settings and finds the best.
package struct SweepCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Trains with many settings, and tells which are best.",
    discussion: """
      The file has a setting of train a line, by its flag's long name: layers = [1, 2] tries both, \
      seed = [1, 2, 3] three seeds. With trials = 20 as many settings are drawn, also from ranges such as \
      learning-rate = "0.0005..0.01 log". Called again it goes on; in a Slurm array each task takes its share.
      """)

  @Argument(
    help: "A file of settings, name = value or name = [values].",
    completion: .file(extensions: ["toml"]))
  var file: String

  @Option(help: "The sweep's folder (default: sweeps/ and the file's name).")
  var run: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Which part of the runs to train: 2/8 is the second of eight (default: the task of a Slurm array).",
      valueName: "k/n"))
  var part: SweepPart?

  @Flag(help: "Tell the runs and what has come of them, and train nothing.")
  var list = false

  @Flag(help: "Print the table as JSON at the end.")
  var json = false

  /// Creates the command with its defaults.
  package init() {}

  package mutating func run() async throws {
    let text = try Self.text(of: file)
    let plan = try SweepPlan(text, name: file)
    let stem = pathWithoutExtension(fileName(of: absolutePath(file)))
    let folder = run ?? "sweeps/\(stem)"
    if list {
      // Of another file's runs the numbers would stand beside this one's settings.
      _ = try isPrepared(folder, text: text)
      return try report(plan, in: folder, isWritten: false)
    }
    try Self.checkAlone()
    let share =
      try part ?? SweepPart(environment: processEnvironment()) ?? SweepPart(number: 1, of: 1)
    try Self.check(plan, share)
    try prepare(folder, text: text)
    let terminal = Terminal(isQuiet: json)
    for trial in plan.trials where share.has(trial.number) {
      try await train(trial, of: plan, in: folder, terminal: terminal)
      if Interruption.isRequested { throw CancellationError() }
    }
    try report(plan, in: folder, isWritten: true)
  }

  /// Sees to it that no launcher has started several processes, each of which would train every run.
  private static func checkAlone() throws {
    guard let launcher = Launcher(environment: processEnvironment()) else { return }
    if launcher.rank > 0 { StandardOutput.fallSilent() }
    throw Failure(
      .usage,
      "\(launcher.name) started \(launcher.count) processes, and one process trains each run of a "
        + "sweep; start it without a launcher, once or once for each --part, or in a Slurm array")
  }

  /// Sees to it that the settings of each run can be had together, before hours go into the runs before it.
  private static func check(_ plan: SweepPlan, _ share: SweepPart) throws {
    var checked: Set<String> = []
    for trial in plan.trials
    where share.has(trial.number) && checked.insert(trial.words).inserted {
      do {
        try TrainCommand.checkSettings(trial.arguments)
      } catch let failure as Failure {
        let words = trial.words.isEmpty ? "" : " (\(trial.words))"
        throw Failure(
          failure.code,
          "run \(trial.number) of \(plan.trials.count)\(words): \(failure.message)")
      }
    }
  }

  private static func text(of file: String) throws -> String {
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: file, limit: 1 << 24, allowingStreams: true)
    } catch {
      throw Failure(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.data, "\(file): found bytes that are no UTF-8, expected lines of name = value")
    }
    return text
  }

  /// Whether a folder has this sweep's file already.
  ///
  /// - Throws: ``Failure`` where its runs were begun with another one, whose settings are not this one's.
  private func isPrepared(_ folder: String, text: String) throws -> Bool {
    let record = folder + "/sweep.toml"
    guard fileKind(at: record) != nil else { return false }
    let old = try Failure.writing { try readFile(at: record, limit: 1 << 24) }
    guard old != Array(text.utf8) else { return true }
    // A slip that is mended before any run has begun is no other sweep.
    let hasBegun = try Failure.writing { try listFolder(at: folder) }.contains { name in
      guard Int(name) != nil else { return false }
      return ![nil, .empty].contains(RunSummary(path: "\(folder)/\(name)")?.state)
    }
    guard !hasBegun else {
      throw Failure(
        .data,
        "\(file): has changed since \(folder) was begun with it; name another folder with --run")
    }
    return false
  }

  /// Makes the folder, or sees to it that it is this sweep's.
  private func prepare(_ folder: String, text: String) throws {
    guard try !isPrepared(folder, text: text) else { return }
    let record = folder + "/sweep.toml"
    if fileKind(at: record) != nil {
      return try Failure.writing { try writeFile(Array(text.utf8), at: record) }
    }
    try Failure.writing {
      try createFolder(at: folder)
      do throws(FileError) {
        try writeFile(Array(text.utf8), at: record, replacement: .never)
      } catch {
        // Another task of the array was there first.
        guard fileKind(at: record) != nil else { throw error }
      }
    }
  }

  private static func path(of number: Int, in folder: String) -> String {
    let digits = "\(number)"
    return "\(folder)/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// Trains a trial, from its start or from where it was left.
  private func train(
    _ trial: SweepPlan.Trial, of plan: SweepPlan, in folder: String, terminal: Terminal
  ) async throws {
    let path = Self.path(of: trial.number, in: folder)
    let words = "run \(trial.number) of \(plan.trials.count)"
    var arguments = trial.arguments + ["--run", path, "-o", path + "/model.safetensors"]
    switch RunSummary(path: path)?.state {
    case .finished, .diverged: return
    case .running: return terminal.line("\(words): another process trains it")
    case .interrupted: arguments = ["--resume", path]
    case .empty, nil:
      // The model is written into the run's folder, which has to be there before.
      try Failure.writing { try createFolder(at: path) }
      arguments += ["--"] + plan.pieces
    }
    if json { arguments.insert("--json", at: 0) }
    let settings = trial.varied.flatMap(\.arguments).joined(separator: " ")
    terminal.line("\(words): \(settings.isEmpty ? "as set" : settings)")
    // A run that is resumed goes where it was begun.
    let (home, place) = (currentFolder(), absolutePath(path))
    do {
      try await Invocation.$current.withValue(Invocation(["train"] + arguments)) { [arguments] in
        var command = try TrainCommand.parse(arguments)
        try await command.run()
      }
    } catch let failure as Failure {
      if Self.isOthers(place, after: failure) {
        terminal.line("\(words): another process trains it")
      } else {
        // A loss that breaks tells something of its settings; anything else would end the next run, too.
        guard RunSummary(path: place)?.state == .diverged else {
          throw Failure(failure.code, "\(words): \(failure.message)")
        }
        terminal.line("\(words): \(failure.message)")
      }
    }
    try Failure.writing { try changeCurrentFolder(to: home) }
  }

  /// Whether a run could not begin because another process has begun it, or has even ended it, while this one read the
  /// music.
  private static func isOthers(_ path: String, after failure: Failure) -> Bool {
    FileLock.isHeld(path: path + "/lock")
      || failure.code == .cannotCreate && RunSummary(path: path)?.state == .finished
  }

  /// Tells what has come of all runs; at the end of a task the table, the plot and the best model are written.
  private func report(_ plan: SweepPlan, in folder: String, isWritten: Bool) throws {
    let found = SweepReport(plan) { RunSummary(path: Self.path(of: $0, in: folder)) }
    let best = found.best.map { Self.path(of: $0, in: folder) }
    var isCopied = false
    if isWritten {
      try Failure.writing {
        try writeFile(Array(found.table.utf8), at: folder + "/sweep.csv")
        let curves = try curves(of: found, in: folder)
        if !curves.isEmpty {
          let plot = LinePlot(
            title: "Held-out loss of the best settings", horizontalName: "step",
            verticalName: "nats per \(found.natsPer.rawValue)", curves: curves)
          try writeFile(Array(plot.svg().utf8), at: folder + "/sweep.svg")
          if !json {
            try? StandardOutput.raw(plot.text(width: min(max(Terminal().width, 40), 120)))
          }
        }
        if let best { isCopied = try copyModel(ofRunIn: best, into: folder) }
      }
    }
    if json { return try Terminal.printJSON(found) }
    try StandardOutput.lines(found.lines)
    guard let best else { return }
    try StandardOutput.line(
      "the best run is \(best)" + (isCopied ? ", its model \(folder)/best.safetensors" : ""))
  }

  /// Copies the best run's model beside the table; false, and a line is told, where it was removed.
  private func copyModel(ofRunIn path: String, into folder: String) throws(FileError) -> Bool {
    let name = path + "/model.safetensors"
    do {
      try writeFile(try readFile(at: name, limit: 1 << 40), at: folder + "/best.safetensors")
      return true
    } catch {
      guard error.isMissing, fileKind(at: name) == nil else { throw error }
      Terminal.warn("\(name) is gone; \(folder)/best.safetensors is left as it is")
      return false
    }
  }

  /// The held-out losses of the best trial of each of the best eight settings.
  private func curves(
    of report: SweepReport, in folder: String
  ) throws(FileError) -> [LinePlot.Curve] {
    var curves: [LinePlot.Curve] = []
    for row in report.rows.prefix(8) {
      guard let place = row.bestPlace else { continue }
      let path = Self.path(of: row.trials[place], in: folder)
      var points: [(x: Double, y: Double)] = []
      for line in try RunLogLine.all(in: path) {
        guard case .validation(let validation) = line.event else { continue }
        let nats = report.natsPer == .second ? validation.natsPerSecond : validation.nats
        points.append((Double(validation.step), nats))
      }
      guard !points.isEmpty else { continue }
      curves.append(
        LinePlot.Curve(
          name: row.words.displayed, points: points, colour: curves.count, isMarked: true))
    }
    return curves
  }
}

/// A share of a sweep's runs: every n-th from the k-th on.
package struct SweepPart: FormedArgument, Equatable {
  package static let form = "a part such as 2/8"

  private let number: Int
  private let count: Int

  init(number: Int, of count: Int) {
    self.number = number
    self.count = count
  }

  package init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]),
      (1...10_000).contains(count), (1...count).contains(number)
    else { return nil }
    self.init(number: number, of: count)
  }

  /// The share of a task of a Slurm array; nil where this is none.
  ///
  /// Tasks may be numbered in steps, 10-40:10; where they are not evenly numbered (1,2,7) nothing tells a task which of
  /// them it is. Nor does anything tell a single task, unless it is the first (0 or 1).
  ///
  /// - Throws: ``Failure`` where the tasks are not numbered evenly, or the only one has a later number.
  package init?(environment: [String: String]) throws {
    func number(_ name: String) -> Int? {
      environment["SLURM_ARRAY_TASK_" + name].flatMap { Int32($0) }.map { Int($0) }
    }
    guard let id = number("ID"), let count = number("COUNT"), let first = number("MIN"),
      count > 0, id >= first
    else { return nil }
    // One task of an array that is started again alone would train the others' runs, too.
    guard count > 1 || id <= 1 else {
      throw Failure(
        .usage,
        "the array has one task, number \(id), and nothing tells of how many it is one; say --part \(id)/n "
          + "for its share of n, or --part 1/1 for all runs")
    }
    let last = number("MAX") ?? max(first, id)
    let step = max(1, count > 1 ? (last - first) / (count - 1) : 1)
    guard first + step * (count - 1) == last, (id - first) % step == 0, id <= last else {
      throw Failure(
        .usage,
        "the array's \(count) tasks are not numbered evenly from \(first) to \(last), so that none "
          + "knows its share; number them --array=1-\(count), or say --part k/\(count)")
    }
    self.init(number: (id - first) / step + 1, of: count)
  }

  /// Whether a run of this number is among them.
  package func has(_ trial: Int) -> Bool { (trial - number) % count == 0 && trial >= number }
}
