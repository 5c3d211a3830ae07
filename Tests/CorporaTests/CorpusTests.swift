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
    try Corpus(
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

  @Test func `a piano roll's note counts once, in however many frames it sounds`() throws {
    // Quarter notes of four frames each; of one pitch two that touch are one where none is told as held.
    try write("0.mid", melody([60, 62, 62, 64]))
    for (holds, count) in [(false, 3), (true, 4)] {
      var settings = PianoRollVocabulary.Configuration()
      settings.holds = holds
      let corpus = try Corpus(
        paths: [folder.path + "/0.mid"], vocabulary: try PianoRollVocabulary(settings), threads: 1)
      #expect(corpus.pieces.map(\.noteCount) == [count])
    }
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

  @Test func `what stands beside the pieces and is none is skipped among the others`() throws {
    try write("b.mid", melody([60]))
    let bad = try folder.write("c.mid", Array("not music".utf8))
    makePipe(folder.path + "/a.mid")
    makeLink(folder.path + "/d.mid", to: "nothing")
    let found = try MIDIFileFinder().find([folder.path])
    let corpus = try Corpus(
      pieces: found.pieces, leavingOut: found.leftOut, vocabulary: vocabulary)
    #expect(corpus.pieces.count == 1)
    #expect(corpus.skipped.map(\.path) == [folder.path + "/a.mid", bad, folder.path + "/d.mid"])
    #expect(
      corpus.skipped.map { $0.reason.kind(of: 1) } == [
        "that is a pipe", "that is no Standard MIDI File, or a damaged one",
        "that is a link that leads nowhere",
      ])
    #expect(corpus.skipped[2].reason.kind(of: 2) == "that are links that lead nowhere")
    #expect(
      CorpusError.Reason.notConverted.kind(of: 1).hasSuffix("abc2midi makes no MIDI file"))
  }

  @Test func `a piece that costs more than its file can mean is skipped and named`() throws {
    // 87 keys held down for half a day are 345,600 frames of 87 pitches: 30 million tokens. A note is
    // struck every twenty seconds, for what is held while nothing happens is left out as silence is.
    let end = 86_400 * 480
    let held = (21...107).map { Note(onset: 0, duration: end, pitch: $0) }
    let struck = stride(from: 0, to: end, by: 40 * 480).map {
      Note(onset: $0, duration: 480, pitch: 108)
    }
    let piece = Score(tracks: [Track(notes: held), Track(notes: struck)], endTick: end)
    try write("good.mid", melody([60]))
    try write("held.mid", piece)
    let size = piece.midiFile().bytes().count
    let pieces = try MIDIFileFinder().findPieces(in: [folder.path])
    for name in VocabularyConfiguration.names {
      let corpus = try Corpus(
        paths: pieces, vocabulary: VocabularyConfiguration(named: name).makeVocabulary())
      let isRoll = name == "pianoroll"
      #expect(corpus.skipped.map(\.reason) == (isRoll ? [.tooLong(bytes: size)] : []), "\(name)")
      #expect(corpus.pieces.count == (isRoll ? 1 : 2), "\(name)")
    }
    #expect(
      "\(CorpusError(.tooLong(bytes: 45), path: "a.mid"))"
        == "a.mid: found more than 68416 tokens in 45 bytes, expected at most 64 a byte and 65536 more"
    )
  }

  @Test func `a piece of two notes ten hours apart costs what its notes do`() throws {
    let hours = 10 * 3600 * 960
    let notes = [
      Note(onset: 0, duration: 480, pitch: 60), Note(onset: hours, duration: 480, pitch: 62),
    ]
    try write(
      "hours.mid", Score(tracks: [Track(notes: notes)], endTick: hours + 80 * 60 * 960))
    let limits: [(VocabularyConfiguration, Int)] = [
      (.performance(.init()), 100), (.remi(.init()), 60), (.tsd(.init()), 60),
      (.pianoroll(.init()), 400),
    ]
    for (configuration, limit) in limits {
      let corpus = try Corpus(
        paths: [folder.path + "/hours.mid"], vocabulary: configuration.makeVocabulary())
      #expect(corpus.pieces.count == 1)
      #expect(corpus.tokens.count <= limit)
      let piece = corpus.pieces[0]
      // Ten hours and 80 minutes less what stays: at most 30 s, and the last ten after the music.
      #expect(abs(piece.secondsLeftOut - (36_000 + 4800 - 30 - 10)) <= 2)
      #expect(abs(piece.seconds + 10 + piece.secondsLeftOut - 40_800) <= 1e-6)
    }
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
    _ = try Corpus(
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

  @Test func `reading stops when its task is cancelled`() async throws {
    for index in 0..<200 { try write("\(index).mid", melody([60])) }
    let paths = try MIDIFileFinder().findPieces(in: [folder.path])
    let reading = Task { () -> (isCancelled: Bool, done: Int) in
      cancelThisTask()
      let last = Mutex(0)
      do {
        _ = try Corpus(paths: paths, vocabulary: PerformanceVocabulary(), threads: 2) { progress in
          last.withLock { $0 = progress.done }
        }
        return (false, paths.count)
      } catch {
        return (true, last.withLock { $0 })
      }
    }
    let outcome = await reading.value
    #expect(outcome.isCancelled)
    #expect(outcome.done < 200)
  }
}
