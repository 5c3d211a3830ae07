public import Corpora
import Archives
public import Downloads
import FileStorage
import Glibc
import Reproducibility

extension CollectionStore {
  /// Puts a collection of the user's own into the store.
  ///
  /// - Parameters:
  ///   - source: the address or path of an archive or a music file, or a folder, whose music files are
  ///     copied.
  ///   - name: the collection's name.
  ///   - licence: its licence, where it is known.
  ///   - progress: called now and then while it is downloaded.
  ///   - leftOut: called with each music file of a folder that cannot be copied: what is no file, is
  ///     larger than 64 MB or cannot be read; and with each folder below it that cannot be listed.
  /// - Returns: the collection as it is there.
  /// - Throws: ``CollectionError`` where it does not come, has no music, is there already, or the task
  ///   is cancelled.
  public func add(
    _ source: String, name: String, licence: String? = nil,
    progress: @escaping (Download.Progress) -> Void = { _ in },
    leftOut: (CorpusError) -> Void = { _ in }
  ) throws(CollectionError) -> StoredCollection {
    try checkIsFree(name)
    var record = StoredCollection(name: name, source: source, licence: licence, files: 0)
    if source.hasPrefix("https://") || source.hasPrefix("http://") {
      return try fetch(
        &record, from: source, sha256: nil, keeps: { _ in true }, progress: progress)
    }
    record.source = absolutePath(source)
    do {
      switch fileKind(at: source) {
      case .file:
        // Told before hours are spent on a checksum.
        let limits = UnpackingLimits()
        let limit = MusicFileName.isMusic(source) ? limits.fileBytes : limits.bytes
        if let size = fileSize(at: source), size > limit {
          throw FileError(.read, path: source, errno: EFBIG)
        }
        record.sha256 = try SHA256.hexadecimal(ofFile: source)
        return try keep(
          record, file: source, name: FileStorage.fileName(of: source), keeps: { _ in true })
      case .folder: return try copy(record, folder: source, leftOut: leftOut)
      // It is read twice, for its checksum and to be unpacked.
      case .pipe, .socket, .device: throw FileError(.read, path: source, errno: EINVAL)
      case .brokenLink, nil: throw CollectionError(.missing, subject: source)
      }
    } catch {
      throw CollectionError(wrapping: error, subject: source)
    }
  }

  /// Puts an archive's files, or a single music file, into the store.
  func keep(
    _ record: StoredCollection, file: String, name: String, keeps: (String) -> Bool
  ) throws -> StoredCollection {
    var target = try AtomicFolder(path: path(of: record.name))
    if MusicFileName.isMusic(name) || PieceSource.isMusicXML(file) {
      try target.write(readFile(at: file, limit: UnpackingLimits().fileBytes), at: name)
    } else {
      _ = try unpackArchive(at: file, into: &target) { path in
        MusicFileName.isMusic(path) || MusicFileName.mayBeScore(path)
          ? keeps(path) : MusicFileName.isDocument(path)
      }
    }
    return try commit(record, in: &target)
  }

  private func copy(
    _ record: StoredCollection, folder source: String, leftOut: (CorpusError) -> Void
  ) throws -> StoredCollection {
    var target = try AtomicFolder(path: path(of: record.name))
    var open: [(path: String, name: String)] = [(source, "")]
    var seen: Set<FileIdentity> = []
    while let next = open.popLast() {
      guard !Task.isCancelled else { throw CollectionError(.cancelled, subject: source) }
      // Links are followed, as in training, and may lead in a circle.
      if let identity = FileIdentity(path: next.path), !seen.insert(identity).inserted { continue }
      let entries: [String]
      do {
        entries = try listFolder(at: next.path)
      } catch {
        if next.name.isEmpty { throw error }
        leftOut(CorpusError(.unreadable(error), path: next.path))
        continue
      }
      for entry in entries where !entry.hasPrefix(".") {
        let path = "\(next.path)/\(entry)"
        let name = next.name + entry
        switch fileKind(at: path) {
        case .folder: open.append((path, name + "/"))
        case .file
        where MusicFileName.isMusic(entry) || MusicFileName.isDocument(entry)
          || PieceSource.isMusicXML(path):
          let content: [UInt8]
          do {
            content = try readFile(at: path, limit: UnpackingLimits().fileBytes)
          } catch {
            if error.isCancelled { throw error }
            leftOut(CorpusError(.unreadable(error), path: path))
            continue
          }
          try target.write(content, at: name)
        case .file: break
        case let kind:
          if MusicFileName.isMusic(entry) {
            leftOut(CorpusError(.noPlainFile(kind ?? .brokenLink), path: path))
          }
        }
      }
    }
    return try commit(record, in: &target)
  }

  private func commit(
    _ record: StoredCollection, in target: inout AtomicFolder
  ) throws -> StoredCollection {
    var record = record
    // What is there, not what was to be: names come twice, and some cannot be a file's.
    record.files = MusicFileName.countRead(in: target.temporaryPath)
    guard record.files > 0 else { throw CollectionError(.noMusic, subject: record.source) }
    try target.write(
      try CanonicalJSON.encode(record, isPretty: true), at: StoredCollection.fileName)
    try target.commit()
    return record
  }
}

/// What a file of a collection is, by its name.
enum MusicFileName {
  private static let musicEndings = Set(MIDIFileFinder.endings)
  private static let documentEndings: Set = ["md", "txt", "adoc", "csv", "tsv"]
  private static let documentNames: Set = [
    "license", "licence", "copying", "readme", "notes", "credits",
  ]

  static func isMusic(_ path: String) -> Bool {
    musicEndings.contains(ending(path)) && !isHidden(path)
  }

  /// Whether it tells of the music: licences, indices, the names to thank.
  static func isDocument(_ path: String) -> Bool {
    let name = FileStorage.fileName(of: path).lowercased()
    return !isHidden(path)
      && (documentEndings.contains(ending(path)) || documentNames.contains(name))
  }

  /// Archives made on a Mac hold a shadow of every file: `__MACOSX/._name`.
  private static func isHidden(_ path: String) -> Bool {
    pathNames(path).contains { $0.utf8.first == UInt8(ascii: ".") || $0 == "__MACOSX" }
  }

  /// Whether it may be a score in MusicXML, which the ending does not tell.
  static func mayBeScore(_ path: String) -> Bool { ending(path) == "xml" && !isHidden(path) }

  /// Counts the music files in a folder and those below it that are read: not those that MIDI files beside them
  /// were made of.
  static func countRead(in folder: String) -> Int {
    let found = try? MIDIFileFinder().find([folder])
    return Set((found?.pieces ?? []).map { $0.file.systemPath }).count
  }

  private static func ending(_ path: String) -> String {
    fileExtension(of: path).lowercased()
  }
}
