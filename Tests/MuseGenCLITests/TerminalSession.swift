import Foundation
import TestSupport

/// A shell command on a pseudo-terminal, with keys typed at certain times.
///
/// util-linux's `script` makes the terminal. Before and after the command the terminal's settings
/// are written down.
struct TerminalSession {
  static let isAvailable = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

  /// What was shown, control sequences included.
  let output: String
  /// The command's exit code.
  let code: Int32
  /// Whether the terminal is as it was.
  let isRestored: Bool

  /// Runs a command and types.
  ///
  /// - Parameters:
  ///   - command: a line for the shell, run in the folder of `runner`.
  ///   - runner: the folder and where `musegen` is.
  ///   - sink: where it is heard.
  ///   - keys: what to type, and how many seconds after the one before.
  init(
    _ command: String, in runner: Command, through sink: NullSink?,
    typing keys: [(after: Double, keys: String)] = []
  ) throws {
    let script = """
      trap : INT
      stty rows 24 cols 80; stty -g > .before
      \(command); code=$?
      sleep 0.5; stty -g > .after; exit $code
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/script")
    process.arguments = ["-qec", script, "/dev/null"]
    process.currentDirectoryURL = runner.folder
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    process.environment = ProcessInfo.processInfo.environment
      .merging(sink?.environment ?? [:]) { $1 }
      .merging([
        "TERM": "xterm", "PATH": "\(runner.executableFolder):\(path)", "SHELL": "/bin/sh",
      ]) { $1 }
    let input = Pipe()
    let shown = runner.folder.appending(path: ".shown")
    try Data().write(to: shown)
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: shown)
    process.standardError = FileHandle.nullDevice
    try process.run()
    for (pause, keys) in keys {
      usleep(UInt32(pause * 1e6))
      try? input.fileHandleForWriting.write(contentsOf: Data(keys.utf8))
    }
    let deadline = Date(timeIntervalSinceNow: 30)
    while process.isRunning, Date() < deadline { usleep(20_000) }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    output = String(decoding: try Data(contentsOf: shown), as: UTF8.self)
    code = process.terminationStatus
    func settings(_ name: String) -> String? {
      try? String(contentsOf: runner.folder.appending(path: name), encoding: .utf8)
    }
    isRestored = settings(".before") != nil && settings(".before") == settings(".after")
    for name in [".before", ".after", ".shown"] {
      try? FileManager.default.removeItem(at: runner.folder.appending(path: name))
    }
  }
}
