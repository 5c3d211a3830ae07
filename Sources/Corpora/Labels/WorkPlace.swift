import FileStorage

/// Where a piece stands, as far as that tells which others are movements of the same work.
struct WorkPlace {
  /// The folder it stands in.
  private let folder: String
  /// Its name without what may be a movement's number.
  private let name: String
  /// Whether its folder is not the one that gives the label.
  private let isInFolderOfItsOwn: Bool
  private let path: String

  /// More pieces than this in a folder, or of one name but for a number, are a collection and no work.
  private static let mostMovements = 32

  init(_ piece: PieceSource, depthBelowLabel depth: Int) {
    path = piece.path
    folder = FileStorage.folder(of: absolutePath(piece.file))
    name =
      piece.isABC
      ? piece.path : Self.withoutMovement(fileName(of: pathWithoutExtension(piece.file)))
    isInFolderOfItsOwn = depth > 0
  }

  /// The work of each place: equal texts for equal works.
  ///
  /// A folder below that of a label is a work, as in `schubert/winterreise/1.mid`, and so are the pieces of
  /// one folder whose names are the same but for a number at their end.
  static func works(of places: [WorkPlace]) -> [String] {
    let folders = Dictionary(grouping: places, by: { $0.folder }).mapValues(\.count)
    let names = Dictionary(grouping: places, by: { $0.folder + "/" + $0.name }).mapValues(\.count)
    return places.map { place in
      if place.isInFolderOfItsOwn, folders[place.folder, default: 0] <= mostMovements {
        return place.folder + "/"
      }
      let name = place.folder + "/" + place.name
      return names[name, default: 0] <= mostMovements ? name : place.path
    }
  }

  /// A name in lower case without a movement's number at its end: `mond` of `mond_1`, `op27no2` of
  /// `op27no2_mvt1`, `suite` of `Suite-IV`.
  ///
  /// Numbers of three digits, and those that follow a word such as op, no or BWV, are a work's own.
  static func withoutMovement(_ name: String) -> String {
    let separators: Set<Character> = ["_", "-", " ", ".", ","]
    let name = name.lowercased()
    var head = Substring(name)
    func trim(_ text: Substring) -> Substring {
      var text = text
      while let last = text.last, separators.contains(last) { text.removeLast() }
      return text
    }
    let digits = head.reversed().prefix { ("0"..."9").contains($0) }.count
    if digits > 0 {
      guard digits < 3 else { return name }
      head = head.dropLast(digits)
    } else {
      let numeral = head.reversed().prefix { "ivx".contains($0) }.count
      let before = head.dropLast(numeral)
      // A numeral's letters end many a word.
      guard numeral > 0, let last = before.last, separators.contains(last) else { return name }
      head = before
    }
    head = trim(head)
    let word = String(head.reversed().prefix { $0.isLetter }.reversed())
    if catalogues.contains(word) { return name }
    if movements.contains(word), word.count < head.count { head = trim(head.dropLast(word.count)) }
    return head.isEmpty ? name : String(head)
  }

  /// What stands before the number of a whole work.
  private static let catalogues: Set = [
    "op", "opus", "no", "nr", "bwv", "hwv", "rv", "k", "kv", "d", "hob", "woo", "s", "l",
  ]
  /// What stands before the number of a movement.
  private static let movements: Set = [
    "mvt", "mov", "movt", "movement", "satz", "part", "teil", "tempo",
  ]
}
