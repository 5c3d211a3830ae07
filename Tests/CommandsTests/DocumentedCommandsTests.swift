import ArgumentParser
import Commands
import Foundation
import Testing

/// Pages of the documentation whose commands are too long to run, and are read by the parser instead.
struct DocumentedCommandsTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test(arguments: ["Accompanying", "Classifying", "Conditions", "Course"])
  func `every command of a page is one, with all its flags`(page: String) throws {
    let text = try String(
      contentsOf: root.appending(path: "Documentation/\(page).md"), encoding: .utf8)
    let commands = text.split(separator: "\n").map { $0.drop { $0 == " " } }
      .filter { $0.hasPrefix("musegen ") }
    #expect(commands.count > 2)
    for command in commands {
      // Without a comment, or what a pipe makes of it.
      let words = command.prefix { $0 != "#" && $0 != "|" }.split(separator: " ").map(String.init)
      do {
        _ = try MuseGenCommand.parseAsRoot(Array(words.dropFirst()))
      } catch {
        Issue.record("\(command): \(MuseGenCommand.message(for: error))")
      }
    }
  }
}
