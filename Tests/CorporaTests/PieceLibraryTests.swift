import FileStorage
import Foundation
import Music
import StandardMIDIFile
import Synchronization
import TestSupport
import Testing
import Tokenization

@testable import Corpora

/// Collections that are kept in volumes: they give what memory gives, whatever happens to the files.
@Suite struct PieceLibraryTests {
  let music: TemporaryFolder
  let cacheFolder: TemporaryFolder
  let cache: CorpusCache

  init() throws {
    music = try TemporaryFolder()
    cacheFolder = try TemporaryFolder()
    var cache = CorpusCache(folder: cacheFolder.path + "/musegen")
    cache.mostLoaded = 0
    self.cache = cache
    for index in 0..<12 { try write(index) }
    try music.write("bad.mid", Array("not music".utf8))
  }

  private func write(_ index: Int, seed: Int = 0) throws {
    let pitches = (0..<20 + index).map { UInt8(40 + ($0 * (index + 3) + seed) % 40) }
    try music.write("\(index % 3)/\(index).mid", melody(pitches).midiFile().bytes())
    // As if it had been there for long.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000 + Double(seed))],
      ofItemAtPath: "\(music.path)/\(index % 3)/\(index).mid")
  }

  /// The pieces, and how many files were read for them.
  private func read(
    cache: CorpusCache? = nil, below folder: String = "",
    _ vocabulary: any Vocabulary = PerformanceVocabulary(), attributes: Bool = false
  ) throws -> (corpus: Corpus, calls: Int) {
    let calls = Mutex(0)
    let corpus = try Corpus(
      pieces: try MIDIFileFinder().find([music.path + folder]).pieces, vocabulary: vocabulary,
      threads: 2, cache: cache ?? self.cache, measuringAttributes: attributes
    ) { _ in
      calls.withLock { $0 += 1 }
    }
    return (corpus, calls.withLock { $0 })
  }

  private func loaded(
    _ vocabulary: any Vocabulary = PerformanceVocabulary(), attributes: Bool = false
  ) throws -> Corpus {
    try Corpus(
      pieces: try MIDIFileFinder().find([music.path]).pieces, vocabulary: vocabulary, threads: 2,
      measuringAttributes: attributes)
  }

  private func expectEqual(
    _ left: Corpus, _ right: Corpus, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(left.pieces == right.pieces, sourceLocation: sourceLocation)
    #expect(left.tokens == right.tokens, sourceLocation: sourceLocation)
    #expect(left.tokenCount == right.tokenCount, sourceLocation: sourceLocation)
    #expect(left.skipped == right.skipped, sourceLocation: sourceLocation)
    #expect(left.digest == right.digest, sourceLocation: sourceLocation)
    #expect(left.nearDuplicates == right.nearDuplicates, sourceLocation: sourceLocation)
    #expect(left.damage == nil, sourceLocation: sourceLocation)
  }

  private var library: String {
    get throws {
      let folder = cache.folder + "/volumes"
      return folder + "/" + (try #require(try listFolder(at: folder).first))
    }
  }

  private var volumes: [String] {
    get throws {
      try listFolder(at: library).filter { $0.hasSuffix(".volume") }.map { try library + "/" + $0 }
    }
  }

  @Test(arguments: [false, true])
  func `volumes give what memory gives, at once and the next time`(attributes: Bool) throws {
    let loaded = try loaded(attributes: attributes)
    #expect(loaded.pieces.count == 12 && loaded.skipped.count == 1)
    for calls in [13, 1] {
      let kept = try read(attributes: attributes)
      expectEqual(kept.corpus, loaded)
      #expect(kept.calls == calls)
    }
    #expect(try volumes.count == 1)
    #expect(try listFolder(at: library).contains { $0.hasSuffix(".groups") })
  }

  @Test func `merges and conditions are told of volumes as of memory`() throws {
    func learned(_ corpus: Corpus) throws -> Corpus {
      try corpus.learningMerges(10, threads: 2).learningConditions([.style, .density])
    }
    let loaded = try learned(loaded(attributes: true))
    let kept = try learned(read(attributes: true).corpus)
    expectEqual(kept, loaded)
    #expect(kept.vocabulary.configuration == loaded.vocabulary.configuration)
    expectEqual(try read(kept.vocabulary).corpus, kept)
  }

  @Test(arguments: ["zzz", "ffffffffffffffff", "1", "-000000000000001"])
  func `what else lies among the volumes is left alone, and replaces none`(name: String) throws {
    _ = try read()
    try createFolder(at: try library + "/" + name + ".volume")
    for seed in 1...2 {
      try write(3, seed: seed)
      expectEqual(try read().corpus, try loaded())
    }
    #expect(try volumes.contains { $0.hasSuffix("/" + name + ".volume") })
  }

  @Test func `new and changed files are added, and removed ones go`() throws {
    _ = try read()
    try write(12)
    try write(13)
    try write(3, seed: 7)
    try removeFile(at: music.path + "/1/4.mid")
    let kept = try read()
    #expect(kept.calls == 3)
    expectEqual(kept.corpus, try loaded())
    #expect(try volumes.count == 2)
    #expect(try read().calls == 1)
    // A part of the music is a collection of its own.
    #expect(try read(below: "/0").calls == 5)
    #expect(try listFolder(at: cache.folder + "/volumes").count == 2)
  }

  @Test func `a file that was written a moment ago is not taken for what it was`() throws {
    let path = try music.write("new.mid", melody([60, 62, 64]).midiFile().bytes())
    _ = try read()
    let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data(melody([60, 62, 65]).midiFile().bytes()))
    try handle.close()
    try FileManager.default.setAttributes(
      [.modificationDate: try #require(time)], ofItemAtPath: path)
    expectEqual(try read().corpus, try loaded())
  }

  @Test func `a movement's work is kept with it, and its file not asked again`() throws {
    let path = music.path + "/0/work-1.mid"
    func movement(ofWork work: UInt8) -> [UInt8] {
      var score = melody((0..<30).map { UInt8(40 + $0) })
      let text = MovementMark(ofWork: [work]).text(ofMovement: 1, of: 2)
      score.texts = [TextEvent(tick: 0, kind: .text, text: text)]
      return score.midiFile().bytes()
    }
    func makeOld() throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
    }
    func works() throws -> [String]? {
      try read().corpus.pieces.first { $0.path == path }?.works
    }
    try music.write("0/work-1.mid", movement(ofWork: 1))
    try makeOld()
    expectEqual(try read().corpus, try loaded())
    let work = MovementMark(ofWork: [1]).work
    #expect(try works() == [work])
    // Written over where it stands, it looks the same from outside.
    let other = movement(ofWork: 2)
    #expect(other.count == fileSize(at: path))
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.write(contentsOf: Data(other))
    try file.close()
    try makeOld()
    let now = try loaded().pieces.first { $0.path == path }?.works
    #expect(now == [MovementMark(ofWork: [2]).work])
    #expect(try works() == [work])
  }

  @Test func `volumes are put together where they are many and small, or of no use`() throws {
    for index in 20..<32 {
      try write(index)
      _ = try read()
      #expect(try volumes.count <= 10)
    }
    for index in 20..<32 { try removeFile(at: "\(music.path)/\(index % 3)/\(index).mid") }
    for index in 0..<10 { try write(index, seed: 3) }
    expectEqual(try read().corpus, try loaded())
    expectEqual(try read().corpus, try loaded())
    #expect(try volumes.count <= 3)
  }

  @Test func `a damaged volume is found wherever it is, and mended`() throws {
    let loaded = try loaded()
    _ = try read()
    let path = try #require(try volumes.first)
    let whole = try readFile(at: path)
    for place in stride(from: 0, to: whole.count, by: 23) {
      var damaged = whole
      damaged[place] ^= 0x10
      try writeFile(damaged, at: path)
      expectEqual(try read().corpus, loaded)
      expectEqual(try read().corpus, loaded)
      for other in try volumes where other != path { try removeFile(at: other) }
    }
    for count in [0, 7, 63, 64, 200, whole.count - 1] {
      try writeFile(Array(whole[..<count]), at: path)
      expectEqual(try read().corpus, loaded)
    }
  }

  @Test func `a volume that is cut short while it is used is read anew`() throws {
    let loaded = try loaded()
    let kept = try read().corpus
    let handle = try FileHandle(forWritingTo: URL(filePath: try #require(try volumes.first)))
    try handle.truncate(atOffset: 100)
    try handle.close()
    #expect(kept.tokens == loaded.tokens)
    #expect(kept.damage == nil)
    #expect(try volumes.isEmpty)
  }

  @Test func `a piece that is lost where it is kept and where it came from is told`() throws {
    let kept = try read().corpus
    let path = try #require(try volumes.first)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.truncate(atOffset: 100)
    try handle.close()
    try write(3, seed: 9)
    let piece = try #require(kept.pieces.firstIndex { $0.path.hasSuffix("/3.mid") })
    #expect(kept.tokens(ofPiece: piece).count >= 1)
    #expect(
      kept.damage?.description
        == "\(music.path)/0/3.mid: changed since it was read first, expected the same music")
  }

  @Test func `readers at once come to one library`() async throws {
    let loaded = try loaded()
    let (pieces, cache) = (try MIDIFileFinder().find([music.path]).pieces, cache)
    try await withThrowingTaskGroup(of: Corpus.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try Corpus(
            pieces: pieces, vocabulary: PerformanceVocabulary(), threads: 2, cache: cache)
        }
      }
      for try await corpus in group { expectEqual(corpus, loaded) }
    }
    #expect(try volumes.count == 1)
  }

  @Test func `what was finished before an interruption is kept`() async throws {
    let (pieces, cache) = (try MIDIFileFinder().find([music.path]).pieces, cache)
    let told = Mutex<[Corpus.Progress]>([])
    let task = Task {
      try Corpus(
        pieces: pieces, vocabulary: PerformanceVocabulary(), threads: 1, cache: cache
      ) { progress in
        told.withLock { $0.append(progress) }
        if progress.done == 5 { cancelThisTask() }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(told.withLock { $0.map(\.done) } == [1, 2, 3, 4, 5, 5])
    #expect(told.withLock { $0.allSatisfy(\.isKept) })
    let kept = try read()
    #expect(kept.calls == 8)
    expectEqual(kept.corpus, try self.loaded())
  }

  @Test func `a library that cannot be written leaves the pieces in memory`() throws {
    try writeFile([], at: cache.folder)
    let kept = try read().corpus
    #expect(kept.storageProblem != nil)
    #expect(kept.tokens == (try loaded().tokens))
  }

  @Test func `pieces of many small volumes are the same`() throws {
    let folder = currentFolder()
    let sources = try MIDIFileFinder().find([music.path]).pieces
    let reader = PieceReader(
      vocabulary: PerformanceVocabulary(), of: sources, measuresAttributes: false)
    var library = PieceLibrary(folder: cacheFolder.path + "/small", key: 5)
    library.volumeSize = 100
    let loaded = try loaded()
    for _ in 0..<2 {
      let content = try library.read(
        sources.map { LocatedSource($0, in: folder) }, with: reader, threads: 2
      ) { _ in }
      #expect(content.pieces == loaded.pieces)
      for piece in loaded.pieces.indices {
        #expect(content.store.tokens(ofPiece: piece) == loaded.tokens(ofPiece: piece))
      }
    }
    #expect(
      try listFolder(at: library.folder).count { $0.hasSuffix(".volume") } > 5)
  }

  @Test func `the collections that were added to longest ago leave`() throws {
    var small = cache
    small.volumesLimit = 10
    _ = try read(cache: small)
    _ = try read(cache: small, below: "/0")
    _ = try read(cache: small, below: "/1")
    #expect(try listFolder(at: cache.folder + "/volumes").count == 1)
  }
}
