import Corpora
import FileStorage
import Music
import StandardMIDIFile
import Synchronization
import TestSupport
import Testing
import Tokenization

@Suite struct CorpusTests {
  let folder: TemporaryFolder
  let vocabulary = PerformanceVocabulary()

  init() throws { folder = try TemporaryFolder() }

  private func write(_ name: String, _ score: Score) throws {
    try folder.write(name, score.midiFile().bytes())
  }

  private func corpus(threads: Int = 2) throws -> Corpus {
    Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder.path]), vocabulary: vocabulary,
      threads: threads)
  }

  @Test func `each piece's tokens are its score's`() throws {
    let scores = [melody([60, 62, 64]), melody([50]), melody([70, 71])]
    for (index, score) in scores.enumerated() { try write("\(index).mid", score) }
    let corpus = try corpus()
    #expect(corpus.pieces.map { Array(corpus.tokens[$0.tokens]) } == scores.map(vocabulary.encode))
    #expect(corpus.pieces.map(\.noteCount) == [3, 1, 2])
    #expect(corpus.pieces.map(\.seconds) == [1.5, 0.5, 1])
    #expect(corpus.pieces.last?.tokens.upperBound == corpus.tokens.count)
  }

  @Test func `a file that is not MIDI is skipped and named`() throws {
    try write("good.mid", melody([60]))
    let bad = try folder.write("bad.mid", Array("not music".utf8))
    let silent = try folder.write("silent.mid", Score().midiFile().bytes())
    let corpus = try corpus()
    #expect(corpus.pieces.count == 1)
    #expect(corpus.skipped.map(\.path) == [bad, silent])
    #expect(corpus.skipped[1].reason == .noNotes)
  }

  @Test func `the number of threads does not matter`() throws {
    withEvery(seed: 0..<20) { generator in
      let pitches = (0..<30).map { _ in UInt8.random(in: 0...127, using: &generator) }
      #expect(throws: Never.self) {
        try write("\(generator.next()).mid", melody(pitches))
      }
    }
    let one = try corpus(threads: 1)
    let three = try corpus(threads: 3)
    #expect(one.pieces == three.pieces)
    #expect(one.tokens == three.tokens)
  }

  @Test func `progress counts every file once`() throws {
    for index in 0..<5 { try write("\(index).mid", melody([60])) }
    let counts = Mutex<[Int]>([])
    _ = Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder.path]), vocabulary: vocabulary, threads: 2
    ) { progress in
      counts.withLock { $0.append(progress.done) }
    }
    #expect(counts.withLock { $0 } == [1, 2, 3, 4, 5])
  }

  @Test func `transposed and slower copies are duplicates, another tune is not`() throws {
    try write("a.mid", melody([60, 62, 64]))
    try write("b.mid", melody([65, 67, 69], microsecondsPerQuarter: 700_000))
    try write("c.mid", melody([60, 62, 65]))
    #expect(try corpus().duplicates == [[0, 1]])
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
    let (train, valid) = before.split(.fraction(0.25))
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
      names(before, valid).isSubset(of: names(after, after.split(.fraction(0.25)).valid)))
  }

  @Test func `neither side of a split of two pieces is empty`() throws {
    try write("a.mid", melody([60, 62, 64]))
    try write("b.mid", melody([60, 62, 65]))
    for fraction in [0.01, 0.5, 0.99] {
      let (train, valid) = try corpus().split(.fraction(fraction))
      #expect(train.count == 1)
      #expect(valid.count == 1)
    }
    #expect(try corpus().split(.fraction(0)).valid.isEmpty)
  }

  @Test func `a folder held out is kept from training, whichever way it is named`() throws {
    try write("a.mid", melody([60, 62, 64]))
    try write("b/c.mid", melody([60, 62, 65]))
    try write("bc.mid", melody([60, 62, 67]))
    let (train, valid) = try corpus().split(.folder("\(folder.path)/x/../b/"))
    #expect(train.count == 2)
    #expect(try valid.map { try corpus().pieces[$0].path }.allSatisfy { $0.hasSuffix("/b/c.mid") })
    #expect(valid.count == 1)
  }
}
