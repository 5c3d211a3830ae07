import MuseGen

/// Notes of bars that are written anew which stay as they were: what is written gives way to them.
///
/// The model does not know of them while it writes these bars; a note of theirs ends what their line was playing.
struct KeptNotes {
  /// The notes that stay, each track's by their onsets.
  private var notes: [Int: [Note]] = [:]
  /// The only ticks in which what is written stays, rising; nil where it stays in all.
  private var gaps: [Range<Int>]?

  /// Nothing stays.
  init() {}

  /// What is locked stays.
  init(lockedIn locks: PieceLocks, of score: Score) {
    // How a note is released is not told by who locks it, and a file may have lost a track that plays nothing.
    for (track, locked) in Dictionary(grouping: locks.notes, by: \.track)
    where score.tracks.indices.contains(track) {
      let named = Set(locked.map(\.note))
      notes[track] = score.tracks[track].notes.filter { named.contains($0.named) }
    }
  }

  /// All that is there stays, and what is written stays in gaps alone.
  init(around gaps: [Range<Int>], of score: Score) {
    self.gaps = gaps
    for (index, track) in score.tracks.enumerated() { notes[index] = track.notes }
  }

  /// Puts the notes back where they were.
  ///
  /// - Parameters:
  ///   - written: the piece with other notes in some of its ticks, its tracks those of the source and perhaps more.
  ///   - source: the piece as it was.
  ///   - ticks: where something was written.
  /// - Returns: the piece in which both are.
  /// - Complexity: O(*n* log *n*) in the number of notes, where not many sound at once.
  func putting(backInto written: Score, of source: Score, writtenIn ticks: [Range<Int>]) -> Score {
    if notes.isEmpty, gaps == nil { return written }
    var score = written
    // Who sounds on a channel tells which of two notes of one pitch a file would confuse.
    var byPart: [Track.Part: [Int]] = [:]
    for index in notes.keys { byPart[source.tracks[index].part, default: []].append(index) }
    for index in score.tracks.indices {
      let own = notes[index] ?? []
      let isLine = source.tracks.indices.contains(index) && source.tracks[index].isLine
      let others = (byPart[score.tracks[index].part] ?? []).filter { $0 != index }
      let kept = OverlapList(own)
      let confused = others.map { OverlapList(notes[$0] ?? []) }
      var stays = Dictionary(grouping: own, by: \.self).mapValues(\.count)
      var result: [Note] = []
      for var note in score.tracks[index].notes {
        if let count = stays[note], count > 0 {
          // It was not written over.
          stays[note] = count - 1
          result.append(note)
          continue
        }
        guard ticks.containsTick(note.onset) else {
          result.append(note)
          continue
        }
        if let gaps {
          guard let gap = gaps.range(with: note.onset) else { continue }
          note.duration = min(note.end, gap.upperBound) - note.onset
        }
        let ends =
          kept.overlapping(note) { isLine || $0.pitch == note.pitch }
          + confused.flatMap { $0.overlapping(note) { $0.pitch == note.pitch } }
        if let first = ends.map(\.onset).min() {
          if first <= note.onset { continue }
          note.duration = first - note.onset
        }
        result.append(note)
      }
      for note in own {
        guard let count = stays[note], count > 0 else { continue }
        stays[note] = count - 1
        result.append(note)
      }
      score.tracks[index].notes = result
    }
    return score.sorted()
  }
}

/// Notes among which those that sound at a time are found.
private struct OverlapList {
  private let notes: [Note]
  private let longest: Int

  init(_ notes: [Note]) {
    self.notes = notes.sorted { $0.onset < $1.onset }
    longest = notes.reduce(0) { max($0, $1.duration) }
  }

  /// Those that sound while a note does.
  func overlapping(_ note: Note, where holds: (Note) -> Bool) -> [Note] {
    let first = notes.partitioningIndex { $0.onset >= note.onset - longest }
    return notes[first...].prefix { $0.onset < note.end }.filter {
      $0.end > note.onset && holds($0)
    }
  }
}

extension [Range<Int>] {
  fileprivate func range(with tick: Int) -> Range<Int>? {
    let next = partitioningIndex { $0.lowerBound > tick }
    return next > 0 && self[next - 1].contains(tick) ? self[next - 1] : nil
  }
}

extension Track {
  /// Whether its notes sound one at a time.
  fileprivate var isLine: Bool {
    if isDrums { return false }
    let sorted = notes.sorted { $0.onset < $1.onset }
    return zip(sorted, sorted.dropFirst()).allSatisfy { $0.end <= $1.onset }
  }
}
