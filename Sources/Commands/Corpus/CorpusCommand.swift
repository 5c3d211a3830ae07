import Drawing
import ArgumentParser
import Downloads
import Foundation
import MuseGen

/// `musegen corpus`: music to learn from.
struct CorpusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Lists, downloads and adds collections of music to learn from.",
    discussion: """
      Collections are kept in ~/.local/share/musegen/corpora, or in $MUSEGEN_CORPORA; musegen train \
      knows them by name.
      """,
    subcommands: [CorpusListCommand.self, CorpusGetCommand.self, CorpusAddCommand.self],
    defaultSubcommand: CorpusListCommand.self)
}

/// `musegen corpus list`: lists collections.
struct CorpusListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the public collections and those that are here.")

  @Flag(help: "Print everything as JSON.")
  var json = false

  mutating func run() throws {
    let store = CollectionStore.standard()
    let rows = CollectionRow.all(in: store)
    if json {
      return try Terminal.printJSON(rows)
    }
    let head = ["name", "here", "pieces", "MB", "what", "licence"]
    let lines = rows.map { row in
      [
        row.name, row.folder == nil ? "-" : "yes", row.pieces.grouped,
        row.bytes.map { (Double($0) / 1e6).decimals(1) } ?? "-", row.title ?? "-",
        row.licence ?? "-",
      ]
    }
    try StandardOutput.lines(TextTable([head] + lines).lines)
    let unfinished = store.unfinishedBytes
    if unfinished > 0 {
      try StandardOutput.line(
        "\((Double(unfinished) / 1e6).decimals(1)) MB of stopped downloads in "
          + "\(store.folder)/.downloads; musegen corpus get goes on with them for a week")
    }
  }
}

/// A collection, public or the user's own, here or not.
private struct CollectionRow: Encodable {
  var name: String
  var title: String?
  var pieces: Int
  var address: String?
  var bytes: Int?
  var sha256: String?
  var licence: String?
  var credit: String?
  var homepage: String?
  /// Where it is; nil where it is not here.
  var folder: String?

  static func all(in store: CollectionStore) -> [CollectionRow] {
    let stored = store.collections
    var rows = PublicCollection.all.map { collection in
      CollectionRow(
        name: collection.name, title: collection.title, pieces: collection.pieces,
        address: collection.address, bytes: collection.bytes,
        sha256: collection.sha256 ?? collection.address.flatMap(store.pin(of:)),
        licence: collection.licence, credit: collection.credit, homepage: collection.homepage,
        folder: stored.contains { $0.name == collection.name }
          ? store.path(of: collection.name) : nil)
    }
    for own in stored where PublicCollection.named(own.name) == nil {
      let folder = store.path(of: own.name)
      let source = own.source == folder ? nil : own.source
      rows.append(
        CollectionRow(
          name: own.name, title: own.title ?? source.map { "from \($0)" } ?? "of unknown source",
          pieces: own.files, address: source, bytes: nil, sha256: own.sha256,
          licence: own.licence, credit: own.credit, homepage: nil, folder: folder))
    }
    return rows
  }
}
