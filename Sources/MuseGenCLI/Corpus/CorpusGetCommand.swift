import ArgumentParser
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
    print("  size      \(collection.bytes.map { "\(grouped($0)) bytes" } ?? "unknown")")
    print("  SHA-256   \(checksumLine(collection, pinned: store.pin(of: address)))")
    if yes { return }
    guard isatty(STDIN_FILENO) == 1 else {
      throw Failure(.usage, "\(collection.name): not downloaded; --yes agrees to its licence")
    }
    print("Download it under this licence? [y/N] ", terminator: "")
    fflush(nil)
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      throw ExitCode(Failure.Code.interrupted.rawValue)
    }
  }

  private func checksumLine(_ collection: PublicCollection, pinned: String?) -> String {
    let from = collection.checksumFrom.map { " (\($0))" } ?? ""
    if let sha256 = collection.sha256 { return sha256 + from }
    if let pinned { return "\(pinned) (of the first download)" }
    return "unknown\(from); the first download is trusted and its checksum kept"
  }
}

/// What to call while a collection comes: shows how much is there, and stops at Ctrl-C.
func showingProgress(
  of name: String, on terminal: Terminal
) -> (Download.Progress) -> Bool {
  let shown = LastShown(interval: terminal.isInteractive ? .milliseconds(100) : .seconds(10))
  return { progress in
    guard shown.isDue else { return !Interruption.isRequested }
    let megabytes = decimals(Double(progress.received) / 1e6, 1)
    if let total = progress.total, total > 0 {
      let share = Double(progress.received) / Double(total)
      terminal.transient(
        "\(Terminal.bar(share, width: 24)) \(megabytes) of \(decimals(Double(total) / 1e6, 1)) MB")
      if !terminal.isInteractive {
        terminal.line("\(name): \(megabytes) MB, \(Int(share * 100)) %")
      }
    } else {
      terminal.transient("\(megabytes) MB")
    }
    return !Interruption.isRequested
  }
}

/// When progress was last shown.
private final class LastShown {
  private let interval: Swift.Duration
  private var time = ContinuousClock.now

  init(interval: Swift.Duration) { self.interval = interval }

  /// Whether the interval has passed since it was last so.
  var isDue: Bool {
    guard ContinuousClock.now - time > interval else { return false }
    time = .now
    return true
  }
}

/// A line on a collection that has come.
func summary(of stored: StoredCollection, in store: CollectionStore) -> String {
  "\(stored.name): \(counted(stored.files, "file")) in \(store.path(of: stored.name)); "
    + "musegen train \(stored.name)"
}

/// Runs what fetches a collection, turning its error into one line and an exit code.
func collectionStep<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as CollectionError {
    throw Failure(error)
  }
}
