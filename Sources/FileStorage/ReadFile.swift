import Glibc

/// More than this is not taken from a pipe or a device, which may never end.
private let longestStream = 1 << 30

/// So many bytes are read at once, and so much memory is taken on a file's word for its size.
private let portion = 1 << 24

/// Reads a whole file.
///
/// A file's size is not believed: memory is taken as bytes come. Where a pipe is waited for, or a file is
/// long, cancelling the task ends the wait.
///
/// - Parameters:
///   - path: the file's path.
///   - limit: the most bytes that it may have; nil for as many as memory is free for.
///   - allowingStreams: whether it may be a pipe or a device, as a user may name one: `/dev/stdin`.
/// - Returns: its bytes.
/// - Throws: ``FileError`` where it cannot be opened or read: with `EFBIG` where it is too large, `EINVAL`
///   where it is no file, `ECANCELED` where the task is cancelled.
public func readFile(
  at path: String, limit: Int? = nil, allowingStreams: Bool = false
) throws(FileError) -> [UInt8] {
  let file = try OpenFile(path: path, allowingStreams: allowingStreams)
  // Before a byte is asked for: a sparse file may be said to be larger than any memory.
  let limit = limit ?? (file.isStream ? longestStream : max(longestStream, freeMemory(for: file)))
  guard file.size <= limit else { throw FileError(.read, path: path, errno: EFBIG) }

  // One byte more than the size lets the last read see the end of the file.
  var bytes = [UInt8](repeating: 0, count: min(file.size, max(file.storedBytes, portion)) + 1)
  var count = 0
  while true {
    if count == bytes.count {
      bytes.append(contentsOf: repeatElement(0, count: max(count, 65_536)))
    }
    let received = try file.read(into: &bytes, from: count)
    if received == 0 { break }
    count += received
    guard count <= limit else { throw FileError(.read, path: path, errno: EFBIG) }
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Reads the first bytes of a file.
///
/// - Parameters:
///   - path: the file's path.
///   - count: how many bytes.
/// - Returns: so many bytes, fewer where the file has no more; and how many it has.
/// - Throws: ``FileError`` where it cannot be opened or read, with `EINVAL` where it is no file.
public func readBeginning(
  ofFile path: String, count: Int
) throws(FileError) -> (bytes: [UInt8], size: Int) {
  let file = try OpenFile(path: path)
  var bytes = [UInt8](repeating: 0, count: count)
  var received = 0
  while received < count {
    let more = try file.read(into: &bytes, from: received)
    if more == 0 { break }
    received += more
  }
  bytes.removeLast(count - received)
  return (bytes, file.size)
}

/// Reads a file piece by piece, for files that are larger than memory.
///
/// - Parameters:
///   - path: the file's path.
///   - body: called with one piece after the other, none empty.
/// - Throws: ``FileError`` where it cannot be opened or read: with `EINVAL` where it is no file,
///   `ECANCELED` where the task is cancelled.
public func readFileInPieces(
  at path: String, _ body: (ArraySlice<UInt8>) -> Void
) throws(FileError) {
  let file = try OpenFile(path: path)
  var buffer = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    guard !Task.isCancelled else { throw FileError(.read, path: path, errno: ECANCELED) }
    let received = try file.read(into: &buffer, from: 0)
    if received == 0 { return }
    body(buffer[..<received])
  }
}

/// How much memory a file may take: what is free, as far as that matters for its size.
private func freeMemory(for file: borrowing OpenFile) -> Int {
  guard file.size > longestStream else { return longestStream }
  let text = (try? readFile(at: "/proc/meminfo", limit: 1 << 20)) ?? []
  let line = String(decoding: text, as: UTF8.self).split(separator: "\n")
    .first { $0.hasPrefix("MemAvailable:") }
  let kilobytes = line.flatMap { Int($0.filter(\.isNumber)) } ?? .max
  var allowed = rlimit()
  unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &allowed)
  return min(
    kilobytes.multipliedReportingOverflow(by: 1_024).overflow ? .max : kilobytes * 1_024,
    Int(clamping: allowed.rlim_cur))
}

/// A file that is open for reading.
private struct OpenFile: ~Copyable {
  let path: String
  let descriptor: Int32
  /// Whether it gives its bytes but once, and may keep us waiting.
  let isStream: Bool
  /// How many bytes it is said to have; 0 for a stream.
  let size: Int
  /// How many bytes the disk holds of it: fewer where it is mostly holes.
  let storedBytes: Int

  init(path: String, allowingStreams: Bool = false) throws(FileError) {
    // Without O_NONBLOCK a pipe would hold us here until somebody writes to it.
    let descriptor = unsafe withSystemPath(path) {
      unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard descriptor >= 0 else { throw FileError(.read, path: path, errno: errno) }
    var status = stat()
    var problem: Int32 = 0
    if unsafe fstat(descriptor, &status) != 0 { problem = errno }
    let kind = FileKind(mode: status.st_mode)
    if problem == 0, kind == .folder { problem = EISDIR }
    if problem == 0, kind != .file, !allowingStreams { problem = EINVAL }
    guard problem == 0 else {
      close(descriptor)
      throw FileError(.read, path: path, errno: problem)
    }
    self.path = path
    self.descriptor = descriptor
    isStream = kind != .file
    size = isStream ? 0 : max(0, Int(status.st_size))
    // POSIX leaves the unit open; on Linux it is 512 bytes whatever the file system.
    storedBytes = max(0, Int(status.st_blocks)).multipliedReportingOverflow(by: 512).partialValue
  }

  /// Fills a buffer from a place on as far as one call can; 0 at the end of the file.
  func read(into bytes: inout [UInt8], from start: Int) throws(FileError) -> Int {
    while true {
      if isStream { try wait() }
      if start >= portion, Task.isCancelled {
        throw FileError(.read, path: path, errno: ECANCELED)
      }
      // The buffer holds count - start bytes from `start` on; read writes no more than that.
      let received = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(
          descriptor, buffer.baseAddress.map { unsafe $0 + start },
          min(buffer.count - start, portion))
      }
      if received >= 0 { return received }
      guard errno == EINTR || errno == EAGAIN else {
        throw FileError(.read, path: path, errno: errno)
      }
    }
  }

  /// Waits until bytes or the end of a stream can be read, or the task is cancelled.
  private func wait() throws(FileError) {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      guard !Task.isCancelled else { throw FileError(.read, path: path, errno: ECANCELED) }
      // Reads and writes the one request on this stack, during the call.
      let ready = unsafe poll(&request, 1, 100)
      if ready > 0 { return }
      guard ready == 0 || errno == EINTR else {
        throw FileError(.read, path: path, errno: errno)
      }
    }
  }

  deinit { close(descriptor) }
}
