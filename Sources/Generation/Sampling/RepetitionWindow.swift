/// The pitches that were struck last.
struct RepetitionWindow {
  private var pitches: [UInt8] = []
  private var counts = [Int](repeating: 0, count: 128)
  private var oldest = 0

  mutating func append(_ struck: [UInt8], window: Int) {
    for pitch in struck {
      counts[Int(pitch)] += 1
      pitches.append(pitch)
    }
    while pitches.count - oldest > window {
      counts[Int(pitches[oldest])] -= 1
      oldest += 1
    }
    if oldest > 4 * window {
      pitches.removeFirst(oldest)
      oldest = 0
    }
  }

  func contains(_ pitch: UInt8) -> Bool { counts[Int(pitch)] > 0 }
}
