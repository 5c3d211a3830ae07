extension Sequence<Track> {
  /// The notes that are heard as the melody: at each time the highest that sounds, drums left out.
  ///
  /// A note goes on where a higher one that covered it has ended, and is then struck anew. Of several
  /// notes of one pitch the one struck last counts. A note that its predecessor hides by no more than
  /// the tolerance, as in legato playing, keeps its onset, and the predecessor ends there.
  ///
  /// Reference: Uitdenbogerd and Zobel, "Melodic Matching Techniques for Large Music Databases" (1999),
  /// the method that others call skyline.
  ///
  /// - Parameters:
  ///   - isLowest: whether the lowest notes are taken, as for a bass.
  ///   - tolerance: how many ticks may overlap, 0 or more; a part of a note that goes on for no longer
  ///     is left out.
  /// - Returns: notes by onset, of which no two overlap; those without a length are left out.
  /// - Complexity: O(*n* log *n*) in the number of notes.
  public func skyline(isLowest: Bool = false, tolerance: Int = 0) -> [Note] {
    let notes = lazy.filter { !$0.isDrums }.flatMap(\.notes).filter { $0.duration > 0 }
      .sorted { ($0.onset, $0.end) < ($1.onset, $1.end) }
    var line = MelodyLine(isLowest: isLowest)
    let ends = notes.indices.sorted { notes[$0].end < notes[$1].end }
    var ended = 0
    for (index, note) in notes.enumerated() {
      while ended < ends.count, notes[ends[ended]].end <= note.onset {
        line.release(ends[ended], notes)
        ended += 1
      }
      line.strike(index, notes)
    }
    while ended < ends.count {
      line.release(ends[ended], notes)
      ended += 1
    }
    return line.joined(notes, tolerance: Swift.max(0, tolerance))
  }
}

/// Which note is on top, as notes are struck and released in the order of time.
private struct MelodyLine {
  /// A time in which one note is on top.
  private struct Segment {
    var note: Int
    var ticks: Range<Int>
  }

  private let isLowest: Bool
  private var segments: [Segment] = []
  /// The notes that sound of each pitch, the one struck last at the end; released ones stay until they
  /// come to the end.
  private var sounding = [[Int]](repeating: [], count: 256)
  private var isReleased: Set<Int> = []
  private var top: (note: Int, since: Int)?

  init(isLowest: Bool) { self.isLowest = isLowest }

  mutating func strike(_ index: Int, _ notes: [Note]) {
    sounding[Int(notes[index].pitch)].append(index)
    update(at: notes[index].onset)
  }

  mutating func release(_ index: Int, _ notes: [Note]) {
    isReleased.insert(index)
    let pitch = Int(notes[index].pitch)
    while let last = sounding[pitch].last, isReleased.contains(last) {
      sounding[pitch].removeLast()
      isReleased.remove(last)
    }
    update(at: notes[index].end)
  }

  private mutating func update(at tick: Int) {
    let pitch =
      isLowest
      ? sounding.firstIndex { !$0.isEmpty } : sounding.lastIndex { !$0.isEmpty }
    let highest = pitch.flatMap { sounding[$0].last }
    guard highest != top?.note else { return }
    if let top, top.since < tick {
      segments.append(Segment(note: top.note, ticks: top.since..<tick))
    }
    top = highest.map { ($0, tick) }
  }

  /// The segments as notes.
  func joined(_ notes: [Note], tolerance: Int) -> [Note] {
    var line: [Note] = []
    for segment in segments {
      var note = notes[segment.note]
      let hidden = segment.ticks.lowerBound - note.onset
      let length = segment.ticks.upperBound - segment.ticks.lowerBound
      if hidden > 0, hidden <= tolerance, let last = line.last, last.onset < note.onset,
        last.end == segment.ticks.lowerBound
      {
        line[line.count - 1].duration = note.onset - last.onset
      } else if hidden > 0 {
        if length <= tolerance { continue }
        note.onset = segment.ticks.lowerBound
      }
      note.duration = segment.ticks.upperBound - note.onset
      line.append(note)
    }
    return line
  }
}
