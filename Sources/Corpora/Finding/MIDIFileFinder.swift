import FileStorage
import Foundation

/// Finds MIDI files by what a user types: files, folders and patterns.
public struct MIDIFileFinder: Sendable {
  /// The endings of MIDI files and of ABC files, in lower case; found in any case.
  public static let endings = ["mid", "midi", "kar", "rmi", "abc"]

  /// Creates a finder.
  public init() {}

  /// Finds the files that arguments name.
  ///
  /// A file is taken whatever its ending; a folder stands for all MIDI and ABC files in it and in the
  /// folders below, but for hidden ones and for ABC files beside the MIDI files made of them; any
  /// other argument is a pattern, in which `*` and `?` stand
  /// for characters of a name, `[a-z]` for one of them, and a name `**` for folders at any depth. Each
  /// tune of an ABC file is a piece, `book.abc#1` and so on where it has several.
  ///
  /// - Parameter arguments: paths and patterns.
  /// - Returns: the files' paths, each once, sorted by their bytes.
  /// - Throws: ``CorpusError`` where an argument names nothing or a folder without MIDI files.
  public func findPieces(in arguments: [String]) throws(CorpusError) -> [String] {
    var found: Set<String> = []
    for argument in arguments {
      switch fileKind(at: argument) {
      case .file: found.insert(argument)
      case .folder:
        let files = try midiFiles(in: argument)
        if files.isEmpty { throw CorpusError(.noMIDIFiles, path: argument) }
        found.formUnion(files)
      case nil
      where PieceSource(argument).tune != nil && fileKind(at: PieceSource(argument).file) == .file:
        found.insert(argument)
      case nil:
        let files = try matches(of: argument)
        if files.isEmpty { throw CorpusError(.missing, path: argument) }
        found.formUnion(files)
      }
    }
    return tunes(inBooks: found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  private func midiFiles(in folder: String) throws(CorpusError) -> [String] {
    var files: [String] = []
    for folder in try foldersFrom(folder) {
      for name in try list(folder) where !name.hasPrefix(".") && isMIDI(name) {
        let path = join(folder, name)
        if fileKind(at: path) == .file { files.append(path) }
      }
    }
    // `midi/sources/reel.abc` is what `midi/reel.mid` was made of, not another piece.
    let made = Set(files.filter { !PieceSource.isABC($0) }.map(stem))
    return files.filter { !PieceSource.isABC($0) || !made.contains(stem($0)) }
  }

  private func matches(of pattern: String) throws(CorpusError) -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [] }
    let names = pattern.split(separator: "/")
    var paths = [pattern.hasPrefix("/") ? "/" : ""]
    for (index, name) in names.enumerated() {
      var next: [String] = []
      for path in paths {
        if name == "**" {
          next += try foldersFrom(path)
        } else if !name.contains(where: { "*?[".contains($0) }) {
          let joined = join(path, String(name))
          if fileKind(at: joined) != nil { next.append(joined) }
        } else {
          for entry in try list(path.isEmpty ? "." : path)
          where !entry.hasPrefix(".") && NamePattern(name).matches(entry) {
            let joined = join(path, entry)
            if index == names.count - 1 || fileKind(at: joined) == .folder { next.append(joined) }
          }
        }
      }
      paths = next
    }
    var files: [String] = []
    for path in paths {
      switch fileKind(at: path) {
      case .file where isMIDI(path): files.append(path)
      case .folder where names.last != "**": files += try midiFiles(in: path)
      case .folder:
        for name in try list(path) where isMIDI(name) && !name.hasPrefix(".") {
          files.append(join(path, name))
        }
      default: break
      }
    }
    return files
  }

  /// A folder and all below it, each once: links may lead in circles.
  private func foldersFrom(_ folder: String) throws(CorpusError) -> [String] {
    var all: [String] = []
    var open = [folder]
    var seen: Set<String> = []
    while let next = open.popLast() {
      let path = next.isEmpty ? "." : next
      guard seen.insert(URL(filePath: path).resolvingSymlinksInPath().path).inserted else {
        continue
      }
      all.append(next)
      for name in try list(path).reversed() where !name.hasPrefix(".") {
        let joined = join(next, name)
        if fileKind(at: joined) == .folder { open.append(joined) }
      }
    }
    return all
  }

  private func list(_ folder: String) throws(CorpusError) -> [String] {
    do {
      return try listFolder(at: folder)
    } catch {
      throw CorpusError(.unreadable(error), path: folder)
    }
  }

  private func stem(_ path: String) -> String {
    URL(filePath: path).deletingPathExtension().lastPathComponent
  }

  private func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  private func isMIDI(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return Self.endings.contains(name[name.index(after: dot)...].lowercased())
  }
}
