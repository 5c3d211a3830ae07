import Drawing
import ArgumentParser
import Downloads
import FileStorage
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
        try StandardOutput.line(
          "\(collection.name): is here already: \(store.path(of: collection.name))")
        continue
      }
      try agree(to: collection, store: store)
      let terminal = Terminal()
      let stored = try Failure.collecting {
        try store.get(collection, progress: terminal.progress(ofDownloading: collection.name))
      }
      if collection.sha256 == nil, let sha256 = stored.sha256 {
        terminal.line("trusted on first use: SHA-256 \(sha256)")
      }
      terminal.line(stored.summary(in: store))
    }
  }

  /// Shows what is going to come and under which licence, and asks.
  private func agree(to collection: PublicCollection, store: CollectionStore) throws {
    guard let address = collection.address else {
      throw Failure(
        CollectionError(.notAnArchive(homepage: collection.homepage), subject: collection.name))
    }
    try StandardOutput.line("\(collection.name): \(collection.title)")
    try StandardOutput.line("  licence   \(collection.licence)")
    try StandardOutput.line("  credit    \(collection.credit)")
    try StandardOutput.line("  homepage  \(collection.homepage)")
    try StandardOutput.line("  address   \(address)")
    try StandardOutput.line(
      "  size      \(collection.bytes.map { "\($0.grouped) bytes" } ?? "unknown")")
    try StandardOutput.line(
      "  SHA-256   \(checksumLine(collection, pinned: store.pin(of: address)))")
    if yes { return }
    guard StandardStream.input.isTerminal else {
      throw Failure(.usage, "\(collection.name): not downloaded; --yes agrees to its licence")
    }
    try StandardOutput.raw("Download it under this licence? [y/N] ")
    try StandardOutput.flush()
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
    let store = CollectionStore.standard()
    let name = name ?? Self.name(from: source)
    guard self.name != nil || !name.isEmpty else {
      throw Failure(.usage, "\(source): tells no name for the collection; give one with --name")
    }
    // Its name would give these pieces the licence and the credit of others.
    guard PublicCollection.named(name) == nil else {
      throw Failure(
        .usage, "\(name) is the name of a public collection, expected another: --name my-\(name)")
    }
    let terminal = Terminal()
    var leftOut: [CorpusError] = []
    let added = Result {
      try Failure.collecting {
        try store.add(
          source, name: name, licence: licence,
          progress: terminal.progress(ofDownloading: name), leftOut: { leftOut.append($0) })
      }
    }
    // Also where nothing is left to be kept.
    SkippedFiles(errors: leftOut, total: leftOut.count + ((try? added.get().files) ?? 0)).warn()
    terminal.line(try added.get().summary(in: store))
  }

  /// The last part of an address or a path without its endings, with `-` for what a name cannot have; empty where
  /// nothing is left.
  private static func name(from source: String) -> String {
    let isAddress = source.hasPrefix("https://") || source.hasPrefix("http://")
    // `.` and `..` are called as the folders are.
    let path = isAddress ? String(source.prefix { $0 != "?" && $0 != "#" }) : absolutePath(source)
    let last = fileName(of: path)
    var stem = (isAddress ? last.removingPercentEncoding ?? last : last).lowercased()
    for ending in ["tar.gz", "tgz", "tar", "zip"] + MIDIFileFinder.endings {
      stem = stem.trimmingSuffix("." + ending)
    }
    let name = stem.map { character in
      CollectionStore.isName("x\(character)") ? character : "-"
    }
    return String(String(name).drop { $0 == "." || $0 == "-" }.prefix(64))
  }
}

extension Terminal {
  /// What to call while a collection comes: shows how much is there.
  fileprivate func progress(ofDownloading name: String) -> (Download.Progress) -> Void {
    let shown = LastShown(interval: isInteractive ? .milliseconds(100) : .seconds(10))
    return { progress in
      // What has come stays for another try, and that is told.
      Interruption.keepWork()
      guard shown.isDue else { return }
      let megabytes = (Double(progress.received) / 1e6).decimals(1)
      if let total = progress.total, total > 0 {
        let share = Double(progress.received) / Double(total)
        transient(
          "\(Terminal.bar(share, width: 24)) \(megabytes) of \((Double(total) / 1e6).decimals(1)) MB"
        )
        if !isInteractive { line("\(name): \(megabytes) MB, \(Int(share * 100)) %") }
      } else {
        transient("\(megabytes) MB")
      }
    }
  }
}

/// When progress was last shown.
private final class LastShown {
  private let interval: Duration
  private var time = ContinuousClock.now

  init(interval: Duration) { self.interval = interval }

  /// Whether the interval has passed since it was last so.
  var isDue: Bool {
    guard ContinuousClock.now - time > interval else { return false }
    time = .now
    return true
  }
}

extension StoredCollection {
  /// A line on a collection that has come.
  fileprivate func summary(in store: CollectionStore) -> String {
    "\(name): \(files.counted("file")) in \(store.path(of: name)); musegen train \(name)"
  }
}

extension Failure {
  /// Runs what fetches or removes a collection, turning its error into one line and an exit code.
  static func collecting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as CollectionError {
      throw Failure(error)
    }
  }
}
