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
  public static let preference = ["piano", "folk", "quartet", "song", "chorales", "band", "drums"]

  /// Where it looks, in this order.
  public let folders: [String]
  /// The models, in the order of ``preference``.
  public let entries: [Entry]

  /// Looks into folders; those that are not there hold nothing.
  ///
  /// - Parameter folders: where to look, the most important first.
  public init(folders: [String]) {
    self.folders = folders
    var paths: [[UInt8]: Entry] = [:]
    for folder in folders {
      for file in (try? listFolder(at: folder)) ?? []
      where file.hasSuffix(Self.ending) && !file.hasPrefix(".") {
        let name = String(file.dropLast(Self.ending.count))
        let path = "\(folder)/\(file)"
        if paths[name.systemPath] == nil, fileKind(at: path) == .file {
          paths[name.systemPath] = Entry(name: name, path: path)
        }
      }
    }
    func rank(_ name: String) -> Int {
      Self.preference.firstIndex(of: name) ?? Self.preference.count
    }
    entries = paths.values.sorted { (rank($0.name), $0.name) < (rank($1.name), $1.name) }
  }

  /// The model of a name.
  public subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The model to take where none is named.
  public var preferred: Entry? { entries.first }
}

extension ModelCatalog {
  /// The catalogue of this program's folders.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the catalogue, without entries where no model is found.
  public static func standard(environment: [String: String]? = nil) -> ModelCatalog {
    ModelCatalog(
      folders: folders(
        environment: environment ?? processEnvironment(),
        executableFolder: executableFolder))
  }

  /// Lists the folders in which models are looked for by name.
  ///
  /// `$MUSEGEN_MODELS`, where it is set, is the only one. Otherwise: the user's, then those of the
  /// installed program, then those beside the built one.
  ///
  /// - Parameters:
  ///   - environment: the process's environment; `XDG_DATA_HOME` and `HOME` count too.
  ///   - executableFolder: the folder of the program's file, links followed.
  /// - Returns: the folders in order, whether they exist or not.
  public static func folders(
    environment: [String: String], executableFolder: String?
  ) -> [String] {
    if let only = environment["MUSEGEN_MODELS"], !only.isEmpty { return [only] }
    var folders: [String] = []
    if let data = userDataFolder(environment: environment) {
      folders.append("\(data)/musegen/models")
    }
    if let executableFolder {
      let prefix = folder(of: executableFolder)
      folders.append(prefix + (prefix.hasSuffix("/") ? "" : "/") + "share/musegen/models")
      // Named by SwiftPM after the package and the target. `Bundle.module` would trap where it is
      // missing, and looks where the program was built.
      folders.append("\(executableFolder)/musegen_ModelCollection.resources/Models")
    }
    return folders
  }

  /// The folder that `$MUSEGEN_MODELS` names, where there is none of that name.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the folder; nil where it is there, or where none is named.
  public static func missingFolder(environment: [String: String]? = nil) -> String? {
    guard let only = (environment ?? processEnvironment())["MUSEGEN_MODELS"], !only.isEmpty,
      fileKind(at: only) != .folder
    else { return nil }
    return only
  }

  private static var executableFolder: String? {
    realPath(of: "/proc/self/exe").map { folder(of: $0) }
  }
}
