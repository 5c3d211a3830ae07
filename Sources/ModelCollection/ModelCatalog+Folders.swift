import Foundation

extension ModelCatalog {
  /// The catalogue of this program's folders.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the catalogue, without entries where no model is found.
  public static func standard(environment: [String: String]? = nil) -> ModelCatalog {
    ModelCatalog(
      folders: folders(
        environment: environment ?? ProcessInfo.processInfo.environment,
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
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      folders.append("\(data)/musegen/models")
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      folders.append("\(home)/.local/share/musegen/models")
    }
    if let executableFolder {
      let prefix = URL(filePath: executableFolder).deletingLastPathComponent().path
      folders.append(prefix + (prefix.hasSuffix("/") ? "" : "/") + "share/musegen/models")
      // Named by SwiftPM after the package and the target. `Bundle.module` would trap where it is
      // missing, and looks where the program was built.
      folders.append("\(executableFolder)/musegen_ModelCollection.resources/Models")
    }
    return folders
  }

  private static var executableFolder: String? {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    guard let path = link ?? Bundle.main.executablePath else { return nil }
    return URL(filePath: path).deletingLastPathComponent().path
  }
}
