import Foundation
import MuseGen
import Testing
import TestSupport

/// What the commands' help is made from.
struct OptionNamesTests {
  private struct Help: Decodable {
    var command: Node
    struct Node: Decodable {
      var commandName: String
      var arguments: [Argument]?
      var subcommands: [Node]?
    }
    struct Argument: Decodable {
      var names: [Name]?
      struct Name: Decodable, Hashable {
        var kind: String
        var name: String
      }
    }
  }

  @Test func `no two options of a command share a name`() throws {
    let outcome = try Command().run("--experimental-dump-help")
    let help = try JSONDecoder().decode(Help.self, from: Data(outcome.output.utf8))
    var commands = [help.command]
    var count = 0
    while let command = commands.popLast() {
      commands += command.subcommands ?? []
      let names = (command.arguments ?? []).flatMap { $0.names ?? [] }
      let repeated = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }
      #expect(repeated.isEmpty, "\(command.commandName): \(repeated.keys)")
      count += names.count
    }
    #expect(count > 100)
  }

  @Test func `shells offer every kind of music wherever they offer MIDI files`() throws {
    let script = try Command().run("--generate-completion-script", "bash").output
    let offers = script.split(separator: "\n").filter { $0.contains("mid|midi") }
    #expect(offers.count > 10)
    for offer in offers {
      #expect(offer.contains(MIDIFileFinder.endings.joined(separator: "|")), "\(offer)")
    }
  }
}
