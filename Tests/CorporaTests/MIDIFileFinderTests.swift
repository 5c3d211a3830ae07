import Corpora
import Foundation
import Testing

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

  @Test func `links that lead in circles are followed once`() throws {
    let folders = FileManager.default
    for name in ["loop", "again", "d/up"] {
      try folders.createSymbolicLink(
        atPath: folder.path + "/" + name, withDestinationPath: folder.path)
    }
    #expect(try find("d") == ["d/e.kar", "d/f/g.rmi", "d/up/a.MID", "d/up/b.mid", "d/up/c.midi"])
    #expect(try find("**/*.rmi") == ["d/f/g.rmi"])
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
