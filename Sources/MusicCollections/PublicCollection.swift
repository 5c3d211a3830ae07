import FileStorage
import Foundation

/// A well-known collection of music that anybody can download.
public struct PublicCollection: Hashable, Sendable, Codable {
  /// The name by which it is asked for.
  public var name: String
  /// What is in it, in a line.
  public var title: String
  /// About how many pieces it has.
  public var pieces: Int
  /// The archive's address; nil where the collection is not published as one.
  public var address: String?
  /// Other addresses of the same archive.
  public var fallbacks: [String]
  /// The archive's size, nil where it is not known.
  public var bytes: Int?
  /// The archive's SHA-256; nil where nobody reliable tells it.
  public var sha256: String?
  /// Who tells the checksum, or why there is none.
  public var checksumFrom: String?
  /// The licence in a line.
  public var licence: String
  /// Whom to thank.
  public var credit: String
  /// The page that tells more.
  public var homepage: String
  /// Which files of the archive to take, as patterns of `*` and whole folders from below its outermost
  /// folder; all where empty.
  public var keep: [String]

  /// The collections of `collections.json`, in its order.
  public static let all: [PublicCollection] =
    (try? JSONDecoder().decode(
      [PublicCollection].self, from: Data(PackageResources.collections_json))) ?? []

  /// The collection of a name.
  public static func named(_ name: String) -> PublicCollection? { all.first { $0.name == name } }

  /// Whether to take a file of the archive.
  ///
  /// - Parameter path: the file's path in the archive.
  /// - Returns: whether it is wanted.
  func keeps(_ path: String) -> Bool {
    guard !keep.isEmpty else { return true }
    let parts = pathNames(path).dropFirst()
    return keep.contains { pattern in
      let wanted = pathNames(pattern)
      return wanted.count == parts.count && zip(wanted, parts).allSatisfy { $0 == "*" || $0 == $1 }
    }
  }
}
