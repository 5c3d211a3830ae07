import FileStorage
import Foundation
import TestSupport
import Testing

@Suite struct SystemPathTests {
  @Test func `any bytes can be a name, and come back as they were`() {
    for byte in UInt8.min...UInt8.max {
      let name = [UInt8(ascii: "a"), byte, UInt8(ascii: "b")]
      #expect(String(systemPath: name).systemPath == name)
    }
    for name: [UInt8] in [
      [0xC3], [0xC3, 0xC3, 0xA9], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xFF, 0xFE],
      // U+10FEFC, which stands for the byte 0xFC in other names, and a part of it.
      [0xF4, 0x8F, 0xBB, 0xBC], [0xF4, 0x8F, 0xBB], [0xF4, 0x90, 0x80, 0x80],
    ] {
      #expect(String(systemPath: name).systemPath == name)
    }
  }

  @Test func `two names never give one text`() {
    let names: [[UInt8]] = [
      [0xFC], [0xF4, 0x8F, 0xBB, 0xBC], Array("ü".utf8), Array("u\u{308}".utf8),
    ]
    for (index, name) in names.enumerated() {
      for other in names[..<index] {
        #expect(!String(systemPath: name).utf8.elementsEqual(String(systemPath: other).utf8))
      }
    }
  }

  @Test func `a name in UTF-8 is its text`() {
    #expect(String(systemPath: Array("Dvořák 🎻.mid".utf8)) == "Dvořák 🎻.mid")
    #expect("Dvořák".systemPath == Array("Dvořák".utf8))
  }

  @Test func `what is shown steers no terminal`() {
    #expect(String(systemPath: Array("Dvo".utf8) + [0xF8, 0xE1]).displayed == "Dvo\\xf8\\xe1")
    #expect("two\nlines\t\u{1B}[31m\u{7F}".displayed == "two\\x0alines\\x09\\x1b[31m\\x7f")
    #expect(
      "\u{85}\u{9B}\u{202E}x\u{2028}\u{2066}".displayed
        == "\\u{85}\\u{9b}\\u{202e}x\\u{2028}\\u{2066}")
    #expect("Dvořák 👩‍🎤 \r\n".displayed == "Dvořák 👩‍🎤 \\x0d\\x0a")
  }
}

@Suite struct FileNameTests {
  let folder: TemporaryFolderForTests

  init() throws { folder = try TemporaryFolderForTests() }

  @Test func `files of all names are listed, read, made and removed`() throws {
    var names = (UInt8(1)...255).filter { $0 != UInt8(ascii: "/") }.map { [UInt8(ascii: "x"), $0] }
    names += [
      Array("cafe\u{301}".utf8), Array("caf\u{E9}".utf8), [0xF4, 0x8F, 0xBB, 0xBC], [0xFC],
      Array("\u{301}\r\n".utf8),
    ]
    for name in names { makeFile(Array((folder.path + "/").utf8) + name, name) }
    let listed = try listFolder(at: folder.path)
    #expect(listed.count == names.count)
    for name in listed {
      let path = folder.path + "/" + name
      #expect(fileKind(at: path) == .file)
      #expect(try readFile(at: path) == name.systemPath)
      try removeFile(at: path)
    }
    #expect(try listFolder(at: folder.path).isEmpty)
    let below = folder.path + "/" + String(systemPath: [0xE9]) + "/\u{301}/b"
    try createFolder(at: below)
    #expect(try listFolder(at: folder.path).map(\.systemPath) == [[0xE9]])
    #expect(fileKind(at: below) == .folder)
    #expect(realPath(of: below + "/..")?.hasSuffix("/\u{301}") == true)
    try removeFolder(at: folder.path + "/" + String(systemPath: [0xE9]))
    #expect(try listFolder(at: folder.path).isEmpty)
  }

  @Test func `a folder tells what stands in it, but for what links lead to`() throws {
    let at = folder.path + "/"
    makeFile(Array(at.utf8) + [0xFC, UInt8(ascii: "b")])
    try createFolder(at: at + "a")
    makePipe(at + "p")
    makeSocket(at + "s")
    makeLink(at + "to-a", to: "a")
    makeLink(at + "to-p", to: "p")
    makeLink(at + "to-nothing", to: "nothing")
    let entries = try folderEntries(at: folder.path)
    #expect(entries.map(\.name) == (try listFolder(at: folder.path)))
    #expect(
      entries.map(\.name.systemPath) == [
        Array("a".utf8), Array("p".utf8), Array("s".utf8), Array("to-a".utf8),
        Array("to-nothing".utf8), Array("to-p".utf8), [0xFC, UInt8(ascii: "b")],
      ])
    let kinds: [FileKind?] = [.folder, .pipe, .socket, nil, nil, nil, .file]
    for (entry, kind) in zip(entries, kinds) {
      // A disk need not note it; what it notes is true.
      #expect(entry.kind == kind || entry.kind == nil, "\(entry)")
    }
    #expect(throws: FileError(.list, path: at + "none", errno: ENOENT)) {
      try folderEntries(at: at + "none")
    }
  }

  @Test func `a folder that may not be entered tells nothing of what stands in it`() throws {
    let closed = folder.path + "/closed"
    try createFolder(at: closed)
    makeFile(Array((closed + "/a").utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: closed)
    defer {
      try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: closed)
    }
    let entries = try folderEntries(at: closed)
    #expect(entries.map(\.name) == ["a"])
    // Who looks as the superuser may enter all.
    guard fileKind(at: closed + "/a") == nil else { return }
    #expect(entries.map(\.kind) == [nil])
  }

  @Test(arguments: [
    ("a/b.mid", "b.mid", "a", "a/b", "mid"), ("b", "b", ".", "b", ""),
    ("/b.tar.GZ", "b.tar.GZ", "/", "/b.tar", "GZ"), ("a.b/c", "c", "a.b", "a.b/c", ""),
    ("a//b/", "b", "a", "a//b/", ""), (".mid", ".mid", ".", ".mid", ""), ("/", "", "/", "/", ""),
    ("a/.b", ".b", "a", "a/.b", ""), ("b.", "b.", ".", "b.", ""), ("", "", ".", "", ""),
    ("a/\u{301}b.mid", "\u{301}b.mid", "a", "a/\u{301}b", "mid"),
  ])
  func `a path has parts`(
    _ path: String, _ name: String, _ parent: String, _ stem: String, _ ending: String
  ) {
    #expect(fileName(of: path) == name)
    #expect(FileStorage.folder(of: path) == parent)
    #expect(pathWithoutExtension(path) == stem)
    #expect(fileExtension(of: path) == ending)
  }

  @Test func `a path from the root has no detours`() {
    #expect(absolutePath("./a/../b//c/", in: "/d") == "/d/b/c")
    #expect(absolutePath("/../a/.", in: "/d") == "/a")
    #expect(absolutePath("", in: "/d") == "/d")
    #expect(absolutePath("a/..", in: "/d") == "/d")
    #expect(absolutePath("/", in: "/d") == "/")
    #expect(absolutePath("/a/", in: "/d") == "/a")
    #expect(absolutePath("//a/.b", in: "/d") == "/a/.b")
    #expect(absolutePath("/.../..a/b..", in: "/d") == "/.../..a/b..")
    #expect(absolutePath("a") == currentFolder() + "/a")
  }

  @Test(arguments: [nil, "", "home/me", "."])
  func `without a home from the root, the system's record counts`(_ home: String?) throws {
    // The record of the user who runs this, by a program of another author.
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "getent passwd $(id -u) | cut -d: -f6"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let expected = output.trimmingCharacters(in: .newlines)
    #expect(homeFolder(environment: home.map { ["HOME": $0] } ?? [:]) == expected)
    #expect(homeFolder(environment: ["HOME": "/x"]) == "/x")
  }
}
