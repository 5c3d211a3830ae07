/// One plain file out of a .zip that is in memory.
///
/// - Parameters:
///   - bytes: the archive.
///   - limit: how many bytes the file may have; those of the files before it are passed over.
///   - isWanted: whether a file is the one, by its name in the archive; the first counts.
/// - Returns: its bytes; nil where there is none.
/// - Throws: ``ArchiveError`` where the archive is damaged, or the file is larger than the limit.
public func archiveMember(
  of bytes: [UInt8], limit: Int, where isWanted: (String) -> Bool
) throws(ArchiveError) -> [UInt8]? {
  var reader = try ArchiveReader(bytes: bytes)
  var entries = 0
  while let entry = try reader.next() {
    entries += 1
    guard entries <= mostEntries else {
      throw ArchiveError(.bomb("more than \(mostEntries) entries"), path: reader.path)
    }
    guard entry.isPlainFile, let name = entry.name, isWanted(name) else { continue }
    var content: [UInt8] = []
    while true {
      let bytes = try reader.read()
      if bytes.isEmpty { return content }
      content += bytes
      guard content.count <= limit else {
        throw ArchiveError(.bomb("\(name) has more than \(limit) bytes"), path: reader.path)
      }
    }
  }
  return nil
}

/// A file that is itself an archive has a few entries.
private let mostEntries = 10_000

/// An archive of some files, a .zip in which they are compressed.
///
/// - Parameter members: the files' names in the archive and their bytes, in its order.
/// - Returns: the archive, the same for the same files.
/// - Throws: ``ArchiveError`` where there is no memory for it.
public func zipArchive(
  of members: [(name: String, bytes: [UInt8])]
) throws(ArchiveError) -> [UInt8] {
  var writer = try ArchiveWriter(capacity: members.reduce(1 << 16) { $0 + $1.bytes.count + 1024 })
  for member in members { try writer.append(member.bytes, named: member.name) }
  return try writer.finish()
}
