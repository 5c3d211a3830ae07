import FileStorage
import FlyingFox
import Foundation
import MuseGen

/// The user's pieces on the disk: a folder each, which is there whole or not at all.
actor PieceShelf {
  private let folder: String
  private var records: [String: PieceRecord] = [:]
  /// The pieces that were looked at last, read.
  private var scores: [(id: String, score: Score)] = []
  /// What could not be read, a line each.
  private(set) var cautions: [String] = []

  private static let (music, record, source) = ("piece.mid", "piece.json", "source.mid")
  private static let keptScores = 8
  /// The most bytes of a piece on the shelf.
  private static let longestPiece = 64 << 20

  /// Opens the shelf, and empties its bin.
  ///
  /// - Throws: `FileError` where the folder cannot be made or listed.
  init(folder: String) throws(FileError) {
    self.folder = "\(folder)/pieces"
    try createFolder(at: self.folder)
    for name in try listFolder(at: self.folder) where Self.isID(name) {
      let path = "\(self.folder)/\(name)"
      do {
        let data = Data(try readFile(at: "\(path)/\(Self.record)", limit: 1 << 20))
        let record = try JSONDecoder().decode(PieceRecord.self, from: data)
        guard record.id == name else { throw FileError(.read, path: path, errno: EINVAL) }
        if record.isDeleted { try removeFolder(at: path) } else { records[name] = record }
      } catch {
        cautions.append("\(path): cannot be read, left out")
      }
    }
  }

  /// Whether a text is the name of a piece, and so leads out of no folder.
  static func isID(_ text: String) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// All records, the newest first.
  var all: [PieceRecord] { records.values.sorted { ($1.created, $1.id) < ($0.created, $0.id) } }

  subscript(id: String) -> PieceRecord? { records[id] }

  /// Where a piece's notes are.
  nonisolated func path(of id: String) -> String { "\(folder)/\(id)/\(Self.music)" }

  /// Where the piece is that a piece was written upon, as it was then.
  nonisolated func sourcePath(of id: String) -> String { "\(folder)/\(id)/\(Self.source)" }

  /// The file of a piece.
  func bytes(of id: String) throws -> [UInt8] {
    guard records[id] != nil else { throw Refusal.notFound }
    return try readFile(at: path(of: id), limit: Self.longestPiece)
  }

  /// The notes of a piece.
  func score(of id: String) throws -> Score {
    if let kept = scores.first(where: { $0.id == id }) { return kept.score }
    let score = Score(try MIDIFile(bytes: try bytes(of: id)))
    keep(score, id)
    return score
  }

  private func keep(_ score: Score, _ id: String) {
    scores.removeAll { $0.id == id }
    scores.append((id, score))
    if scores.count > Self.keptScores { scores.removeFirst() }
  }

  /// Puts a new piece on the shelf.
  ///
  /// - Parameters:
  ///   - record: what is known of it; its notes and length are counted here.
  ///   - score: its notes.
  ///   - bytes: its file; nil for one made of the score.
  ///   - source: the file of the piece that it was written upon.
  /// - Returns: the record.
  /// - Throws: `FileError` where it cannot be written.
  @discardableResult
  func add(
    _ record: PieceRecord, _ score: Score, bytes: [UInt8]? = nil, source: [UInt8]? = nil
  ) throws -> PieceRecord {
    let bytes = bytes ?? score.midiFile().bytes()
    // What is shown is what a file tells.
    let read = Score(try MIDIFile(bytes: bytes))
    let record = record.counting(read)
    var folder = try AtomicFolder(path: "\(folder)/\(record.id)")
    try folder.write(bytes, at: Self.music)
    if let source { try folder.write(source, at: Self.source) }
    try folder.write(try Self.encode(record), at: Self.record)
    try folder.commit()
    records[record.id] = record
    keep(read, record.id)
    return record
  }

  /// Changes what is known of a piece.
  @discardableResult
  func change(_ id: String, _ body: (inout PieceRecord) -> Void) throws -> PieceRecord {
    guard var record = records[id] else { throw Refusal.notFound }
    body(&record)
    try writeFile(try Self.encode(record), at: "\(folder)/\(id)/\(Self.record)")
    records[id] = record
    return record
  }

  /// Throws a piece away, which can be taken back until the studio is closed.
  @discardableResult
  func throwAway(_ id: String) throws -> PieceRecord { try change(id) { $0.isDeleted = true } }

  /// Locks what of a piece is to stay as it is, and nothing else.
  func lock(_ id: String, _ locks: PieceLocks) throws -> PieceRecord {
    let locks = try locks.checked(in: try score(of: id))
    return try change(id) { $0.locks = locks.isEmpty ? nil : locks }
  }

  /// Puts other notes in the place of a piece's.
  ///
  /// - Returns: whether that was done: what was changed by hand or thrown away meanwhile stays so.
  func replace(_ id: String, _ score: Score) throws -> Bool {
    guard let known = records[id], !known.isDeleted, known.edits == 0, known.locks == nil else {
      return false
    }
    let bytes = score.midiFile().bytes()
    let read = Score(try MIDIFile(bytes: bytes))
    try write(bytes, read, of: known)
    return true
  }

  /// Writes other notes of a piece, and what is known of it with them.
  ///
  /// The record goes first: should the notes not follow, it rather counts a change too many than one too few, after
  /// which what was changed by hand could be written over.
  @discardableResult
  private func write(
    _ bytes: [UInt8], _ score: Score, of known: PieceRecord,
    _ body: (inout PieceRecord) -> Void = { _ in }
  ) throws -> PieceRecord {
    let record = try change(known.id) { record in
      record = record.counting(score)
      body(&record)
    }
    do {
      try writeFile(bytes, at: path(of: known.id))
    } catch {
      _ = try? change(known.id) { $0 = known }
      throw error
    }
    keep(score, known.id)
    return record
  }

  /// Changes the notes of a piece by hand.
  ///
  /// - Returns: the record, and what has become of the notes.
  func edit(_ id: String, _ edit: NoteEdit) throws -> (record: PieceRecord, change: NoteEdit) {
    guard let known = records[id] else { throw Refusal.notFound }
    let before = try score(of: id)
    let end = known.unchangedEnd ?? before.endTick
    let score = try edit.applied(to: before, endingFrom: end)
    let bytes = score.midiFile().bytes()
    let read = Score(try MIDIFile(bytes: bytes))
    guard known.locks?.areKept(from: before, in: read) ?? true else {
      throw Refusal(.conflict, "this would change what is locked; unlock it first")
    }
    let record = try write(bytes, read, of: known) { record in
      record.edits += 1
      record.unchangedEnd = end
    }
    return (record, NoteEdit(from: before, to: read))
  }

  private static func encode(_ record: PieceRecord) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return Array(try encoder.encode(record))
  }
}

extension PieceRecord {
  /// The record with a score's notes, length and bars.
  fileprivate func counting(_ score: Score) -> PieceRecord {
    var record = self
    record.notes = score.tracks.reduce(0) { $0 + $1.notes.count }
    record.seconds = score.duration
    record.bars = score.barCount
    return record
  }
}
