import FileStorage
public import Settings
import Reproducibility

/// Which pieces of a corpus are kept apart to measure on.
public enum HeldOut: Hashable, Sendable {
  /// This share of all pieces, 0 to 1, chosen by their notes.
  case fraction(Double)
  /// Those that were found by one of these arguments, or stand under one of these paths.
  case named([String])
  /// Those whose path stands under this one, and no copies of them: how runs of version 0.2 were parted.
  ///
  /// It is read from their files, so that they go on as they began.
  case folder(String)

  /// The names of what is held out; none where pieces are drawn by lot.
  public var names: [String] { if case .named(let names) = self { names } else { [] } }

  /// The same without the folders above each name.
  public var withoutPath: HeldOut {
    func name(_ path: String) -> String {
      let last = fileName(of: absolutePath(path))
      return last.isEmpty ? "/" : last
    }
    return switch self {
    case .fraction: self
    case .named(let names): .named(names.map(name))
    case .folder(let folder): .folder(name(folder))
    }
  }
}

/// The form in which settings keep it: `{"fraction":{"_0":0.1}}`, `{"named":{"_0":["valid"]}}`.
extension HeldOut: Codable {
  private enum Key: String, CodingKey {
    case fraction, folder, named
    case value = "_0"
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func value<Value: Decodable>(_ key: Key) throws -> Value {
      try container.nestedContainer(keyedBy: Key.self, forKey: key)
        .decode(Value.self, forKey: .value)
    }
    if container.contains(.fraction) {
      self = .fraction(try value(.fraction))
    } else if container.contains(.folder) {
      self = .folder(try value(.folder))
    } else {
      self = .named(try value(.named))
    }
  }

  /// Writes the choice.
  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    func write(_ value: some Encodable, _ key: Key) throws {
      var nested = container.nestedContainer(keyedBy: Key.self, forKey: key)
      try nested.encode(value, forKey: .value)
    }
    switch self {
    case .fraction(let fraction): try write(fraction, .fraction)
    case .named(let names): try write(names, .named)
    case .folder(let folder): try write(folder, .folder)
    }
  }
}

/// The pieces of a corpus, parted into those to train on and those to measure on.
///
/// No piece, and no duplicate of one, stands on both sides; only runs begun with version 0.2 may have
/// duplicates there. Duplicates have equal ``Piece/noteHash``,
/// which is exact: another performance, or a version with one note more, is another piece.
public struct Split: Hashable, Sendable {
  /// The numbers of the pieces to train on, rising.
  public let train: [Int]
  /// The numbers of the pieces to measure on, rising.
  public let valid: [Int]
  /// The numbers of the pieces on neither side, rising: duplicates of pieces that were held out by
  /// name, while they themselves were not.
  public let leftOut: [Int]
}

extension Corpus {
  /// The pieces that are the same music, also transposed, at another tempo or with other velocities:
  /// each list of two pieces or more by index.
  public var duplicates: [[Int]] {
    Dictionary(grouping: pieces.indices) { pieces[$0].noteHash }.values
      .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  /// Parts the pieces into those to train on and those to measure on.
  ///
  /// - Parameter heldOut: which ones to measure on.
  /// - Returns: the two sides.
  /// - Throws: `SettingError` where a name means no piece of the corpus.
  public func split(_ heldOut: HeldOut) throws(SettingError) -> Split {
    switch heldOut {
    case .fraction(let fraction): split(holdingOut: fraction)
    case .named(let names): try split(holdingOut: names)
    case .folder(let folder): split(holdingOutFolder: folder)
    }
  }

  private func split(holdingOutFolder folder: String) -> Split {
    let working = currentFolder()
    let above = absolutePath(folder, in: working).systemPath
    let isHeldOut = pieces.map {
      absolutePath($0.path, in: working).systemPath.isPath(below: above)
    }
    return Split(
      train: pieces.indices.filter { !isHeldOut[$0] },
      valid: pieces.indices.filter { isHeldOut[$0] }, leftOut: [])
  }

  private func split(holdingOut names: [String]) throws(SettingError) -> Split {
    let folder = currentFolder()
    // Paths are compared by their bytes, as the system does.
    let paths = pieces.map { absolutePath($0.path, in: folder).systemPath }
    let files = pieces.map { absolutePath($0.source.file, in: folder).systemPath }
    var isHeldOut = Array(repeating: false, count: pieces.count)
    for name in names {
      let path = absolutePath(name, in: folder).systemPath
      var isFound = false
      for (index, piece) in pieces.enumerated() {
        guard
          piece.source.arguments.contains(where: { $0.utf8.elementsEqual(name.utf8) })
            || paths[index].isPath(below: path) || files[index] == path
        else { continue }
        isHeldOut[index] = true
        isFound = true
      }
      try SettingError.check("heldOut", name, isFound, "what names pieces of the corpus")
    }
    let valid = pieces.indices.filter { isHeldOut[$0] }
    let known = Set(valid.map { pieces[$0].noteHash })
    let others = pieces.indices.filter { !isHeldOut[$0] }
    return Split(
      train: others.filter { !known.contains(pieces[$0].noteHash) }, valid: valid,
      leftOut: others.filter { known.contains(pieces[$0].noteHash) })
  }

  /// Parts the pieces by lot.
  ///
  /// Each piece's lot depends on its notes alone, so it keeps it when files are added, moved or
  /// renamed, and the same music falls to one side, also transposed. The fraction is therefore met
  /// only on average; but where there is anything to part, neither side is empty.
  private func split(holdingOut fraction: Double) -> Split {
    let lots = pieces.map { Double(splitMix64($0.noteHash) >> 11) * 0x1p-53 }
    var threshold = fraction
    let distinct = Set(lots).sorted()
    if fraction > 0, fraction < 1, distinct.count > 1 {
      let least = distinct[0].nextUp
      let most = distinct[distinct.count - 1]
      threshold = min(max(threshold, least), most)
    } else if fraction < 1 {
      // One tune alone is there to be learned.
      threshold = 0
    }
    return Split(
      train: pieces.indices.filter { lots[$0] >= threshold },
      valid: pieces.indices.filter { lots[$0] < threshold }, leftOut: [])
  }
}

extension [UInt8] {
  /// Whether an absolute path is another one or stands below it.
  fileprivate func isPath(below path: [UInt8]) -> Bool {
    starts(with: path)
      && (count == path.count || path.count == 1 || self[path.count] == UInt8(ascii: "/"))
  }
}
