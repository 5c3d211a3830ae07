import Foundation
import TestSupport

/// A shell command on a pseudo-terminal, with keys typed at certain times.
///
/// util-linux's `script` makes the terminal. Before and after the command the terminal's settings
/// are written down.
struct TerminalSession: Sendable {
  static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

  /// What was shown, control sequences included.
  let output: String
  /// The command's exit code; -1 where it did not end.
  let code: Int32
  /// Whether the terminal is as it was.
  let isRestored: Bool

  /// Runs a command and types.
  ///
  /// - Parameters:
  ///   - command: a line for the shell, run in the folder of `runner`.
  ///   - runner: the folder and where `musegen` is.
  ///   - environment: what the environment has besides.
  ///   - keys: what to type on the player's screen, and how many seconds after the keys before.
  ///   - mark: what the first picture shows, before which nobody types.
  ///   - isHungUp: whether the terminal goes away after the last key.
  init(
    _ command: String, in runner: Command, environment: [String: String] = [:],
    typing keys: [(after: Double, keys: String)] = [], onceShown mark: String = "▶",
    isHungUp: Bool = false
  ) throws {
    // The outer shell leads the terminal's session: with it, all others are told of a hang-up.
    let script = """
      trap : INT
      (
        trap : INT HUP
        stty rows 24 cols 80; stty -g > .before
        (\(command)); echo $? > .code
        sleep 0.5; stty -g > .after
      )
      exit
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/script")
    process.arguments = ["-qec", script, "/dev/null"]
    process.currentDirectoryURL = runner.folder
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .merging([
        "TERM": "xterm", "PATH": "\(runner.executableFolder):\(path)", "SHELL": "/bin/sh",
      ]) { $1 }
    let input = Pipe()
    let shown = runner.folder.appending(path: ".shown")
    try Data().write(to: shown)
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: shown)
    process.standardError = FileHandle.nullDevice
    TerminalSession.unblockSignals()
    try process.run()
    // A busy machine may take a while to show the first picture; nobody types before it.
    let patience = Date(timeIntervalSinceNow: 10)
    while !keys.isEmpty,
      try !String(decoding: Data(contentsOf: shown), as: UTF8.self).contains(mark),
      Date() < patience
    {
      usleep(20_000)
    }
    for (pause, keys) in keys {
      usleep(UInt32(pause * 1e6))
      try? input.fileHandleForWriting.write(contentsOf: Data(keys.utf8))
    }
    // The terminal's other side is closed with the process that has it.
    if isHungUp {
      usleep(300_000)
      kill(process.processIdentifier, SIGKILL)
    }
    func note(_ name: String) -> String? {
      try? String(contentsOf: runner.folder.appending(path: name), encoding: .utf8)
    }
    let deadline = Date(timeIntervalSinceNow: 30)
    while process.isRunning || isHungUp && note(".code")?.last != "\n", Date() < deadline {
      usleep(20_000)
    }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    output = String(decoding: try Data(contentsOf: shown), as: UTF8.self)
    code = note(".code").flatMap { Int32($0.dropLast()) } ?? -1
    isRestored = note(".before") != nil && note(".before") == note(".after")
    for name in [".before", ".after", ".shown", ".code"] {
      try? FileManager.default.removeItem(at: runner.folder.appending(path: name))
    }
  }

  /// Threads of a pool block signals, and processes inherit that: a shell would not end on a hang-up.
  private static func unblockSignals() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The screens that were drawn, one after another.
  var screens: [Substring] { output.split(separator: "\u{1B}[H") }
}
