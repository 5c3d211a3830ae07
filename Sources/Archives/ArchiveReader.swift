import CArchive
import FileStorage
import Glibc

/// The entries of an archive, one after the other.
@safe
struct ArchiveReader: ~Copyable {
  struct Entry {
    /// The name as it stands in the archive; nil where it has none.
    var name: String?
    /// A file with content of its own: no folder, link or device.
    var isPlainFile: Bool
    var isFolder: Bool
  }

  let path: String
  private let archive: OpaquePointer
  private let locale: locale_t?
  /// An archive in memory.
  private let memory: UnsafeMutableRawBufferPointer?

  init(path: String) throws(ArchiveError) {
    do {
      // Nothing that may never end, and nothing that can be read but once.
      _ = try readBeginning(ofFile: path, count: 0)
    } catch {
      throw ArchiveError(.file(error), path: path)
    }
    guard let opened = unsafe archive_read_new() else {
      throw ArchiveError(.malformed("out of memory"), path: path)
    }
    unsafe archive_read_support_format_zip(opened)
    unsafe archive_read_support_format_tar(opened)
    unsafe archive_read_support_filter_gzip(opened)
    let code = unsafe withSystemPath(path) {
      unsafe archive_read_open_filename(opened, $0, 1 << 16)
    }
    guard code == ARCHIVE_OK else {
      let error = unsafe ArchiveReader.problem(opened, path)
      unsafe archive_read_free(opened)
      throw error
    }
    self.path = path
    unsafe archive = unsafe opened
    unsafe locale = unsafe musegen_use_utf8()
    unsafe memory = nil
  }

  /// Opens a .zip in memory.
  init(bytes: [UInt8]) throws(ArchiveError) {
    guard let opened = unsafe archive_read_new() else {
      throw ArchiveError(.malformed("out of memory"), path: "zip")
    }
    unsafe archive_read_support_format_zip(opened)
    // The library reads from the bytes as it goes, so they are kept where they do not move.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    unsafe memory.copyBytes(from: bytes)
    guard unsafe archive_read_open_memory(opened, memory.baseAddress, memory.count) == ARCHIVE_OK
    else {
      let error = unsafe ArchiveReader.problem(opened, "zip")
      unsafe archive_read_free(opened)
      unsafe memory.deallocate()
      throw error
    }
    path = "zip"
    unsafe archive = unsafe opened
    unsafe locale = unsafe musegen_use_utf8()
    unsafe self.memory = unsafe memory
  }

  deinit {
    unsafe archive_read_free(archive)
    unsafe musegen_use_locale(locale)
    unsafe memory?.deallocate()
  }

  /// The next entry; nil at the end.
  mutating func next() throws(ArchiveError) -> Entry? {
    var found: OpaquePointer?
    let code = unsafe archive_read_next_header(archive, &found)
    if code == ARCHIVE_EOF { return nil }
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry = unsafe found else {
      throw unsafe ArchiveReader.problem(archive, path)
    }
    // The name is the entry's own, valid until the next header is read.
    let name = unsafe archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry)
    return Entry(
      name: unsafe name.map { start in
        String(systemPath: unsafe Array(UnsafeRawBufferPointer(start: start, count: strlen(start))))
      },
      isPlainFile: unsafe musegen_archive_entry_is_plain_file(entry) != 0,
      isFolder: unsafe musegen_archive_entry_is_folder(entry) != 0)
  }

  /// More of the entry's content, at most 64 kB; empty at its end.
  mutating func read() throws(ArchiveError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // archive_read_data writes at most the buffer's bytes.
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe archive_read_data(archive, $0.baseAddress, $0.count)
    }
    guard count >= 0 else { throw unsafe ArchiveReader.problem(archive, path) }
    buffer.removeLast(buffer.count - count)
    return buffer
  }

  private static func problem(_ archive: OpaquePointer, _ path: String) -> ArchiveError {
    let text = unsafe archive_error_string(archive)
    let words = unsafe text.map { unsafe String(cString: $0).lowercased() }
    return ArchiveError(.malformed(words ?? "it cannot be read"), path: path)
  }
}
