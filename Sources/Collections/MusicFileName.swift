import Corpora

/// What a file of a collection is, by its name.
enum MusicFileName {
  private static let musicEndings = Set(MIDIFileFinder.endings)
  private static let documentEndings: Set = ["md", "txt", "adoc", "csv", "tsv"]
  private static let documentNames: Set = [
    "license", "licence", "copying", "readme", "notes", "credits",
  ]

  static func isMusic(_ path: String) -> Bool {
    musicEndings.contains(ending(path)) && !isHidden(path)
  }

  /// Whether it tells of the music: licences, indices, the names to thank.
  static func isDocument(_ path: String) -> Bool {
    let name = path.split(separator: "/").last?.lowercased() ?? ""
    return !isHidden(path)
      && (documentEndings.contains(ending(path)) || documentNames.contains(name))
  }

  /// Archives made on a Mac hold a shadow of every file: `__MACOSX/._name`.
  private static func isHidden(_ path: String) -> Bool {
    path.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
  }

  private static func ending(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
