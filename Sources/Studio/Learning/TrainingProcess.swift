import FileStorage
import Foundation

/// A process that trains.
///
/// What it says goes into a file beside its run and not to us, so that it goes on where we are killed; its number
/// stands in another, by which the next studio finds it.
final class TrainingProcess: Sendable {
  private let process: Process

  /// Starts it.
  ///
  /// - Parameters:
  ///   - invocation: the program and its arguments.
  ///   - run: the run's folder.
  ///   - ended: is told at its end why it broke, nil where it did not.
  /// - Throws: the system's error where it cannot be run.
  init(
    _ invocation: ProgramCall, run: String, ended: @escaping @Sendable (String?) -> Void
  ) throws {
    let errors = run + Self.errorsEnding
    try writeFile([], at: errors)
    let call = invocation.inText()
    process = Process()
    process.executableURL = URL(filePath: call.program)
    process.arguments = call.arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(
      fileDescriptor: try openForWriting(at: errors), closeOnDealloc: true)
    try process.run()
    try? writeFile(Array("\(process.processIdentifier)\n".utf8), at: run + Self.numberEnding)
    let process = process
    // Not a thread of tasks: it waits as long as the training takes.
    Thread.detachNewThread {
      process.waitUntilExit()
      let said = (try? readFile(at: errors, limit: Self.mostSaid)) ?? []
      for ending in [Self.errorsEnding, Self.numberEnding] { try? removeFile(at: run + ending) }
      let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
      // What a shell would call interrupted was asked for.
      let isWell =
        process.terminationReason == .exit && [0, 130].contains(process.terminationStatus)
      ended(isWell ? nil : lines.last.map(String.init) ?? "the training broke off")
    }
  }

  private static let (errorsEnding, numberEnding) = (".errors", ".process")
  private static let mostSaid = 1 << 24

  /// Asks it to save and end.
  func interrupt() { if process.isRunning { process.interrupt() } }

  /// A process that an earlier studio started, which was killed.
  struct Orphan {
    private let number: Int32

    /// Finds the process that trains in a run's folder; nil where there is none that a studio started.
    init?(of run: String) {
      let file = run + TrainingProcess.numberEnding
      guard let bytes = try? readFile(at: file, limit: 64),
        let number = Int32(
          String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)),
        number > 1,
        // Its number may be another's by now.
        let call = try? readFile(at: "/proc/\(number)/cmdline", limit: 1 << 20),
        call.split(separator: 0).contains(where: { $0.elementsEqual(run.systemPath) })
      else { return nil }
      self.number = number
    }

    /// Asks it to save and end.
    func interrupt() { kill(number, SIGINT) }
  }
}
