import FileStorage

/// The models that can be called by name: those that ship with musegen, and the user's own.
///
/// A model's name is its file's without `.safetensors`. Of two files of one name, the one in the
/// earlier folder counts, so that a user's own model can stand in for a shipped one.
public struct ModelCatalog: Hashable, Sendable {
  /// A model file by its name.
  public struct Entry: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The file.
    public var path: String
  }

  /// The ending of a model file's name.
  public static let ending = ".safetensors"

  /// The models to take where none is named, the best first; others come after them, by alphabet.
  public static let preference = ["piano", "chorales", "folk", "ensemble", "drums"]

  /// Where it looks, in this order.
  public let folders: [String]
  /// The models, in the order of ``preference``.
  public let entries: [Entry]

  /// Looks into folders; those that are not there hold nothing.
  ///
  /// - Parameter folders: where to look, the most important first.
  public init(folders: [String]) {
    self.folders = folders
    var paths: [String: String] = [:]
    for folder in folders {
      for file in (try? listFolder(at: folder)) ?? []
      where file.hasSuffix(Self.ending) && !file.hasPrefix(".") {
        let name = String(file.dropLast(Self.ending.count))
        let path = "\(folder)/\(file)"
        if paths[name] == nil, fileKind(at: path) == .file { paths[name] = path }
      }
    }
    func rank(_ name: String) -> Int {
      Self.preference.firstIndex(of: name) ?? Self.preference.count
    }
    entries = paths.map { Entry(name: $0.key, path: $0.value) }
      .sorted { (rank($0.name), $0.name) < (rank($1.name), $1.name) }
  }

  /// The model of a name.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The model to take where none is named.
  public var preferred: Entry? { entries.first }
}
