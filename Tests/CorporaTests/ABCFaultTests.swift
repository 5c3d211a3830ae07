import FileStorage
import Foundation
import Music
import StandardMIDIFile
import Testing
import TestSupport
import Tokenization

@testable import Corpora

/// What ABC files say that a converter or an encoding gets in the way of.
///
/// Onsets are in units of an eighth note. The expected ones are arithmetic after The ABC Music
/// Standard 2.1, section 4; music21 9 reads the same.
@Suite(.enabled(if: ABCConverter() != nil)) struct ABCFaultTests {
  let folder: TemporaryFolder
  let header = "X:1\nT:test\nM:4/4\nL:1/8\nQ:1/4=120\nK:C\n"

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String) throws -> PieceFile { try read(Array(text.utf8)) }

  private func read(_ bytes: [UInt8]) throws -> PieceFile {
    try readPiece(at: try folder.write("tune.abc", bytes))
  }

  private func onsets(_ piece: PieceFile) throws -> [Double] {
    let score = Score(try MIDIFile(bytes: piece.bytes))
    // abc2midi strikes a tick of 480 to the quarter late.
    return score.tracks.flatMap(\.notes).map(\.onset).sorted().map { Double($0 / 4) / 60 }
  }

  @Test func `a temporary folder whose name is no UTF-8 does not hinder the converter`() throws {
    let tune = Array((header + "CDEF GABc|\n").utf8)
    var converter = try #require(ABCConverter())
    let expected = converter.midiFile(of: tune)
    let latin1 = String(
      systemPath: Array(folder.path.utf8) + Array("/Dvo".utf8) + [0xF8, 0xE1, 0x6B])
    try createFolder(at: latin1)
    converter.workplace = latin1
    #expect(expected != nil)
    #expect(converter.midiFile(of: tune) == expected)
    #expect(try listFolder(at: latin1).isEmpty)
  }

  @Test func `the converter's errors are the tune's faults`() throws {
    let bad = try read(header + "CDEF HHH ~~ ((( [C|\n")
    #expect(bad.faults.map(\.line) == [7, 7, 7])
    #expect(bad.faults.map(\.character) == [6, 10, nil])
    #expect(bad.faults.last?.reason.hasPrefix("Sustained notes") == true)
    #expect(try read(header + "CDEF GABc|\n").faults.isEmpty)
    #expect(
      try read(header + "CDEF GABc|CD|\n").faults.isEmpty, "a bar cut short is only a warning")
  }

  @Test(arguments: ["\(Int.min)-1", "7-\(Int.max)", "0-5", "-3", "7", "a-b", ""])
  func `words that name no place are no fault`(place: String) {
    let words = Array("Error in line-char \(place) : Malformed note\n".utf8)
    #expect(ABCFault.faults(in: words, of: ABCTune(Array("X:1\n".utf8), lines: [1])).isEmpty)
  }

  @Test func `jumps that are not played are faults`() throws {
    let reasons = try read(header + "!segno!CDEF GABc|!D.S.alfine!C8|!fine!C8|!trill!C8|\n").faults
      .map(\.reason)
    #expect(
      reasons == [
        "!segno! is not played", "!D.S.alfine! is not played", "!fine! is not played",
      ])
  }

  @Test func `a fault is told with its line of the book`() throws {
    let tune = "T:t\nL:1/8\nK:C\n"
    let path = try folder.write(
      "book.abc", Array("R:reel\n\nX:1\n\(tune)CDEF|\n\nX:2\n\(tune)CDEF|\nC H[|]|\n".utf8))
    #expect(try readPiece(at: path + "#1").faults.isEmpty)
    #expect(try readPiece(at: path + "#2").faults.map(\.line).first == 14)
    let corpus = try Corpus(paths: [path + "#1", path + "#2"], vocabulary: PerformanceVocabulary())
    #expect(corpus.pieces.map { $0.faultCount > 0 } == [false, true])
  }

  @Test(arguments: [
    (".c>d .e>f c>d e>f|", [0, 1.5, 2, 3.5, 4, 5.5, 6, 7.5]),
    (".c<d e<.f c<d e<f|", [0, 0.5, 2, 2.5, 4, 4.5, 6, 6.5]),
    (".c>>d e>>.f c>>d e>f|", [0, 1.75, 2, 3.75, 4, 5.75, 6, 7.5]),
    (".c2>d2 c>.d e2|", [0, 3, 4, 5.5, 6]),
    (".^c' > _D, .c/>d/ z5|", [0, 1.5, 2, 2.75]),
  ]) func `a marked note breaks the rhythm as another does`(music: String, want: [Double]) throws {
    let piece = try read(header + music + "\n")
    #expect(try onsets(piece) == want)
    #expect(piece.faults.isEmpty)
  }

  @Test(arguments: [
    ("c>d .e>f", "c>d .e3/2f/2"), ("\"a.c>d\"c>d", "\"a.c>d\"c>d"), ("c>d % .c>d", "c>d % .c>d"),
    ("!.c>d!c>d", "!.c>d!c>d"), (".[ce]>[df]", ".[ce]>[df]"), (".c4>d4", ".c6d2"),
    (".c>>>d", ".c15/8d/8"), (".c>>>>d", ".c>>>>d"), (".c>", ".c>"), (">.c<", ">.c<"),
    (".c|>d", ".c|>d"), ("c>.d", "c3/2.d/2"), ("[K:G].c>d", "[K:G].c3/2d/2"),
    (".c///>d", ".c3/16d/2"), (".c99999>d", ".c29997/2d/2"),
  ]) func `only pairs that the converter cannot break are respelt`(line: String, want: String) {
    var spelt = ABCLine(ArraySlice(line.utf8))
    spelt.spellOutBrokenRhythm()
    #expect(String(decoding: spelt.bytes, as: UTF8.self) == want)
  }

  @Test func `a byte order mark is nothing, wherever books were put together`() throws {
    let plain = Array((header + "CDEF GABc|\n").utf8)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try onsets(read(mark + plain)) == onsets(read(plain)))
    #expect(TuneBook(plain + [10] + mark + plain).tunes.count == 2)
  }

  @Test(arguments: [
    ("X:1\nK:C\n", true), ("\u{FEFF}X:1\n", true), ("%abc-2.1\nfree text\n", true),
    ("% by hand\r\n\r\nR:reel\r\n%%scale 1\r\nX:1\r\n", true), ("", false),
    ("MThd\0\0\0\u{06}", false), ("free text\nX:1\n", false), ("K:C\nCDEF|\nX:1\n", false),
    ("<score-partwise/>", false), ("R:reel\n", false),
  ])
  func `a book of tunes is known by its beginning`(text: String, want: Bool) {
    #expect(TuneBook.mayBegin(with: Array(text.utf8)) == want)
  }

  @Test func `a file in UTF-16 is read`() throws {
    let text = header + "CDEF GABc|\n"
    let units = Array(text.utf16)
    let little: [UInt8] = [0xFF, 0xFE] + units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big: [UInt8] = [0xFE, 0xFF] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let want = try onsets(read(text))
    #expect(want.count == 8)
    #expect(try onsets(read(little)) == want)
    #expect(try onsets(read(big)) == want)
    #expect(TuneBook([0xFF, 0xFE]).tunes.isEmpty)
    #expect(TuneBook([0xFE, 0xFF, 0x00]).tunes.isEmpty)
  }

  @Test(arguments: [
    ("C2|DEFG ABcd|C8|", 6.0), ("|:C|DEFG ABcd|C7:|", 7), ("DEFG ABcd|C8|", 0),
    ("\"|\"C2|DEFG ABcd|C8|", 6), ("[|C2||DEFG ABcd|C8|]", 6), ("C2|[CE]8|", 6),
    ("z2C2|DEFG ABcd|C8|", 4), ("C2z2|DEFG ABcd|C8|", 4), ("C2z6|DEFG ABcd|C8|", 0),
    ("C2|.!f!\"Am\"(DEFG) ABcd|C8|", 6), ("C2|z4 ABcd|C8|", 0),
  ]) func `a pickup is preceded by a rest, and the bars are those of the music`(
    music: String, rest: Double
  ) throws {
    let piece = try read(header + music + "\n")
    let score = Score(try MIDIFile(bytes: piece.bytes))
    #expect(score.timeSignatures.map(\.tick) == [0])
    let first = rest + (music.hasPrefix("z2") ? 2 : 0)
    #expect(try onsets(piece).first == first)
    // As if the rest had been written.
    let written = try read(header + (rest > 0 ? "z\(Int(rest))" : "") + music + "\n")
    if !music.hasPrefix("|:"), !music.hasPrefix("[") {
      #expect(try onsets(piece) == onsets(written))
    }
  }

  @Test func `a pickup of several voices moves them all`() throws {
    let piece = try read(header + "V:1\nC2|DEFG ABcd|C8|\nV:2\nE2|E8|E8|\n")
    #expect(try onsets(piece) == [6, 6, 8, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16])
  }

  @Test func `a tune without a metre, and one that changes it, begin as they are written`() throws {
    #expect(try onsets(read("X:1\nL:1/8\nM:none\nK:C\nC2|DEFG|\n")).first == 0)
    #expect(try onsets(read(header + "[M:2/4]C2|DEFG|\n")).first == 0)
    #expect(try onsets(read(header + "M:1/4\nC2|D2|\n")).first == 0)
  }

  @Test func `a cache with a token that the vocabulary lacks is read anew`() throws {
    let path = try folder.write("tune.abc", Array((header + "CDEF GABc|\n").utf8))
    let vocabulary = PerformanceVocabulary()
    let source = PieceSource(path)
    let corpus = try Corpus(pieces: [source], vocabulary: vocabulary)
    var entry = CorpusCache.Entry(
      pieces: corpus.pieces, files: [0], tokens: corpus.tokens,
      lines: [PieceLines(whole: [2], voices: [])])
    func read(_ entry: CorpusCache.Entry) -> CorpusCache.Entry? {
      CorpusCache.Entry(
        bytes: entry.bytes, sources: [source], contents: [corpus.pieces[0].contentHash],
        vocabularySize: vocabulary.count)
    }
    #expect(read(entry)?.tokens == corpus.tokens)
    entry.tokens[3] = Token(vocabulary.count)
    #expect(read(entry) == nil)
    entry.tokens = corpus.tokens
    entry.pieces[0].seconds = .nan
    #expect(read(entry) == nil)
  }

  @Test func `what another converter made is not taken from the cache`() {
    let cache = CorpusCache(folder: folder.path)
    let vocabulary = PerformanceVocabulary()
    let names = ["4.84", "4.85", nil].map {
      cache.path(contents: [1], vocabulary: vocabulary, converter: $0)
    }
    #expect(Set(names).count == 3)
  }
}
