import Evaluation
import Foundation
import Music
import StandardMIDIFile
import Testing

@testable import Training

/// What is said of a run's samples beside its music.
struct SampleDifferenceTests {
  /// A piece of so many notes a second in C major, each of which sounds until the next.
  private func piece(notesPerSecond: Int, pitches: [UInt8] = [60, 62, 64, 65, 67, 69, 71, 72])
    -> PieceFeatures
  {
    let step = 960 / notesPerSecond
    let notes = (0..<16 * notesPerSecond).map { index in
      Note(onset: step * index, duration: step, pitch: pitches[index % pitches.count])
    }
    return PieceFeatures(Score(tracks: [Track(notes: notes)], endTick: 16 * 960))
  }

  private var music: [String: FeatureSpread] {
    FeatureSpread.all(of: (0..<20).map { piece(notesPerSecond: 4 + $0 % 5) })
  }

  @Test func `a spread is the range of nine pieces in ten`() throws {
    let spread = try #require(music["noteDensity"])
    #expect((spread.low, spread.middle, spread.high) == (4, 6, 8))
    #expect(FeatureSpread.all(of: (0..<7).map { piece(notesPerSecond: 4 + $0) }).isEmpty)
  }

  @Test func `samples within the music's own spread are not told of`() {
    for density in 4...8 {
      #expect(SampleDifference.all(of: [piece(notesPerSecond: density)], from: music).isEmpty)
    }
  }

  @Test func `what is sparser, and leaves its key, is told, with what the music has`() throws {
    let chromatic = piece(notesPerSecond: 2, pitches: [60, 61, 62, 63, 64, 65, 66, 67])
    let found = SampleDifference.all(of: [chromatic, chromatic], from: music)
    let density = try #require(found.first { $0.feature == .noteDensity })
    #expect(density.samples == 2 && density.music == 6 && density.count == 2)
    let scale = try #require(found.first { $0.feature == .scaleConsistency })
    // Five of the eight notes are in a major scale.
    #expect(scale.samples < 0.7 && scale.music == 1)
    #expect(found.map(\.excess) == found.map(\.excess).sorted(by: >))
  }

  @Test func `nothing is told without samples, or of a run of an older version`() {
    #expect(SampleDifference.all(of: [], from: music).isEmpty)
    #expect(SampleDifference.all(of: [piece(notesPerSecond: 1)], from: [:]).isEmpty)
  }

  @Test func `the samples of the last quarter are looked at, whatever files stand beside them`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "musegen-\(UUID().uuidString)")
    let samples = folder.appending(path: "samples")
    try FileManager.default.createDirectory(at: samples, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ name: String, noteCount: Int) throws {
      let notes = (0..<noteCount).map { Note(onset: 480 * $0, duration: 480, pitch: 60) }
      let score = Score(tracks: [Track(notes: notes)], endTick: 480 * 16)
      try Data(score.midiFile().bytes()).write(to: samples.appending(path: name))
    }
    for (step, noteCount) in [(75, 1), (76, 2), (90, 3), (100, 4)] {
      try write("step-\(step).mid", noteCount: noteCount)
    }
    try Data("no music".utf8).write(to: samples.appending(path: "step-99.mid"))
    func found(_ steps: Int) -> [PieceFeatures] {
      RunFolder.latestSamples(in: folder.path, steps: steps)
    }
    #expect(found(100).count == 3)
    #expect(found(400).count == 1)
    try write("step-\(Int.max).mid", noteCount: 5)
    try write("step-99999999999999999999.mid", noteCount: 6)
    #expect(found(100).count == 4)
    #expect(found(.max).count == 1)
  }
}
