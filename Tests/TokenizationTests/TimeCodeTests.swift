import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// Time code: a tick is a part of a frame, and tempo events mean nothing (SMF 1.0).
struct TimeCodeTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var framesPerSecond: Int
    var ticksPerFrame: Int
    var notes: Int
    /// The length of each note in ticks.
    var ticks: Int
    var seconds: Double
    var testDescription: String { "\(framesPerSecond) frames a second" }

    func score(tempos: [TempoChange] = []) -> Score {
      let notes = (0..<notes).map {
        Note(onset: $0 * ticks, duration: ticks, pitch: UInt8(60 + $0 % 5), velocity: 80)
      }
      return Score(
        division: .timeCode(framesPerSecond: framesPerSecond, ticksPerFrame: ticksPerFrame),
        tracks: [Track(notes: notes)], tempos: tempos, endTick: notes.count * ticks)
    }
  }

  static let examples = [
    // 8 * 500 / (25 * 40) s; 100 * 2997 / (29.97 * 100) s, for 29.97 is 30,000 / 1,001 frames a
    // second; 9 * 1200 / (30 * 80) s.
    Example(framesPerSecond: 25, ticksPerFrame: 40, notes: 8, ticks: 500, seconds: 4),
    Example(framesPerSecond: 29, ticksPerFrame: 100, notes: 100, ticks: 2997, seconds: 100),
    Example(framesPerSecond: 30, ticksPerFrame: 80, notes: 9, ticks: 1200, seconds: 4.5),
  ]

  static let vocabularies: [VocabularyConfiguration] = {
    var plain = MetricalConfiguration()
    plain.tempos = false
    var slowRoll = PianoRollVocabulary.Configuration()
    slowRoll.tempo = 90
    return [
      .performance(.init()), .tsd(.init()), .remi(.init()), .tsd(plain), .remi(plain),
      .pianoroll(.init()), .pianoroll(slowRoll),
    ]
  }()

  @Test(arguments: vocabularies, examples)
  func `time code keeps its seconds`(
    configuration: VocabularyConfiguration, example: Example
  ) throws {
    let vocabulary = try configuration.makeVocabulary()
    let score = example.score()
    #expect(abs(score.duration - example.seconds) < 1e-3)
    let decoded = vocabulary.decode(vocabulary.encode(score))
    let notes = decoded.tracks.flatMap(\.notes)
    #expect(notes.count == example.notes)
    let end = decoded.tempoMap.seconds(atTick: notes.map(\.end).max() ?? 0)
    #expect(abs(end - example.seconds) <= 0.07)
  }

  @Test(arguments: vocabularies)
  func `a tempo in time code is none`(configuration: VocabularyConfiguration) throws {
    let vocabulary = try configuration.makeVocabulary()
    let example = Self.examples[0]
    let tempos = [
      TempoChange(tick: 0, microsecondsPerQuarter: 250_000),
      TempoChange(tick: 1000, microsecondsPerQuarter: 900_000),
    ]
    #expect(vocabulary.encode(example.score(tempos: tempos)) == vocabulary.encode(example.score()))
  }

  @Test func `notes in time code that are too late are counted as they are left out`() throws {
    var roll = PianoRollVocabulary.Configuration()
    (roll.framesPerWhole, roll.tempo) = (1, 90)
    // A day has 86,400 seconds, and as many quarter notes as it has at 120 last 115,200 at 90.
    let seconds = [0, 80_000, 86_000, 90_000, 100_000, 120_000]
    let score = Score(
      division: .timeCode(framesPerSecond: 25, ticksPerFrame: 40),
      tracks: [
        Track(
          notes: seconds.enumerated().map { index, second in
            Note(onset: second * 1_000, duration: 1_000, pitch: UInt8(60 + index))
          })
      ], endTick: 121_000 * 1_000)
    for configuration in Array(Self.vocabularies.dropLast(2)) + [.pianoroll(roll)] {
      let vocabulary = try configuration.makeVocabulary()
      let told = vocabulary.decode(vocabulary.encode(score)).tracks.flatMap(\.notes)
      #expect(vocabulary.notesPastLimit(of: score) == seconds.count - told.count)
    }
  }
}
