import Corpora
import Evaluation
import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing

/// The fixtures are what Tools/fixtures/muspy_features.py and bars_music21.py wrote.
struct FeatureComparisonTests {
  private struct Fixture: Decodable {
    struct Piece: Decodable {
      var name: String
      var pitchClassEntropy: Double
      var scaleConsistency: Double
      var polyphony: Double
    }
    var pieces: [Piece]
    var distances: [String: Double]
  }

  private struct BarFixture: Decodable {
    var name: String
    /// The share of bars by their distance.
    var repetition: [String: Double]
    var endsOnTonic: Bool
    /// By the profiles of Krumhansl and Kessler and by Temperley's of the Kostka-Payne corpus.
    var keys: [String]
  }

  /// What the first fixture does not tell.
  private static let ours: Set<Feature> = [
    .selfSimilarity, .repetition1, .repetition2, .repetition4, .repetition8, .repetition16,
    .cadences,
    .tonicEnd,
  ]

  private let fixture: Fixture
  private let pieces: [PieceFeatures]

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/muspy", withExtension: "json"))
    fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    pieces = try Self.read(fixture.pieces.map(\.name))
  }

  private static func read(_ names: [String]) throws -> [PieceFeatures] {
    try mapScores(at: names.map { file($0).path }, threads: 2) { PieceFeatures($1) }.results
  }

  private static func file(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "midi/\(name)")
  }

  private static func bars() throws -> [BarFixture] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/bars", withExtension: "json"))
    return try JSONDecoder().decode([BarFixture].self, from: Data(contentsOf: url))
  }

  @Test func `the keys of pieces are those that music21 finds by the same profiles`() throws {
    for expected in try Self.bars() {
      let score = Score(try MIDIFile(bytes: [UInt8](Data(contentsOf: Self.file(expected.name)))))
      var weights = [Double](repeating: 0, count: 12)
      for note in score.tracks.flatMap(\.notes) {
        weights[Int(note.pitch) % 12] += Double(note.duration)
      }
      for (profile, name) in zip([KeyProfile.krumhanslKessler, .kostkaPayne], expected.keys) {
        let found = try #require(KeyEstimate(pitchClasses: weights, profile: profile))
        #expect(
          "\(found.tonic) \(found.isMinor ? "minor" : "major")" == name, "\(expected.name)")
      }
    }
  }

  @Test func `bars are repeated, and pieces end on the tonic, where music21 finds it`() throws {
    let expected = try Self.bars()
    #expect(expected.count == 18)
    for (piece, expected) in zip(try Self.read(expected.map(\.name)), expected) {
      for feature in Feature.allCases {
        guard let distance = feature.barDistance else { continue }
        let found = piece[feature]?.first
        let share = expected.repetition["\(distance)"]
        #expect((found == nil) == (share == nil), "\(expected.name), \(feature)")
        #expect(abs((found ?? 0) - (share ?? 0)) < 1e-9, "\(expected.name), \(feature)")
      }
      #expect(piece[.tonicEnd] == [expected.endsOnTonic ? 1 : 0], "\(expected.name)")
    }
  }

  @Test func `a note that a pedal holds sounds as long as one that a key holds`() {
    let notes = [
      Note(onset: 0, duration: 960, pitch: 60, velocity: 80),
      Note(onset: 960, duration: 960, pitch: 67, velocity: 80),
    ]
    let touched = notes.map { note in
      var note = note
      note.duration = 240
      return note
    }
    let presses: [(tick: Int, value: UInt8)] = [(0, 127), (960, 0), (961, 127), (1920, 0)]
    let pedal = presses.map {
      TrackMessage(tick: $0.tick, kind: .control(controller: 64, value: $0.value))
    }
    let one = PieceFeatures(Score(tracks: [Track(notes: notes)], endTick: 1920))
    let other = PieceFeatures(
      Score(tracks: [Track(notes: touched, messages: pedal)], endTick: 1920))
    for feature in [Feature.noteLengths, .polyphony] {
      #expect(one[feature] != nil)
      #expect(one[feature] == other[feature], "\(feature)")
    }
  }

  @Test func `an excerpt ends where its piece does`() {
    // A scale of C major, whose first half stops on its fourth.
    let pitches: [UInt8] = [60, 62, 64, 65, 67, 69, 71, 72, 67, 72]
    func piece(_ count: Int) -> Score {
      let notes = pitches.prefix(count).enumerated().map {
        Note(onset: 480 * $0, duration: 480, pitch: $1, velocity: 80)
      }
      return Score(tracks: [Track(notes: notes)], endTick: 480 * count)
    }
    #expect(PieceFeatures(piece(10))[.tonicEnd] == [1])
    #expect(PieceFeatures(piece(4), of: piece(10))[.tonicEnd] == [1])
  }

  @Test func `pieces measure what MusPy measures`() throws {
    #expect(pieces.count == 24)
    for (piece, expected) in zip(pieces, fixture.pieces) {
      for (feature, value) in [
        (Feature.pitchClassEntropy, expected.pitchClassEntropy),
        (.scaleConsistency, expected.scaleConsistency), (.polyphony, expected.polyphony),
      ] {
        let found = try #require(piece[feature]?.first)
        #expect(abs(found - value) < 1e-9, "\(expected.name), \(feature)")
      }
    }
  }

  @Test func `sets of pieces are as far apart as SciPy finds them`() throws {
    let comparisons = FeatureComparison.all(of: Array(pieces[..<8]), with: Array(pieces[8...]))
    for comparison in comparisons where !Self.ours.contains(comparison.feature) {
      let expected = try #require(fixture.distances[comparison.feature.rawValue])
      let found = try #require(comparison.distance)
      #expect(abs(found - expected) < 1e-4 * max(1, expected), "\(comparison.feature)")
    }
  }

  @Test func `a corpus is at no distance from itself, and its halves are at some`() throws {
    for comparison in FeatureComparison.all(of: pieces, with: pieces) {
      #expect(try #require(comparison.distance) < 1e-12, "\(comparison.feature)")
      #expect(try #require(comparison.halves) > 0, "\(comparison.feature)")
      #expect(comparison.pieceMean == comparison.corpusMean)
    }
    #expect(
      FeatureComparison.all(of: pieces, with: pieces)
        == FeatureComparison.all(of: pieces, with: pieces))
  }

  @Test func `fewer pieces are further from others of their kind by chance than more`() {
    // As Sources/ModelCollection/Models/MODELS.md tells of 100 folk tunes and of 60 songs.
    #expect(abs(FeatureComparison.chance(pieces: 100, corpus: 1034) - 1.7) < 0.05)
    #expect(abs(FeatureComparison.chance(pieces: 60, corpus: 1295) - 2.4) < 0.05)
    #expect(abs(FeatureComparison.chance(pieces: 100, corpus: 300) - 1) < 1e-12)
    // One piece against three: √(1 + 1/3), and halves of one piece and two √(1 + 1/2).
    #expect(abs(FeatureComparison.chance(pieces: 1, corpus: 3) - (8.0 / 9).squareRoot()) < 1e-12)
  }

  @Test func `noise is further from tunes than tunes are from tunes`() throws {
    var random = SeededGenerator(seed: 5)
    let noise = (0..<8).map { _ in
      let notes = (0..<1500).map {
        Note(
          onset: 60 * $0, duration: .random(in: 10...2000, using: &random),
          pitch: .random(in: 0...127, using: &random),
          velocity: .random(in: 1...127, using: &random))
      }
      return PieceFeatures(Score(tracks: [Track(notes: notes)], endTick: 92_000))
    }
    // Of so few tunes some only repeat bars that are near; most come back after eight bars.
    for comparison in FeatureComparison.all(of: noise, with: pieces)
    where ![.repetition1, .repetition2, .repetition4].contains(comparison.feature) {
      #expect(try #require(comparison.ratio) > 2, "\(comparison.feature)")
    }
  }

  @Test func `a piece that repeats itself every four seconds is most alike four seconds apart`()
    throws
  {
    // At 120 quarters a minute a second has two quarters of 480 ticks.
    let notes = (0..<40).map {
      Note(onset: 960 * $0, duration: 960, pitch: [60, 62, 64, 66][$0 % 4])
    }
    let piece = PieceFeatures(Score(tracks: [Track(notes: notes)], endTick: 38_400))
    let curve = try #require(piece[.selfSimilarity])
    #expect(curve.count == 32)
    for (index, value) in curve.enumerated() {
      #expect(abs(value - ((index + 1) % 4 == 0 ? 1 : 0)) < 1e-9)
    }
  }

  @Test func `drums and silence have no pitches to compare, and do no harm`() throws {
    let drums = PieceFeatures(
      Score(
        tracks: [Track(channel: 9, notes: [Note(onset: 0, duration: 480, pitch: 36)])],
        endTick: 480))
    #expect(drums[.pitchClasses] == nil)
    #expect(drums[.noteDensity] == [2])
    #expect(drums[.tonicEnd] == nil && drums[.cadences] == nil)
    let comparisons = FeatureComparison.all(
      of: [drums, PieceFeatures(Score())], with: [PieceFeatures(Score())])
    #expect(comparisons.allSatisfy { $0.distance == nil && $0.halves == nil })
  }

  @Test func `how a piece is built is told by the features of that name`() throws {
    // A A B C A A B C of a bar each, the last with a cadence in C.
    let bars: [[UInt8]] = [
      [60, 64, 67, 64], [60, 64, 67, 64], [65, 69, 72, 69], [62, 59, 55, 48],
    ]
    let notes = (bars + bars).joined().enumerated().map {
      Note(onset: 480 * $0.offset, duration: 480, pitch: $0.element)
    }
    let piece = PieceFeatures(Score(tracks: [Track(notes: notes)], endTick: 15_360))
    #expect(piece[.repetition1] == [2 / 7.0])
    #expect(piece[.repetition2] == [0])
    #expect(piece[.repetition4] == [1])
    #expect(piece[.repetition8] == nil)
    #expect(piece[.cadences] == [1])
    #expect(piece[.tonicEnd] == [1])
  }

  @Test func `bars count from behind an upbeat that the file does not tell`() throws {
    // Sixteen bars behind a beat, a chord on each bar line. The bass of each fourth one goes from the dominant to the
    // sixth degree in its last beat, behind which a bar of the file begins.
    let chord: [UInt8] = [60, 64, 67]
    let close: [UInt8] = [43, 43, 43, 45]
    var notes = [Note(onset: 0, duration: 480, pitch: 67)]
    for bar in 0..<16 {
      let start = 480 + 1920 * bar
      for pitch in chord { notes.append(Note(onset: start, duration: 1920, pitch: pitch)) }
      if bar % 4 < 3 {
        notes.append(Note(onset: start, duration: 1920, pitch: 48))
      } else {
        for (beat, pitch) in close.enumerated() {
          notes.append(Note(onset: start + 480 * beat, duration: 480, pitch: pitch))
        }
      }
    }
    var score = Score(
      tracks: [Track(notes: notes)],
      timeSignatures: [TimeSignature(tick: 0, numerator: 4, denominator: 4)], endTick: 31_200)
    let untold = PieceFeatures(score)
    score.timeSignatures = [
      TimeSignature(tick: 0, numerator: 1, denominator: 4),
      TimeSignature(tick: 480, numerator: 4, denominator: 4),
    ]
    let told = PieceFeatures(score)
    for feature in [Feature.repetition1, .repetition4, .cadences] {
      #expect(untold[feature] == told[feature], "\(feature)")
    }
    // No phrase ends with a cadence.
    #expect(untold[.cadences] == [0])
    // The upbeat is bar 0, and the first that is compared with one four bars before stands behind it.
    #expect(untold[.repetition4] == [12 / 13.0])
  }

  @Test func `a note that lasts for years is measured at once`() throws {
    let score = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 1 << 40, pitch: 60)])], endTick: 1 << 40)
    let piece = PieceFeatures(score)
    #expect(try #require(piece[.selfSimilarity]).first == 1)
    #expect(piece[.polyphony] == [1])
  }
}
