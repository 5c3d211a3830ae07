import Evaluation
import Music
import Testing

struct PieceStatisticsTests {
  /// At 120 quarters a minute a quarter of 480 ticks lasts half a second.
  func score(_ pitches: [UInt8], channel: UInt8 = 0) -> Score {
    let notes = pitches.enumerated().map {
      Note(onset: $0.offset * 480, duration: 480, pitch: $0.element)
    }
    return Score(
      tracks: [Track(channel: channel, notes: notes)], endTick: pitches.count * 480)
  }

  @Test func `a scale is counted`() {
    let statistics = PieceStatistics(score([60, 62, 64, 65, 67, 69, 71, 72]))
    #expect(statistics.noteCount == 8)
    #expect(statistics.seconds == 4)
    #expect(statistics.density == 2)
    #expect(statistics.lowestPitch == 60)
    #expect(statistics.highestPitch == 72)
    #expect(statistics.meanPolyphony == 1)
    #expect(statistics.pitchClasses[0] == 0.25)
    #expect(statistics.key?.description == "C major")
    #expect(statistics.description == "8 notes in 4.0 s, 2.0 a second, C4 to C5, about C major")
  }

  @Test func `polyphony is measured while anything sounds`() {
    var chord = score([60])
    chord.tracks[0].notes += [
      Note(onset: 0, duration: 480, pitch: 64), Note(onset: 0, duration: 240, pitch: 67),
    ]
    chord.endTick = 4800
    #expect(PieceStatistics(chord).meanPolyphony == 2.5)
  }

  @Test(arguments: [
    (67, [0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0], "G major"),
    (69, [0, 2, 3, 5, 7, 8, 11, 12, 7, 3, 0], "A minor"),
    (63, [0, 4, 7, 12, 7, 4, 0], "Eb major"),
  ])
  func `the key of a melody is found`(tonic: Int, steps: [Int], name: String) {
    #expect(PieceStatistics(score(steps.map { UInt8(tonic + $0) })).key?.description == name)
  }

  @Test func `the key is that of the piece's form, however much its fifth sounds`() {
    // By the profiles of Krumhansl and Kessler this is in A major.
    let tune = score([62, 69, 69, 66, 64, 69, 67, 64, 69, 71, 69, 73, 74, 69, 66, 62])
    #expect(KeyEstimate(pitchClasses: tune.pitchClassSeconds)?.description == "A major")
    #expect(PieceStatistics(tune).key?.description == "D major")
    #expect(PieceStatistics(tune).key == PieceForm(tune)?.keys.key)
  }

  @Test func `an empty piece and drums have no key`() {
    let empty = PieceStatistics(Score())
    #expect(empty.key == nil)
    #expect(empty.density == 0)
    let drums = PieceStatistics(score([36, 38, 42], channel: 9))
    #expect(drums.noteCount == 3)
    #expect(drums.lowestPitch == nil)
    #expect(drums.key == nil)
  }
}
