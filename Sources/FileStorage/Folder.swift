import Glibc

/// What stands under a name.
public enum FileKind: Hashable, Sendable {
  /// A file, or a pipe or device that can be read as one.
  case file
  /// A folder.
  case folder
}

/// Tells what stands under a name, links followed; nil where nothing does.
public func fileKind(at path: String) -> FileKind? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
}

/// Tells how many bytes a file has, links followed; nil where there is none.
public func fileSize(at path: String) -> Int? {
  var status = stat()
  guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  return Int(status.st_size)
}

/// Tells when what stands under a name was last written, links followed; nil where nothing does.
///
/// - Parameter path: the file or folder.
/// - Returns: seconds since 1970.
public func modificationTime(at path: String) -> Double? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
}

/// Lists the names in a folder, sorted by their bytes, without `.` and `..`.
///
/// - Parameter path: the folder.
/// - Returns: the names.
/// - Throws: ``FileError`` where it cannot be read.
public func listFolder(at path: String) throws(FileError) -> [String] {
  guard let folder = unsafe opendir(path) else {
    throw FileError(.list, path: path, errno: errno)
  }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(folder) else {
      if errno != 0 { throw FileError(.list, path: path, errno: errno) }
      break
    }
    // d_name is a NUL-terminated string inside the entry, valid until the next readdir.
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// Makes a folder and those above it; one that exists already is no error.
///
/// - Parameter path: the folder.
/// - Throws: ``FileError`` where it cannot be made.
public func createFolder(at path: String) throws(FileError) {
  if fileKind(at: path) == .folder { return }
  if let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
    try createFolder(at: String(path[..<slash]))
  }
  if unsafe mkdir(path, 0o777) == 0 { return }
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
  guard unsafe unlink(path) == 0 || errno == ENOENT else {
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
  guard unsafe lstat(path, &status) == 0 else {
    if errno == ENOENT { return }
    throw FileError(.write, path: path, errno: errno)
  }
  guard status.st_mode & S_IFMT == S_IFDIR else { return try removeFile(at: path) }
  for name in try listFolder(at: path) { try removeFolder(at: path + "/" + name) }
  guard unsafe rmdir(path) == 0 else { throw FileError(.write, path: path, errno: errno) }
}

/// A folder of its own under `$TMPDIR`, removed with all in it when its owner is done.
public struct TemporaryFolder: ~Copyable {
  /// The folder.
  public let path: String

  /// Makes a folder that only this user can look into.
  ///
  /// - Throws: ``FileError`` where it cannot be made.
  public init() throws(FileError) {
    let parent = temporaryFiles
    // mkdtemp writes over the six X and keeps the terminating zero.
    var template = Array((parent + "/musegen-XXXXXX").utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
    }
    guard made else { throw FileError(.createFolder, path: parent, errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    Temporaries.add(path)
  }

  deinit {
    try? removeFolder(at: path)
    Temporaries.keep(path)
  }
}
