import Glibc
import Synchronization

/// One of the three files that a process is started with.
public enum StandardStream: Int32, CaseIterable, Sendable {
  case input = 0
  case output = 1
  case error = 2

  /// A bit for each stream that was closed when ``fillGaps()`` looked.
  private static let closed = Atomic<Int32>(0)

  /// Opens `/dev/null` for each stream that is closed, so that no file which is opened later takes its
  /// number and with it whatever is printed.
  ///
  /// To be called before anything is opened.
  public static func fillGaps() {
    // In ascending order: open(2) gives the lowest number that is free.
    for stream in allCases {
      if fcntl(stream.rawValue, F_GETFD) < 0, errno == EBADF {
        let mode = stream == .input ? O_RDONLY : O_WRONLY
        guard unsafe open("/dev/null", mode) == stream.rawValue else { continue }
      } else if !stream.isTakenByRuntime {
        continue
      }
      closed.bitwiseOr(1 << stream.rawValue, ordering: .relaxed)
    }
  }

  /// Whether what has this number is an event queue, which the runtime opened before us and needs: no
  /// process is started with one.
  ///
  /// Reference: proc(5), `/proc/[pid]/fd`.
  private var isTakenByRuntime: Bool {
    let prefix = Array("anon_inode:".utf8)
    var target = [UInt8](repeating: 0, count: prefix.count)
    // readlink writes at most as many bytes as there is room for, and no zero behind them.
    let count = unsafe target.withUnsafeMutableBytes { buffer -> Int in
      guard let start = buffer.baseAddress else { return 0 }
      let characters = unsafe start.assumingMemoryBound(to: CChar.self)
      return unsafe readlink("/proc/self/fd/\(rawValue)", characters, buffer.count)
    }
    return count == prefix.count && target == prefix
  }

  /// Whether the process was started without it.
  public var wasClosed: Bool { Self.closed.load(ordering: .relaxed) & 1 << rawValue != 0 }

  /// Whether a person may be at its other end.
  public var isTerminal: Bool { isatty(rawValue) == 1 }

  /// How many characters a line of the terminal at its other end has; nil where there is none, or where
  /// it does not say.
  public var columns: Int? {
    var size = winsize()
    // TIOCGWINSZ, tty_ioctl(4): the kernel fills in the structure.
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes all bytes.
  ///
  /// - Parameter bytes: what to write.
  /// - Throws: ``FileError``: `EBADF` where the process was started without the stream, `EPIPE` where
  ///   its reader has gone and `SIGPIPE` is ignored, `ENOSPC` where a disk is full.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    guard !wasClosed else { throw FileError(.write, path: name, errno: EBADF) }
    try FileStorage.write(bytes, to: rawValue, ofFileNamed: name)
  }

  /// What an error calls it.
  private var name: String {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }
}
