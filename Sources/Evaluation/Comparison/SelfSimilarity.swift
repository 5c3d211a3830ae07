/// How alike a piece's harmonies are that lie 1 to 32 seconds apart.
///
/// A second's harmony is how long each pitch class sounds in it; two are as alike as the cosine of
/// their angle. The curve's point is the mean over the piece's seconds in which both sound, NaN where
/// there is none. Of very long pieces the first hour is taken.
///
/// - Reference: Foote, "Visualizing Music and Audio using Self-Similarity" (1999).
/// - Returns: a point for each distance in seconds, nearest first.
func selfSimilarity(_ notes: [SoundingNote]) -> [Double] {
  let hour = 3600
  let last = min(notes.map(\.end).max() ?? 0, Double(hour))
  var chroma = [[Double]](
    repeating: Array(repeating: 0, count: 12), count: Int(last.rounded(.up)))
  for note in notes where note.onset < last {
    let end = min(note.end, last)
    var start = note.onset
    while start < end {
      let second = Int(start)
      let stop = min(end, Double(second + 1))
      chroma[second][note.pitch % 12] += stop - start
      start = stop
    }
  }
  let lengths = chroma.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  return (1...32).map { lag in
    var sum = 0.0
    var count = 0.0
    for second in 0..<max(0, chroma.count - lag)
    where lengths[second] > 0 && lengths[second + lag] > 0 {
      let product = zip(chroma[second], chroma[second + lag]).reduce(0) { $0 + $1.0 * $1.1 }
      sum += product / (lengths[second] * lengths[second + lag])
      count += 1
    }
    return sum / count
  }
}
