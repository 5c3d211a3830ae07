import FileStorage
import Foundation

/// The folder in which collections are kept, each in a folder of its name.
public struct CollectionStore: Hashable, Sendable {
  /// The folder; made where it does not exist.
  public let folder: String

  /// Creates a store in a folder.
  public init(folder: String) { self.folder = folder }

  /// The user's store: `$MUSEGEN_CORPORA`, else `musegen/corpora` in `$XDG_DATA_HOME` or in
  /// `~/.local/share`.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the store, whether it exists or not.
  public static func standard(environment: [String: String]? = nil) -> CollectionStore {
    let environment = environment ?? ProcessInfo.processInfo.environment
    if let folder = environment["MUSEGEN_CORPORA"], !folder.isEmpty {
      return CollectionStore(folder: folder)
    }
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      return CollectionStore(folder: data + "/musegen/corpora")
    }
    return CollectionStore(folder: (environment["HOME"] ?? ".") + "/.local/share/musegen/corpora")
  }

  /// The folder of a collection, whether it is there or not.
  public func path(of name: String) -> String { "\(folder)/\(name)" }

  /// The collections that are there, by name.
  public var collections: [StoredCollection] {
    ((try? listFolder(at: folder)) ?? []).filter { !$0.hasPrefix(".") }.compactMap(
      collection(named:))
  }

  /// A collection that is there.
  public func collection(named name: String) -> StoredCollection? {
    guard Self.isName(name),
      let bytes = try? readFile(at: path(of: name) + "/" + StoredCollection.fileName),
      var collection = try? JSONDecoder().decode(StoredCollection.self, from: Data(bytes))
    else { return nil }
    // The folder may have been renamed since.
    collection.name = name
    return collection
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
