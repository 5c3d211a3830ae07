import FileStorage
import Foundation
import TestSupport
import Testing

@Suite struct MappedFileTests {
  let folder: TemporaryFolderForTests

  init() throws { folder = try TemporaryFolderForTests() }

  @Test func `bytes and numbers are copied from where they stand`() throws {
    let path = folder.path + "/file"
    var file = try AtomicFile(path: path)
    try file.write([7])
    try file.write(numbers: [0x0201, 0x0403, 0xFFFE])
    try file.commit()
    let mapped = try MappedFile(path: path)
    #expect(mapped.count == 7)
    #expect(mapped.bytes(0..<7) == [7, 1, 2, 3, 4, 0xFE, 0xFF])
    for _ in 0..<2 {
      #expect(mapped.numbers(at: 1, count: 3) == [0x0201, 0x0403, 0xFFFE])
      #expect(mapped.numbers(at: 3, count: 1) == [0x0403])
      mapped.release()
    }
    #expect(mapped.bytes(7..<7) == [] && mapped.numbers(at: 7, count: 0) == [])
    #expect(mapped.bytes(0..<8) == nil)
    for (start, count) in [(2, 3), (8, 0), (-1, 1), (0, -1), (Int.max, 1), (0, Int.max)] {
      #expect(mapped.numbers(at: start, count: count) == nil, "\(start), \(count)")
    }
  }

  @Test func `a file that is cut short gives nil where it had bytes`() throws {
    let path = folder.path + "/file"
    try writeFile([UInt8](repeating: 1, count: 100_000), at: path)
    let mapped = try MappedFile(path: path)
    #expect(mapped.bytes(90_000..<90_002) == [1, 1])
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.truncate(atOffset: 10)
    try handle.close()
    #expect(mapped.bytes(90_000..<90_002) == nil && mapped.numbers(at: 50_000, count: 2) == nil)
    #expect(mapped.bytes(0..<10)?.count == 10)
  }

  @Test func `what is no file is not mapped, and an empty one is`() throws {
    makePipe(folder.path + "/pipe")
    for name in ["/pipe", "/nothing", ""] {
      #expect(throws: FileError.self) { try MappedFile(path: folder.path + name) }
    }
    try writeFile([], at: folder.path + "/empty")
    #expect(try MappedFile(path: folder.path + "/empty").bytes(0..<0) == [])
  }

  @Test func `more files are mapped than a process may open at first`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolderForTests()
      try writeFile([5], at: folder.path + "/file")
      let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      var limit = rlimit()
      let isKnown = unsafe getrlimit(kind, &limit) == 0
      limit.rlim_cur = 40
      let isSet = unsafe setrlimit(kind, &limit) == 0
      #expect(isKnown && isSet)
      let mapped = try (0..<100).map { _ in try MappedFile(path: folder.path + "/file") }
      #expect(mapped.allSatisfy { $0.bytes(0..<1) == [5] })
    }
  }

  @Test func `a stamp tells a file that was written again or replaced`() throws {
    let path = folder.path + "/file"
    try writeFile([1, 2, 3], at: path)
    let first = try #require(FileStamp(path: path))
    #expect(FileStamp(path: path) == first && first.size == 3)
    try writeFile([1, 2, 4], at: path)
    #expect(FileStamp(path: path) != first)
    #expect(FileStamp(path: folder.path) == nil && FileStamp(path: path + "x") == nil)
  }
}
