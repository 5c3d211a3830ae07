import FileStorage
import FlyingFox
import MuseGen

/// Models that learn, each in a process of its own, and the runs that are kept.
///
/// A process apart may take all memory and break without the music stopping, and ends as it does in a terminal: asked
/// by an interrupt, it finishes its step and saves. It goes on where the studio is killed; the next one finds it again.
actor Trainings {
  private let folder: String
  private let music: MusicFolders
  private let models: ModelRack
  private let invocation: @Sendable (TrainingTask) -> ProgramCall?
  private var processes: [String: TrainingProcess] = [:]
  /// Why the last process of a run did not train.
  private var problems: [String: String] = [:]

  /// What is told of a training.
  struct Report: Encodable {
    var name: String
    /// One of those of `RunSummary`, `starting`, or `failed`.
    var state: String
    var step = 0
    /// How far it is, 0 to 1.
    var progress = 0.0
    /// How long it has trained, in seconds.
    var seconds = 0.0
    var lastNats: Double?
    var bestNats: Double?
    var parameters: Int?
    /// After which steps there are samples of its music.
    var samples: [Int] = []
    /// Whether its model can be written with.
    var isModel = false
    var error: String?
  }

  init(
    folder: String, music: MusicFolders, models: ModelRack,
    invocation: @escaping @Sendable (TrainingTask) -> ProgramCall?
  ) {
    self.folder = "\(folder)/runs"
    self.music = music
    self.models = models
    self.invocation = invocation
  }

  nonisolated func path(of name: String) -> String { "\(folder)/\(name)" }

  /// All runs, the latest first.
  var all: [Report] {
    get async {
      let known = ((try? RunSummary.all(in: folder)) ?? []).reversed().map {
        FileStorage.fileName(of: $0.path)
      }
      let starting = Set(processes.keys).union(problems.keys).subtracting(known).sorted()
      var reports: [Report] = []
      for name in starting + known { reports.append(await report(on: name)) }
      return reports
    }
  }

  /// What is known of a run.
  ///
  /// - Throws: ``Refusal`` where there is none.
  func training(_ name: String) async throws(Refusal) -> Report {
    guard TrainingOrder.isName(name), isKnown(name) else { throw .notFound }
    return await report(on: name)
  }

  private func isKnown(_ name: String) -> Bool {
    processes[name] != nil || problems[name] != nil || fileKind(at: path(of: name)) == .folder
  }

  private func report(on name: String) async -> Report {
    var report = Report(name: name, state: "starting")
    report.isModel = await models.has(name)
    if let summary = RunSummary(path: path(of: name)) {
      report.state = summary.state.rawValue
      report.step = summary.step
      report.progress = summary.progress
      report.seconds = summary.seconds
      report.lastNats = summary.lastNats
      report.bestNats = summary.bestNats
      report.parameters = summary.parameters
      report.samples = samples(of: name)
      // A process that has just begun has taken no step yet.
      if summary.state == .empty, processes[name] != nil { report.state = "starting" }
    }
    if processes[name] == nil, let problem = problems[name] {
      report.error = problem
      if report.step == 0 { report.state = "failed" }
    }
    return report
  }

  private func samples(of name: String) -> [Int] {
    let files = (try? listFolder(at: path(of: name) + "/samples")) ?? []
    return files.compactMap { file in
      file.wholeMatch(of: /step-([0-9]+)\.mid/).flatMap { Int($0.1) }
    }.sorted()
  }

  /// A sample's notes.
  ///
  /// - Throws: ``Refusal`` where there is none.
  func sample(of name: String, afterStep step: Int) throws -> [UInt8] {
    guard TrainingOrder.isName(name), samples(of: name).contains(step) else {
      throw Refusal.notFound
    }
    let digits = String(step)
    let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    return try readFile(at: "\(path(of: name))/samples/step-\(padded).mid", limit: 1 << 24)
  }

  /// Starts a training.
  ///
  /// - Throws: ``OrderError`` or ``Refusal`` where it cannot be.
  func start(_ order: TrainingOrder) async throws -> Report {
    try order.check()
    guard let music = await music.path(of: order.music) else {
      throw Refusal(.unprocessableContent, "there is no music called \(order.music)")
    }
    guard await !models.has(order.name) else {
      throw Refusal(
        .conflict, "there is a model called \(order.name) already, expected another name")
    }
    var base: String?
    var writesWhole = order.given == nil
    if let from = order.from {
      base = try await models.path(of: from)
      writesWhole = try await models.model(named: from).abilities.writesWhole
    }
    let model = try await models.pathForNew(order.name)
    // Behind all that is waited for: another may have asked for the same meanwhile.
    guard !isKnown(order.name) || problems[order.name] != nil && isEmpty(order.name) else {
      throw Refusal(.conflict, "there is a run called \(order.name) already, expected another name")
    }
    try createFolder(at: folder)
    try run(
      .start(
        music: music, run: path(of: order.name), model: model, from: base, minutes: order.minutes,
        given: order.given, hasSamples: writesWhole),
      name: order.name)
    return await report(on: order.name)
  }

  /// Whether a run has left nothing that could be gone on with.
  private func isEmpty(_ name: String) -> Bool {
    RunSummary(path: path(of: name)).map { $0.state == .empty } ?? true
  }

  /// Goes on with a run that was stopped.
  ///
  /// - Throws: ``Refusal`` where it cannot be.
  func resume(_ name: String) async throws -> Report {
    let state = try await training(name).state
    guard state == RunSummary.State.interrupted.rawValue, processes[name] == nil else {
      throw Refusal(.conflict, "\(name) is \(state), expected a run that was stopped")
    }
    try run(.resume(run: path(of: name)), name: name)
    return await report(on: name)
  }

  /// Asks a process to save and end.
  ///
  /// - Throws: ``Refusal`` where none trains.
  func stop(_ name: String) async throws -> Report {
    let report = try await training(name)
    if let process = processes[name] {
      process.interrupt()
    } else {
      guard report.state == RunSummary.State.running.rawValue else {
        throw Refusal(.conflict, "\(name) does not train")
      }
      guard let orphan = TrainingProcess.Orphan(of: path(of: name)) else {
        throw Refusal(.conflict, "\(name) trains, but was not started here; stop it where it was")
      }
      orphan.interrupt()
    }
    return report
  }

  /// Asks all processes to save and end, and waits for them a while.
  func stopAll() async {
    for process in processes.values { process.interrupt() }
    for summary in (try? RunSummary.all(in: folder)) ?? [] where summary.state == .running {
      if processes[FileStorage.fileName(of: summary.path)] == nil {
        TrainingProcess.Orphan(of: summary.path)?.interrupt()
      }
    }
    for _ in 0..<100 where !processes.isEmpty {
      do { try await Task.sleep(for: .milliseconds(50)) } catch { break }
    }
  }

  /// Whether a process of this studio trains in a run.
  func isAtWork(_ name: String) -> Bool { processes[name] != nil }

  /// In what runs differ, and what was set in each.
  ///
  /// - Parameter names: two runs or more.
  /// - Returns: what is not the same in all.
  /// - Throws: ``Refusal`` where there is no such run, or it has not come far enough to be compared.
  func differences(of names: [String]) throws(Refusal) -> RunDifferences {
    guard 2...Self.mostCompared ~= names.count else {
      throw Refusal(
        .badRequest, "\(names.count) runs are compared, expected 2 to \(Self.mostCompared)")
    }
    var compared: [ComparedRun] = []
    for name in names {
      guard TrainingOrder.isName(name), isKnown(name) else {
        throw Refusal(.notFound, "there is no run called \(name)")
      }
      do {
        compared.append(try ComparedRun(path: path(of: name)))
      } catch {
        throw Refusal(.unprocessableContent, "\(name) has nothing to compare yet: \(error)")
      }
    }
    return RunDifferences(of: compared)
  }

  /// The most runs that are compared at once.
  private static let mostCompared = 6

  private func run(_ task: TrainingTask, name: String) throws {
    guard let invocation = invocation(task) else {
      throw Refusal(.notImplemented, "this studio trains nothing")
    }
    problems[name] = nil
    processes[name] = try TrainingProcess(invocation, run: path(of: name)) { problem in
      Task { await self.ended(name, problem) }
    }
  }

  private func ended(_ name: String, _ problem: String?) {
    processes[name] = nil
    problems[name] = problem
  }
}
