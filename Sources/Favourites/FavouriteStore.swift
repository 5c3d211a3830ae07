public import FileStorage
import Glibc

/// The folder of pieces that somebody liked.
///
/// Each is `NAME.mid` with a note in `NAME.json` beside it. The note is written first, and a piece is there
/// once its MIDI file is: whole, or not at all. Names are never taken twice.
public struct FavouriteStore: Hashable, Sendable {
  /// The folder; made where it does not exist.
  ///
  /// Empty where the user has no home: such a store is empty, and takes nothing.
  public let folder: String

  private static let (music, note) = (".mid", ".json")
  /// The most bytes of a note that is read.
  private static let longestNote = 1 << 20
  /// The most bytes of a name, so that endings and numbers have room beside it.
  private static let longestName = 120

  /// Creates a store in a folder.
  public init(folder: String) { self.folder = folder }

  /// The user's store: `$MUSEGEN_FAVOURITES`, else `musegen/favourites` in `$XDG_DATA_HOME` or in
  /// `~/.local/share`.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the store, whether it exists or not.
  public static func standard(environment: [String: String]? = nil) -> FavouriteStore {
    let environment = environment ?? processEnvironment()
    if let folder = environment["MUSEGEN_FAVOURITES"], !folder.isEmpty {
      return FavouriteStore(folder: folder)
    }
    let data = userDataFolder(environment: environment)
    return FavouriteStore(folder: data.map { $0 + "/musegen/favourites" } ?? "")
  }

  /// The favourites by name, and the notes that cannot be read.
  public func list() -> (favourites: [Favourite], unreadable: [String]) {
    var favourites: [Favourite] = []
    var unreadable: [String] = []
    for file in (try? listFolder(at: folder)) ?? []
    where file.hasSuffix(Self.music) && !file.hasPrefix(".") && fileKind(at: path(file)) == .file {
      var favourite = Favourite(
        name: String(file.dropLast(Self.music.count)), path: path(file))
      let notePath = path(favourite.name + Self.note)
      if isNameTaken(notePath) {
        let bytes = try? readFile(at: notePath, limit: Self.longestNote)
        if let note = bytes.flatMap({ FavouriteNote($0) }) {
          favourite.note = note
        } else {
          unreadable.append(notePath)
        }
      }
      favourites.append(favourite)
    }
    return (favourites, unreadable)
  }

  /// The favourite of a name.
  public subscript(name: String) -> Favourite? {
    list().favourites.first { $0.name.systemPath == name.systemPath }
  }

  /// Keeps a piece, unless it is kept already.
  ///
  /// - Parameters:
  ///   - midi: the bytes of its MIDI file.
  ///   - proposal: what it might be called; where another piece has the name, a number follows it.
  ///   - note: what is known of it, once it has a name.
  /// - Returns: the favourite, and whether it is new: one with the same bytes and name counts as the same.
  /// - Throws: ``FileError`` where it cannot be written.
  public func add(
    _ midi: [UInt8], named proposal: String, note: (_ name: String) -> FavouriteNote
  ) throws(FileError) -> (favourite: Favourite, isNew: Bool) {
    guard !folder.isEmpty else { throw FileError(.createFolder, path: "favourites", errno: ENOENT) }
    try createFolder(at: folder)
    let base = Self.name(proposal)
    var number = 0
    while true {
      number += 1
      let name = number == 1 ? base : base.numbered(number)
      var favourite = Favourite(name: name, path: path(name + Self.music))
      if isNameTaken(favourite.path) {
        if let bytes = try? readFile(at: favourite.path, limit: midi.count + 1), bytes == midi,
          let same = self[name]
        {
          return (same, false)
        }
        continue
      }
      favourite.note = note(name)
      let notePath = path(name + Self.note)
      do {
        try writeFile(favourite.note.bytes, at: notePath, replacement: .never)
      } catch {
        if error.errno == EEXIST { continue }
        throw error
      }
      do {
        try writeFile(midi, at: favourite.path, replacement: .never)
        return (favourite, true)
      } catch {
        try removeFile(at: notePath)
        if error.errno == EEXIST { continue }
        throw error
      }
    }
  }

  /// Rates a favourite.
  ///
  /// - Parameters:
  ///   - favourite: one of this store's.
  ///   - rating: one of ``FavouriteNote/ratings``; nil for none.
  /// - Returns: the favourite with its rating.
  /// - Throws: ``FileError`` where its note cannot be written.
  @discardableResult
  public func rate(_ favourite: Favourite, _ rating: Int?) throws(FileError) -> Favourite {
    precondition(rating.map(FavouriteNote.ratings.contains) ?? true, "ratings lie in 1...5")
    var favourite = favourite
    favourite.note.rating = rating
    try writeFile(favourite.note.bytes, at: path(favourite.name + Self.note))
    return favourite
  }

  /// Removes a favourite.
  ///
  /// - Throws: ``FileError`` where it cannot be removed.
  public func remove(_ favourite: Favourite) throws(FileError) {
    // Without its note it would still be a favourite; without its music it is none.
    try removeFile(at: path(favourite.name + Self.music))
    try removeFile(at: path(favourite.name + Self.note))
  }

  private func path(_ file: String) -> String { "\(folder)/\(file)" }

  /// A text as a name: without what a path or a terminal takes for something else, and not too long.
  private static func name(_ proposal: String) -> String {
    var name = ""
    for scalar in proposal.unicodeScalars {
      let isPlain = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      let piece = isPlain || "-_.,'()+ ".unicodeScalars.contains(scalar) ? String(scalar) : "-"
      if name.utf8.count + piece.utf8.count > longestName { break }
      name += piece
    }
    name = String(name.drop { $0 == "." || $0 == " " || $0 == "-" })
    while name.last == " " { name.removeLast() }
    return name.isEmpty ? "piece" : name
  }
}
