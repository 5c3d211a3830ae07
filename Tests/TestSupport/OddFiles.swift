import Glibc

/// Makes a file under any bytes, also such as are no text.
package func makeFile(_ path: [UInt8], _ content: [UInt8] = []) {
  let descriptor = unsafe open(cString(path), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  let written = unsafe write(descriptor, content, content.count)
  precondition(written == content.count)
  close(descriptor)
}

/// Makes a file that says that it is so long, and takes no space.
package func makeSparseFile(_ path: String, bytes: Int) {
  makeFile(Array(path.utf8))
  precondition(unsafe truncate(path, bytes) == 0)
}

/// Makes a pipe, to which nobody writes.
package func makePipe(_ path: String) { precondition(unsafe mkfifo(path, 0o600) == 0) }

/// Makes a link, wherever it leads.
package func makeLink(_ path: String, to target: String) {
  precondition(unsafe symlink(target, path) == 0)
}

/// Makes a socket, at which nobody listens.
package func makeSocket(_ path: String) {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8) + [0]
  // A short path, which the address's 108 bytes hold.
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  let size = socklen_t(MemoryLayout<sockaddr_un>.size)
  let code = unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe bind(descriptor, $0, size)
    }
  }
  precondition(code == 0)
  close(descriptor)
}

private func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
