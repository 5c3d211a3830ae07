public import FileStorage
import Reproducibility

/// What a run's folder knows of the model file that the run has written: that it is the run's own.
extension RunFolder {
  private struct WrittenModel: Codable {
    var bytes: Int
    /// In seconds since 1970.
    var modified: Double
  }

  private var recordPath: String { path + "/model.json" }

  /// Records that the run has written its model file.
  ///
  /// - Throws: `FileError` where that cannot be written.
  public func markOutputWritten() throws(FileError) {
    guard let bytes = fileSize(at: start.output), let modified = modificationTime(at: start.output)
    else { return }
    let record = WrittenModel(bytes: bytes, modified: modified)
    try writeFile(Array(CanonicalJSON.line(of: record).utf8), at: recordPath)
  }

  /// Whether the file under the name of the run's model is the one that the run wrote there, rather
  /// than another's that came later.
  public var hasWrittenOutput: Bool {
    guard let bytes = try? readFile(at: recordPath, limit: 4_096),
      let record = try? CanonicalJSON.decode(WrittenModel.self, from: bytes),
      let modified = modificationTime(at: start.output)
    else { return false }
    return fileSize(at: start.output) == record.bytes && abs(modified - record.modified) < 1e-3
  }
}
