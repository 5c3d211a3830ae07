/// A name of an archive as a path inside a folder: without `.` and empty parts, with `_` for control
/// characters.
func insidePath(_ name: String, archive: String) throws(ArchiveError) -> String {
  // Archives made elsewhere have backslashes between folders.
  let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
  let first = parts.first ?? ""
  let isDrive = first.count == 2 && first.last == ":"
  guard !first.isEmpty, !isDrive, !parts.contains("..") else {
    throw ArchiveError(.leadsOutside(entry: printable(name)), path: archive)
  }
  return printable(parts.filter { !$0.isEmpty && $0 != "." }.joined(separator: "/"))
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
