import StandardMIDIFile

extension Score {
  /// The movements of a work that stands in one score: ranges of ticks, one behind the other, that are all of it.
  ///
  /// A movement begins where a time signature and a key signature stand at one tick, be it to say again what holds, and
  /// no note sounds on across it: programs that write music down begin each movement of a work so. What is shorter than
  /// 32 quarter notes, or has no note, is no movement by itself: it belongs to what is before it, and at the beginning
  /// of the score to what follows; so does a bar that stands alone, which is an upbeat.
  ///
  /// A score in time code, whose ticks tell no quarter notes, is one movement. With ``trimmed(to:keepsBarLines:)`` each
  /// becomes a score of its own.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes and signatures.
  public var movements: [Range<Int>] {
    let end = max(endTick, 0)
    guard case .ticksPerQuarter(let quarter) = division else { return [0..<end] }
    let starts = movementStarts(before: end)
    if starts.count == 1 { return [0..<end] }
    var isStruck = [Bool](repeating: false, count: starts.count)
    for track in tracks {
      for note in track.notes {
        isStruck[max(starts.partitioningIndex { $0 > note.onset } - 1, 0)] = true
      }
    }
    let bars = Dictionary(
      timeSignatures.map { ($0.tick, $0.barTicks(ticksPerQuarter: quarter)) },
      uniquingKeysWith: { $1 })
    var found: [Range<Int>] = []
    // Where that begins which belongs to what follows, and whether a note is struck in it.
    var opening: (start: Int, isStruck: Bool)?
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? starts[index + 1] : end
      let part = (
        start: opening?.start ?? start, isStruck: isStruck[index] || opening?.isStruck ?? false
      )
      opening = nil
      if part.isStruck, next - part.start >= Self.shortestMovement * quarter {
        found.append(part.start..<next)
      } else if found.isEmpty || next - start <= bars[start] ?? 0 {
        opening = part
      } else {
        found[found.count - 1] = found[found.count - 1].lowerBound..<next
      }
    }
    if let last = found.last, opening != nil {
      found[found.count - 1] = last.lowerBound..<end
    } else if found.isEmpty {
      found = [0..<end]
    }
    return found
  }

  /// How many quarter notes a movement has at the least.
  private static let shortestMovement = 32

  /// The tick 0 and those before another at which both signatures stand and across which no note sounds, rising.
  private func movementStarts(before end: Int) -> [Int] {
    let places = Set(timeSignatures.map(\.tick)).intersection(keySignatures.map(\.tick))
      .filter { $0 > 0 && $0 < end }.sorted()
    if places.isEmpty { return [0] }
    // How many notes more sound across each place than across the one before it.
    var changes = [Int](repeating: 0, count: places.count + 1)
    for track in tracks {
      for note in track.notes {
        let first = places.partitioningIndex { $0 > note.onset }
        let next = places.partitioningIndex(in: first..<places.count) { $0 >= note.end }
        changes[first] += 1
        changes[next] -= 1
      }
    }
    var starts = [0]
    var sounding = 0
    for (place, change) in zip(places, changes) {
      sounding += change
      if sounding == 0 { starts.append(place) }
    }
    return starts
  }
}
