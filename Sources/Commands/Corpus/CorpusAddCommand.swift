import ArgumentParser
import Foundation
import MuseGen

/// `musegen corpus add`: keeps a collection of the user's own.
struct CorpusAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Keeps a collection of your own under a name.",
    discussion: """
      From an archive (.zip, .tar, .tar.gz) only music and the texts beside it are taken; from a \
      folder they are copied. Nobody but you knows under which licence.
      """)

  @Argument(help: "The address or path of an archive or a music file, or a folder.")
  var source: String

  @Option(help: "The collection's name (default: the source's).")
  var name: String?

  @Option(help: "The collection's licence, to be kept beside it.")
  var licence: String?

  mutating func run() throws {
    Interruption.listen()
    let store = CollectionStore.standard()
    let name = name ?? Self.name(from: source)
    let terminal = Terminal()
    let stored = try collectionStep {
      try store.add(
        source, name: name, licence: licence,
        progress: showingProgress(of: name, on: terminal))
    }
    terminal.line(summary(of: stored, in: store))
  }

  /// The last part of an address or a path without its endings, with `-` for what a name cannot have.
  private static func name(from source: String) -> String {
    let path = source.prefix { $0 != "?" && $0 != "#" }
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    var stem = (last.removingPercentEncoding ?? last).lowercased()
    for ending in [".tar.gz", ".tgz", ".tar", ".zip", ".mid", ".midi", ".kar", ".rmi", ".abc"] {
      stem = stem.trimmingSuffix(ending)
    }
    let name = stem.map { character in
      CollectionStore.isName("x\(character)") ? character : "-"
    }
    return String(String(name).drop { $0 == "." || $0 == "-" }.prefix(64))
  }
}
