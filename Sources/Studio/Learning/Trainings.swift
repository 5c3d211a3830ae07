import FileStorage
import FlyingFox
import Foundation
import MuseGen

/// Models that learn, each in a process of its own, and the runs that are kept.
///
/// A process apart may take all memory and break without the music stopping, and ends as it does in a terminal: asked
/// by an interrupt, it finishes its step and saves.
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
    guard !isKnown(order.name) || problems[order.name] != nil && isEmpty(order.name) else {
      throw Refusal(.conflict, "there is a run called \(order.name) already, expected another name")
    }
    guard await !models.has(order.name) else {
      throw Refusal(
        .conflict, "there is a model called \(order.name) already, expected another name")
    }
    var base: String?
    if let from = order.from { base = try await models.path(of: from) }
    let model = try await models.pathForNew(order.name)
    try createFolder(at: folder)
    try run(
      .start(
        music: music, run: path(of: order.name), model: model, from: base, minutes: order.minutes),
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
    guard let process = processes[name] else {
      _ = try await training(name)
      throw Refusal(.conflict, "\(name) does not train here")
    }
    process.interrupt()
    return await report(on: name)
  }

  /// Asks all processes to save and end, and waits for them a while.
  func stopAll() async {
    for process in processes.values { process.interrupt() }
    for _ in 0..<100 where !processes.isEmpty {
      do { try await Task.sleep(for: .milliseconds(50)) } catch { break }
    }
  }

  /// Whether a process of this studio trains in a run.
  func isAtWork(_ name: String) -> Bool { processes[name] != nil }

  private func run(_ task: TrainingTask, name: String) throws {
    guard let invocation = invocation(task) else {
      throw Refusal(.notImplemented, "this studio trains nothing")
    }
    problems[name] = nil
    processes[name] = try TrainingProcess(invocation) { problem in
      Task { await self.ended(name, problem) }
    }
  }

  private func ended(_ name: String, _ problem: String?) {
    processes[name] = nil
    problems[name] = problem
  }
}

/// A process that trains.
private final class TrainingProcess: Sendable {
  private let process: Process

  /// Starts it.
  ///
  /// - Parameters:
  ///   - invocation: the program and its arguments.
  ///   - ended: is told at its end why it broke, nil where it did not.
  /// - Throws: the system's error where it cannot be run.
  init(_ invocation: ProgramCall, ended: @escaping @Sendable (String?) -> Void) throws {
    process = Process()
    process.executableURL = URL(filePath: invocation.program)
    process.arguments = invocation.arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let process = process
    // Not a thread of tasks: it waits as long as the training takes.
    Thread.detachNewThread {
      var last = Data()
      while let more = try? errors.fileHandleForReading.read(upToCount: 4096), !more.isEmpty {
        last = (last + more).suffix(4096)
      }
      process.waitUntilExit()
      let lines = String(decoding: last, as: UTF8.self).split(separator: "\n")
      // What a shell would call interrupted was asked for.
      let isWell =
        process.terminationReason == .exit && [0, 130].contains(process.terminationStatus)
      ended(isWell ? nil : lines.last.map(String.init) ?? "the training broke off")
    }
  }

  func interrupt() { if process.isRunning { process.interrupt() } }
}
