import Glibc

/// A file whose bytes the system brings into memory when they are asked for, and takes out again.
///
/// What is asked for is copied, so that nobody holds a page that the file might lose.
///
/// Reference: mmap(2) and madvise(2), Linux man-pages.
@safe public final class MappedFile: Sendable {
  /// The file's path.
  public let path: String
  /// How many bytes it has.
  public let count: Int
  private let descriptor: Int32
  // Written by nobody, and there until the last reference to this object goes.
  private nonisolated(unsafe) let address: UnsafeMutableRawPointer?

  /// Maps a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` where it cannot be opened or mapped, with `EINVAL` where it is no file.
  public init(path: String) throws(FileError) {
    _ = Self.limitIsRaised
    let descriptor = Self.open(path)
    guard descriptor >= 0 else { throw FileError(.read, path: path, errno: errno) }
    var status = stat()
    var problem: Int32 = unsafe fstat(descriptor, &status) == 0 ? 0 : errno
    if problem == 0, FileKind(mode: status.st_mode) != .file { problem = EINVAL }
    let count = Int(status.st_size)
    var address: UnsafeMutableRawPointer?
    if problem == 0, count > 0 {
      unsafe address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
      if unsafe address == MAP_FAILED {
        problem = errno
        unsafe address = nil
      }
    }
    guard problem == 0 else {
      close(descriptor)
      throw FileError(.read, path: path, errno: problem)
    }
    self.path = path
    self.count = count
    self.descriptor = descriptor
    unsafe self.address = address
  }

  private static func open(_ path: String) -> Int32 {
    unsafe withSystemPath(path) {
      unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
  }

  /// A process may open a thousand files at first, and far more where it asks for it: maps may be many, and others
  /// are to be opened beside them.
  private static let limitIsRaised: Void = {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(kind, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(kind, &limit)
  }()

  /// Copies bytes.
  ///
  /// - Parameter range: which ones.
  /// - Returns: the bytes; nil where the file has not so many, or has been cut short since.
  public func bytes(_ range: Range<Int>) -> [UInt8]? {
    guard has(range) else { return nil }
    guard !range.isEmpty, let address = unsafe address else { return [] }
    // The file has bytes up to range.upperBound, and the buffer room for range.count.
    return unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      unsafe buffer.baseAddress?.update(
        from: (address + range.lowerBound).assumingMemoryBound(to: UInt8.self),
        count: range.count)
      count = range.count
    }
  }

  /// Copies numbers of two bytes each, the lower first.
  ///
  /// - Parameters:
  ///   - start: the first one's place in bytes.
  ///   - count: how many numbers.
  /// - Returns: the numbers; nil where the file has not so many, or has been cut short since.
  public func numbers(at start: Int, count: Int) -> [UInt16]? {
    guard count >= 0, count <= self.count / 2, start >= 0, start <= self.count - 2 * count,
      has(start..<start + 2 * count)
    else { return nil }
    guard count > 0, let address = unsafe address else { return [] }
    // The file has 2 * count bytes from `start` on, and the buffer room for them.
    let numbers = unsafe [UInt16](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: address + start, count: 2 * count))
      filled = count
    }
    return isLittleEndian ? numbers : numbers.map(\.byteSwapped)
  }

  /// Lets the system take what was read out of this process's memory; it comes back when it is asked for.
  public func release() {
    guard let address = unsafe address else { return }
    unsafe madvise(address, count, MADV_DONTNEED)
  }

  /// Whether the file has all of some bytes now: one that was cut short would end the process.
  private func has(_ range: Range<Int>) -> Bool {
    guard range.lowerBound >= 0, range.upperBound <= count else { return false }
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && Int(status.st_size) >= range.upperBound
  }

  deinit {
    if let address = unsafe address { unsafe munmap(address, count) }
    close(descriptor)
  }
}

/// Whether numbers stand in memory with their lower byte first.
let isLittleEndian = 1.littleEndian == 1
