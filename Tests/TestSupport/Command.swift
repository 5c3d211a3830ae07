package import Foundation

/// Runs a built program, `musegen` where nothing else is said, in a folder of its own.
package final class Command: Sendable {
  package struct Outcome {
    package var code: Int32
    package var output: String
    package var errors: String
  }

  package let folder: URL
  private let executable: URL

  package init(executable name: String = "musegen") throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "musegen-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The test bundle and the command are built into the same folder.
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    executable = URL(filePath: tests).deletingLastPathComponent().appending(path: name)
  }

  /// Where `musegen` is.
  package var executableFolder: String { executable.deletingLastPathComponent().path }

  deinit { try? FileManager.default.removeItem(at: folder) }

  package func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  package func run(
    _ arguments: [String], environment: [String: String] = [:],
    interruptedAfter seconds: Double? = nil, by signal: Int32 = SIGINT,
    fileSizeLimit: Int? = nil, addressSpaceLimit: Int? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    // Both in kilobytes.
    let limits =
      (fileSizeLimit.map { ["ulimit -f \($0)"] } ?? [])
      + (addressSpaceLimit.map { ["ulimit -v \($0)"] } ?? [])
    if !limits.isEmpty {
      let script = (limits + ["exec \"$@\""]).joined(separator: " && ")
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", script, "bash", executable.path] + arguments
    }
    return try run(process, environment: environment, interruptedAfter: seconds, by: signal)
  }

  /// Runs a line of bash, in which `$M` is the program.
  package func shell(_ line: String) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", line]
    return try run(process, environment: ["M": executable.path])
  }

  private func run(
    _ process: Process, environment: [String: String], interruptedAfter seconds: Double? = nil,
    by signal: Int32 = SIGINT
  ) throws -> Outcome {
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: a pipe that nobody reads stops the command when it is full.
    let outputURL = folder.appending(path: ".stdout")
    let errorURL = folder.appending(path: ".stderr")
    for url in [outputURL, errorURL] { try Data().write(to: url) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: outputURL)
    process.standardError = try FileHandle(forWritingTo: errorURL)
    // A test's thread blocks signals, and the process inherits that: musegen must hear them even so.
    try process.run()
    if let seconds {
      Thread.sleep(forTimeInterval: seconds)
      kill(process.processIdentifier, signal)
    }
    process.waitUntilExit()
    defer {
      try? FileManager.default.removeItem(at: outputURL)
      try? FileManager.default.removeItem(at: errorURL)
    }
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try String(contentsOf: outputURL, encoding: .utf8),
      errors: try String(contentsOf: errorURL, encoding: .utf8))
  }

  /// The names in the folder.
  package var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  package func write(_ bytes: [UInt8], to name: String) throws {
    let url = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}
