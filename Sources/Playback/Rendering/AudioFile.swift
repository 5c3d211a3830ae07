import FileStorage

/// An audio file being written, which appears under its name only when it is whole.
struct AudioFile: ~Copyable {
  private let encoder: AudioEncoder
  private let storage: AtomicFile

  init(
    path: String, samples: AudioFormat.SampleFormat, sampleRate: Int, seconds: Double,
    metadata: AudioMetadata
  ) throws(PlaybackError) {
    let format = try AudioFormat(path: path)
      .code(samples, seconds: seconds, sampleRate: sampleRate)
    let storage = try AudioFile.storage(path: path)
    encoder = try AudioFile.encoder(
      storage, format: format, sampleRate: sampleRate, metadata: metadata)
    self.storage = storage
  }

  private static func storage(path: String) throws(PlaybackError) -> AtomicFile {
    do { return try AtomicFile(path: path) } catch { throw PlaybackError(.file(error)) }
  }

  private static func encoder(
    _ storage: borrowing AtomicFile, format: Int32, sampleRate: Int, metadata: AudioMetadata
  ) throws(PlaybackError) -> AudioEncoder {
    do {
      return try AudioEncoder(
        path: storage.temporaryPath, format: format, sampleRate: sampleRate, metadata: metadata)
    } catch {
      throw error.about(storage.path)
    }
  }

  func write(_ samples: [Float], frames: Int) throws(PlaybackError) {
    do { try encoder.write(samples, frames: frames) } catch { throw error.about(storage.path) }
  }

  consuming func commit() throws(PlaybackError) {
    do { try encoder.close() } catch { throw error.about(storage.path) }
    do { try storage.commit() } catch { throw PlaybackError(.file(error)) }
  }
}

extension AudioEncoder.Problem {
  /// The problem as that of a file.
  fileprivate func about(_ path: String) -> PlaybackError {
    switch self {
    case .disk(let errno): PlaybackError(.file(FileError(.write, path: path, errno: errno)))
    case .encoding(let text): PlaybackError(.encodingFailed(path: path, problem: text))
    }
  }
}
