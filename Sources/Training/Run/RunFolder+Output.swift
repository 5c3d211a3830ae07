public import FileStorage
import Reproducibility

/// What a run's folder knows of the model file that the run has written: that it is the run's own.
extension RunFolder {
  private struct WrittenModel: Codable {
    var bytes: Int
    /// In seconds since 1970.
    var modified: Double
  }

  private static func recordPath(in path: String) -> String { path + "/model.json" }

  /// Records that the run has written its model file.
  ///
  /// - Throws: `FileError` where that cannot be written.
  public func markOutputWritten() throws(FileError) {
    guard let bytes = fileSize(at: start.output), let modified = modificationTime(at: start.output)
    else { return }
    let record = WrittenModel(bytes: bytes, modified: modified)
    try writeFile(Array(CanonicalJSON.line(of: record).utf8), at: RunFolder.recordPath(in: path))
  }

  /// Whether the file under the name of the run's model is the one that the run wrote there, rather
  /// than another's that came later.
  public var hasWrittenOutput: Bool { RunFolder.writtenOutput(in: path) != nil }

  /// The model file that the run in a folder has written, where the one of that name is still the run's own.
  ///
  /// - Parameter path: the run's folder.
  /// - Returns: the file; nil where the run has written none, or another came in its place.
  public static func writtenOutput(in path: String) -> String? {
    guard let output = start(in: path)?.output,
      let bytes = try? readFile(at: recordPath(in: path), limit: 4_096),
      let record = try? CanonicalJSON.decode(WrittenModel.self, from: bytes),
      let modified = modificationTime(at: output), fileSize(at: output) == record.bytes,
      abs(modified - record.modified) < 1e-3
    else { return nil }
    return output
  }
}
