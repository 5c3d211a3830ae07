/// A collection that is on this machine, as its `SOURCE.json` tells.
public struct StoredCollection: Hashable, Sendable, Codable {
  /// Its name.
  public var name: String
  /// What is in it, in a line.
  public var title: String?
  /// Where it came from: an address, or a path of this machine.
  public var source: String
  /// The licence, where it is known.
  public var licence: String?
  /// Whom to thank.
  public var credit: String?
  /// The SHA-256 of the archive that it came in.
  public var sha256: String?
  /// The number of its music files; a book of tunes is one.
  public var files: Int

  /// The name of the file that holds this.
  static let fileName = "SOURCE.json"
}
