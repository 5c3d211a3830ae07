import FileStorage
import Foundation

/// Pieces that arguments name, before any of them is read.
public struct FoundPieces: Hashable, Sendable {
  /// The pieces, each once, sorted by the bytes of their paths.
  public var pieces: [PieceSource]
  /// What stands in the folders that were searched and gives no piece, and why.
  public var leftOut: [CorpusError]

  /// The pieces' paths.
  public var paths: [String] { pieces.map(\.path) }
}

/// Finds pieces by what a user types: files, folders, patterns, tunes of ABC files and collections.
public struct MIDIFileFinder: Sendable {
  /// The endings of MIDI files and of ABC files, in lower case; found in any case.
  public static let endings = ["mid", "midi", "kar", "rmi", "abc"]

  private let folderOfCollection: @Sendable (String) -> String?

  /// Creates a finder.
  ///
  /// - Parameter folderOfCollection: gives the folder of a collection by its name; nil where there is
  ///   no such collection.
  public init(folderOfCollection: @escaping @Sendable (String) -> String? = { _ in nil }) {
    self.folderOfCollection = folderOfCollection
  }

  /// Finds the pieces that arguments name.
  ///
  /// A file is taken whatever its ending. A folder stands for all MIDI and ABC files in it and in the
  /// folders below, but for hidden ones, for pipes and devices, and for ABC files that were made into
  /// a MIDI file: one of the same name in the same folder, or in the folder above where theirs is
  /// called `sources`. Any other argument is a tune such as `book.abc#3`, the name of a collection, or
  /// a pattern, in which `*` and `?` stand for characters of a name, `[a-z]` for one of them, and a
  /// name `**` for folders at any depth. Each tune of an ABC file is a piece, `book.abc#1` and so on
  /// where it has several.
  ///
  /// - Parameter arguments: what the user typed.
  /// - Returns: the pieces, each with all arguments that name it, and what was left out.
  /// - Throws: ``CorpusError`` where an argument names nothing, or a folder without music.
  public func find(_ arguments: [String]) throws(CorpusError) -> FoundPieces {
    let folder = FileManager.default.currentDirectoryPath
    // One path may be written in several ways, `a.mid` and `./a.mid`: the first argument's stays.
    var found: [String: PieceSource] = [:]
    var leftOut: [String: CorpusError] = [:]
    for (index, argument) in arguments.enumerated() where !arguments[..<index].contains(argument) {
      let search = try search(for: argument)
      for path in search.paths {
        found[absolutePath(path, in: folder), default: PieceSource(path)].add(argument)
      }
      for error in search.leftOut { leftOut[error.path] = error }
    }
    let books = TuneBooks()
    var pieces: [PieceSource] = []
    var places: [String: Int] = [:]
    for source in found.values.sorted(by: { precedes($0.path, $1.path) }) {
      for piece in source.tunes(from: books) {
        // A tune may be named by itself and with its book.
        let identity = piece.identity(in: folder)
        if let place = places[identity] {
          for argument in piece.arguments { pieces[place].add(argument) }
        } else {
          places[identity] = pieces.count
          pieces.append(piece)
        }
      }
    }
    // What one argument's folder leaves out, another argument may name.
    let files = Set(pieces.map { absolutePath($0.file, in: folder) })
    return FoundPieces(
      pieces: pieces,
      leftOut: leftOut.values.filter { !files.contains(absolutePath($0.path, in: folder)) }
        .sorted { precedes($0.path, $1.path) })
  }

  /// Finds the pieces that arguments name, and gives their paths alone.
  ///
  /// - Parameter arguments: paths, patterns and names, as in ``find(_:)``.
  /// - Returns: the pieces' paths, each once, sorted by their bytes.
  /// - Throws: ``CorpusError`` where an argument names nothing, or a folder without music.
  public func findPieces(in arguments: [String]) throws(CorpusError) -> [String] {
    try find(arguments).paths
  }

  private func search(for argument: String) throws(CorpusError) -> FolderSearch {
    var search = FolderSearch()
    switch fileKind(at: argument) {
    case .file: search.paths.append(argument)
    case .folder: try search.addAll(in: argument)
    case nil:
      let tune = PieceSource(argument)
      if tune.tune != nil, fileKind(at: tune.file) == .file {
        search.paths.append(argument)
      } else if let folder = folderOfCollection(argument) {
        try search.addAll(in: folder)
      } else {
        try search.addMatches(of: argument)
        if search.paths.isEmpty { throw CorpusError(.missing, path: argument) }
      }
    }
    return search
  }
}

/// What one argument finds in folders.
private struct FolderSearch {
  var paths: [String] = []
  var leftOut: [CorpusError] = []

  /// Adds all music in a folder and below it.
  mutating func addAll(in folder: String) throws(CorpusError) {
    let before = paths.count
    var files: [String] = []
    for folder in try foldersFrom(folder) { files += try musicFiles(in: folder) }
    addUnmade(files)
    if paths.count == before { throw CorpusError(.noMIDIFiles, path: folder) }
  }

  /// Adds the music that a pattern fits, by its own name or by its folder's.
  mutating func addMatches(of pattern: String) throws(CorpusError) {
    guard NamePattern.isPattern(pattern) else { return }
    let names = pattern.split(separator: "/")
    var matches = [pattern.hasPrefix("/") ? "/" : ""]
    for (index, name) in names.enumerated() {
      var next: [String] = []
      for path in matches {
        if name == "**" {
          next += try foldersFrom(path)
        } else if !NamePattern.isPattern(name) {
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
      matches = next
    }
    var inFolders: [String] = []
    for path in matches {
      switch fileKind(at: path) {
      case .file: if isMusic(path), isFile(path) { paths.append(path) }
      case .folder where names.last == "**": inFolders += try musicFiles(in: path)
      case .folder: for folder in try foldersFrom(path) { inFolders += try musicFiles(in: folder) }
      case nil: break
      }
    }
    addUnmade(inFolders)
  }

  /// Adds files, but for ABC files of which one of the others was made.
  private mutating func addUnmade(_ files: [String]) {
    var madeFiles: [String: String] = [:]
    for file in paths + files where !PieceSource.isABC(file) { madeFiles[stem(file)] = file }
    for file in files {
      guard PieceSource.isABC(file), let made = madeFiles[stem(file)] ?? madeFiles[stemAbove(file)]
      else {
        paths.append(file)
        continue
      }
      leftOut.append(CorpusError(.madeInto(made), path: file))
    }
  }

  private mutating func musicFiles(in folder: String) throws(CorpusError) -> [String] {
    var files: [String] = []
    for name in try list(folder) where !name.hasPrefix(".") && isMusic(name) {
      let path = join(folder, name)
      if isFile(path) { files.append(path) }
    }
    return files
  }

  /// Whether a path is a plain file's; a pipe or a device, which may never end, is left out.
  private mutating func isFile(_ path: String) -> Bool {
    if fileSize(at: path) != nil { return true }
    if fileKind(at: path) == .file { leftOut.append(CorpusError(.noPlainFile, path: path)) }
    return false
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
      return try listFolder(at: folder.isEmpty ? "." : folder)
    } catch {
      throw CorpusError(.unreadable(error), path: folder)
    }
  }

  /// The path without its ending.
  private func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return path }
    return String(path[..<dot])
  }

  /// The path without its ending and without a folder `sources` above it.
  private func stemAbove(_ path: String) -> String {
    var parts = stem(path).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 1, parts[parts.count - 2] == "sources" else { return "" }
    parts.remove(at: parts.count - 2)
    return parts.joined(separator: "/")
  }

  private func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  private func isMusic(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return MIDIFileFinder.endings.contains(name[name.index(after: dot)...].lowercased())
  }
}

private func precedes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}
