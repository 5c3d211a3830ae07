import Glibc

// Paths are cut at bytes, not at Swift's characters: in `a/\u{301}b` a slash and the accent behind it would
// be one.

private let slash = UInt8(ascii: "/")
private let dot = UInt8(ascii: ".")

/// The names in a path, without empty ones: `["a", "b.mid"]` of `/a//b.mid`.
public func pathNames(_ path: some StringProtocol) -> [String] {
  Substring(path).utf8.split(separator: slash).map { String(Substring($0)) }
}

/// The last name in a path: `b.mid` of `a/b.mid` and of `a/b.mid/`; empty where there is none.
public func fileName(of path: String) -> String {
  path.utf8.split(separator: slash).last.map { String(Substring($0)) } ?? ""
}

/// The folder in which a path's last name stands: `a` of `a/b.mid`, `.` of `b.mid`, `/` of `/b.mid`.
public func folder(of path: String) -> String {
  let bytes = path.utf8
  guard let end = bytes.lastIndex(where: { $0 != slash }) else { return path.isEmpty ? "." : "/" }
  guard let last = bytes[...end].lastIndex(of: slash) else { return "." }
  guard let before = bytes[..<last].lastIndex(where: { $0 != slash }) else { return "/" }
  return String(path[...before])
}

/// A path without its last name's ending: `a/b` of `a/b.mid`; `a/.b` has none.
public func pathWithoutExtension(_ path: String) -> String {
  placeOfExtension(path).map { String(path[..<$0]) } ?? path
}

/// The ending of a path's last name, without its dot and as it is written: `MID` of `a/b.MID`; empty where
/// it has none.
public func fileExtension(of path: String) -> String {
  placeOfExtension(path).map { String(path[path.utf8.index(after: $0)...]) } ?? ""
}

/// Where the dot of a path's ending is.
private func placeOfExtension(_ path: String) -> String.Index? {
  let bytes = path.utf8
  // The dot is in the last name, and neither its first byte nor its last.
  guard let place = bytes.lastIndex(where: { $0 == dot || $0 == slash }), bytes[place] == dot,
    place != bytes.startIndex, bytes[bytes.index(before: place)] != slash,
    bytes.index(after: place) != bytes.endIndex
  else { return nil }
  return place
}

/// A path from the root, without `.`, `..` and doubled slashes; links are not followed.
///
/// - Parameters:
///   - path: a path, from the root or from a folder.
///   - folder: that folder's path from the root; the process's own where nil.
/// - Returns: the path, without a slash at its end.
public func absolutePath(_ path: String, in folder: String? = nil) -> String {
  let whole = path.utf8.first == slash ? path : (folder ?? currentFolder()) + "/" + path
  // Of many thousand paths nearly all have nothing to leave out.
  if whole.utf8.first == slash, isPlain(whole) { return whole }
  var names: [String] = []
  for name in pathNames(whole) {
    switch name {
    case ".": continue
    case "..": _ = names.popLast()
    default: names.append(name)
    }
  }
  return "/" + names.joined(separator: "/")
}

/// Whether a path from the root has no name that is empty, `.` or `..`.
private func isPlain(_ path: String) -> Bool {
  var length = 0
  var dots = 0
  for byte in path.utf8.dropFirst() {
    if byte == slash {
      if length == dots, length <= 2 { return false }
      (length, dots) = (0, 0)
    } else {
      length += 1
      if byte == dot { dots += 1 }
    }
  }
  return length > 2 || length > dots
}

/// The target of a link, links in it followed too; nil where it leads nowhere.
public func realPath(of path: String) -> String? {
  guard let found = unsafe withSystemPath(path, { unsafe realpath($0, nil) }) else { return nil }
  // realpath allocates a C string that is ours to free.
  defer { unsafe free(found) }
  return unsafe String(
    systemPath: Array(UnsafeRawBufferPointer(start: found, count: strlen(found))))
}
