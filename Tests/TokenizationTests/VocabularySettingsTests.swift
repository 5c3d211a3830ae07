import Foundation
import Testing
import Tokenization

struct VocabularySettingsTests {
  func makesVocabulary(_ resolutions: [(beats: Int, positions: Int)]) -> Bool {
    var settings = MetricalConfiguration()
    settings.resolutions = resolutions.map { .init(beats: $0.beats, positions: $0.positions) }
    do {
      _ = try MetricalVocabulary(.remi, settings)
      return true
    } catch {
      return false
    }
  }

  @Test func `resolutions rise up to 256 beats`() {
    #expect(makesVocabulary([(256, 8)]))
    #expect(makesVocabulary([(255, 8), (256, 4)]))
    for refused in [
      [(256, 8), (12, 4)], [(256, 8), (256, 4)], [(256, 8), (257, 4)], [(12, 8), (12, 4)], [(0, 8)],
      [(257, 8)], [(.max, 8)], [(.min, 8)], [(.max, 8), (1, 4)],
    ] {
      #expect(!makesVocabulary(refused), "\(refused)")
    }
  }

  @Test func `a setting at the end of its range leaves the next no room to trap`() throws {
    for json in [
      #"{"lowestPitch":127,"highestPitch":0}"#, #"{"lowestPitch":128,"highestPitch":128}"#,
      #"{"lowestDrum":127,"highestDrum":0}"#, #"{"slowestTempo":1000,"fastestTempo":4}"#,
      #"{"lowestPitch":9223372036854775807}"#, #"{"slowestTempo":-9223372036854775808}"#,
    ] {
      let settings = try JSONDecoder().decode(MetricalConfiguration.self, from: Data(json.utf8))
      #expect(throws: VocabularyError.self) { try MetricalVocabulary(.tsd, settings) }
    }
    for json in [
      #"{"lowestPitch":127,"highestPitch":0}"#, #"{"lowestPitch":9223372036854775807}"#,
    ] {
      let data = Data(json.utf8)
      #expect(throws: VocabularyError.self) {
        try PerformanceVocabulary(
          JSONDecoder().decode(PerformanceVocabulary.Configuration.self, from: data))
      }
      #expect(throws: VocabularyError.self) {
        try PianoRollVocabulary(
          JSONDecoder().decode(PianoRollVocabulary.Configuration.self, from: data))
      }
    }
  }
}
