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

/// What counts as the same music where pieces are parted.
public enum Likeness: String, Hashable, Sendable, Codable {
  /// The same notes, also transposed, at another tempo or with other velocities: equal
  /// ``Piece/noteHash``.
  case exact
  /// That, and pieces that are retuned by a note or two, or share most of their notes by passages; where a share is
  /// held out, also pieces that a table of styles calls one work, and those that say so themselves.
  case near
}

/// The pieces of a corpus, parted into those to train on and those to measure on.
///
/// No piece, and nothing that is like one, stands on both sides: but for runs of version 0.2, and but for
/// near-duplicates where a folder or a collection to measure on was named beside the music to train on.
public struct Split: Hashable, Sendable {
  /// The numbers of the pieces to train on, rising.
  public let train: [Int]
  /// The numbers of the pieces to measure on, rising.
  public let valid: [Int]
  /// The numbers of the pieces on neither side, rising: those like pieces that were held out by
  /// name, while they themselves were not.
  public let leftOut: [Int]
  /// The numbers of the pieces to measure on that have near-duplicates among those to train on, rising.
  public let nearTraining: [Int]

  init(train: [Int], valid: [Int], leftOut: [Int] = [], nearTraining: [Int] = []) {
    self.train = train
    self.valid = valid
    self.leftOut = leftOut
    self.nearTraining = nearTraining
  }
}

extension Corpus {
  /// The pieces that are the same music, also transposed, at another tempo or with other velocities:
  /// each list of two pieces or more by index.
  ///
  /// A file that is read with a part given and whole is no duplicate of itself.
  public var duplicates: [[Int]] { lists(ofGroups: pieces.map(\.noteHash)) }

  /// The pieces that are the same music or nearly so: each list of two pieces or more by index.
  ///
  /// A file that is read with a part given and whole is no duplicate of itself.
  ///
  /// - Complexity: O(n log n) for the n notes of all pieces, the first time.
  public var nearDuplicates: [[Int]] {
    let groups = nearGroups
    // A group's number is its first piece's; most pieces are groups of their own, and need no list.
    var sizes = [Int](repeating: 0, count: groups.count)
    for group in groups { sizes[group] += 1 }
    return lists(ofGroups: groups) { sizes[groups[$0]] > 1 }
  }

  /// The pieces of each group of two or more, each file once.
  private func lists(
    ofGroups groups: [some Hashable], among isListed: (Int) -> Bool = { _ in true }
  ) -> [[Int]] {
    let files = pieces.indices.filter { isListed($0) && !isSecondReading($0) }
    return Dictionary(grouping: files) { groups[$0] }.values
      .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  /// Another piece of some that a piece is like; the same music before what is nearly so.
  ///
  /// - Parameters:
  ///   - piece: the piece's number.
  ///   - others: the numbers of the pieces to look among.
  /// - Returns: the other one's number; nil where none is like it.
  public func piece(like piece: Int, among others: [Int]) -> Int? {
    let groups = nearGroups
    return others.first { $0 != piece && pieces[$0].noteHash == pieces[piece].noteHash }
      ?? others.first { $0 != piece && groups[$0] == groups[piece] }
  }

  /// Parts the pieces into those to train on and those to measure on.
  ///
  /// - Parameters:
  ///   - heldOut: which ones to measure on.
  ///   - likeness: what must not stand on both sides.
  /// - Returns: the two sides.
  /// - Throws: `SettingError` where a name means no piece of the corpus.
  public func split(
    _ heldOut: HeldOut, keepingTogether likeness: Likeness = .near
  ) throws(SettingError) -> Split {
    switch heldOut {
    case .fraction(let fraction): split(holdingOut: fraction, likeness)
    case .named(let names): try split(holdingOut: names, likeness)
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
      valid: pieces.indices.filter { isHeldOut[$0] })
  }

  private func split(
    holdingOut names: [String], _ likeness: Likeness
  ) throws(SettingError) -> Split {
    let folder = currentFolder()
    // Paths are compared by their bytes, as the system does.
    let paths = pieces.map { absolutePath($0.path, in: folder).systemPath }
    let files = pieces.map { absolutePath($0.source.file, in: folder).systemPath }
    var isHeldOut = Array(repeating: false, count: pieces.count)
    // Whether only folders and collections name it.
    var isInFolder = Array(repeating: true, count: pieces.count)
    for name in names {
      let path = absolutePath(name, in: folder).systemPath
      var isFound = false
      for (index, piece) in pieces.enumerated() {
        guard
          piece.source.arguments.contains(where: { $0.utf8.elementsEqual(name.utf8) })
            || paths[index].isPath(below: path) || files[index] == path
        else { continue }
        isHeldOut[index] = true
        if paths[index] == path || files[index] == path || NamePattern.isPattern(name) {
          isInFolder[index] = false
        }
        isFound = true
      }
      try SettingError.check("heldOut", name, isFound, "what names pieces of the corpus")
    }
    let valid = pieces.indices.filter { isHeldOut[$0] }
    let others = pieces.indices.filter { !isHeldOut[$0] }
    let copied = Set(valid.map { pieces[$0].noteHash })
    guard likeness == .near else {
      return Split(
        train: others.filter { !copied.contains(pieces[$0].noteHash) }, valid: valid,
        leftOut: others.filter { copied.contains(pieces[$0].noteHash) })
    }
    let groups = nearGroups
    let known = Set(valid.map { groups[$0] })
    let singled = Set(valid.lazy.filter { !isInFolder[$0] }.map { groups[$0] })
    let sharedArguments = Set(valid.flatMap { pieces[$0].source.arguments.map(\.systemPath) })
    // A piece is named for training where none of its names means anything held out: then both sides are
    // as somebody parted them, and stay so.
    func isNamed(_ piece: Int) -> Bool {
      let arguments = pieces[piece].source.arguments
      return !arguments.isEmpty
        && arguments.allSatisfy { !sharedArguments.contains($0.systemPath) }
    }
    let leftOut = others.filter {
      guard known.contains(groups[$0]) else { return false }
      return copied.contains(pieces[$0].noteHash) || singled.contains(groups[$0]) || !isNamed($0)
    }
    let isLeftOut = Set(leftOut)
    let train = others.filter { !isLeftOut.contains($0) }
    let trained = Set(train.map { groups[$0] })
    return Split(
      train: train, valid: valid, leftOut: leftOut,
      nearTraining: valid.filter { trained.contains(groups[$0]) })
  }

  /// Parts the pieces by lot.
  ///
  /// Each piece's lot depends on its notes alone, so it keeps it when files are added, moved or
  /// renamed, and what is like it falls to the same side: of near-duplicates, and of a work's pieces,
  /// one draws for all. The fraction is therefore met only on average; but where there is anything to
  /// part, neither side is empty.
  private func split(holdingOut fraction: Double, _ likeness: Likeness) -> Split {
    var hashes = pieces.map(\.noteHash)
    if likeness == .near {
      // A group's number is its first piece's.
      let groups = joinedPieces(sharing: pieces.map(\.works), joining: nearGroups)
      var least = hashes
      for (group, hash) in zip(groups, hashes) { least[group] = min(least[group], hash) }
      hashes = groups.map { least[$0] }
    }
    let lots = hashes.map { Double(splitMix64($0) >> 11) * 0x1p-53 }
    var threshold = fraction
    if fraction > 0, fraction < 1, let least = lots.min(), let most = lots.max(), least < most {
      threshold = min(max(threshold, least.nextUp), most)
    } else if fraction < 1 {
      // One tune alone is there to be learned.
      threshold = 0
    }
    return Split(
      train: pieces.indices.filter { lots[$0] >= threshold },
      valid: pieces.indices.filter { lots[$0] < threshold })
  }
}

extension [UInt8] {
  /// Whether an absolute path is another one or stands below it.
  fileprivate func isPath(below path: [UInt8]) -> Bool {
    starts(with: path)
      && (count == path.count || path.count == 1 || self[path.count] == UInt8(ascii: "/"))
  }
}
