import Modeling
import Music
import Tensors
import Testing
import Tokenization

@testable import Generation

/// Drums that the tokens of pitches strike, in pieces of a key.
struct DrumKeyTests {
  private let performance: PerformanceVocabulary

  init() throws {
    var settings = PerformanceVocabulary.Configuration()
    settings.programs = true
    performance = try PerformanceVocabulary(settings)
  }

  /// The token that tells a program.
  private func program(_ number: UInt8) throws -> Token {
    let tokens = (0..<performance.count).map { Token($0) }
    let found = tokens.first { performance.events(of: $0) == [.program(number)] }
    return try #require(found)
  }

  @Test func `drums are led to no key, and lead nothing away from it`() throws {
    var steering = Steering()
    steering.key = Key(tonic: 0, isMinor: false)
    let table = try SteeringTable(steering, performance)
    var bias = LogitBias(
      table, key: table.keyControl, cadences: nil, density: nil, end: performance.end)
    let (piano, drums) = (try program(0), try program(128))
    bias.hear(piano, bars: 0)
    let alone = bias.values
    // C sharp is none of C major's notes.
    #expect(alone[61] < 0)
    bias.hear(drums, bars: 0)
    #expect(bias.values[61] == 0 && bias.values[60] == 0)
    for _ in 0..<50 { bias.hear(61, bars: 0) }
    bias.hear(piano, bars: 0)
    #expect(bias.values == alone)
  }

  @Test func `a drum is no bass of a last chord`() {
    var bass = LastBass(strikesDrumsAsPitches: true)
    bass.advance([.program(0), .note(pitch: 48)])
    bass.advance([.time(seconds: 1)])
    bass.advance([.program(128), .note(pitch: 36)])
    #expect(bass.pitch == 48)
    bass.advance([.program(0)])
    bass.advance([.note(pitch: 52)])
    #expect(bass.pitch == 52)
  }

  @Test func `the degrees of a piece are those of its notes, not of its drums`() throws {
    var attributes = PieceAttributes()
    attributes.key = Key(tonic: 0, isMinor: false)
    let vocabulary = try ConditionedVocabulary(
      base: performance, conditions: Conditions([.key], of: [attributes]))
    func track(channel: UInt8, pitch: UInt8) -> Track {
      let notes = (0..<40).map { Note(onset: 480 * $0, duration: 240, pitch: pitch) }
      return Track(channel: channel, notes: notes)
    }
    let score = Score(
      tracks: [track(channel: 0, pitch: 67), track(channel: 9, pitch: 37)], endTick: 40 * 480)
    let tokens = vocabulary.telling(attributes, before: performance.encode(score))
    let profiles = try #require(DegreeProfiles(of: [tokens], in: vocabulary))
    var random = RandomSource(seed: 1)
    let profile = profiles.draw(style: nil, isMinor: false, using: &random)
    #expect(profile?.degrees == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  }
}
