import Corpora
import FileStorage
import Foundation
import Music
import StandardMIDIFile
import Testing
import Tokenization

/// ABC files as pieces.
struct ABCNotationTests {
  let folder: TemporaryFolder
  static let isInstalled = ABCConverter() != nil
  let book = """
    %abc-2.1
    R:reel
    free text
    X:7
    T:One
    M:4/4
    L:1/4
    K:C
    CDEF|GABc|

    X:7
    T:Two
    %%abc-include /etc/passwd
    M:3/4
    L:1/4
    K:G
    GAB|

    """

  init() throws { folder = try TemporaryFolder() }

  func tunes(_ text: String) -> [String] {
    TuneBook(Array(text.utf8)).tunes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a book's tunes each have its header and one number, and read no other file`() {
    let expected = [
      "X:1\nR:reel\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n\n",
      "X:1\nR:reel\nT:Two\nM:3/4\nL:1/4\nK:G\nGAB|\n\n",
    ]
    #expect(tunes(book) == expected)
    let other = tunes(book.replacingOccurrences(of: "\n", with: "\r\n"))
    #expect(
      other.map { $0.trimmingCharacters(in: .newlines) }
        == expected.map { $0.trimmingCharacters(in: .newlines) })
    #expect(tunes(book.replacingOccurrences(of: "\n", with: "\r")).count == 2)
    #expect(tunes("").isEmpty)
    #expect(tunes("CDEF|\nK:C\n").isEmpty)
    #expect(TuneBook([0xFF, 0x58, 0x3A, 0x0A, 0x58, 0x3A]).tunes == [Array("X:1\n".utf8)])
  }

  @Test func `every tune of a book is a piece, and what MIDI was made of is not one again`() throws
  {
    try folder.write("set/book.abc", Array(book.utf8))
    try folder.write("set/one.ABC", Array("X:1\nK:C\nC|\n".utf8))
    try folder.write("set/reel.mid", [1])
    try folder.write("set/sources/reel.abc", Array(book.utf8))
    func find(_ names: String...) throws -> [String] {
      try MIDIFileFinder().findPieces(in: names.map { folder.path + "/" + $0 })
        .map { String($0.dropFirst(folder.path.count + 1)) }
    }
    #expect(try find("set") == ["set/book.abc#1", "set/book.abc#2", "set/one.ABC", "set/reel.mid"])
    #expect(try find("set/book.abc#2") == ["set/book.abc#2"])
    #expect(
      try find("set/sources/*.abc") == ["set/sources/reel.abc#1", "set/sources/reel.abc#2"])
    #expect(throws: CorpusError.self) { try find("set/book.abc#0") }
    #expect(throws: CorpusError.self) { try find("set/none.abc#1") }
  }

  @Test(.enabled(if: isInstalled)) func `tunes are read as the music they are`() throws {
    let path = try folder.write("book.abc", Array(book.utf8))
    func pitches(_ piece: String) throws -> [UInt8] {
      Score(try MIDIFile(bytes: readMIDIFile(at: piece))).tracks.flatMap(\.notes).map(\.pitch)
    }
    #expect(try pitches(path + "#1") == [60, 62, 64, 65, 67, 69, 71, 72])
    #expect(try pitches(path + "#2") == [67, 69, 71])
    #expect(throws: CorpusError(.manyTunes(2), path: path)) { try readMIDIFile(at: path) }
    #expect(throws: CorpusError(.noTune(number: 3, tunes: 2), path: path)) {
      try readMIDIFile(at: path + "#3")
    }
  }

  @Test(.enabled(if: isInstalled)) func `a source of midi/ becomes its MIDI file's notes`() throws {
    let midi = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "midi").path
    for name in ["auld-lang-syne", "bach-prelude-bwv-846", "drowsy-maggie"] {
      let made = try Score(MIDIFile(bytes: readFile(at: "\(midi)/\(name).mid")))
      let read = try Score(MIDIFile(bytes: readMIDIFile(at: "\(midi)/sources/\(name).abc")))
      #expect(read.strikes == made.strikes, "\(name)")
    }
  }

  @Test(.enabled(if: isInstalled)) func `a corpus of tunes is the same from the cache`() throws {
    let path = try folder.write("book.abc", Array(book.utf8))
    try folder.write("bad.abc", Array("X:1\nT:no key\n".utf8))
    let paths = try MIDIFileFinder().findPieces(in: [folder.path])
    #expect(paths.count == 3)
    let cache = CorpusCache(folder: folder.path + "/cache")
    let read = {
      try Corpus(paths: paths, vocabulary: PerformanceVocabulary(), threads: 2, cache: cache)
    }
    let first = try read()
    #expect(first.pieces.map(\.path) == [path + "#1", path + "#2"])
    #expect(first.pieces.map(\.noteCount) == [8, 3])
    #expect(first.skipped.map(\.path) == [folder.path + "/bad.abc"])
    let second = try read()
    #expect(second.pieces == first.pieces)
    #expect(second.tokens == first.tokens)
  }

  @Test func `a converter that hangs, crashes or writes nothing gives no piece`() throws {
    for script in [
      "exec sleep 60", "kill -SEGV $$", "exit 0", "exit 3", "echo x > tune.mid; exit 3",
    ] {
      let program = try folder.write(
        "bin/abc2midi", Array("#!/bin/sh\n\(script)\n".utf8))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      var converter = try #require(ABCConverter(environment: ["PATH": ":bin:\(folder.path)/bin"]))
      #expect(converter.executable == program)
      converter.timeLimit = 0.3
      let start = ContinuousClock.now
      #expect(converter.midiFile(of: Array("X:1\nK:C\nC|\n".utf8)) == nil, "\(script)")
      #expect(ContinuousClock.now - start < .seconds(5), "\(script)")
    }
    #expect(ABCConverter(environment: ["PATH": "/nowhere"]) == nil)
    #expect(ABCConverter(environment: [:]) == nil)
  }
}

extension Score {
  /// Onsets from the first one, and pitches: what a pickup's rest does not change.
  fileprivate var strikes: [[Int]] {
    let first = tracks.flatMap(\.notes).map(\.onset).min() ?? 0
    return tracks.map { $0.notes.flatMap { [$0.onset - first, Int($0.pitch)] } }
  }
}
