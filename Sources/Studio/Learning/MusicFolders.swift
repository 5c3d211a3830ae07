import FileStorage
import FlyingFox
import MuseGen
import MusicXML

/// The music that models learn from: files that were handed in, a folder for each collection.
actor MusicFolders {
  private let folder: String

  /// What is told of a collection.
  struct Collection: Encodable {
    var name: String
    var files: Int
  }

  /// How deep folders lie in a collection, and how long a part of a name may be.
  private static let (deepest, longest) = (8, 200)

  init(folder: String) { self.folder = "\(folder)/music" }

  /// The collections, by name.
  var all: [Collection] {
    let names = (try? listFolder(at: folder)) ?? []
    return names.filter(TrainingOrder.isName).sorted().map {
      Collection(name: $0, files: Self.count(in: "\(folder)/\($0)", depth: Self.deepest))
    }
  }

  /// Where a collection is; nil where there is none of that name.
  func path(of name: String) -> String? {
    guard TrainingOrder.isName(name), fileKind(at: "\(folder)/\(name)") == .folder else {
      return nil
    }
    return "\(folder)/\(name)"
  }

  /// Takes in a file.
  ///
  /// - Parameters:
  ///   - bytes: its content.
  ///   - file: its name, with the folders in which it lies in its collection.
  ///   - name: the collection's.
  /// - Throws: ``Refusal`` where it cannot have such a name or is no music, `FileError` where it cannot be written.
  func add(_ bytes: [UInt8], as file: String, to name: String) throws {
    guard TrainingOrder.isName(name) else {
      throw Refusal(
        .unprocessableContent,
        "the collection is called \"\(name)\", expected small letters, digits, hyphens and underscores"
      )
    }
    let parts = file.split(separator: "/").map { PieceRecord.cleanName(String($0)) ?? "" }
    guard 1...Self.deepest ~= parts.count,
      parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && $0.utf8.count <= Self.longest }),
      Self.isMusic(bytes, named: parts.last ?? "")
    else {
      throw Refusal(
        .unprocessableContent,
        "\(file): cannot be taken in, expected a MIDI, MusicXML or ABC file of such a name")
    }
    let path = ([folder, name] + parts).joined(separator: "/")
    try createFolder(at: FileStorage.folder(of: path))
    try writeFile(bytes, at: path)
  }

  /// Whether a file is found as music where it is learned from: by its name, of one called `.xml` by its beginning.
  private static func isMusic(_ bytes: [UInt8], named name: String) -> Bool {
    let ending = fileExtension(of: name).lowercased()
    return MIDIFileFinder.endings.contains(ending)
      || ending == "xml" && PartwiseScore.isNamed(in: Array(bytes.prefix(4_096)))
  }

  /// Removes a collection.
  func remove(_ name: String) throws {
    guard let path = path(of: name) else { throw Refusal.notFound }
    try removeFolder(at: path)
  }

  private static func count(in path: String, depth: Int) -> Int {
    guard depth > 0 else { return 0 }
    return ((try? listFolder(at: path)) ?? []).reduce(0) { sum, name in
      switch fileKind(at: "\(path)/\(name)") {
      case .folder: sum + count(in: "\(path)/\(name)", depth: depth - 1)
      case .file: sum + 1
      default: sum
      }
    }
  }
}
