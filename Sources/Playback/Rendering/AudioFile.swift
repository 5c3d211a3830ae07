import CSndFile
import FileStorage
import Glibc

/// An audio file being written, which appears under its name only when it is whole.
struct AudioFile: ~Copyable {
  private let encoder: AudioEncoder
  private let storage: AtomicFile

  init(
    path: String, replacement: Replacement, format: AudioFormat,
    samples: AudioFormat.SampleFormat, sampleRate: Int, seconds: Double, metadata: AudioMetadata
  ) throws(PlaybackError) {
    let format = format.code(samples, seconds: seconds, sampleRate: sampleRate)
    let storage = try AudioFile.storage(path: path, replacement: replacement)
    encoder = try AudioFile.encoder(
      storage, format: format, sampleRate: sampleRate, metadata: metadata)
    self.storage = storage
  }

  private static func storage(
    path: String, replacement: Replacement
  ) throws(PlaybackError) -> AtomicFile {
    do {
      return try AtomicFile(path: path, replacement: replacement)
    } catch {
      throw PlaybackError(.file(error))
    }
  }

  private static func encoder(
    _ storage: borrowing AtomicFile, format: Int32, sampleRate: Int, metadata: AudioMetadata
  ) throws(PlaybackError) -> AudioEncoder {
    do {
      return try AudioEncoder(
        descriptor: storage.descriptor, format: format, sampleRate: sampleRate, metadata: metadata)
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

/// libsndfile, writing one file.
///
/// Its bytes go through us to the disk: libsndfile 1.2 overlooks that the disk is full where it
/// writes MP3 and Ogg, and would leave a file that breaks off.
///
/// Reference: libsndfile's documentation, "sf_open_virtual".
@safe
final class AudioEncoder {
  /// What went wrong.
  enum Problem: Error {
    /// The disk took no more, for the system's reason.
    case disk(errno: Int32)
    /// libsndfile's words.
    case encoding(String)

    /// Copies a C string of libsndfile's, which is static.
    fileprivate init(_ words: UnsafePointer<CChar>?) {
      var text = unsafe words.map { unsafe String(cString: $0).lowercased() } ?? "no reason given"
      if text.last == "." { text.removeLast() }
      self = .encoding(text)
    }
  }

  private let descriptor: Int32
  /// nil once it is closed.
  private var file: OpaquePointer?
  /// Why the disk took no more, 0 while it does.
  private var diskError: Int32 = 0

  // An empty file that is open for reading and writing; it stays the caller's.
  init(
    descriptor file: Int32, format: Int32, sampleRate: Int, metadata: AudioMetadata
  ) throws(Problem) {
    // One of its own: sf_close writes, and may come after the caller has closed his.
    descriptor = fcntl(file, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .disk(errno: errno) }
    var info = SF_INFO()
    info.samplerate = Int32(sampleRate)
    info.channels = Int32(Synthesizer.channels)
    info.format = format
    var disk = AudioEncoder.disk
    // The pointer to this object is used until sf_close, which comes in deinit at the latest.
    let itself = unsafe Unmanaged.passUnretained(self).toOpaque()
    guard let file = unsafe sf_open_virtual(&disk, Int32(SFM_WRITE), &info, itself) else {
      throw diskError != 0 ? .disk(errno: diskError) : unsafe Problem(sf_strerror(nil))
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

  deinit {
    if let file = unsafe file { unsafe sf_close(file) }
    if descriptor >= 0 { Glibc.close(descriptor) }
  }

  func write(_ samples: [Float], frames: Int) throws(Problem) {
    precondition(frames * Synthesizer.channels <= samples.count)
    guard let file = unsafe file else { return }
    // Reads frames * channels floats, which the array has.
    let written = unsafe samples.withUnsafeBufferPointer { buffer in
      unsafe sf_writef_float(file, buffer.baseAddress, sf_count_t(frames))
    }
    if diskError != 0 { throw .disk(errno: diskError) }
    guard written == frames else { throw unsafe Problem(sf_strerror(file)) }
  }

  /// Writes what is left.
  func close() throws(Problem) {
    guard let file = unsafe file else { return }
    unsafe self.file = nil
    let code = unsafe sf_close(file)
    if diskError != 0 { throw .disk(errno: diskError) }
    guard code == 0 else { throw unsafe Problem(sf_error_number(code)) }
  }

  /// The functions through which libsndfile reaches the disk; each is given the encoder.
  private static var disk: SF_VIRTUAL_IO {
    unsafe SF_VIRTUAL_IO(
      get_filelen: { encoder in
        var status = stat()
        return unsafe fstat(AudioEncoder.at(encoder).descriptor, &status) == 0
          ? sf_count_t(status.st_size) : -1
      },
      seek: { offset, whence, encoder in
        sf_count_t(lseek(unsafe AudioEncoder.at(encoder).descriptor, off_t(offset), whence))
      },
      read: { buffer, count, encoder in
        // libsndfile's buffer holds `count` bytes.
        sf_count_t(
          unsafe read(AudioEncoder.at(encoder).descriptor, buffer, Int(clamping: count)))
      },
      write: { bytes, count, encoder in
        unsafe AudioEncoder.at(encoder).store(
          UnsafeRawBufferPointer(start: bytes, count: max(0, Int(clamping: count))))
      },
      tell: { encoder in
        sf_count_t(lseek(unsafe AudioEncoder.at(encoder).descriptor, 0, SEEK_CUR))
      })
  }

  /// The encoder that libsndfile was given, which outlives the file.
  private static func at(_ pointer: UnsafeMutableRawPointer?) -> AudioEncoder {
    guard let pointer = unsafe pointer else { preconditionFailure("libsndfile lost its user data") }
    return unsafe Unmanaged<AudioEncoder>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Writes bytes and says how many the disk took.
  private func store(_ bytes: UnsafeRawBufferPointer) -> sf_count_t {
    var stored = 0
    while stored < bytes.count, diskError == 0 {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[stored...])
      let sent = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      if sent >= 0 { stored += sent } else if errno != EINTR { diskError = errno }
    }
    return sf_count_t(stored)
  }
}
