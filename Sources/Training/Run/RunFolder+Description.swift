public import FileStorage
import Reproducibility

/// What a run's folder says of the run to those who did not start it.
extension RunFolder {
  /// Describes the run in its folder, its earlier sessions kept.
  ///
  /// - Parameter description: the run as this process found it, with this process as its only session.
  /// - Throws: `FileError` where it cannot be written.
  public func describe(_ description: RunDescription) throws(FileError) {
    var description = description
    let earlier = RunFolder.description(in: path)?.sessions ?? []
    description.sessions = earlier + description.sessions
    let text = CanonicalJSON.line(of: description, isPretty: true) + "\n"
    try writeFile(Array(text.utf8), at: path + "/" + RunFolder.descriptionName)
  }

  /// The description of the run in a folder; nil where it has none that can be understood, as runs of older
  /// versions.
  public static func description(in path: String) -> RunDescription? {
    guard let record = try? readFile(at: path + "/" + descriptionName, limit: 1 << 28) else {
      return nil
    }
    let description = try? CanonicalJSON.decode(RunDescription.self, from: record)
    return description.flatMap { $0.isPossible ? $0 : nil }
  }

  /// Writes the table that tells which pieces are learned from and which are held out.
  ///
  /// - Parameter table: its text.
  /// - Throws: `FileError` where it cannot be written.
  public func writeSplit(_ table: String) throws(FileError) {
    try writeFile(Array(table.utf8), at: path + "/" + RunFolder.splitName)
  }

  /// Writes the list of the files that gave no piece.
  ///
  /// - Parameter list: its text, a line for each file.
  /// - Throws: `FileError` where it cannot be written.
  public func writeSkipped(_ list: String) throws(FileError) {
    try writeFile(Array(list.utf8), at: path + "/" + RunFolder.skippedName)
  }
}
