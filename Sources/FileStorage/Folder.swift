import Glibc

/// A name in a folder, and what stands under it.
public struct FolderEntry: Hashable, Sendable {
  /// The name.
  public let name: String
  /// What it stands for; nil where the folder alone does not tell: of a link, which may lead anywhere, in a folder that
  /// may be listed and not entered, and on disks that do not note it.
  public let kind: FileKind?
}

/// Lists the names in a folder, sorted by their bytes, without `.` and `..`.
///
/// - Parameter path: the folder.
/// - Returns: the names.
/// - Throws: ``FileError`` where it cannot be read.
public func listFolder(at path: String) throws(FileError) -> [String] {
  try folderEntries(at: path).map(\.name)
}

/// Lists the names in a folder and what they stand for, as far as the folder tells, sorted by the names' bytes, without
/// `.` and `..`.
///
/// Of many thousand files hardly one has to be looked at by itself.
///
/// - Parameter path: the folder.
/// - Returns: the names and kinds.
/// - Throws: ``FileError`` where it cannot be read.
public func folderEntries(at path: String) throws(FileError) -> [FolderEntry] {
  guard let folder = unsafe withSystemPath(path, { unsafe opendir($0) }) else {
    throw FileError(.list, path: path, errno: errno)
  }
  defer { unsafe closedir(folder) }
  // Where a folder may not be entered, nobody can look at what stands in it, not even at its `.`.
  let mayBeEntered = fileKind(at: path + "/.") != nil
  var entries: [(bytes: [UInt8], entry: FolderEntry)] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(folder) else {
      if errno != 0 { throw FileError(.list, path: path, errno: errno) }
      break
    }
    // d_name is a NUL-terminated string inside the entry, valid until the next readdir.
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(systemPath: unsafe Array(bytes.prefix { $0 != 0 }))
    }
    guard name != "." && name != ".." else { continue }
    let kind = mayBeEntered ? FileKind(entryType: Int(unsafe entry.pointee.d_type)) : nil
    entries.append((Array(name.utf8), FolderEntry(name: name, kind: kind)))
  }
  // Arrays are compared several times as fast as views of texts.
  return entries.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.entry)
}

/// Makes a folder and those above it; one that exists already is no error.
///
/// - Parameter path: the folder.
/// - Throws: ``FileError`` where it cannot be made.
public func createFolder(at path: String) throws(FileError) {
  if fileKind(at: path) == .folder { return }
  let parent = folder(of: path)
  if parent != "." && parent != "/" { try createFolder(at: parent) }
  if unsafe withSystemPath(path, { unsafe mkdir($0, 0o777) }) == 0 { return }
  let reason = errno
  // Another process may have made it in between.
  guard fileKind(at: path) == .folder else {
    throw FileError(.createFolder, path: path, errno: reason)
  }
}

/// Removes a file; one that is not there is no error.
///
/// - Parameter path: the file.
/// - Throws: ``FileError`` where it cannot be removed.
public func removeFile(at path: String) throws(FileError) {
  guard unsafe withSystemPath(path, { unsafe unlink($0) }) == 0 || errno == ENOENT else {
    throw FileError(.write, path: path, errno: errno)
  }
}

/// Removes a folder and all in it; one that is not there is no error.
///
/// Links in it are removed, not followed.
///
/// - Parameter path: the folder.
/// - Throws: ``FileError`` where something in it cannot be removed.
public func removeFolder(at path: String) throws(FileError) {
  var status = stat()
  guard unsafe withSystemPath(path, { unsafe lstat($0, &status) }) == 0 else {
    if errno == ENOENT { return }
    throw FileError(.write, path: path, errno: errno)
  }
  guard status.st_mode & S_IFMT == S_IFDIR else { return try removeFile(at: path) }
  for name in try listFolder(at: path) { try removeFolder(at: path + "/" + name) }
  guard unsafe withSystemPath(path, { unsafe rmdir($0) }) == 0 else {
    throw FileError(.write, path: path, errno: errno)
  }
}

/// Removes a folder in which nothing is; one that is not empty, or not there, stays as it is.
///
/// - Parameter path: the folder.
/// - Throws: ``FileError`` where an empty folder cannot be removed.
public func removeFolderIfEmpty(at path: String) throws(FileError) {
  guard
    unsafe withSystemPath(path, { unsafe rmdir($0) }) == 0
      || [ENOENT, ENOTEMPTY, EEXIST].contains(errno)
  else { throw FileError(.write, path: path, errno: errno) }
}

/// A folder of its own, under `$TMPDIR` or another, removed with all in it when its owner is done.
public struct TemporaryFolder: ~Copyable {
  /// The folder.
  public let path: String

  /// Makes a folder that only this user can look into.
  ///
  /// - Parameter parent: the folder that it is made in, nil for `$TMPDIR`.
  /// - Throws: ``FileError`` where it cannot be made.
  public init(in parent: String? = nil) throws(FileError) {
    let parent = parent ?? temporaryFiles
    // mkdtemp writes over the six X and keeps the terminating zero.
    var template = (parent + "/musegen-XXXXXX").systemPath.map { CChar(bitPattern: $0) } + [0]
    let made = Temporaries.making { note -> String? in
      let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
        unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
      }
      guard made else { return nil }
      let path = String(systemPath: template.dropLast().map { UInt8(bitPattern: $0) })
      note(path)
      return path
    }
    guard let made else { throw FileError(.createFolder, path: parent, errno: errno) }
    path = made
  }

  deinit {
    try? removeFolder(at: path)
    Temporaries.keep(path)
  }
}
