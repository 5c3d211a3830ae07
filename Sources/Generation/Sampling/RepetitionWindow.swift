/// The pitches that were struck last.
struct RepetitionWindow {
  private var pitches: [UInt8] = []
  private var counts = [Int](repeating: 0, count: 128)
  private var oldest = 0

  /// Takes the pitches struck next, and returns those that came into the window or left it.
  mutating func append(_ struck: [UInt8], window: Int) -> [UInt8] {
    var changed: [UInt8] = []
    for pitch in struck {
      counts[Int(pitch)] += 1
      pitches.append(pitch)
      if counts[Int(pitch)] == 1 { changed.append(pitch) }
    }
    while pitches.count - oldest > window {
      let pitch = pitches[oldest]
      counts[Int(pitch)] -= 1
      oldest += 1
      if counts[Int(pitch)] == 0 { changed.append(pitch) }
    }
    if oldest > 4 * window {
      pitches.removeFirst(oldest)
      oldest = 0
    }
    return changed
  }

  func contains(_ pitch: UInt8) -> Bool { counts[Int(pitch)] > 0 }
}
