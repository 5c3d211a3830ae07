import FileStorage
import MuseGen

/// An error as the user meets it: one line and an exit code.
package struct Failure: Error, Equatable {
  /// The exit codes of `sysexits.h` that musegen uses.
  package enum Code: Int32 {
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

  /// The exit code.
  package var code: Code
  /// The line, without the program's name.
  package var message: String

  /// Creates a failure.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Runs what reads or writes files, turning its error into one line and an exit code.
  static func writing<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as FileError {
      throw Failure(error)
    }
  }
}
