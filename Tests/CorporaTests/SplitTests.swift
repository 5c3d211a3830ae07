import Corpora
import FileStorage
import Foundation
import Music
import Settings
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// What is held out, and that nothing of it is trained on.
@Suite struct SplitTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ score: Score) throws {
    try folder.write(name, score.midiFile().bytes())
  }

  private func corpus() throws -> Corpus {
    try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder.path]),
      vocabulary: PerformanceVocabulary(), threads: 2)
  }

  @Test func `a split keeps duplicates together and pieces where they were`() throws {
    var generator = SeededGenerator(seed: 1)
    for index in 0..<40 {
      let pitches = (0..<8).map { _ in UInt8.random(in: 20...100, using: &generator) }
      try write("\(index).mid", melody(pitches))
      try write("\(index)-up.mid", melody(pitches.map { $0 + 5 }))
    }
    let before = try corpus()
    let names = { (corpus: Corpus, indices: [Int]) in Set(indices.map { corpus.pieces[$0].path }) }
    let split = try before.split(.fraction(0.25))
    let (train, valid) = (split.train, split.valid)
    #expect((train + valid).sorted() == Array(before.pieces.indices))
    #expect((6...36).contains(valid.count))
    for group in before.duplicates {
      #expect(Set(group).isSubset(of: valid) || Set(group).isDisjoint(with: valid))
    }
    for index in 100..<120 {
      let pitches = (0..<8).map { _ in UInt8.random(in: 20...100, using: &generator) }
      try write("\(index).mid", melody(pitches))
    }
    let after = try corpus()
    #expect(
      names(before, valid).isSubset(of: names(after, try after.split(.fraction(0.25)).valid)))
  }

  @Test func `movements that say of which work they are stand on one side`() throws {
    var generator = SeededGenerator(seed: 8)
    func tune() -> Score {
      melody((0..<12).map { _ in UInt8.random(in: 20...100, using: &generator) })
    }
    for work in 0..<10 {
      let mark = MovementMark(ofWork: [UInt8(work)])
      for movement in 1...3 {
        var score = tune()
        let text = mark.text(ofMovement: movement, of: 3)
        score.texts = [TextEvent(tick: 0, kind: .text, text: text)]
        try write("\(work)-\(movement).mid", score)
      }
      // A number alone says nothing.
      try write("tune-\(work).mid", tune())
    }
    let corpus = try corpus()
    func works(_ pieces: [Int]) -> Set<[String]> {
      Set(pieces.map { corpus.pieces[$0].works }.filter { !$0.isEmpty })
    }
    #expect(works(Array(corpus.pieces.indices)).count == 10)
    #expect(corpus.pieces.count { $0.works.isEmpty } == 10)
    for share in [0.2, 0.5, 0.8] {
      let split = try corpus.split(.fraction(share))
      #expect(!split.train.isEmpty && !split.valid.isEmpty)
      #expect(works(split.train).isDisjoint(with: works(split.valid)))
    }
  }

  @Test func `pieces with a style in common that a table calls one work stand on one side`() throws
  {
    var generator = SeededGenerator(seed: 8)
    for index in 0..<30 {
      try write(
        "\(index).mid", melody((0..<12).map { _ in UInt8.random(in: 20...100, using: &generator) }))
    }
    let sources = try MIDIFileFinder().find([folder.path]).pieces
    func told(_ row: (Int) -> String) throws -> Corpus {
      let rows = (0..<30).map { "\($0).mid,\(row($0))" }
      let table = try LabelTable(
        (["file,style,work"] + rows).joined(separator: "\n"), path: folder.path + "/works.csv")
      return try Corpus(
        pieces: sources, vocabulary: PerformanceVocabulary(),
        styles: try PieceStyles(table, of: sources, in: [folder.path]), measuringAttributes: true)
    }
    let corpus = try told { "\($0 % 2 == 0 ? "slow;Anna" : "Anna"),\($0 / 3)" }
    func works(_ pieces: [Int]) throws -> Set<Int> {
      var found: Set<Int> = []
      for piece in pieces {
        let number = Int(pathWithoutExtension(fileName(of: corpus.pieces[piece].path)))
        found.insert(try #require(number) / 3)
      }
      return found
    }
    let split = try corpus.split(.fraction(0.3))
    let (trained, held) = (try works(split.train), try works(split.valid))
    #expect(!trained.isEmpty && !held.isEmpty && trained.isDisjoint(with: held))
    // An Op. 1 of two composers is two works, of which either stands on a side.
    let two = try told { "\($0 < 15 ? "Anna" : "Berta"),1" }.split(.fraction(0.3))
    #expect(two.train.count == 15 && two.valid.count == 15)
  }

  @Test func `neither side of a split of two pieces is empty`() throws {
    try write("a.mid", melody([60, 62, 64]))
    try write("b.mid", melody([60, 62, 65]))
    for fraction in [0.01, 0.5, 0.99] {
      let split = try corpus().split(.fraction(fraction))
      #expect(split.train.count == 1)
      #expect(split.valid.count == 1)
    }
    #expect(try corpus().split(.fraction(0)).valid.isEmpty)
  }

  @Test func `a folder held out is kept from training, whichever way it is named`() throws {
    try write("a.mid", melody([60, 62, 64]))
    try write("b/c.mid", melody([60, 62, 65]))
    try write("bc.mid", melody([60, 62, 67]))
    let split = try corpus().split(.named(["\(folder.path)/x/../b/"]))
    #expect(split.train.count == 2)
    #expect(
      try split.valid.map { try corpus().pieces[$0].path }.allSatisfy { $0.hasSuffix("/b/c.mid") })
    #expect(split.valid.count == 1)
  }

  @Test func `a run of version 0.2 is parted as it was: by path alone, copies trained on`() throws {
    try write("a.mid", melody([60, 62, 64]))
    try write("b/a.mid", melody([65, 67, 69]))
    let corpus = try corpus()
    let old = try corpus.split(.folder("\(folder.path)/b"))
    #expect(old.train.map { corpus.pieces[$0].path } == ["\(folder.path)/a.mid"])
    #expect(old.valid.map { corpus.pieces[$0].path } == ["\(folder.path)/b/a.mid"])
    // A pattern held nothing out.
    #expect(try corpus.split(.folder("\(folder.path)/b/*.mid")).train == [0, 1])
    // The same name today: the copy is on neither side.
    #expect(try corpus.split(.named(["\(folder.path)/b"])).leftOut == old.train)
  }

  /// Ways to name what is held out, and the files of ``writeTree(_:)`` that each names.
  static let names: [(names: [String], isNamed: @Sendable (String) -> Bool)] = [
    (["a"], { $0.hasPrefix("a/") }),
    (["./a/../a/"], { $0.hasPrefix("a/") }),
    (["a/b"], { $0.hasPrefix("a/b/") }),
    (["*/1.mid"], { $0.hasSuffix("/1.mid") && $0.split(separator: "/").count == 2 }),
    (["**/[12].mid"], { $0.hasSuffix("/1.mid") || $0.hasSuffix("/2.mid") }),
    (["c/3.mid"], { $0 == "c/3.mid" }),
    (["c/3.mid", "a/b", "d/*"], { $0 == "c/3.mid" || $0.hasPrefix("a/b/") || $0.hasPrefix("d/") }),
    (["classics"], { $0.hasPrefix("corpora/classics/") }),
    (["classics", "c"], { $0.hasPrefix("corpora/classics/") || $0.hasPrefix("c/") }),
  ]

  /// Writes five folders of melodies, some of them the same ones transposed or slower; gives each
  /// file's melody by its number.
  private func writeTree(
    _ generator: inout some RandomNumberGenerator
  ) throws -> [String: Int] {
    let melodies = (0..<24).map { _ in
      (0..<6).map { _ in UInt8.random(in: 40...80, using: &generator) }
    }
    var melodyOfFile: [String: Int] = [:]
    for part in ["a", "a/b", "c", "d", "corpora/classics"] {
      for number in 1...4 {
        let choice = Int.random(in: melodies.indices, using: &generator)
        let shift = UInt8.random(in: 0...12, using: &generator)
        let tempo = Int.random(in: 300_000...700_000, using: &generator)
        melodyOfFile["\(part)/\(number).mid"] = choice
        try write(
          "\(part)/\(number).mid",
          melody(melodies[choice].map { $0 + shift }, microsecondsPerQuarter: tempo))
      }
    }
    return melodyOfFile
  }

  @Test(arguments: 0..<UInt64(10))
  func `no piece and no duplicate of one stands on both sides, whatever is held out`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let melodyOfFile = try writeTree(&generator)
    let collection = folder.path + "/corpora/classics"
    let finder = MIDIFileFinder { $0 == "classics" ? collection : nil }
    let fractions = (1...3).map { HeldOut.fraction(Double($0) * 0.25) }
    let choices: [(HeldOut, (@Sendable (String) -> Bool)?)] =
      fractions.map { ($0, nil) }
      + Self.names.map { choice in
        let paths = choice.names.map { $0 == "classics" ? $0 : folder.path + "/" + $0 }
        return (HeldOut.named(paths), choice.isNamed)
      }
    for (heldOut, isNamed) in choices {
      let found = try finder.find([folder.path] + heldOut.names)
      let corpus = try Corpus(
        pieces: found.pieces, vocabulary: PerformanceVocabulary(), threads: 2)
      let split = try corpus.split(heldOut)
      func file(_ piece: Int) -> String {
        String(corpus.pieces[piece].path.dropFirst(folder.path.count + 1))
      }
      func melodies(_ pieces: [Int]) -> Set<Int> {
        Set(pieces.compactMap { melodyOfFile[file($0)] })
      }
      #expect(corpus.pieces.count == melodyOfFile.count, "\(heldOut)")
      #expect(
        (split.train + split.valid + split.leftOut).sorted() == Array(corpus.pieces.indices),
        "\(heldOut)")
      #expect(melodies(split.train).isDisjoint(with: melodies(split.valid)), "\(heldOut)")
      #expect(melodies(split.leftOut).isSubset(of: melodies(split.valid)), "\(heldOut)")
      if let isNamed {
        #expect(Set(split.valid.map(file)) == Set(melodyOfFile.keys.filter(isNamed)), "\(heldOut)")
      } else {
        #expect(split.leftOut.isEmpty)
      }
    }
  }

  @Test func `a name that means no piece is refused`() throws {
    try write("a.mid", melody([60, 62, 64]))
    let corpus = try corpus()
    #expect(
      throws: SettingError("heldOut", found: "maestro", expected: "what names pieces of the corpus")
    ) { try corpus.split(.named([folder.path, "maestro"])) }
  }

  @Test(.enabled(if: ABCConverter() != nil))
  func `one tune of a book is held out by its place`() throws {
    let tunes = ["CDEF", "GABc", "cBAG"].map { "X:1\nM:4/4\nL:1/4\nK:C\n\($0)|\n\n" }
    let book = try folder.write("book.abc", Array(tunes.joined().utf8))
    let split = try corpus().split(.named([book + "#2"]))
    #expect(split.valid == [1])
    #expect(split.train == [2])
    // The first tune is the second one a fifth lower.
    #expect(split.leftOut == [0])
  }

  @Test(arguments: [
    (#"{"fraction":{"_0":0.1}}"#, HeldOut.fraction(0.1)),
    (#"{"folder":{"_0":"jsb/valid"}}"#, .folder("jsb/valid")),
    (#"{"named":{"_0":["a","b/*.mid"]}}"#, .named(["a", "b/*.mid"])),
  ])
  func `what is held out is kept in settings as before`(_ text: String, _ heldOut: HeldOut) throws {
    #expect(try JSONDecoder().decode(HeldOut.self, from: Data(text.utf8)) == heldOut)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    #expect(String(decoding: try encoder.encode(heldOut), as: UTF8.self) == text)
  }
}
