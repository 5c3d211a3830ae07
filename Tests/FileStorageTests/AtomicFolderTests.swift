import FileStorage
import Foundation
import Testing

struct AtomicFolderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func `a folder appears with all that belongs into it`() throws {
    let path = folder.path + "/new/deep/set"
    var set = try AtomicFolder(path: path)
    try set.write([1, 2], at: "a/b/c.mid")
    try set.write([3], at: "d.mid")
    #expect(fileKind(at: path) == nil)
    try set.commit()
    #expect(try readFile(at: path + "/a/b/c.mid") == [1, 2])
    #expect(try listFolder(at: folder.path + "/new/deep") == ["set"])
    #expect(throws: FileError(.createFolder, path: path, errno: EEXIST)) {
      var another = try AtomicFolder(path: path)
      try another.commit()
    }
  }

  @Test func `without a commit nothing is left`() throws {
    do {
      var set = try AtomicFolder(path: folder.path + "/set")
      try set.write([1], at: "a/b.mid")
      #expect(try listFolder(at: folder.path).count == 1)
    }
    #expect(try listFolder(at: folder.path).isEmpty)
  }

  @Test(arguments: [
    "../x", "/x", "a/../../x", "", "a//b", ".", "a/.", "a\0b", "../\u{301}x",
    "a/../\u{301}../\u{301}x",
  ])
  func `nothing is written outside of it`(name: String) throws {
    var set = try AtomicFolder(path: folder.path + "/set")
    #expect(throws: FileError(.write, path: name, errno: EINVAL)) { try set.write([1], at: name) }
  }

  @Test func `a link in it is not followed`() throws {
    try writeFile([9], at: folder.path + "/secret")
    var set = try AtomicFolder(path: folder.path + "/set")
    try FileManager.default.createSymbolicLink(
      atPath: set.temporaryPath + "/link", withDestinationPath: folder.path + "/secret")
    #expect(throws: FileError.self) { try set.write([1], at: "link") }
    #expect(try readFile(at: folder.path + "/secret") == [9])
    try set.write([2], at: "a/file")
    try set.commit()
    #expect(try readFile(at: folder.path + "/set/a/file") == [2])
  }

  @Test func `a folder whose name begins with an accent has its own parent`() throws {
    var set = try AtomicFolder(path: folder.path + "/\u{301}a")
    try set.write([1], at: "\u{301}b/\u{301}c")
    try set.commit()
    #expect(try listFolder(at: folder.path + "/\u{301}a") == ["\u{301}b"])
  }

  @Test func `removing a folder removes links, not what they lead to`() throws {
    try createFolder(at: folder.path + "/kept")
    try writeFile([9], at: folder.path + "/kept/file")
    try createFolder(at: folder.path + "/gone/deep")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/gone/deep/link", withDestinationPath: folder.path + "/kept")
    try removeFolder(at: folder.path + "/gone")
    try removeFolder(at: folder.path + "/gone")
    #expect(try listFolder(at: folder.path) == ["kept"])
    #expect(try listFolder(at: folder.path + "/kept") == ["file"])
  }

  @Test func `a temporary folder goes with its owner`() throws {
    var path = ""
    do {
      let temporary = try FileStorage.TemporaryFolder()
      path = temporary.path
      try writeFile([1], at: path + "/file")
    }
    #expect(fileKind(at: path) == nil)
  }
}

struct ResumableFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func `a file grows over several attempts and appears when it is whole`() throws {
    let path = folder.path + "/song.zip"
    for part in 0..<3 {
      guard var file = try ResumableFile(path: path) else {
        Issue.record("nobody else holds the file")
        return
      }
      #expect(file.count == 2 * part)
      try file.append([UInt8(part), 7])
      #expect(fileKind(at: path) == nil)
      if part == 2 { try file.commit() }
    }
    #expect(try readFile(at: path) == [0, 7, 1, 7, 2, 7])
    #expect(try listFolder(at: folder.path) == ["song.zip"])
  }

  @Test func `it may stand in a folder whose name is no text`() throws {
    let odd = folder.path + "/" + String(systemPath: Array("caf".utf8) + [0xE9])
    try createFolder(at: odd)
    guard var file = try ResumableFile(path: odd + "/song.zip") else {
      Issue.record("nobody else holds the file")
      return
    }
    try file.append([7])
    #expect(try listFolder(at: odd) == ["song.zip.part"])
    try file.commit()
    #expect(try listFolder(at: odd) == ["song.zip"])
    #expect(try listFolder(at: folder.path).map(\.systemPath) == [Array("caf".utf8) + [0xE9]])
  }
}
