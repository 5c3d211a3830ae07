public import Corpora
import FileStorage
import Foundation
import Reproducibility

/// The folder in which collections are kept, each in a folder of its name.
public struct CollectionStore: Hashable, Sendable {
  /// The folder; made where it does not exist.
  ///
  /// Empty where the user has no home: such a store is empty, and takes nothing.
  public let folder: String

  /// Creates a store in a folder.
  public init(folder: String) { self.folder = folder }

  /// The user's store: `$MUSEGEN_CORPORA`, else `musegen/corpora` in `$XDG_DATA_HOME` or in
  /// `~/.local/share`.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the store, whether it exists or not.
  public static func standard(environment: [String: String]? = nil) -> CollectionStore {
    let environment = environment ?? processEnvironment()
    if let folder = environment["MUSEGEN_CORPORA"], !folder.isEmpty {
      return CollectionStore(folder: folder)
    }
    let data = userDataFolder(environment: environment)
    return CollectionStore(folder: data.map { $0 + "/musegen/corpora" } ?? "")
  }

  /// The folder of a collection, whether it is there or not.
  public func path(of name: String) -> String { "\(folder)/\(name)" }

  /// The collections that are there, by name.
  public var collections: [StoredCollection] {
    folder.isEmpty
      ? []
      : ((try? listFolder(at: folder)) ?? []).filter { !$0.hasPrefix(".") }.compactMap(
        collection(named:))
  }

  /// A collection that is there: a folder with a record of where it came from, or one of music without, of which
  /// what can be seen is told.
  public func collection(named name: String) -> StoredCollection? {
    guard !folder.isEmpty, Self.isName(name) else { return nil }
    let path = path(of: name)
    guard fileKind(at: path) == .folder else { return nil }
    let record = SourceRecord(in: path)
    let files = record?.files ?? MusicFileName.countRead(in: path)
    guard record != nil || files > 0 else { return nil }
    // Whatever the record calls it: the folder may have been renamed since.
    return StoredCollection(
      name: name, title: record?.title, source: record?.source ?? path, licence: record?.licence,
      credit: record?.credit, sha256: record?.sha256, files: files)
  }

  /// Whether a text can name a collection: letters, digits, `-`, `.` and `_`, not beginning with `.`.
  public static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && !text.hasPrefix(".")
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || "0123456789-._".unicodeScalars.contains(scalar))
      }
  }
}

/// A collection that is on this machine, as its `SOURCE.json` tells.
public struct StoredCollection: Hashable, Sendable, Codable {
  /// Its name.
  public var name: String
  /// What is in it, in a line.
  public var title: String?
  /// Where it came from: an address, or a path of this machine; its own folder where nothing tells.
  public var source: String
  /// The licence, where it is known.
  public var licence: String?
  /// Whom to thank.
  public var credit: String?
  /// The SHA-256 of the archive that it came in.
  public var sha256: String?
  /// The number of its music files that are read; a book of tunes is one, and what MIDI files beside it were made of
  /// is none.
  public var files: Int

  /// The name of the file that holds this.
  static let fileName = "SOURCE.json"
}

/// What a collection's `SOURCE.json` tells, whichever version wrote it.
private struct SourceRecord: Decodable {
  var title, source, licence, credit, sha256: String?
  var files: Int?

  /// Reads the record in a folder; nil where there is none that can be read.
  init?(in folder: String) {
    guard
      let bytes = try? readFile(at: folder + "/" + StoredCollection.fileName, limit: 1 << 24),
      let record = try? JSONDecoder().decode(SourceRecord.self, from: Data(bytes))
    else { return nil }
    self = record
  }
}

extension MIDIFileFinder {
  /// Creates a finder that knows the collections of a store by their names.
  public init(collections store: CollectionStore) {
    self.init { name in
      store.collection(named: name).map { store.path(of: $0.name) }
    }
  }
}

/// Trust on first use: the checksum of what came first under an address is kept, and what comes later
/// must have it too.
extension CollectionStore {
  private var pinsPath: String { folder + "/pins.json" }

  /// The checksum that a download from an address had the first time.
  ///
  /// - Parameter address: the address.
  /// - Returns: the checksum; nil where none is kept, or those that are cannot be read.
  public func pin(of address: String) -> String? { (try? pins())?[address] }

  /// Compares a checksum with the one that is kept for its address, if any.
  func compare(
    _ sha256: String, withPinOf address: String, subject: String
  ) throws(CollectionError) {
    guard let pinned = try pins()[address], pinned != sha256 else { return }
    throw CollectionError(
      .changed(found: sha256, pinned: pinned, pins: pinsPath), subject: subject)
  }

  /// Keeps the checksum of what came from an address.
  func pin(_ sha256: String, address: String) throws {
    try createFolder(at: folder)
    // Another process that keeps one at the same time must not lose this one.
    let lockPath = folder + "/.pins.lock"
    for _ in 0..<CollectionStore.lockAttempts {
      guard let lock = try FileLock(path: lockPath) else {
        Thread.sleep(forTimeInterval: 0.1)
        continue
      }
      var pins = try pins()
      pins[address] = sha256
      try writeFile(try CanonicalJSON.encode(pins, isPretty: true), at: pinsPath)
      _ = consume lock
      return
    }
    throw CollectionError(.file(FileError(.write, path: lockPath, errno: EBUSY)), subject: address)
  }

  /// How often a lock is tried that another process holds for a moment, ten times a second.
  private static let lockAttempts = 50

  /// The checksums by their addresses; none where no file keeps them yet.
  ///
  /// - Throws: ``CollectionError`` where there is one and it cannot be read: it must not be written over.
  func pins() throws(CollectionError) -> [String: String] {
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: pinsPath, limit: 64 << 20)
    } catch {
      if error.isMissing { return [:] }
      throw CollectionError(.file(error), subject: pinsPath)
    }
    guard let pins = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
      throw CollectionError(.malformedPins, subject: pinsPath)
    }
    return pins
  }
}
