import Corpora
import Evaluation
import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing

/// The fixture is what Tools/fixtures/muspy_features.py wrote.
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

  private let fixture: Fixture
  private let pieces: [PieceFeatures]

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/muspy", withExtension: "json"))
    fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    let midi = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "midi")
    pieces =
      try mapScores(
        at: fixture.pieces.map { midi.appending(path: $0.name).path }, threads: 2
      ) { PieceFeatures($1) }.results
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
    for comparison in comparisons where comparison.feature != .selfSimilarity {
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

  @Test func `noise is further from tunes than tunes are from tunes`() throws {
    var random = SeededGenerator(seed: 5)
    let noise = (0..<8).map { _ in
      let notes = (0..<200).map {
        Note(
          onset: 60 * $0, duration: .random(in: 10...2000, using: &random),
          pitch: .random(in: 0...127, using: &random),
          velocity: .random(in: 1...127, using: &random))
      }
      return PieceFeatures(Score(tracks: [Track(notes: notes)], endTick: 14_000))
    }
    for comparison in FeatureComparison.all(of: noise, with: pieces) {
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
    let comparisons = FeatureComparison.all(
      of: [drums, PieceFeatures(Score())], with: [PieceFeatures(Score())])
    #expect(comparisons.allSatisfy { $0.distance == nil && $0.halves == nil })
  }

  @Test func `a note that lasts for years is measured at once`() throws {
    let score = Score(
      tracks: [Track(notes: [Note(onset: 0, duration: 1 << 40, pitch: 60)])], endTick: 1 << 40)
    let piece = PieceFeatures(score)
    #expect(try #require(piece[.selfSimilarity]).first == 1)
    #expect(piece[.polyphony] == [1])
  }
}
