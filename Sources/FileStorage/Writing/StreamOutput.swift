import Glibc

/// The folder for files that nobody shall see: `$TMPDIR`, else `/tmp`.
var temporaryFiles: String {
  guard let variable = unsafe getenv("TMPDIR"), unsafe variable[0] == UInt8(ascii: "/") else {
    return "/tmp"
  }
  return unsafe pathText(at: variable)
}

/// Sends a whole file to a pipe or a device, waiting for the reader.
///
/// - Parameters:
///   - source: the file, open for reading.
///   - path: the pipe or device.
///   - descriptor: where that is open already; nil to open it.
/// - Throws: ``FileError`` where it takes no more, with `ECANCELED` where the task is cancelled.
func sendBytes(
  of source: Int32, toStreamAt path: String, openAs descriptor: Int32? = nil
) throws(FileError) {
  // Never blocked in a system call, so that every wait can be ended.
  let stream: Int32
  if let descriptor { stream = descriptor } else { stream = try openStream(at: path) }
  defer { if descriptor == nil { close(stream) } }
  // What others opened may block; a pipe that is ready takes a page at once, pipe(7).
  var buffer = [UInt8](repeating: 0, count: descriptor == nil ? 1 << 16 : 4_096)
  var offset = 0
  while true {
    // pread writes at most buffer.count bytes.
    let count = unsafe buffer.withUnsafeMutableBytes { buffer in
      unsafe pread(source, buffer.baseAddress, buffer.count, off_t(offset))
    }
    guard count >= 0 else { throw FileError(.write, path: path, errno: errno) }
    if count == 0 { return }
    offset += count
    var sent = 0
    while sent < count {
      let start = sent
      if descriptor != nil, !isReady(stream) {
        try checkCancellation(path)
        continue
      }
      // write reads count - start bytes from `start` on.
      let taken = unsafe buffer.withUnsafeBytes { buffer in
        unsafe Glibc.write(stream, buffer.baseAddress.map { unsafe $0 + start }, count - start)
      }
      if taken >= 0 {
        sent += taken
      } else if errno == EAGAIN {
        try checkCancellation(path)
        _ = isReady(stream)
      } else if errno != EINTR {
        throw FileError(.write, path: path, errno: errno)
      }
    }
  }
}

/// Waits a little for a stream to take bytes, or to say that it never will.
private func isReady(_ stream: Int32) -> Bool {
  var request = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
  return unsafe poll(&request, 1, 100) > 0
}

/// Opens a pipe or a device as soon as somebody reads it.
private func openStream(at path: String) throws(FileError) -> Int32 {
  while true {
    let stream = unsafe withSystemPath(path) {
      unsafe open($0, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    }
    if stream >= 0 { return stream }
    guard errno == ENXIO || errno == EINTR else {
      throw FileError(.write, path: path, errno: errno)
    }
    try checkCancellation(path)
    usleep(20_000)
  }
}

private func checkCancellation(_ path: String) throws(FileError) {
  if Task.isCancelled { throw FileError(.write, path: path, errno: ECANCELED) }
}
