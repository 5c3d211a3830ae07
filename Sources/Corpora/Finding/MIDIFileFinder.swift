import FileStorage

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
  /// The endings of MIDI, MusicXML and ABC files, in lower case; found in any case.
  public static let endings = ["mid", "midi", "kar", "rmi", "musicxml", "mxl", "abc"]

  /// Whether a name has music's ending.
  public static func isMusic(_ name: String) -> Bool {
    endings.contains(fileExtension(of: name).lowercased())
  }

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
  /// A file is taken whatever its ending, and so is a pipe or a device, unless it is one of several
  /// arguments and called as music. A folder stands for all MIDI, MusicXML and ABC files in it and in
  /// the folders below, those called `.xml` among them if they are MusicXML, but for hidden ones, for
  /// what is no file, and for notation that was made into a MIDI file: one of the same name in the same
  /// folder, or in the folder above where theirs is called `sources`. Any other argument is a tune such as `book.abc#3`, the name of a collection, or
  /// a pattern, in which `*` and `?` stand for characters of a name, `[a-z]` for one of them, and a
  /// name `**` for folders at any depth. Each tune of an ABC file is a piece, `book.abc#1` and so on
  /// where it has several.
  ///
  /// - Parameter arguments: what the user typed.
  /// - Returns: the pieces, each with all arguments that name it, and what was left out.
  /// - Throws: ``CorpusError`` where an argument names nothing, or a folder without music.
  public func find(_ arguments: [String]) throws(CorpusError) -> FoundPieces {
    let folder = currentFolder()
    // One path may be written in several ways, `a.mid` and `./a.mid`: the first argument's stays. Names
    // are told apart by their bytes: é may be written in two ways, in two files.
    var found: [FoundFile] = []
    var places: [[UInt8]: Int] = [:]
    var leftOut: [[UInt8]: CorpusError] = [:]
    var searched: Set<[UInt8]> = []
    let isAlone = arguments.count == 1
    for argument in arguments where searched.insert(argument.systemPath).inserted {
      let search = try search(for: argument, isAlone: isAlone)
      // One array for all that it finds.
      let naming = [argument]
      if isAlone, search.areDistinct {
        found = concurrentMap(search.paths, threads: nil) { FoundFile($0, arguments: naming) }
      } else {
        places.reserveCapacity(found.count + search.paths.count)
        for path in search.paths {
          let place = absolutePath(path, in: folder).systemPath
          if let known = places[place] {
            found[known].source.add(argument)
          } else {
            places[place] = found.count
            found.append(FoundFile(path, arguments: naming))
          }
        }
      }
      for error in search.leftOut { leftOut[error.path.systemPath] = error }
    }
    if found.isEmpty, let error = leftOut.values.min(by: { precedes($0.path, $1.path) }) {
      throw error
    }
    found.sort { $0.path.lexicographicallyPrecedes($1.path) }
    let pieces = Self.pieces(of: found, in: folder)
    guard !leftOut.isEmpty else { return FoundPieces(pieces: pieces, leftOut: []) }
    // What one argument's folder leaves out, another argument may name.
    let files = Set(pieces.map { absolutePath($0.file, in: folder).systemPath })
    return FoundPieces(
      pieces: pieces,
      leftOut: leftOut.values
        .filter { !files.contains(absolutePath($0.path, in: folder).systemPath) }
        .sorted { precedes($0.path, $1.path) })
  }

  /// What a path names, and the bytes by which it is sorted.
  private struct FoundFile {
    var source: PieceSource
    let path: [UInt8]

    init(_ path: String, arguments: [String]) {
      source = PieceSource(path)
      source.arguments = arguments
      self.path = path.systemPath
    }
  }

  /// The pieces of files, each once: a tune may be named by itself and with its book.
  private static func pieces(of files: [FoundFile], in folder: String) -> [PieceSource] {
    let books = TuneBooks()
    var pieces: [PieceSource] = []
    pieces.reserveCapacity(files.count)
    var tunes: [[UInt8]: Int] = [:]
    for file in files {
      guard file.source.isABC else {
        pieces.append(file.source)
        continue
      }
      for piece in file.source.tunes(from: books) {
        let identity = piece.identity(in: folder).systemPath
        if let place = tunes[identity] {
          for argument in piece.arguments { pieces[place].add(argument) }
        } else {
          tunes[identity] = pieces.count
          pieces.append(piece)
        }
      }
    }
    return pieces
  }

  /// Finds the pieces that arguments name, and gives their paths alone.
  ///
  /// - Parameter arguments: paths, patterns and names, as in ``find(_:)``.
  /// - Returns: the pieces' paths, each once, sorted by their bytes.
  /// - Throws: ``CorpusError`` where an argument names nothing, or a folder without music.
  public func findPieces(in arguments: [String]) throws(CorpusError) -> [String] {
    try find(arguments).paths
  }

  private func search(for argument: String, isAlone: Bool) throws(CorpusError) -> FolderSearch {
    var search = FolderSearch()
    switch fileKind(at: argument) {
    case .file: search.paths.append(argument)
    case .folder: try search.addAll(in: argument)
    case .some(let kind):
      // Who names a pipe means what comes out of it: `<(zcat a.mid.gz)`. Among others, what is called as
      // music may have been named by the shell, for `*.mid`.
      if kind.givesBytes, isAlone || !MIDIFileFinder.isMusic(argument) {
        search.paths.append(argument)
      } else {
        search.leftOut.append(CorpusError(.noPlainFile(kind), path: argument))
      }
    case nil:
      let tune = PieceSource(argument)
      if tune.tune != nil, fileKind(at: tune.file) == .file {
        search.paths.append(argument)
      } else if let folder = folderOfCollection(argument) {
        try search.addAll(in: folder)
      } else {
        try search.addMatches(of: argument)
        if search.paths.isEmpty {
          throw search.leftOut.first ?? CorpusError(.missing, path: argument)
        }
      }
    }
    return search
  }
}

/// What one argument finds in folders.
private struct FolderSearch {
  var paths: [String] = []
  /// Whether no path comes twice: a walk comes to each name once, a pattern may fit one in several ways.
  private(set) var areDistinct = true
  var leftOut: [CorpusError] = []

  /// Adds all music in a folder and below it.
  mutating func addAll(in folder: String) throws(CorpusError) {
    let before = paths.count
    addUnmade(try musicFiles(below: folder))
    if paths.count == before {
      throw leftOut.first ?? CorpusError(.noMIDIFiles, path: folder)
    }
  }

  /// Adds the music that a pattern fits, by its own name or by its folder's.
  mutating func addMatches(of pattern: String) throws(CorpusError) {
    guard NamePattern.isPattern(pattern) else { return }
    areDistinct = false
    let names = pathNames(pattern)
    var matches = [pattern.utf8.first == UInt8(ascii: "/") ? "/" : ""]
    // What a wildcard has found may be closed, or no folder; what is named before any is to be there.
    var isFound = false
    for (index, name) in names.enumerated() {
      var next: [String] = []
      for path in matches {
        do throws(CorpusError) {
          next += try entries(
            of: path, thatFit: name, isLast: index == names.count - 1, isFound: isFound)
        } catch {
          guard isFound else { throw error }
          leftOut.append(error)
        }
      }
      matches = next
      isFound = isFound || name == "**" || NamePattern.isPattern(name)
    }
    var inFolders: [String] = []
    for path in matches {
      do throws(CorpusError) {
        switch Finding(path, kind(of: path.isEmpty ? "." : path)) {
        case .folder where names.last == "**": inFolders += try musicFiles(in: path)
        case .folder: inFolders += try musicFiles(below: path)
        case .music: paths.append(path)
        case .leftOut(let error): leftOut.append(error)
        case nil: break
        }
      } catch {
        leftOut.append(error)
      }
    }
    addUnmade(inFolders)
  }

  /// What stands in a folder and fits one name of a pattern; of what is not the last name, folders.
  private mutating func entries(
    of folder: String, thatFit name: String, isLast: Bool, isFound: Bool
  ) throws(CorpusError) -> [String] {
    if name == "**" { return try foldersFrom(folder) }
    guard NamePattern.isPattern(name) else {
      let joined = join(folder, name)
      let kind = fileKind(at: joined)
      return kind == nil || isFound && !isLast && kind != .folder ? [] : [joined]
    }
    let pattern = NamePattern(name)
    return try list(folder).map(\.name).filter(pattern.matches)
      .map { join(folder, $0) }.filter { isLast || fileKind(at: $0) == .folder }
  }

  /// Adds music that was found in folders, but for notation of which one of the others was made.
  private mutating func addUnmade(_ files: [String]) {
    // What is called `.xml` was looked into when it was found to be music.
    let isNotation = files.map { PieceSource.isNotation($0) || PieceSource.isXML($0) }
    guard isNotation.contains(true) else {
      paths += files
      return
    }
    var madeFiles: [[UInt8]: String] = [:]
    for file in paths where !PieceSource(file).isNotation {
      madeFiles[pathWithoutExtension(file).systemPath] = file
    }
    for (file, isNotation) in zip(files, isNotation) where !isNotation {
      madeFiles[pathWithoutExtension(file).systemPath] = file
    }
    for (file, isNotation) in zip(files, isNotation) {
      let stem = pathWithoutExtension(file)
      guard isNotation,
        let made = madeFiles[stem.systemPath] ?? madeFiles[withoutSources(stem).systemPath]
      else {
        paths.append(file)
        continue
      }
      leftOut.append(CorpusError(.madeInto(made), path: file))
    }
  }

  /// The music that stands in a folder itself.
  private mutating func musicFiles(in folder: String) throws(CorpusError) -> [String] {
    var files: [String] = []
    for finding in try Finding.all(in: folder) {
      switch finding {
      case .folder: break
      case .music(let path): files.append(path)
      case .leftOut(let error): leftOut.append(error)
      }
    }
    return files
  }

  /// The music in a folder and in all below it.
  private mutating func musicFiles(below folder: String) throws(CorpusError) -> [String] {
    var files: [String] = []
    try walk(folder, findingFiles: true) { path, kind in if kind == .file { files.append(path) } }
    return files
  }

  /// A folder and all below it.
  private mutating func foldersFrom(_ folder: String) throws(CorpusError) -> [String] {
    var folders: [String] = []
    try walk(folder, findingFiles: false) { path, _ in folders.append(path) }
    return folders
  }

  /// Visits a folder and all below it, each once: links may lead in circles.
  ///
  /// - Parameters:
  ///   - folder: the folder; one below it that cannot be listed is left out and told.
  ///   - findingFiles: whether to look at what is no folder.
  ///   - visit: called with each folder, and with each file of music.
  /// - Throws: ``CorpusError`` where the folder itself cannot be listed.
  private mutating func walk(
    _ folder: String, findingFiles: Bool, _ visit: (String, FileKind) -> Void
  ) throws(CorpusError) {
    var open = [OpenFolder(folder, findingFiles: findingFiles, unlessIn: [])].compactMap(\.self)
    var seen: Set<FileIdentity> = []
    while let next = open.popLast() {
      guard seen.insert(next.identity).inserted else { continue }
      let findings: [Finding]
      do {
        findings = try next.findings.get()
      } catch {
        if seen.count == 1 { throw error }
        leftOut.append(error)
        continue
      }
      visit(next.path, .folder)
      var below: [String] = []
      for finding in findings {
        switch finding {
        case .folder(let path): below.append(path)
        case .music(let path): visit(path, .file)
        case .leftOut(let error): leftOut.append(error)
        }
      }
      // Those side by side are searched at once, and come in their order.
      open += concurrentMap(below.reversed(), threads: nil) { [seen] path in
        OpenFolder(path, findingFiles: findingFiles, unlessIn: seen)
      }.compactMap(\.self)
    }
  }

  /// The path without a folder `sources` above its last name.
  private func withoutSources(_ path: String) -> String {
    let above = FileStorage.folder(of: path)
    guard fileName(of: above) == "sources" else { return "" }
    return join(
      FileStorage.folder(of: above) == "." ? "" : FileStorage.folder(of: above), fileName(of: path))
  }
}

/// A folder that a walk has come to, and what it finds there.
private struct OpenFolder: Sendable {
  let path: String
  let identity: FileIdentity
  let findings: Result<[Finding], CorpusError>

  /// Searches a folder; nil for one that was visited, or has gone.
  init?(_ path: String, findingFiles: Bool, unlessIn seen: Set<FileIdentity>) {
    guard let identity = FileIdentity(path: path.isEmpty ? "." : path), !seen.contains(identity)
    else { return nil }
    self.path = path
    self.identity = identity
    findings = Result { () throws(CorpusError) in
      try Finding.all(in: path, withFiles: findingFiles)
    }
  }
}

/// What stands under a path, where music is searched.
private enum Finding: Sendable {
  case folder(String)
  case music(String)
  /// It has music's ending and is no file.
  case leftOut(CorpusError)

  /// Tells what a path is of something of a kind; nil for what is neither folder nor music.
  init?(_ path: String, _ kind: Result<FileKind, FileError>) {
    if case .success(.folder) = kind {
      self = .folder(path)
    } else if MIDIFileFinder.isMusic(path) {
      switch kind {
      case .success(.file): self = .music(path)
      case .success(let kind): self = .leftOut(CorpusError(.noPlainFile(kind), path: path))
      case .failure(let error): self = .leftOut(CorpusError(.unreadable(error), path: path))
      }
    } else {
      guard PieceSource.isMusicXML(path) else { return nil }
      self = .music(path)
    }
  }

  /// What a folder holds itself, in the order of the names.
  ///
  /// - Parameters:
  ///   - folder: the folder.
  ///   - withFiles: whether to look at what is no folder.
  /// - Returns: the folders and the music in it, and what is left out.
  /// - Throws: ``CorpusError`` where it cannot be listed.
  static func all(in folder: String, withFiles: Bool = true) throws(CorpusError) -> [Finding] {
    let entries = try list(folder)
    // Of files called `.xml` the beginnings are read, and a folder may hold all of a collection. What stands in small
    // ones takes less time than a thread does to begin.
    return concurrentMap(entries, threads: entries.count < 256 ? 1 : nil) { entry -> Finding? in
      let path = join(folder, entry.name)
      let kind = kind(of: path, told: entry.kind)
      if withFiles { return Finding(path, kind) }
      return (try? kind.get()) == .folder ? Finding.folder(path) : nil
    }.compactMap(\.self)
  }
}

/// What stands under a path; it is looked at where its folder has not told.
private func kind(of path: String, told: FileKind? = nil) -> Result<FileKind, FileError> {
  if let told { return .success(told) }
  return Result { () throws(FileError) in try checkedFileKind(at: path) }
}

/// What stands in a folder, but for what is hidden, sorted by the names.
private func list(_ folder: String) throws(CorpusError) -> [FolderEntry] {
  let entries: [FolderEntry]
  do {
    entries = try folderEntries(at: folder.isEmpty ? "." : folder)
  } catch {
    throw CorpusError(.unreadable(error), path: folder)
  }
  return entries.filter { !$0.name.hasPrefix(".") }
}

private func join(_ folder: String, _ name: String) -> String {
  folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

private func precedes(_ left: String, _ right: String) -> Bool {
  left.systemPath.lexicographicallyPrecedes(right.systemPath)
}
