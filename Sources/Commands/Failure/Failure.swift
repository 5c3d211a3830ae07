import ArgumentParser
import Foundation
import MuseGen

/// An error as the user meets it: one line and an exit code.
struct Failure: Error {
  /// The exit codes of `sysexits.h` that musegen uses.
  enum Code: Int32 {
    /// The command line cannot be understood or asks for what cannot be.
    case usage = 64
    /// A file's content is not what it should be.
    case data = 65
    /// A file that should be read is not there or not readable.
    case noInput = 66
    /// A device or a service is not there.
    case unavailable = 69
    /// A defect of musegen itself.
    case software = 70
    /// A file cannot be created.
    case cannotCreate = 73
    /// Reading or writing went wrong half-way.
    case inputOutput = 74
    /// Stopped by Ctrl-C.
    case interrupted = 130
  }

  var code: Code
  var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Prints an error as one line on standard error and leaves.
  static func exit(with error: any Error, command: any ParsableCommand.Type) -> Never {
    switch error {
    case let failure as Failure:
      standardError("musegen: \(failure.message)")
      Foundation.exit(failure.code.rawValue)
    case let code as ExitCode:
      Foundation.exit(code.rawValue)
    default:
      // Help, version and completion scripts are "errors" with exit code 0.
      let code = command.exitCode(for: error)
      if code == .success {
        print(command.fullMessage(for: error))
        Foundation.exit(0)
      }
      let reason = oneLine(of: error, command: command)
      let help = command.fullMessage(for: error).split(separator: "\n").last {
        $0.contains("--help")
      }
      let hint = help.map { "; \($0.trimmingCharacters(in: .whitespaces).lowercasedFirst)" } ?? ""
      standardError("musegen: \(reason)\(hint.trimmingSuffix("."))")
      Foundation.exit(code == .validationFailure ? Code.usage.rawValue : Code.software.rawValue)
    }
  }
}

/// What the parser says of an error, its list of values on the same line.
func oneLine(of error: any Error, command: any ParsableCommand.Type) -> String {
  let lines = command.message(for: error).split(separator: "\n").map {
    $0.trimmingCharacters(in: .whitespaces)
  }
  let values = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
  let text = lines.filter { !$0.hasPrefix("- ") } + [values.joined(separator: ", ")]
  return text.filter { !$0.isEmpty }.joined(separator: " ").lowercasedFirst.trimmingSuffix(".")
}

/// Writes a line to standard error.
func standardError(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
}

/// Writes a line for a program to standard output, at once; whoever stopped reading is not told.
func standardOutput(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}

extension StringProtocol {
  /// The text with its first letter in lower case, as our messages begin.
  var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }

  /// The text without a certain ending.
  func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : String(self)
  }
}
