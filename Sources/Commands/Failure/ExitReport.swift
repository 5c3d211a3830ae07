package import ArgumentParser
import FileStorage
import Foundation

/// How a command that threw an error leaves: its exit code and what it still says.
package struct ExitReport: Equatable {
  /// The exit code.
  package var code: Int32
  /// What goes to standard output, such as a help screen.
  package var output: String?
  /// What goes to standard error: one line, without the program's name.
  package var line: String?

  /// Finds out how to leave.
  ///
  /// - Parameters:
  ///   - error: what a command or the parser threw.
  ///   - command: the command at the root.
  package init(after error: any Error, of command: any ParsableCommand.Type) {
    switch error {
    case let failure as Failure:
      code =
        failure.code == .interrupted ? Interruption.exitCode : failure.code.rawValue
      line = failure.message
    case let error as OutputError:
      // Whoever stopped reading does not want to hear of it.
      code = error.isReaderGone ? 0 : Failure.Code.inputOutput.rawValue
      line = error.isReaderGone ? nil : error.file.description
    case is CancellationError: code = Interruption.exitCode
    case let exit as ExitCode: code = exit.rawValue
    default:
      // Help, version and completion scripts are "errors" with exit code 0.
      let parsed = command.exitCode(for: error)
      if parsed == .success {
        code = 0
        output = command.fullMessage(for: error)
        return
      }
      let message = ParserMessage(error, of: command)
      code = (parsed == .validationFailure ? Failure.Code.usage : .software).rawValue
      line = message.line + (message.hint.map { "; \($0)" } ?? "")
    }
  }

  /// Says what is to be said and leaves.
  func exit() -> Never {
    let unwritten = written(output)
    if let line { Terminal.warn(line) }
    // A command that failed has told why already.
    if code == 0, let unwritten {
      if let line = unwritten.line { Terminal.warn(line) }
      Self.leave(with: unwritten.code)
    }
    Self.leave(with: code)
  }

  /// Ends the process when all is written, whatever other threads still do.
  ///
  /// `exit` would free what they compute with, oneDNN's generated code among it, and have them crash.
  ///
  /// - Parameter code: the exit code.
  static func leave(with code: Int32) -> Never { _exit(code) }

  /// Prints what is left to be printed; what kept it from being so, if anything.
  private func written(_ output: String?) -> ExitReport? {
    do throws(OutputError) {
      if let output { try StandardOutput.raw(output + "\n") }
      try StandardOutput.flush()
      return nil
    } catch {
      return ExitReport(after: error, of: MuseGenCommand.self)
    }
  }
}
