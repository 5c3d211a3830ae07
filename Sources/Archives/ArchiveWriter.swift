import CArchive

/// A .zip in memory, file after file.
@safe
struct ArchiveWriter: ~Copyable {
  private let archive: OpaquePointer
  private let memory: UnsafeMutableRawBufferPointer
  /// How many bytes have been written; the library writes it.
  private let used: UnsafeMutablePointer<Int>

  /// Begins an archive of at most so many bytes.
  init(capacity: Int) throws(ArchiveError) {
    guard let opened = unsafe archive_write_new() else {
      throw ArchiveError(.malformed("out of memory"), path: "zip")
    }
    unsafe archive_write_set_format_zip(opened)
    // No padding behind the archive.
    unsafe archive_write_set_bytes_in_last_block(opened, 1)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    let used = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    unsafe used.initialize(to: 0)
    guard
      unsafe archive_write_open_memory(opened, memory.baseAddress, memory.count, used)
        == ARCHIVE_OK
    else {
      unsafe archive_write_free(opened)
      unsafe memory.deallocate()
      unsafe used.deallocate()
      throw ArchiveError(.malformed("it cannot be written"), path: "zip")
    }
    unsafe archive = unsafe opened
    unsafe self.memory = unsafe memory
    unsafe self.used = unsafe used
  }

  deinit {
    unsafe archive_write_free(archive)
    unsafe memory.deallocate()
    unsafe used.deallocate()
  }

  /// Adds a file.
  mutating func append(_ bytes: [UInt8], named name: String) throws(ArchiveError) {
    guard let entry = unsafe archive_entry_new() else { throw problem }
    defer { unsafe archive_entry_free(entry) }
    unsafe archive_entry_set_pathname_utf8(entry, name)
    unsafe musegen_archive_entry_make_plain_file(entry, Int64(bytes.count))
    guard unsafe archive_write_header(archive, entry) == ARCHIVE_OK else { throw problem }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe archive_write_data(archive, $0.baseAddress, $0.count)
      }
      guard count > 0 else { throw problem }
      rest = rest.dropFirst(count)
    }
  }

  /// Ends the archive, and gives its bytes.
  mutating func finish() throws(ArchiveError) -> [UInt8] {
    guard unsafe archive_write_close(archive) == ARCHIVE_OK else { throw problem }
    return unsafe Array(memory.prefix(used.pointee))
  }

  private var problem: ArchiveError {
    let words = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
    return ArchiveError(.malformed(words ?? "it cannot be written"), path: "zip")
  }
}
