import Corpora
import FileStorage
import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@Suite struct MIDIFileFinderTests {
  let folder: TemporaryFolder
  let finder = MIDIFileFinder()

  init() throws {
    folder = try TemporaryFolder()
    for name in [
      "b.mid", "a.MID", "c.midi", "d/e.kar", "d/f/g.rmi", "d/notes.txt", ".hidden/h.mid",
      "d/.i.mid",
    ] {
      try folder.write(name, [])
    }
  }

  private func find(_ names: String...) throws -> [String] {
    try finder.findPieces(in: names.map { folder.path + "/" + $0 })
      .map { String($0.dropFirst(folder.path.count + 1)) }
  }

  @Test func `a folder gives all MIDI files below it, sorted, without hidden ones`() throws {
    let expected = ["a.MID", "b.mid", "c.midi", "d/e.kar", "d/f/g.rmi"]
    #expect(try find(".") == expected.map { "./" + $0 })
  }

  @Test func `files that are named twice are found once`() throws {
    #expect(try find("d", "d/e.kar", "b.mid") == ["b.mid", "d/e.kar", "d/f/g.rmi"])
  }

  @Test func `a file is taken whatever its ending`() throws {
    #expect(try find("d/notes.txt") == ["d/notes.txt"])
  }

  @Test(arguments: [
    ("*.mid", ["b.mid"]),
    ("[ab].*", ["a.MID", "b.mid"]),
    ("[!a-b].*", ["c.midi"]),
    ("?/e.k*r", ["d/e.kar"]),
    ("**/*.rmi", ["d/f/g.rmi"]),
    ("**/?.*", ["a.MID", "b.mid", "c.midi", "d/e.kar", "d/f/g.rmi"]),
    ("d/*", ["d/e.kar", "d/f/g.rmi"]),
  ])
  func `a pattern finds`(_ pattern: String, _ expected: [String]) throws {
    #expect(try find(pattern) == expected)
  }

  @Test func `a pattern leaves out what it finds and cannot search, and finds the rest`() throws {
    // A file where others have a folder.
    try folder.write("c/f", [])
    #expect(try find("*/f/*.rmi") == ["d/f/g.rmi"])
    #expect(try find("*/f/**") == ["d/f/g.rmi"])
    // Who searches as the superuser finds nothing closed.
    try folder.write("closed/h.mid", [])
    let closed = folder.path + "/closed"
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: closed)
    defer {
      try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: closed)
    }
    guard (try? listFolder(at: closed)) == nil else { return }
    for pattern in ["*/?.*", "[cd]*"] {
      let found = try finder.find([folder.path + "/" + pattern])
      #expect(found.paths.contains(folder.path + "/d/e.kar"), "\(pattern)")
      #expect(found.leftOut.map(\.path) == [closed], "\(pattern)")
    }
  }

  @Test func `links that lead in circles are followed once`() throws {
    let folders = FileManager.default
    for name in ["loop", "again", "d/up"] {
      try folders.createSymbolicLink(
        atPath: folder.path + "/" + name, withDestinationPath: folder.path)
    }
    #expect(try find("d") == ["d/e.kar", "d/f/g.rmi", "d/up/a.MID", "d/up/b.mid", "d/up/c.midi"])
    #expect(try find("**/*.rmi") == ["d/f/g.rmi"])
  }

  @Test func `links to files and folders give what they lead to, in order`() throws {
    try folder.write("l/b.mid", [])
    makeLink(folder.path + "/l/c.mid", to: "../b.mid")
    makeLink(folder.path + "/l/a", to: "../d")
    makeLink(folder.path + "/l/d.mid", to: "../d")
    #expect(try find("l") == ["l/a/e.kar", "l/a/f/g.rmi", "l/b.mid", "l/c.mid"])
    // Of several links to one folder the first is followed, though all are listed at once.
    try folder.write("m/x/k.mid", [])
    for name in ["n", "b", "z"] { makeLink(folder.path + "/m/" + name, to: "../d") }
    #expect(try find("m") == ["m/b/e.kar", "m/b/f/g.rmi", "m/x/k.mid"])
  }

  @Test func `folders side by side give their files in order, each once`() throws {
    let numbers = (100..<140).map(String.init)
    for number in numbers.reversed() {
      for name in ["b/c.mid", "a.mid", "b.mid"] { try folder.write("w/\(number)/\(name)", []) }
    }
    let expected = numbers.flatMap { number in
      ["a.mid", "b.mid", "b/c.mid"].map { "w/\(number)/\($0)" }
    }
    #expect(try find("w") == expected)
    // A pattern may fit one path in several ways.
    #expect(try find("w/**/**/*.mid") == expected)
    #expect(try find("w", "w/100") == expected)
  }

  @Test func `a piece knows the arguments that name it, and has one place however it is written`()
    throws
  {
    let arguments = ["d", "./d/../b.mid", "b.mid", "*.m*", "d/f/"].map { folder.path + "/" + $0 }
    let found = try finder.find(arguments)
    func named(_ name: String) -> [String]? {
      found.pieces.first { $0.path.hasSuffix(name) }?.arguments
    }
    #expect(found.pieces.count == 4)
    #expect(Set(named("b.mid") ?? []) == Set(arguments[1...3]))
    #expect(named("e.kar") == [arguments[0]])
    #expect(named("g.rmi") == [arguments[0], arguments[4]])
    #expect(found.leftOut.isEmpty)
  }

  @Test func `a collection is found by its name, where no file has it`() throws {
    let store = folder.path
    let finder = MIDIFileFinder { name in name == "mine" ? store + "/d" : nil }
    let found = try finder.find(["mine"])
    #expect(found.paths == [store + "/d/e.kar", store + "/d/f/g.rmi"])
    #expect(found.pieces.allSatisfy { $0.arguments == ["mine"] })
    #expect(throws: CorpusError(.missing, path: "yours")) { try finder.find(["yours"]) }
  }

  @Test func `an ABC file is left out only beside the MIDI file made of it, and told`() throws {
    for name in [
      "m/bach/1.mid", "m/irish/1.abc", "m/reel.mid", "m/reel.abc", "m/sources/jig.abc", "m/jig.kar",
      "m/other/reel.abc",
    ] {
      try folder.write(name, [])
    }
    let root = folder.path + "/m"
    let found = try finder.find([root])
    #expect(
      found.paths.map { $0.dropFirst(root.count + 1) } == [
        "bach/1.mid", "irish/1.abc", "jig.kar", "other/reel.abc", "reel.mid",
      ])
    #expect(
      found.leftOut == [
        CorpusError(.madeInto(root + "/reel.mid"), path: root + "/reel.abc"),
        CorpusError(.madeInto(root + "/jig.kar"), path: root + "/sources/jig.abc"),
      ])
    // Who asks for one of them by its name gets it.
    let named = try finder.find([root, root + "/reel.abc"])
    #expect(named.paths.contains(root + "/reel.abc"))
    #expect(named.leftOut.map(\.path) == [root + "/sources/jig.abc"])
  }

  @Test func `what is no file and is called like music is left out and told`() throws {
    let below = folder.path + "/d"
    makePipe(below + "/pipe.mid")
    makeSocket(below + "/socket.mid")
    makeLink(below + "/nowhere.kar", to: "nothing")
    makeLink(below + "/circle.mid", to: "circle.mid")
    makeLink(below + "/device.abc", to: "/dev/zero")
    makeLink(below + "/quiet", to: "nothing")
    for argument in [below, below + "/*", below + "/**", folder.path + "/**/*.*"] {
      let found = try finder.find([argument])
      #expect(found.pieces.map(\.path).filter { $0.hasPrefix(below) }.count == 2)
      #expect(
        found.leftOut == [
          CorpusError(.noPlainFile(.brokenLink), path: below + "/circle.mid"),
          CorpusError(.noPlainFile(.device), path: below + "/device.abc"),
          CorpusError(.noPlainFile(.brokenLink), path: below + "/nowhere.kar"),
          CorpusError(.noPlainFile(.pipe), path: below + "/pipe.mid"),
          CorpusError(.noPlainFile(.socket), path: below + "/socket.mid"),
        ], "\(argument)")
    }
    // Where there is nothing else, it is the reason.
    #expect(throws: CorpusError(.noPlainFile(.pipe), path: below + "/pipe.mid")) {
      try finder.find([below + "/p*.mid"])
    }
    #expect(throws: CorpusError(.noPlainFile(.brokenLink), path: below + "/nowhere.kar")) {
      try finder.find([below + "/nowhere.kar"])
    }
    // The shell names all of them for `*.*`.
    let named = try finder.find(
      try listFolder(at: below).filter { $0.contains(".") && !$0.hasPrefix(".") }
        .map { below + "/" + $0 })
    #expect(named.leftOut.count == 5)
    #expect(named.paths.contains(below + "/e.kar"))
  }

  @Test func `a pipe that is named is a piece, read once`() throws {
    let pipe = folder.path + "/pipe.mid"
    makePipe(pipe)
    #expect(try finder.find([pipe]).paths == [pipe])
    let bytes = melody([60, 62, 64]).midiFile().bytes()
    Thread.detachNewThread { try? Data(bytes).write(to: URL(filePath: pipe)) }
    let corpus = try Corpus(
      paths: [pipe], vocabulary: try VocabularyConfiguration.performance().makeVocabulary(),
      cache: CorpusCache(folder: folder.path + "/cache"))
    #expect(corpus.pieces.map(\.noteCount) == [3])
  }

  @Test func `names that differ only in their Unicode form are two files`() throws {
    for name in ["n/caf\u{E9}.mid", "n/cafe\u{301}.mid", "n/\u{E9}/x.mid", "n/e\u{301}/x.mid"] {
      let path = folder.path + "/" + name
      try createFolder(at: (path as NSString).deletingLastPathComponent)
      makeFile(Array(path.utf8))
    }
    let paths = try finder.findPieces(in: [folder.path + "/n"])
    #expect(Set(paths.map { Array($0.utf8) }).count == 4)
    #expect(try finder.findPieces(in: [folder.path + "/n/caf*"]).count == 2)
    #expect(try finder.find(Array(paths)).pieces.map(\.arguments.count) == [1, 1, 1, 1])
  }

  @Test func `names that are no text are found`() throws {
    let path = folder.path + "/m"
    try createFolder(at: path)
    let latin = Array((path + "/M").utf8) + [0xFC] + Array("ller.MID".utf8)
    makeFile(latin)
    makeFile(Array((path + "/\u{10FEFC}.mid").utf8))
    for argument in [path, path + "/*.[mM]*", path + "/**"] {
      let found = try finder.findPieces(in: [argument])
      #expect(Set(found.map(\.systemPath)) == [latin, Array((path + "/\u{10FEFC}.mid").utf8)])
    }
    #expect(try finder.findPieces(in: [path + "/M?ller.*"]).map(\.systemPath) == [latin])
    #expect(try finder.findPieces(in: [String(systemPath: latin)]).map(\.systemPath) == [latin])
  }

  @Test func `a file larger than any music is not read`() throws {
    let path = try folder.write("huge.mid", [])
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.truncate(atOffset: 1 << 40)
    #expect(
      throws: CorpusError(.unreadable(FileError(.read, path: path, errno: EFBIG)), path: path)
    ) {
      try readMIDIFile(at: path)
    }
  }

  @Test func `a path that does not exist is refused by name`() {
    let path = folder.path + "/nothing"
    #expect(throws: CorpusError(.missing, path: path)) { try finder.findPieces(in: [path]) }
  }

  @Test func `a pattern that fits nothing is refused by name`() {
    let path = folder.path + "/*.wav"
    #expect(throws: CorpusError(.missing, path: path)) { try finder.findPieces(in: [path]) }
  }

  @Test func `a folder without MIDI files is refused by name`() throws {
    try folder.write("empty/readme.txt", [])
    let path = folder.path + "/empty"
    #expect(throws: CorpusError(.noMIDIFiles, path: path)) { try finder.findPieces(in: [path]) }
  }
}
