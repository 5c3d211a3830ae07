import FileStorage

/// A file of instrument sounds: SoundFont 2 (`.sf2`), or the same with compressed samples (`.sf3`).
///
/// Reference: SoundFont Technical Specification 2.04, section 4, "SoundFont 2 RIFF File Format".
public struct SoundFont: Hashable, Sendable {
  /// The file.
  public let path: String

  /// Opens a file far enough to see that it is a SoundFont.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``PlaybackError`` where it cannot be read, is not a SoundFont or is cut short.
  public init(path: String) throws(PlaybackError) {
    self.path = path
    let header: [UInt8]
    let size: Int
    do {
      (header, size) = try readBeginning(ofFile: path, count: 12)
    } catch {
      throw PlaybackError(.file(error))
    }
    guard header.count == 12, header[..<4].elementsEqual("RIFF".utf8),
      header[8...].elementsEqual("sfbk".utf8)
    else {
      throw PlaybackError(.soundFontInvalid(path: path, problem: "is not a SoundFont"))
    }
    let declared = 8 + header[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size >= declared else {
      throw PlaybackError(
        .soundFontInvalid(
          path: path, problem: "is cut short: found \(size) bytes, expected \(declared)"))
    }
  }
}

extension SoundFont {
  /// Finds the SoundFont to play with.
  ///
  /// What is asked for by name (`explicit`, else `$MUSEGEN_SOUNDFONT`) must exist: a file, a folder
  /// to choose from, or the bare name of a file in one of the ``folders(environment:)``. Otherwise
  /// the first of those folders that holds a SoundFont decides, and ``preference`` inside it.
  ///
  /// - Parameters:
  ///   - explicit: what the user named, nil for nothing.
  ///   - environment: the environment's variables, nil for the process's own.
  /// - Returns: a file that is a SoundFont.
  /// - Throws: ``PlaybackError`` where there is none, or the one that was named is none.
  public static func discover(
    explicit: String? = nil, environment: [String: String]? = nil
  ) throws(PlaybackError) -> SoundFont {
    let environment = environment ?? processEnvironment()
    let folders = folders(environment: environment)
    let named = [explicit, environment["MUSEGEN_SOUNDFONT"]].compactMap { $0 }.first { !$0.isEmpty }
    guard let named else {
      guard let path = folders.lazy.compactMap({ best(in: $0) }).first else {
        throw PlaybackError(.soundFontMissing(name: nil, searched: folders))
      }
      return try SoundFont(path: path)
    }

    switch fileKind(at: named) {
    case .file, .pipe, .socket, .device, .brokenLink: return try SoundFont(path: named)
    case .folder:
      guard let path = best(in: named) else {
        throw PlaybackError(.soundFontMissing(name: nil, searched: [named]))
      }
      return try SoundFont(path: path)
    case nil:
      // A path that leads nowhere is told as such; a bare name may be in one of the folders.
      if named.contains("/") { return try SoundFont(path: named) }
      let candidates = folders.flatMap { folder in
        ["", ".sf2", ".sf3"].map { "\(folder)/\(named)\($0)" }
      }
      guard let path = candidates.first(where: { fileKind(at: $0) == .file }) else {
        throw PlaybackError(.soundFontMissing(name: named, searched: folders))
      }
      return try SoundFont(path: path)
    }
  }

  /// Lists the folders in which SoundFonts are looked for, the user's before the system's.
  ///
  /// - Parameter environment: the process's environment; `XDG_DATA_HOME` and `HOME` count.
  /// - Returns: the folders in order, whether they exist or not.
  public static func folders(environment: [String: String]) -> [String] {
    var folders = ["soundfonts"]
    if let data = userDataFolder(environment: environment) {
      folders += ["\(data)/soundfonts", "\(data)/sounds/sf2", "\(data)/sounds/sf3"]
    }
    return folders + ["/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts"]
  }

  /// The beginnings of the names of General MIDI SoundFonts, the best sounding first.
  ///
  /// A name that begins with none of these comes after them, by alphabet; `.sf2` before `.sf3`.
  public static let preference = [
    "GeneralUser", "FluidR3_GM", "FluidR3", "MuseScore_General", "MS Basic", "Arachno", "default",
    "TimGM6mb",
  ]

  private static func best(in folder: String) -> String? {
    let names = ((try? listFolder(at: folder)) ?? []).filter { name in
      let lowered = name.lowercased()
      return (lowered.hasSuffix(".sf2") || lowered.hasSuffix(".sf3"))
        && fileKind(at: "\(folder)/\(name)") == .file
    }
    let ranked = names.map { name in
      (rank: preference.firstIndex { name.hasPrefix($0) } ?? preference.count, name: name)
    }
    return ranked.min { ($0.rank, $0.name) < ($1.rank, $1.name) }.map { "\(folder)/\($0.name)" }
  }
}
