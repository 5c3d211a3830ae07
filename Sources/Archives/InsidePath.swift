/// A name of an archive as a path inside a folder: without `.` and empty parts, with `_` for control
/// characters.
///
/// - Parameters:
///   - name: the entry's name.
///   - archive: what an error calls the archive.
/// - Returns: the path.
/// - Throws: ``ArchiveError/Reason/leadsOutside(entry:)`` for a name that leads out of the folder.
package func insidePath(_ name: String, archive: String) throws(ArchiveError) -> String {
  // At bytes, as the system does: to Swift, a slash and an accent behind it are one character.
  // Archives made elsewhere have backslashes between folders.
  let parts = name.utf8.split(omittingEmptySubsequences: false) {
    $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
  }.map { String(Substring($0)) }
  let inside = parts.filter { !$0.isEmpty && $0 != "." }.map(printable)
  let first = inside.first ?? ""
  let isDrive = first.utf8.count == 2 && first.utf8.last == UInt8(ascii: ":")
  guard parts.first != "", !isDrive, !parts.contains("..") else {
    throw ArchiveError(.leadsOutside(entry: printable(name)), path: archive)
  }
  return inside.joined(separator: "/")
}

private func printable(_ name: String) -> String {
  String(
    String.UnicodeScalarView(
      name.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: "_"
        default: scalar
        }
      }))
}
