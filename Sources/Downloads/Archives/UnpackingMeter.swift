import FileStorage

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
