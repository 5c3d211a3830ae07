import Foundation
import Glibc
import Testing

@testable import FileStorage

/// What is done where something stands already under the name of a file that is written.
struct ReplacementTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  /// Writes as on a file system that has files without a name, and as on one that has none.
  private func write(
    _ bytes: [UInt8], at path: String, replacement: Replacement, isNamed: Bool,
    meanwhile: () throws -> Void = {}
  ) throws {
    var file = try AtomicFile(path: path, replacement: replacement, isNamed: isNamed)
    try file.write(bytes)
    try meanwhile()
    try file.commit()
  }

  @Test(arguments: [false, true])
  func `nothing is replaced unless it is asked for`(isNamed: Bool) throws {
    let path = folder.path + "/a"
    try write([1], at: path, replacement: .never, isNamed: isNamed)
    #expect(throws: FileError(.write, path: path, errno: EEXIST)) {
      try write([2], at: path, replacement: .never, isNamed: isNamed)
    }
    #expect(try readFile(at: path) == [1])
    try write([3], at: path, replacement: .always, isNamed: isNamed)
    #expect(try readFile(at: path) == [3])
    #expect(try listFolder(at: folder.path) == ["a"])
  }

  @Test(arguments: [false, true])
  func `a file that came in between is not replaced`(isNamed: Bool) throws {
    let path = folder.path + "/a"
    #expect(throws: FileError(.write, path: path, errno: EEXIST)) {
      try write([2], at: path, replacement: .never, isNamed: isNamed) {
        try Data([1]).write(to: URL(filePath: path))
      }
    }
    #expect(try readFile(at: path) == [1])
    #expect(try listFolder(at: folder.path) == ["a"])
  }

  @Test(arguments: [false, true])
  func `a protected file is never replaced`(isNamed: Bool) throws {
    let path = folder.path + "/a"
    try write([1], at: path, replacement: .never, isNamed: isNamed)
    for replacement in [Replacement.always, .never] {
      #expect(throws: FileError(.write, path: path, errno: EPERM)) {
        try write([2], at: path, replacement: replacement, isNamed: isNamed) {
          try #require(unsafe chmod(path, 0o444) == 0)
        }
      }
    }
    #expect(try readFile(at: path) == [1])
    #expect(try mode(of: path) == 0o444)
    #expect(try listFolder(at: folder.path) == ["a"])
  }

  @Test(arguments: [0o600, 0o640, 0o755], [false, true])
  func `a replaced file keeps its mode`(mode: Int, isNamed: Bool) throws {
    let path = folder.path + "/a"
    try write([1], at: path, replacement: .always, isNamed: isNamed)
    try #require(unsafe chmod(path, mode_t(mode)) == 0)
    try write([2], at: path, replacement: .always, isNamed: isNamed)
    #expect(try self.mode(of: path) == mode)
    #expect(try readFile(at: path) == [2])
  }

  @Test(arguments: [false, true])
  func `a name of 255 bytes can be written, one of 256 is refused at the start`(
    isNamed: Bool
  ) throws {
    let path = folder.path + "/" + String(repeating: "n", count: 251) + ".mid"
    try write([1], at: path, replacement: .never, isNamed: isNamed)
    try write([2], at: path, replacement: .always, isNamed: isNamed)
    #expect(try readFile(at: path) == [2])
    let longer = folder.path + "/" + String(repeating: "n", count: 252) + ".mid"
    #expect(throws: FileError(.write, path: longer, errno: ENAMETOOLONG)) {
      try AtomicFile(path: longer, replacement: .always, isNamed: isNamed).commit()
    }
  }

  @Test(arguments: [false, true])
  func `a link to nothing yet makes its target`(isNamed: Bool) throws {
    try createFolder(at: folder.path + "/deep")
    let links = [("first", "second"), ("second", "deep/target")]
    for (link, target) in links {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/" + link, withDestinationPath: target)
    }
    try write([7], at: folder.path + "/first", replacement: .never, isNamed: isNamed)
    #expect(try readFile(at: folder.path + "/deep/target") == [7])
    #expect(throws: FileError(.write, path: folder.path + "/first", errno: EEXIST)) {
      try write([8], at: folder.path + "/first", replacement: .never, isNamed: isNamed)
    }
    try write([8], at: folder.path + "/first", replacement: .always, isNamed: isNamed)
    #expect(try readFile(at: folder.path + "/deep/target") == [8])
    #expect(try listFolder(at: folder.path) == ["deep", "first", "second"])
  }

  @Test func `links in a circle are an error`() throws {
    for (link, target) in [("a", "b"), ("b", "a")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/" + link, withDestinationPath: target)
    }
    #expect(throws: FileError(.write, path: folder.path + "/a", errno: ELOOP)) {
      try writeFile([1], at: folder.path + "/a")
    }
  }

  @Test func `a file that is being written has no name`() throws {
    var file = try AtomicFile(path: folder.path + "/a")
    try file.write([1])
    #expect(try listFolder(at: folder.path) == [])
    try file.commit()
    #expect(try listFolder(at: folder.path) == ["a"])
  }

  @Test func `what a dead process has left is removed by the next that writes there`() throws {
    // No process has this number: the largest that Linux gives is 4194304.
    let dead = ".musegen-4194305-1"
    let kept = [
      ".musegen-4194305-2", ".musegen-\(getpid())-1", ".musegen-4194305-1.mid", ".musegen-x-1",
    ]
    for name in [dead] + kept { try Data([1]).write(to: URL(filePath: folder.path + "/" + name)) }
    try FileManager.default.createDirectory(
      atPath: folder.path + "/.musegen-4194305-3/deep", withIntermediateDirectories: true)
    // All but the first of those kept are old.
    for name in [dead, ".musegen-4194305-3"] + kept.dropFirst() {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -7_200)],
        ofItemAtPath: folder.path + "/" + name)
    }
    try writeFile([1], at: folder.path + "/new")
    #expect(try Set(listFolder(at: folder.path)) == Set(kept + ["new"]))
  }

  @Test func `a pipe is sent the whole file as soon as somebody reads it`() throws {
    let pipe = folder.path + "/pipe"
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    // More than a pipe holds at once.
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let reader = Process()
    reader.executableURL = URL(filePath: "/bin/cp")
    reader.arguments = [pipe, folder.path + "/read"]
    try reader.run()
    try writeFile(bytes, at: pipe, replacement: .never)
    reader.waitUntilExit()
    #expect(try readFile(at: folder.path + "/read") == bytes)
    #expect(try listFolder(at: folder.path) == ["pipe", "read"])
  }

  @Test func `waiting for the reader of a pipe ends with its task`() async throws {
    let pipe = folder.path + "/pipe"
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    let writing = Task.detached { try writeFile([1], at: pipe) }
    // From outside the threads of tasks, one of which the writing has.
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { writing.cancel() }
    await #expect(throws: FileError(.write, path: pipe, errno: ECANCELED)) {
      try await writing.value
    }
  }
}
