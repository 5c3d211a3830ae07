import Corpora
import FileStorage
import Music
import StandardMIDIFile
import Synchronization
import Testing
import Tokenization

@Suite struct CorpusCacheTests {
  let music: TemporaryFolder
  let cacheFolder: TemporaryFolder
  let cache: CorpusCache

  init() throws {
    music = try TemporaryFolder()
    cacheFolder = try TemporaryFolder()
    cache = CorpusCache(folder: cacheFolder.path + "/musegen")
    for (index, pitches) in [[60, 62, 64], [50], [70, 71]].enumerated() {
      var score = melody(pitches.map { UInt8($0) })
      // One ends with silence that is left out.
      if index == 1 { score.endTick = 1_000_000 }
      try music.write("\(index).mid", score.midiFile().bytes())
    }
    try music.write("bad.mid", Array("not music".utf8))
  }

  private func read(_ vocabulary: any Vocabulary = PerformanceVocabulary()) throws -> Corpus {
    try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [music.path]), vocabulary: vocabulary, threads: 2,
      cache: cache)
  }

  private var kept: [String] { (try? listFolder(at: cache.folder)) ?? [] }

  private func expectEqual(_ left: Corpus, _ right: Corpus) {
    #expect(left.pieces == right.pieces)
    #expect(left.tokens == right.tokens)
    #expect(left.skipped == right.skipped)
    #expect(left.vocabulary.configuration == right.vocabulary.configuration)
  }

  @Test func `a corpus comes out of the cache as it went in`() throws {
    let first = try read()
    #expect(kept.count == 1)
    #expect(first.pieces.map { $0.secondsLeftOut > 0 } == [false, true, false])
    expectEqual(try read(), first)
    #expect(kept.count == 1)
  }

  @Test func `what is kept is not encoded again`() throws {
    let paths = try MIDIFileFinder().findPieces(in: [music.path])
    for expected in [4, 1] {
      let calls = Mutex(0)
      _ = try Corpus(
        paths: paths, vocabulary: PerformanceVocabulary(), threads: 2, cache: cache
      ) { _ in
        calls.withLock { $0 += 1 }
      }
      #expect(calls.withLock { $0 } == expected)
    }
  }

  @Test func `other contents and another vocabulary are other corpora`() throws {
    _ = try read()
    _ = try read(try MetricalVocabulary(.remi))
    #expect(kept.count == 2)
    try music.write("new.mid", melody([80]).midiFile().bytes())
    #expect(try read().pieces.count == 4)
    #expect(kept.count == 3)
  }

  @Test func `a damaged entry is encoded again, whichever byte is wrong`() throws {
    let first = try read()
    let path = cache.folder + "/" + kept[0]
    let whole = try readFile(at: path)
    for place in stride(from: 0, to: whole.count, by: 7) {
      var damaged = whole
      damaged[place] ^= 0x10
      try writeFile(damaged, at: path)
      expectEqual(try read(), first)
      #expect(try readFile(at: path) == whole)
    }
    for count in [0, 7, 24, whole.count - 1] {
      try writeFile(Array(whole[..<count]), at: path)
      expectEqual(try read(), first)
    }
  }

  @Test func `the oldest corpora leave a cache that is too large`() throws {
    var small = cache
    small.limit = 10
    for index in 0..<3 {
      try music.write("\(index).mid", melody([UInt8(40 + index)]).midiFile().bytes())
      _ = try Corpus(
        paths: try MIDIFileFinder().findPieces(in: [music.path]),
        vocabulary: PerformanceVocabulary(), threads: 1, cache: small)
      #expect(kept.count == 1)
    }
  }

  @Test func `a cache that cannot be written changes nothing`() throws {
    try writeFile([], at: cache.folder)
    #expect(try read().pieces.count == 3)
  }

  @Test func `merges shorten the corpus and tell the same`() throws {
    for index in 10..<30 {
      try music.write("\(index).mid", melody([60, 62, 64, 60]).midiFile().bytes())
    }
    let corpus = try read()
    let merged = try corpus.learningMerges(20, threads: 2)
    let learned = try #require(merged.vocabulary as? MergedVocabulary)
    #expect(merged.tokens.count < corpus.tokens.count / 2)
    for piece in corpus.pieces.indices {
      #expect(
        learned.expand(merged.tokens(ofPiece: piece)) == Array(corpus.tokens(ofPiece: piece)))
    }
  }
}
