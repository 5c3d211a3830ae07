import FileStorage
import Foundation
import Reproducibility
import Tokenization

/// A folder that keeps encoded corpora, each under a name made of its files' contents and its
/// vocabulary, so that a second run need not encode them again.
///
/// The cache only ever saves time: a kept corpus that is damaged, or of another version of musegen, is
/// encoded anew, and where a corpus cannot be kept, nobody is troubled with it.
public struct CorpusCache: Sendable {
  /// The folder.
  public let folder: String
  /// How many bytes the folder may hold before the oldest corpora leave it.
  public var limit = 1 << 30

  /// Creates a cache in a folder, which need not exist.
  public init(folder: String) { self.folder = folder }

  /// The user's cache: `$XDG_CACHE_HOME/musegen`, or `~/.cache/musegen`; none without a home.
  public static var user: CorpusCache? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return CorpusCache(folder: folder + "/musegen")
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return CorpusCache(folder: home + "/.cache/musegen")
  }

  /// What is in a kept corpus: the pieces, and which of the files gave none.
  struct Entry: Sendable {
    var pieces: [Piece]
    /// The index among the files of each piece.
    var files: [Int]
    var tokens: [Token]
  }

  /// To be raised whenever a vocabulary encodes a score otherwise than before.
  private static let version = 2

  /// The name under which a corpus is kept.
  func path(contents: [UInt64], vocabulary: any Vocabulary) -> String? {
    guard let settings = try? CanonicalJSON.encode(vocabulary.configuration) else { return nil }
    var hash = StableHash()
    hash.combine(Self.version)
    hash.combine(settings)
    for content in contents { hash.combine(Int(bitPattern: UInt(content))) }
    return folder + "/" + hash.value.hexadecimal + ".tokens"
  }

  func read(_ path: String, sources: [PieceSource], contents: [UInt64]) -> Entry? {
    guard let bytes = try? readFile(at: path) else { return nil }
    return Entry(bytes: bytes, sources: sources, contents: contents)
  }

  func write(_ entry: Entry, to path: String) {
    do {
      try createFolder(at: folder)
      try writeFile(entry.bytes, at: path)
    } catch {
      return
    }
    removeOldest(but: path)
  }

  private func removeOldest(but kept: String) {
    let files = FileManager.default
    let names = ((try? listFolder(at: folder)) ?? []).filter { $0.hasSuffix(".tokens") }
    var entries = names.map { folder + "/" + $0 }.map { path in
      let attributes = try? files.attributesOfItem(atPath: path)
      return (
        path: path, size: attributes?[.size] as? Int ?? 0,
        date: attributes?[.modificationDate] as? Date ?? .distantPast
      )
    }
    var size = entries.reduce(0) { $0 + $1.size }
    entries.sort { ($0.date, $0.path) < ($1.date, $1.path) }
    for entry in entries where size > limit && entry.path != kept {
      try? removeFile(at: entry.path)
      size -= entry.size
    }
  }
}
