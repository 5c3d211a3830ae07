import FileStorage
import Foundation
import Testing

/// A folder of its own for one test, removed afterwards.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "musegen-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct AtomicFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func `what is written is read back`() throws {
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try writeFile(bytes, at: folder.path + "/a.bin")
    #expect(try readFile(at: folder.path + "/a.bin") == bytes)
    try writeFile([], at: folder.path + "/a.bin")
    #expect(try readFile(at: folder.path + "/a.bin") == [])
    #expect(try listFolder(at: folder.path) == ["a.bin"])
  }

  @Test func `a file that is not committed leaves the old one and no temporary`() throws {
    let path = folder.path + "/a.bin"
    try writeFile([1, 2, 3], at: path)
    do {
      var file = try AtomicFile(path: path)
      try file.write([4, 5])
      #expect(try readFile(at: path) == [1, 2, 3])
    }
    #expect(try listFolder(at: folder.path) == ["a.bin"])
    #expect(try readFile(at: path) == [1, 2, 3])
  }

  @Test func `a link is written through`() throws {
    try writeFile([1], at: folder.path + "/real")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: folder.path + "/real")
    try writeFile([2], at: folder.path + "/link")
    #expect(try readFile(at: folder.path + "/real") == [2])
    #expect(try listFolder(at: folder.path) == ["link", "real"])
  }

  @Test func `errors say what and why`() throws {
    let missing = folder.path + "/none/a.bin"
    #expect(throws: FileError(.write, path: missing, errno: ENOENT)) {
      try writeFile([1], at: missing)
    }
    #expect(
      FileError(.write, path: "x/a", errno: ENOENT).description
        == "x/a: cannot write: its folder does not exist")
    #expect(
      FileError(.read, path: "a", errno: ENOENT).description
        == "a: cannot read: no such file or directory")
    #expect(throws: FileError(.read, path: folder.path, errno: EISDIR)) {
      try readFile(at: folder.path)
    }
    #expect(throws: FileError(.write, path: folder.path, errno: EISDIR)) {
      try writeFile([], at: folder.path)
    }
  }

  @Test func `folders are made with those above them`() throws {
    let deep = folder.path + "/a/b/c"
    try createFolder(at: deep)
    try createFolder(at: deep)
    #expect(fileKind(at: deep) == .folder)
    try writeFile([1], at: deep + "/f")
    #expect(fileKind(at: deep + "/f") == .file)
    #expect(fileKind(at: deep + "/g") == nil)
    try removeFile(at: deep + "/f")
    try removeFile(at: deep + "/f")
    #expect(try listFolder(at: deep) == [])
  }

  @Test func `a log grows by lines`() throws {
    let path = folder.path + "/log"
    do { try LogFile(path: path).append("one") }
    do { try LogFile(path: path).append("two") }
    #expect(try String(decoding: readFile(at: path), as: UTF8.self) == "one\ntwo\n")
  }

  @Test func `a lock is held by one at a time`() throws {
    let path = folder.path + "/lock"
    // A lock cannot be copied, so what is compared is whether there is one.
    func isFree() throws -> Bool {
      let lock = try FileLock(path: path)
      switch lock {
      case .some: return true
      case .none: return false
      }
    }
    do {
      let held = try FileLock(path: path)
      #expect(try !isFree())
      #expect(FileLock.isHeld(path: path))
      _ = consume held
    }
    #expect(!FileLock.isHeld(path: path))
    #expect(!FileLock.isHeld(path: path + "-none"))
    #expect(try isFree())
  }

  @Test func `a lock is free once its holder lets it go, whatever programs are begun meanwhile`()
    throws
  {
    let refusals = try refusals(amongTries: 20_000) { _ in
      let program = Process()
      program.executableURL = URL(filePath: "/bin/true")
      try? program.run()
      program.waitUntilExit()
    }
    #expect(refusals == 0)
  }

  @Test func `asking whether a lock is held takes nothing`() throws {
    #expect(try refusals(amongTries: 5_000) { _ = FileLock.isHeld(path: $0) } == 0)
  }

  /// How often a lock cannot be had that is taken again and again while something else is done beside it.
  private func refusals(
    amongTries count: Int, beside work: @escaping @Sendable (String) -> Void
  ) throws -> Int {
    let path = folder.path + "/lock"
    try writeFile([], at: path)
    let other = Thread { while !Thread.current.isCancelled { work(path) } }
    other.start()
    defer { other.cancel() }
    var refusals = 0
    for _ in 0..<count {
      switch try FileLock(path: path) {
      case .some: break
      case .none: refusals += 1
      }
    }
    return refusals
  }
}
