import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@Suite struct AugmentationTests {
  let vocabulary = PerformanceVocabulary()
  let tokens = PerformanceVocabulary().encode(
    Score(
      division: .ticksPerQuarter(500),
      tracks: [
        Track(notes: [
          Note(onset: 1_000, duration: 500, pitch: 60, velocity: 63),
          Note(onset: 2_000, duration: 1_000, pitch: 64, velocity: 123),
        ])
      ], endTick: 3_000))

  private func notes(_ augmentation: Augmentation) -> [Note] {
    vocabulary.decode(vocabulary.augment(tokens, by: augmentation)).tracks[0].notes
  }

  @Test func `no augmentation leaves the tokens alone`() {
    #expect(vocabulary.augment(tokens, by: Augmentation()) == tokens)
  }

  @Test func `stretching multiplies all times`() {
    let notes = notes(Augmentation(stretch: 1.05))
    #expect(notes.map(\.onset) == [1_050, 2_100])
    // 525 ms lies between two steps.
    #expect(abs(notes[0].duration - 525) <= 5)
    #expect(notes[1].duration == 1_050)
  }

  @Test func `velocities change together and stay within their range`() {
    #expect(notes(Augmentation(velocity: 12)).map(\.velocity) == [75, 127].map { bin($0) })
    #expect(notes(Augmentation(velocity: -70)).map(\.velocity) == [1, 53].map { bin($0) })
  }

  /// What a velocity becomes in the vocabulary.
  private func bin(_ velocity: UInt8) -> UInt8 {
    vocabulary.quantise(
      Score(tracks: [Track(notes: [Note(onset: 0, duration: 480, pitch: 60, velocity: velocity)])])
    ).tracks[0].notes[0].velocity
  }

  @Test func `a transposition out of range is not made`() {
    #expect(notes(Augmentation(semitones: 63)).map(\.pitch) == [123, 127])
    #expect(vocabulary.augment(tokens, by: Augmentation(semitones: 64)) == tokens)
  }

  @Test func `a metrical vocabulary tells a stretch by its tempo`() throws {
    let vocabulary = try MetricalVocabulary(.remi)
    let score = Score(
      tracks: [Track(notes: [Note(onset: 480, duration: 480, pitch: 60)])],
      tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 500_000)], endTick: 960)
    let tokens = vocabulary.encode(score)
    let slower = vocabulary.decode(vocabulary.augment(tokens, by: Augmentation(stretch: 1.2)))
    let same = vocabulary.decode(tokens)
    #expect(slower.tracks == same.tracks)
    #expect(slower.duration > 1.1 * same.duration)
  }

  @Test func `the same generator draws the same augmentation, within the range`() {
    let range = Augmentation.Range(semitones: 5, stretch: 0.05, velocity: 8)
    withEvery(seed: 0..<200) { generator in
      var again = generator
      let augmentation = Augmentation.random(in: range, using: &generator)
      #expect(augmentation == Augmentation.random(in: range, using: &again))
      #expect(abs(augmentation.semitones) <= 5 && abs(augmentation.velocity) <= 8)
      #expect(abs(augmentation.stretch - 1) <= 0.05)
    }
  }
}
