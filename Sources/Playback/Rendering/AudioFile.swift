import CSndFile
import FileStorage

/// An audio file being written, which appears under its name only when it is whole.
struct AudioFile: ~Copyable {
  private var encoder: Encoder
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
  ) throws(PlaybackError) -> Encoder {
    do {
      return try Encoder(
        path: storage.temporaryPath, format: format, sampleRate: sampleRate, metadata: metadata)
    } catch {
      throw PlaybackError(.encodingFailed(path: storage.path, problem: error.text))
    }
  }

  mutating func write(_ samples: [Float], frames: Int) throws(PlaybackError) {
    do { try encoder.write(samples, frames: frames) } catch {
      throw PlaybackError(.encodingFailed(path: storage.path, problem: error.text))
    }
  }

  consuming func commit() throws(PlaybackError) {
    let path = storage.path
    do { try encoder.close() } catch {
      throw PlaybackError(.encodingFailed(path: path, problem: error.text))
    }
    do { try storage.commit() } catch { throw PlaybackError(.file(error)) }
  }
}

/// libsndfile, writing one file.
@safe
private struct Encoder: ~Copyable {
  /// What libsndfile says went wrong.
  struct Problem: Error {
    var text: String

    /// Copies a C string of libsndfile's, which is static.
    init(_ words: UnsafePointer<CChar>?) {
      text = unsafe words.map { unsafe String(cString: $0).lowercased() } ?? "no reason given"
      if text.last == "." { text.removeLast() }
    }
  }

  private let file: OpaquePointer

  init(
    path: String, format: Int32, sampleRate: Int, metadata: AudioMetadata
  ) throws(Problem) {
    var info = SF_INFO()
    info.samplerate = Int32(sampleRate)
    info.channels = Int32(Synthesizer.channels)
    info.format = format
    guard let file = unsafe sf_open(path, Int32(SFM_WRITE), &info) else {
      throw unsafe Problem(sf_strerror(nil))
    }
    unsafe self.file = unsafe file
    // Without it a sample above full scale wraps around to the other sign.
    unsafe sf_command(file, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
    let texts = [
      (SF_STR_TITLE, metadata.title), (SF_STR_ARTIST, metadata.artist),
      (SF_STR_COMMENT, metadata.comment), (SF_STR_SOFTWARE, "musegen"),
    ]
    // A format without room for one of them refuses it, which spoils nothing.
    for (kind, text) in texts where !text.isEmpty {
      _ = unsafe sf_set_string(file, Int32(kind), text)
    }
  }

  deinit { unsafe sf_close(file) }

  mutating func write(_ samples: [Float], frames: Int) throws(Problem) {
    precondition(frames * Synthesizer.channels <= samples.count)
    // Reads frames * channels floats, which the array has.
    let written = unsafe samples.withUnsafeBufferPointer { buffer in
      unsafe sf_writef_float(file, buffer.baseAddress, sf_count_t(frames))
    }
    guard written == frames else { throw unsafe Problem(sf_strerror(file)) }
  }

  consuming func close() throws(Problem) {
    let code = unsafe sf_close(file)
    discard self
    guard code == 0 else { throw unsafe Problem(sf_error_number(code)) }
  }
}
