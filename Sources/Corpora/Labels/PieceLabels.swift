import FileStorage

/// What each of some pieces is called, and which pieces are parts of one work.
public struct PieceLabels: Sendable {
  /// What is said of one piece.
  public struct Entry: Hashable, Sendable {
    /// The label.
    public var label: String
    /// What the pieces of its work, and no others, have in common.
    public var work: String
  }

  private var entries: [[UInt8]: Entry] = [:]

  /// The column of a table that names a piece's work; pieces of one work stand on one side of a split.
  public static let workColumn = "work"

  /// What is said of a piece; nil where nothing is.
  public subscript(piece: PieceSource) -> Entry? { entries[piece.path.systemPath] }

  /// Labels pieces by the sub-folders of the folders that were named.
  ///
  /// What stands in `music/folk`, at any depth, is `folk`, where `music` was named. A piece that was named by
  /// itself or by a pattern has the label of its own folder.
  ///
  /// - Parameter pieces: the pieces, as they were found.
  /// - Throws: ``LabelError`` for a piece that stands in no sub-folder.
  /// - Complexity: O(p) for p pieces.
  public init(foldersOf pieces: [PieceSource]) throws(LabelError) {
    let working = currentFolder()
    var isFolder: [[UInt8]: Bool] = [:]
    var unlabelled: [String] = []
    var places: [WorkPlace] = []
    var labels: [String] = []
    for piece in pieces {
      let names = pathNames(absolutePath(piece.file, in: working))
      var depth: Int?
      for argument in piece.arguments where depth == nil {
        let key = argument.systemPath
        let isOne = isFolder[key] ?? (fileKind(at: argument) == .folder)
        isFolder[key] = isOne
        let above = pathNames(absolutePath(argument, in: working))
        if isOne, names.map(\.systemPath).starts(with: above.map(\.systemPath)) {
          depth = above.count
        }
      }
      let place = depth ?? names.count - 2
      guard place >= 0, place < names.count - 1 else {
        unlabelled.append(piece.path)
        continue
      }
      labels.append(names[place])
      places.append(WorkPlace(piece, depthBelowLabel: names.count - place - 2))
    }
    if let first = unlabelled.first {
      throw LabelError(.inNoFolder(others: unlabelled.count - 1), path: first)
    }
    let works = WorkPlace.works(of: places)
    for (index, piece) in pieces.enumerated() {
      entries[piece.path.systemPath] = Entry(label: labels[index], work: works[index])
    }
  }

  /// Labels pieces by a table; those that it does not speak of have no label.
  ///
  /// A column `work` tells which pieces are one work; where there is none, or it is empty, their names do.
  ///
  /// - Parameters:
  ///   - table: the table.
  ///   - column: the column of the labels.
  ///   - pieces: the pieces, as they were found.
  ///   - folders: what was named, from which the table's files count.
  /// - Throws: ``LabelError`` where the table does not fit the pieces.
  public init(
    _ table: LabelTable, column: String, of pieces: [PieceSource], in folders: [String]
  ) throws(LabelError) {
    let labels = try table.values(ofColumn: column)
    let rows = try table.rows(of: pieces, in: folders)
    let works = WorkPlace.works(of: pieces.map { WorkPlace($0, depthBelowLabel: 0) })
    for (index, piece) in pieces.enumerated() {
      guard let row = rows[index] else { continue }
      let named = table[row, Self.workColumn].map { "\(labels[row])\n\($0)" }
      entries[piece.path.systemPath] = Entry(label: labels[row], work: named ?? works[index])
    }
  }
}
