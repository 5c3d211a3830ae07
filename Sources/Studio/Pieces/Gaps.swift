import FlyingFox
import MuseGen

/// Where a piece is silent and is to be filled.
struct Gaps {
  /// The stretches of ticks in which nothing is struck, rising.
  private(set) var ticks: [Range<Int>] = []
  /// The bars that they lie in, counted from 1, rising and apart.
  private(set) var bars: [ClosedRange<Int>] = []
  /// Whether there is nothing else in these bars.
  private(set) var areWholeBars = true

  /// Finds them.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - chosen: the bars that are looked at, silence of a quarter note or more in them; nil for all between the first
  ///     and the last note, those in which nothing is struck.
  ///   - track: the only track that counts, from 1; nil for all.
  ///   - locks: what is locked, in whose bars nothing is filled.
  /// - Throws: ``Refusal`` where there are none.
  init(
    in score: Score, chosen: ClosedRange<Int>?, track: Int?, locks: PieceLocks
  ) throws(Refusal) {
    guard let metre = score.metreMap, let count = score.barCount,
      case .ticksPerQuarter(let quarter) = score.division
    else {
      throw Refusal(.unprocessableContent, "the piece is in time code, and has no bars to fill")
    }
    if let track, !score.tracks.indices.contains(track - 1) {
      throw Refusal(
        .unprocessableContent, "track \(track) not found, expected 1 to \(score.tracks.count)")
    }
    if let chosen, chosen.upperBound > count {
      throw Refusal(
        .unprocessableContent,
        "bars \(chosen.lowerBound)-\(chosen.upperBound) not found, expected some of 1 to \(count)")
    }
    let looked = track.map { [score.tracks[$0 - 1]] } ?? score.tracks
    let notes = looked.flatMap(\.notes).sorted { $0.onset < $1.onset }
    let struck = Set(notes.map { metre.bar(at: $0.onset) + 1 })
    guard let first = struck.min(), let last = struck.max() else {
      throw Refusal(.unprocessableContent, "there is no note, expected some around a gap")
    }
    for bar in chosen ?? first...last where locks.free(of: bar...bar).count == 1 {
      if !struck.contains(bar) {
        add(score.ticks(of: bar...bar), inBar: bar)
      }
    }
    if let chosen {
      for silence in Self.silences(in: score.ticks(of: chosen), between: notes)
      where silence.count >= quarter {
        for bar in metre.bar(at: silence.lowerBound) + 1...metre.bar(at: silence.upperBound - 1) + 1
        where struck.contains(bar) && locks.free(of: bar...bar).count == 1 {
          let part = silence.clamped(to: score.ticks(of: bar...bar))
          guard part.count >= quarter / 2 else { continue }
          areWholeBars = false
          add(part, inBar: bar)
        }
      }
      ticks.sort { $0.lowerBound < $1.lowerBound }
    }
    bars = bars.sorted { $0.lowerBound < $1.lowerBound }.joined
    guard !ticks.isEmpty else {
      throw Refusal(
        .unprocessableContent,
        chosen == nil
          ? "no bar between the first and the last note is empty; choose bars with a rest in them, or delete notes"
          : "there is no rest of a quarter note in these bars to fill; delete notes, or choose other bars"
      )
    }
  }

  private mutating func add(_ range: Range<Int>, inBar bar: Int) {
    ticks.append(range)
    bars.append(bar...bar)
  }

  /// The stretches of a range in which nothing sounds.
  private static func silences(in range: Range<Int>, between notes: [Note]) -> [Range<Int>] {
    var silences: [Range<Int>] = []
    var end = range.lowerBound
    for note in notes where note.end > range.lowerBound && note.onset < range.upperBound {
      if note.onset > end { silences.append(end..<note.onset) }
      end = max(end, note.end)
    }
    if end < range.upperBound { silences.append(end..<range.upperBound) }
    return silences
  }
}

extension [ClosedRange<Int>] {
  /// The same where neighbours are one.
  fileprivate var joined: [ClosedRange<Int>] {
    reduce(into: []) { joined, next in
      if let last = joined.last, next.lowerBound <= last.upperBound + 1 {
        joined[joined.count - 1] = last.lowerBound...Swift.max(last.upperBound, next.upperBound)
      } else {
        joined.append(next)
      }
    }
  }
}
