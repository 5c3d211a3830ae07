import ArgumentParser
import Commands
import Foundation
import Testing

/// Every help screen and every error line, as people read them, against files in `Golden`.
///
/// With `MUSEGEN_RECORD=1` the files are written anew; the run fails, so that nobody forgets to read
/// what has changed.
struct GoldenTextTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")
  private static let isRecording = ProcessInfo.processInfo.environment["MUSEGEN_RECORD"] != nil

  private func expect(_ text: String, in name: String) throws {
    let file = Self.folder.appending(path: name)
    if Self.isRecording {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      Issue.record("\(name) is recorded: read what has changed, then test without MUSEGEN_RECORD")
      return
    }
    #expect(text == (try? String(contentsOf: file, encoding: .utf8)), "\(name)")
  }

  @Test(arguments: CommandNames.all)
  func `a command's help screen is as in its file`(path: [String]) throws {
    let command = try #require(CommandNames.type(at: path))
    let help = MuseGenCommand.helpMessage(for: command, columns: 80)
    try expect(help + "\n", in: "help/\((["musegen"] + path).joined(separator: " ")).txt")
  }

  @Test func `no help screen is left over from a command that has gone`() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Self.folder.appending(path: "help").path)
    let names = CommandNames.all.map { (["musegen"] + $0).joined(separator: " ") + ".txt" }
    #expect(Set(files) == Set(names))
  }

  @Test func `what cannot be done is told in one line with its exit code`() async throws {
    let file = try String(contentsOf: Self.folder.appending(path: "errors.txt"), encoding: .utf8)
    var text = ""
    // Blank lines and comments stay; the line after a command line is what came of it.
    for line in file.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      guard line.hasPrefix("$ musegen") else {
        if line.isEmpty || line.hasPrefix("#") { text += "\(line)\n" }
        continue
      }
      let outcome = try #require(
        await failure(of: words(in: line.dropFirst("$ musegen".count))), "\(line)")
      text += "\(line)\n\(outcome.code) \(outcome.line ?? "")\n"
      #expect(outcome.output == nil && outcome.line?.contains("\n") == false, "\(line)")
    }
    try expect(text, in: "errors.txt")
  }

  private func failure(of arguments: [String]) async -> ExitReport? {
    do {
      try await MuseGenCommand.run(arguments)
      return nil
    } catch {
      return ExitReport(after: error, of: MuseGenCommand.self)
    }
  }

  /// The words of a command line, those in single quotation marks as one.
  private func words(in line: Substring) -> [String] {
    line.matches(of: /'([^']*)'|[^ ']+/).map { String($0.1 ?? $0.0) }
  }
}
