import FileStorage

/// Takes any bytes for the name of a file, and of an archive's entry, and looks where it leads.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNames(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count)).filter { $0 != 0 }
  let name = String(systemPath: bytes)
  precondition(name.systemPath == bytes, "a name is bytes, and comes back as them")
  precondition(
    name.displayed.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control },
    "what is shown steers no terminal")

  let absolute = absolutePath(name, in: "/folder")
  precondition(absolute.utf8.first == slash && absolutePath(absolute) == absolute)
  precondition(!absolute.systemPath.split(separator: slash).contains { isDots(Array($0)) })

  guard let path = try? insidePath(name, archive: "archive") else { return 0 }
  if path.isEmpty { return 0 }
  for part in path.systemPath.split(separator: slash, omittingEmptySubsequences: false) {
    precondition(!part.isEmpty && !isDots(Array(part)), "an entry stays in its folder")
    precondition(part.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "no control character is a name's")
  }
  precondition((try? insidePath(path, archive: "archive")) == path, "a path inside is one already")
  return 0
}

private let slash = UInt8(ascii: "/")

private func isDots(_ part: [UInt8]) -> Bool { part == Array(".".utf8) || part == Array("..".utf8) }
