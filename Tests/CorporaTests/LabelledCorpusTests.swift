import Corpora
import FileStorage
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@Suite struct LabelledCorpusTests {
  let folder: TemporaryFolder
  private var random = SeededGenerator(seed: 3)

  init() throws { folder = try TemporaryFolder() }

  /// Writes pieces that are unlike each other.
  private mutating func write(_ names: [String]) throws {
    for name in names {
      let pitches = (0..<12).map { _ in UInt8.random(in: 30...90, using: &random) }
      try folder.write(name, melody(pitches).midiFile().bytes())
    }
  }

  private func corpus(_ arguments: [String]? = nil) throws -> LabelledCorpus {
    let found = try MIDIFileFinder().find(arguments ?? [folder.path])
    let corpus = try Corpus(pieces: found.pieces, vocabulary: PerformanceVocabulary(), threads: 2)
    return try LabelledCorpus(corpus, PieceLabels(foldersOf: found.pieces))
  }

  private func names(_ corpus: LabelledCorpus, _ pieces: [Int]) -> [String] {
    pieces.map { String(corpus.corpus.pieces[$0].path.dropFirst(folder.path.count + 1)) }
  }

  /// Which names are one work with which: the lists of two or more.
  private func works(_ corpus: LabelledCorpus) -> [[String]] {
    Dictionary(grouping: corpus.truth.indices) { corpus.works[$0] }.values
      .filter { $0.count > 1 }.map { names(corpus, $0) }.sorted { $0[0] < $1[0] }
  }

  @Test
  mutating func `sub-folders are labels at any depth, and files of their own have their folder's`()
    throws
  {
    try write(["b/1.mid", "a/x/2.mid", "a/3.mid"])
    let corpus = try corpus()
    #expect(corpus.labels == ["a", "b"])
    #expect(corpus.truth == [0, 0, 1])
    let own = try self.corpus([folder.path + "/a/x/2.mid", folder.path + "/b" + "/1.mid"])
    #expect(own.labels == ["b", "x"])
  }

  @Test mutating func `a piece in no sub-folder is refused`() throws {
    try write(["a/1.mid", "2.mid", "3.mid"])
    #expect(throws: LabelError(.inNoFolder(others: 1), path: folder.path + "/2.mid")) {
      try corpus()
    }
  }

  @Test mutating func `movements are one work, catalogue numbers are works`() throws {
    try write([
      "a/mond_1.mid", "a/mond_2.mid", "a/mond_3.mid", "a/op27no1_mvt1.mid", "a/op27no1_mvt2.mid",
      "a/op27no2_mvt1.mid", "a/Suite-I.mid", "a/Suite-IV.mid", "a/alb_esp1.mid", "a/alb_esp2.mid",
      "a/bwv846.mid", "a/bwv847.mid", "a/op10.mid", "a/op25.mid", "a/mix.mid", "a/mv.mid",
    ])
    #expect(
      works(try corpus()) == [
        ["a/Suite-I.mid", "a/Suite-IV.mid"], ["a/alb_esp1.mid", "a/alb_esp2.mid"],
        ["a/mond_1.mid", "a/mond_2.mid", "a/mond_3.mid"],
        ["a/op27no1_mvt1.mid", "a/op27no1_mvt2.mid"],
      ])
  }

  @Test mutating func `movements that say so are one work, whatever their names end with`() throws {
    let mark = MovementMark(ofWork: [1])
    for number in 1...2 {
      var score = melody((0..<12).map { _ in UInt8.random(in: 30...90, using: &random) })
      let text = mark.text(ofMovement: number, of: 2)
      score.texts = [TextEvent(tick: 0, kind: .text, text: text)]
      try folder.write("a/quartet-in-d-\(number).mid", score.midiFile().bytes())
    }
    #expect(works(try corpus()) == [["a/quartet-in-d-1.mid", "a/quartet-in-d-2.mid"]])
  }

  @Test mutating func `a folder below a label is a work, a numbered collection is none`() throws {
    try write(["a/set/x.mid", "a/set/y.mid", "a/z.mid"] + (10..<50).map { "b/tune\($0).mid" })
    #expect(works(try corpus()) == [["a/set/x.mid", "a/set/y.mid"]])
  }

  @Test mutating func `near-duplicates are one work, whatever they are called`() throws {
    try write(["a/1st.mid", "b/other.mid"])
    let pitches = (0..<40).map { _ in UInt8.random(in: 40...80, using: &random) }
    try folder.write("a/p.mid", melody(pitches).midiFile().bytes())
    try folder.write("b/q.mid", melody(pitches.map { $0 + 3 }).midiFile().bytes())
    #expect(works(try corpus()) == [["a/p.mid", "b/q.mid"]])
  }

  @Test mutating func `no work stands on both sides, and each label that can be is held out`()
    throws
  {
    try write(
      (0..<20).flatMap { work in
        (1...3).map { "a/piece\(work % 2 == 0 ? "x" : "y")\(100 + work)_\($0).mid" }
      }
        + ["b/u_1.mid", "b/u_2.mid", "b/v.mid"] + ["c/one_1.mid", "c/one_2.mid"])
    let corpus = try corpus()
    let split = try corpus.split(.fraction(0.2))
    #expect((split.train + split.valid).sorted() == Array(corpus.truth.indices))
    #expect(
      Set(split.train.map { corpus.works[$0] }).isDisjoint(
        with: split.valid.map { corpus.works[$0] }))
    let held = corpus.labels.indices.map { label in
      split.valid.count { corpus.truth[$0] == label }
    }
    #expect((9...18).contains(held[0]))
    // Of two works the smaller, or either where the share allows it; of one work nothing.
    #expect((1...2).contains(held[1]))
    #expect(held[2] == 0)
    #expect(try corpus.split(.fraction(0)).valid.isEmpty)
    // Lots depend on the notes alone.
    let again = try self.corpus().split(.fraction(0.2))
    #expect(again.valid == split.valid)
  }

  @Test mutating func `a table labels pieces, and names their works`() throws {
    try write(["1.mid", "2.mid", "3.mid", "4.mid"])
    let table = try LabelTable(
      "file,label,work\n1.mid,x,w\n2.mid,x,w\n3.mid,y,w\n", path: folder.path + "/labels.csv")
    let found = try MIDIFileFinder().find([folder.path])
    let names = try PieceLabels(table, column: "label", of: found.pieces, in: [folder.path])
    #expect(found.pieces.map { names[$0]?.label } == ["x", "x", "y", nil])
    let corpus = try LabelledCorpus(
      Corpus(pieces: Array(found.pieces.prefix(3)), vocabulary: PerformanceVocabulary()), names)
    #expect(works(corpus) == [["1.mid", "2.mid"]])
    #expect(throws: LabelError.self) {
      try PieceLabels(table, column: "style", of: found.pieces, in: [])
    }
  }
}
