import Corpora
import FileStorage
import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

struct ConditionedCorpusTests {
  let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"

  /// Pieces in two folders and one beside them, of different metres.
  init() throws {
    for (index, path) in ["jigs/a.mid", "jigs/old/b.mid", "reels/c.mid", "d.mid"].enumerated() {
      let notes = (0..<16).map {
        Note(onset: $0 * 240, duration: 240, pitch: UInt8(60 + ($0 * (index + 3)) % 12))
      }
      let score = Score(
        tracks: [Track(notes: notes)],
        tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 500_000)],
        timeSignatures: [
          TimeSignature(tick: 0, numerator: index < 2 ? 6 : 4, denominator: index < 2 ? 8 : 4)
        ],
        endTick: 16 * 240)
      try createFolder(at: FileStorage.folder(of: "\(folder)/\(path)"))
      try writeFile(score.midiFile().bytes(), at: "\(folder)/\(path)")
    }
  }

  private func sources(_ arguments: [String]) throws -> [PieceSource] {
    try MIDIFileFinder().find(arguments).pieces
  }

  private func plain(
    _ arguments: [String], cache: CorpusCache? = nil
  ) throws -> Corpus {
    try Corpus(
      pieces: try sources(arguments), vocabulary: PerformanceVocabulary(), cache: cache,
      measuringAttributes: true)
  }

  private func styles(_ corpus: Corpus) -> [String: [String]] {
    Dictionary(
      uniqueKeysWithValues: corpus.pieces.map {
        (String($0.path.dropFirst(folder.count + 1)), $0.styles)
      })
  }

  @Test func `a piece's style is the first folder below the one that was named`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain([folder]).learningConditions([.style])
    #expect(
      styles(corpus) == [
        "d.mid": [], "jigs/a.mid": ["jigs"], "jigs/old/b.mid": ["jigs"], "reels/c.mid": ["reels"],
      ])
    #expect(corpus.vocabulary.knownConditions?.values(of: .style) == ["jigs", "reels"])
    // Held out by a folder's name within the first, a piece keeps its style.
    let both = try plain([folder, "\(folder)/jigs"]).learningConditions(
      [.style])
    #expect(styles(both) == styles(corpus))
    // Through a pattern it is the folder that the piece stands in.
    let found = try plain(["\(folder)/**/*.mid"]).learningConditions(
      [.style])
    #expect(styles(found)["jigs/old/b.mid"] == ["old"] && styles(found)["reels/c.mid"] == ["reels"])
  }

  @Test func `folders whose names are no text are styles apart`() throws {
    defer { try? removeFolder(at: folder) }
    let names = [UInt8(0xE8), 0xE9].map { String(systemPath: [$0]) }
    for (name, piece) in zip(names, ["jigs/a.mid", "reels/c.mid"]) {
      try createFolder(at: "\(folder)/\(name)")
      try writeFile(readFile(at: "\(folder)/\(piece)"), at: "\(folder)/\(name)/e.mid")
    }
    let corpus = try plain([folder]).learningConditions([.style])
    let found = corpus.vocabulary.knownConditions?.values(of: .style) ?? []
    #expect(found.map(\.systemPath).contains([0xE8]) && found.map(\.systemPath).contains([0xE9]))
  }

  @Test func `conditions learned and conditions read again give the same corpus, cached or not`()
    throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cache = CorpusCache(folder: folder + "/cache")
    for merges in [0, 5] {
      var corpus = try plain(
        [folder + "/jigs", folder + "/reels", folder + "/d.mid"], cache: cache)
      if merges > 0 { corpus = try corpus.learningMerges(merges) }
      let learned = try corpus.learningConditions(
        [.key, .metre, .tempo, .density, .instruments], from: [0, 1, 3])
      for cache in [nil, cache, cache] {
        let read = try Corpus(
          pieces: corpus.pieces.map(\.source), vocabulary: learned.vocabulary, cache: cache)
        #expect(read.tokens == learned.tokens)
        #expect(read.pieces == learned.pieces)
        #expect(read.digest == learned.digest)
      }
      let told = Array(learned.tokens(ofPiece: 0)[1...3]).map(learned.vocabulary.name(of:))
      #expect(told.count == 3 && learned.pieces[0].attributes?.key != nil)
      #expect(
        Array(learned.tokensWithoutConditions(ofPiece: 0)) == Array(corpus.tokens(ofPiece: 0)))
      #expect(learned.predictionCount(ofPiece: 0) == corpus.predictionCount(ofPiece: 0))
    }
  }

  @Test func `densities are those of the vocabulary's own time where no tempo is told`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // The same notes, at half the tempo and at the tempo in which a piano roll is played.
    for (name, quarter) in [("slow", 1_000_000), ("usual", 500_000)] {
      let notes = (0..<16).map { Note(onset: $0 * 240, duration: 240, pitch: UInt8(60 + $0 % 12)) }
      let score = Score(
        tracks: [Track(notes: notes)],
        tempos: [TempoChange(tick: 0, microsecondsPerQuarter: quarter)], endTick: 16 * 240)
      try createFolder(at: "\(folder)/two")
      try writeFile(score.midiFile().bytes(), at: "\(folder)/two/\(name).mid")
    }
    let corpus = try Corpus(
      pieces: try sources([folder + "/two"]), vocabulary: PianoRollVocabulary(),
      measuringAttributes: true)
    let alone = try corpus.learningConditions([.density])
    #expect(alone.vocabulary.knownConditions?.values(of: .density) == ["4"])
    #expect(Array(alone.tokens(ofPiece: 0)) == Array(alone.tokens(ofPiece: 1)))
    let both = try corpus.learningConditions([.density, .tempo])
    #expect(both.vocabulary.knownConditions?.values(of: .density) == ["2", "4"])
    #expect(both.vocabulary.knownConditions?.values(of: .tempo) == ["60", "120"])
  }

  @Test func `a value that only a piece held out has is not told`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain([folder])
    let reel = try #require(corpus.pieces.firstIndex { $0.path.hasSuffix("c.mid") })
    let others = corpus.pieces.indices.filter { $0 != reel }
    let learned = try corpus.learningConditions([.style], from: others)
    let vocabulary = learned.vocabulary
    #expect(
      vocabulary.name(of: learned.tokens(ofPiece: reel).dropFirst().first ?? 0) == "style, not told"
    )
    #expect(vocabulary.knownConditions?.values(of: .style) == ["jigs"])
  }

  @Test func `a table names styles, several to a piece, of pieces that it speaks of`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let table = try LabelTable(
      "file,style,composer\njigs/a.mid, fast ; slow ,Anna\nd.mid,,Berta\nreels/c.mid,,\n",
      path: "t.csv")
    let sources = try sources([folder])
    let corpus = try Corpus(
      pieces: sources, vocabulary: PerformanceVocabulary(),
      styles: try PieceStyles(table, of: sources, in: [folder]), measuringAttributes: true
    ).learningConditions([.style])
    #expect(
      styles(corpus) == [
        "jigs/a.mid": ["fast", "slow", "Anna"], "d.mid": ["Berta"], "reels/c.mid": [],
        "jigs/old/b.mid": [],
      ])
    #expect(
      corpus.vocabulary.knownConditions?.values(of: .style) == ["Anna", "Berta", "fast", "slow"])
    let nameless = try LabelTable("file,mood\na.mid,sad\n", path: "t.csv")
    #expect(throws: LabelError(.missingColumn("style", found: ["mood"]), path: "t.csv", line: 1)) {
      try PieceStyles(nameless, of: sources, in: [folder])
    }
  }

  @Test func `other styles make another digest, where styles are told`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corpus = try plain([folder])
    let told = try corpus.learningConditions([.style])
    #expect(told.digest != corpus.digest)
    #expect(try corpus.learningConditions([.key]).digest == corpus.digest)
  }
}
