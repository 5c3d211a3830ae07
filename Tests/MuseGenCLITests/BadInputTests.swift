import Foundation
import Testing

/// What a user who errs is told: one line on standard error, a code of sysexits.h, no file.
struct BadInputTests {
  let command: Command
  init() throws { command = try Command() }

  func refused(
    _ arguments: String..., code: Int32, line: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try command.files
    let outcome = try command.run(arguments)
    #expect(outcome.errors == "musegen: \(line)\n", sourceLocation: sourceLocation)
    #expect(outcome.code == code, sourceLocation: sourceLocation)
    #expect(try command.files == before, sourceLocation: sourceLocation)
  }

  @Test func `usage errors are told with exit code 64`() throws {
    try refused(
      "generate", "--temperature", "-1", code: 64,
      line: "--temperature is -1.0, expected 0 or more")
    try refused(
      "generate", "--length", "0", code: 64,
      line: "--length is 0.0 s, expected more than 0 and at most a day")
    try refused(
      "generate", "--top-p", "0", code: 64,
      line: "--top-p is 0.0, expected more than 0 and at most 1")
    try refused("generate", "-n", "0", code: 64, line: "-n is 0, expected 1 or more")
    try refused(
      "train", ".", "--epochs", "3", "--steps", "2", code: 64,
      line: "--epochs, --steps and --time exclude each other; give one")
    try refused("train", ".", "--hidden", "0", code: 64, line: "hidden is 0, expected 1 or more")
    try refused("train", ".", "--clip", "nan", code: 64, line: "clip is nan, expected more than 0")
    try refused(
      "train", code: 64,
      line:
        "missing expected argument '<pieces> ...'; see 'musegen train --help' for more information")
  }
}
