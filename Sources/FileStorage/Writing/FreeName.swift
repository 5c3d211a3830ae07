import Glibc

/// Whether something stands under a name, be it a link to nothing.
public func isNameTaken(_ path: String) -> Bool {
  var status = stat()
  return unsafe withSystemPath(path) { unsafe lstat($0, &status) } == 0
}

/// Gives a file a second name beside its own, so that another can take its place and nothing is lost.
///
/// - Parameter path: the file; where it is a link, what that leads to is kept.
/// - Returns: the name that it has now as well, such as `model-1.safetensors`: the first that is free;
///   nil where there is no such file.
/// - Throws: ``FileError`` where none can be given.
public func keepFileAside(at path: String) throws(FileError) -> String? {
  guard fileKind(at: path) == .file else { return nil }
  let target = try FileTarget(path: path, replacement: .always)
  guard target.standing != nil else { return nil }
  var number = 0
  while true {
    number += 1
    let name = target.path.numbered(number)
    if isNameTaken(name) { continue }
    // Another process may take the name in between; a link never replaces what stands there.
    let linked = unsafe withSystemPath(target.path) { old in
      unsafe withSystemPath(name) { unsafe link(old, $0) }
    }
    if linked == 0 {
      flushFolder(of: name)
      return name
    }
    if errno == EEXIST { continue }
    guard [EPERM, EOPNOTSUPP, ENOSYS].contains(errno) else {
      throw FileError(.write, path: name, errno: errno)
    }
    // A file system without links.
    do {
      try writeFile(try readFile(at: target.path), at: name, replacement: .never)
      return name
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
  }
}

extension String {
  /// The path with a number before its ending: `piece.mid` becomes `piece-7.mid`.
  ///
  /// - Parameters:
  ///   - number: the number.
  ///   - width: with zeros before it up to so many digits.
  /// - Returns: the path.
  public func numbered(_ number: Int, width: Int = 1) -> String {
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, width - digits.count)) + digits
    let name = utf8.lastIndex(of: UInt8(ascii: "/")).map { utf8.index(after: $0) } ?? startIndex
    guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")), dot > name else {
      return "\(self)-\(padded)"
    }
    return "\(self[..<dot])-\(padded)\(self[dot...])"
  }
}
