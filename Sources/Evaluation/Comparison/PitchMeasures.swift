import Foundation
import Music

/// The entropy of a distribution in bits.
///
/// - Reference: `muspy.pitch_class_entropy`.
func entropy(_ shares: [Double]) -> Double {
  shares.reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 }
}

/// The share of notes in the major or natural minor scale that holds most of them.
///
/// - Reference: Mogren, "C-RNN-GAN" (2016); `muspy.scale_consistency`. Each minor scale has the
///   notes of a major one.
func scaleConsistency(_ pitchClasses: [Double]) -> Double {
  (0..<12).map { tonic in
    [0, 2, 4, 5, 7, 9, 11].reduce(0) { $0 + pitchClasses[(tonic + $1) % 12] }
  }.max() ?? 0
}

/// How many different pitches sound at once, over all ticks at which any does; nil where none does.
///
/// - Reference: `muspy.polyphony`.
func polyphony(_ notes: [Note]) -> Double? {
  var pitches = [[Range<Int>]](repeating: [], count: 128)
  for note in notes {
    pitches[Int(note.pitch & 0x7F)].append(note.onset..<max(note.onset, note.end))
  }
  let busy = length(ofUnion: pitches.flatMap { $0 })
  return busy > 0 ? pitches.reduce(0) { $0 + length(ofUnion: $1) } / busy : nil
}

private func length(ofUnion ranges: [Range<Int>]) -> Double {
  var covered = 0.0
  var end = 0
  for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
    covered += Double(range.upperBound - max(range.lowerBound, end))
    end = range.upperBound
  }
  return covered
}
