import ArgumentParser
import Downloads
import Foundation
import MuseGen

/// `musegen corpus get`: downloads public collections.
struct CorpusGetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Downloads public collections, showing their licence first.",
    discussion: """
      A download that was stopped is taken up again. Where no reliable checksum is known, the first \
      download is trusted and its checksum kept: a later one that differs is refused.
      """)

  @Argument(help: "The collections' names, as musegen corpus list tells them.")
  var names: [String]

  @Flag(help: "Agree to the licences without being asked.")
  var yes = false

  mutating func run() throws {
    Interruption.listen()
    let collections = try names.map { name in
      guard let collection = PublicCollection.named(name) else {
        let known = PublicCollection.all.map(\.name).joined(separator: ", ")
        throw Failure(.usage, "\(name): no public collection, expected one of \(known)")
      }
      return collection
    }
    let store = CollectionStore.standard()
    for collection in collections {
      if store.collection(named: collection.name) != nil {
        print("\(collection.name): is here already: \(store.path(of: collection.name))")
        continue
      }
      try agree(to: collection, store: store)
      let terminal = Terminal()
      let stored = try collectionStep {
        try store.get(collection, progress: showingProgress(of: collection.name, on: terminal))
      }
      if collection.sha256 == nil, let sha256 = stored.sha256 {
        terminal.line("trusted on first use: SHA-256 \(sha256)")
      }
      terminal.line(summary(of: stored, in: store))
    }
  }

  /// Shows what is going to come and under which licence, and asks.
  private func agree(to collection: PublicCollection, store: CollectionStore) throws {
    guard let address = collection.address else {
      throw Failure(
        CollectionError(.notAnArchive(homepage: collection.homepage), subject: collection.name))
    }
    print("\(collection.name): \(collection.title)")
    print("  licence   \(collection.licence)")
    print("  credit    \(collection.credit)")
    print("  homepage  \(collection.homepage)")
    print("  address   \(address)")
    print("  size      \(collection.bytes.map { "\($0.grouped) bytes" } ?? "unknown")")
    print("  SHA-256   \(checksumLine(collection, pinned: store.pin(of: address)))")
    if yes { return }
    guard isatty(STDIN_FILENO) == 1 else {
      throw Failure(.usage, "\(collection.name): not downloaded; --yes agrees to its licence")
    }
    print("Download it under this licence? [y/N] ", terminator: "")
    fflush(nil)
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      throw CancellationError()
    }
  }

  private func checksumLine(_ collection: PublicCollection, pinned: String?) -> String {
    let from = collection.checksumFrom.map { " (\($0))" } ?? ""
    if let sha256 = collection.sha256 { return sha256 + from }
    if let pinned { return "\(pinned) (of the first download)" }
    return "unknown\(from); the first download is trusted and its checksum kept"
  }
}
