public import FileStorage

/// How much an archive may hold.
public struct UnpackingLimits: Hashable, Sendable {
  /// Bytes of all files together.
  public var bytes = 16 << 30
  /// Bytes of one file that is kept.
  public var fileBytes = 64 << 20
  /// Entries of any kind.
  public var entries = 2_000_000
  /// Unpacked bytes for each byte of the archive; MIDI files have about five.
  public var ratio = 100

  /// Creates the default limits, which the largest collections of MIDI files keep.
  public init() {}
}

/// What was done with an archive's entries.
public struct UnpackingReport: Hashable, Sendable {
  /// The files that were written.
  public var files = 0
  /// Their bytes.
  public var bytes = 0
  /// The entries that were left out: not wanted, too large, links, devices, those of which another has
  /// the same name.
  public var skipped = 0

  /// Creates an empty report.
  public init() {}
}

/// Unpacks plain files of a .zip, .tar or .tar.gz into a folder, and nothing else.
///
/// An entry that leads out of the folder condemns the archive; links and devices are left out, and no
/// name is written that holds control characters. Nobody's rights and owners are taken over.
///
/// - Parameters:
///   - path: the archive.
///   - folder: where files go; it is not committed, so an error leaves nothing behind.
///   - limits: how much is allowed.
///   - isWanted: whether to write a file, by its path inside the archive.
/// - Returns: what was done.
/// - Throws: ``ArchiveError`` where the archive is damaged, hostile or too large, or the task is
///   cancelled.
public func unpackArchive(
  at path: String, into folder: inout AtomicFolder, limits: UnpackingLimits = UnpackingLimits(),
  isWanted: (String) -> Bool = { _ in true }
) throws(ArchiveError) -> UnpackingReport {
  var reader = try ArchiveReader(path: path)
  var report = UnpackingReport()
  var meter = UnpackingMeter(limits: limits, archive: path)
  while let entry = try reader.next() {
    guard !Task.isCancelled else { throw ArchiveError(.cancelled, path: path) }
    try meter.countEntry()
    guard
      let name = try entry.name.map({ (name) throws(ArchiveError) in
        try insidePath(name, archive: path)
      }), entry.isPlainFile
    else {
      if !entry.isFolder { report.skipped += 1 }
      continue
    }
    // Unwanted content is unpacked too, to be measured: skipping it would cost the same time.
    var content: [UInt8]? = isWanted(name) ? [] : nil
    while true {
      let bytes = try reader.read()
      if bytes.isEmpty { break }
      try meter.count(bytes.count)
      content?.append(contentsOf: bytes)
      if let length = content?.count, length > limits.fileBytes { content = nil }
    }
    // Of two entries of one name the later takes the place of the earlier.
    let isSecond = content != nil && fileKind(at: "\(folder.temporaryPath)/\(name)") == .file
    guard let content, try write(content, name: name, to: &folder, archive: path) else {
      report.skipped += 1
      continue
    }
    if isSecond { report.skipped += 1 } else { report.files += 1 }
    report.bytes += content.count
  }
  return report
}

/// Writes a file; false where its name cannot be one here, or is a folder's.
private func write(
  _ content: [UInt8], name: String, to folder: inout AtomicFolder, archive: String
) throws(ArchiveError) -> Bool {
  do {
    try folder.write(content, at: name)
    return true
  } catch {
    guard error.isUnusableName else { throw ArchiveError(.file(error), path: archive) }
    return false
  }
}

/// Counts what comes out of an archive, and says when it is too much.
struct UnpackingMeter {
  let limits: UnpackingLimits
  let archive: String
  private let archiveBytes: Int
  private var bytes = 0
  private var entries = 0

  init(limits: UnpackingLimits, archive: String) {
    self.limits = limits
    self.archive = archive
    archiveBytes = fileSize(at: archive) ?? 0
  }

  mutating func countEntry() throws(ArchiveError) {
    entries += 1
    guard entries <= limits.entries else {
      throw ArchiveError(.bomb("more than \(limits.entries) entries"), path: archive)
    }
  }

  mutating func count(_ more: Int) throws(ArchiveError) {
    bytes += more
    guard bytes <= limits.bytes else {
      throw ArchiveError(.bomb("more than \(limits.bytes) bytes unpacked"), path: archive)
    }
    // A small archive of a few padded files may be small indeed.
    guard bytes <= 1 << 20 || bytes / limits.ratio <= archiveBytes else {
      throw ArchiveError(
        .bomb("unpacks to more than \(limits.ratio) times its size"), path: archive)
    }
  }
}
