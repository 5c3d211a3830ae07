import Corpora
import Music
import StandardMIDIFile
import Testing
import Tokenization

@Suite struct StatisticsTests {
  let folder: TemporaryFolder
  let vocabulary = PerformanceVocabulary()

  init() throws { folder = try TemporaryFolder() }

  private func corpus(_ scores: [Score]) throws -> Corpus {
    for (index, score) in scores.enumerated() {
      try folder.write("\(index).mid", score.midiFile().bytes())
    }
    return try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder.path]), vocabulary: vocabulary, threads: 2)
  }

  @Test func `tokens are counted by kind`() throws {
    // Each of the two: start, velocity, note-on, time-shift, note-off, end.
    let statistics = TokenStatistics(try corpus([melody([60]), melody([72])]))
    #expect(statistics.lengths == [6, 6])
    #expect(statistics.counts[60] == 1 && statistics.counts[72] == 1)
    #expect(Set(statistics.kinds.map(\.count)) == [2])
    #expect(
      statistics.kinds.map(\.kind).sorted() == [
        "end", "note-off", "note-on", "start", "time-shift", "velocity",
      ])
  }

  @Test func `entropies are those of the pen and paper`() throws {
    let statistics = TokenStatistics(try corpus([melody([60]), melody([72])]))
    // Four tokens of probability 1/6, four of 1/12.
    let entropy = 4.0 / 6 * 2.584_962_5 + 4.0 / 12 * 3.584_962_5
    #expect(abs(statistics.entropy - entropy) < 1e-6)
    // Only after the velocity and the time-shift, 4 of 10 predictions, are there two ways on.
    #expect(abs(statistics.conditionalEntropy - 0.4) < 1e-6)
  }

  @Test func `a note between two steps counts with its distance`() {
    // 500 ticks a quarter at 120: a tick is a millisecond, a step ten.
    let score = Score(
      division: .ticksPerQuarter(500),
      tracks: [
        Track(notes: [
          Note(onset: 3, duration: 100, pitch: 60), Note(onset: 200, duration: 100, pitch: 60),
        ]),
        Track(channel: 9, notes: [Note(onset: 0, duration: 100, pitch: 36)]),
      ], endTick: 300)
    let error = QuantisationError(score, vocabulary: vocabulary)
    #expect(error.noteCount == 3)
    #expect(error.leftOut == 1)
    #expect(abs(error.meanMilliseconds - 1.5) < 1e-9)
    #expect(abs(error.largestMilliseconds - 3) < 1e-9)
  }

  @Test func `a coarse tempo is not counted as moved notes`() throws {
    // 130 quarter notes a minute are no tempo of the vocabulary; the onsets are on its grid.
    let score = melody([60, 62, 64, 65, 67], microsecondsPerQuarter: 461_538)
    let error = QuantisationError(score, vocabulary: try MetricalVocabulary(.remi))
    #expect(error.largestMilliseconds < 1e-9)
  }

  @Test func `a tempo that is not told is not counted as moved notes`() throws {
    // Neither tempos nor metres: what is decoded runs at 120, and has the beats of the file.
    var settings = MetricalConfiguration()
    settings.tempos = false
    settings.timeSignatures = false
    let score = melody([60, 62, 64, 65, 67], microsecondsPerQuarter: 461_538)
    let error = QuantisationError(score, vocabulary: try MetricalVocabulary(.tsd, settings))
    #expect(error.largestMilliseconds < 1e-9)
  }
}
