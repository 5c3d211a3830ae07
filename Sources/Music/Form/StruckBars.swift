import StandardMIDIFile

/// What is struck in each bar of a piece: which pitches, at which sixteenths of a whole note.
///
/// Two bars are equal where the same pitches are struck at the same sixteenths after the bar line, however
/// long and loud, whichever part strikes them. A note that is struck up to half a sixteenth before a bar line
/// belongs to the bar behind it. Drums are left out where anything else is struck.
public struct StruckBars: Hashable, Sendable {
  /// A bar in which something is struck.
  public struct Bar: Hashable, Sendable {
    /// Its number in the piece's ``MetreMap``, from 0.
    public var number: Int
    /// A number that equal bars share, and no others.
    public var kind: Int
    /// Where its strokes lie among those of the piece.
    var strokes: Range<Int>
  }

  /// The bars, in order, without those in which nothing is struck.
  public private(set) var bars: [Bar] = []
  /// The strokes of all bars, each bar's in order.
  private(set) var strokes: [Stroke] = []

  /// A pitch and when it is struck.
  struct Stroke: Hashable, Sendable, Comparable {
    /// The sixteenth after the bar line.
    var sixteenth: Int
    var pitch: UInt8

    static func < (left: Stroke, right: Stroke) -> Bool {
      (left.sixteenth, left.pitch) < (right.sixteenth, right.pitch)
    }
  }

  /// Reads a piece; nil in time code, which has no bars.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes, however many bars there are.
  public init?(_ score: Score) {
    guard let metre = score.metreMap, case .ticksPerQuarter(let quarter) = score.division else {
      return nil
    }
    let pitched = score.tracks.filter { !$0.isDrums && !$0.notes.isEmpty }
    let notes = (pitched.isEmpty ? score.tracks : pitched).flatMap(\.notes)
    var placed = notes.map { (note: Note) -> (bar: Int, stroke: Stroke) in
      let bar = metre.bar(at: note.onset + quarter / 8)
      let passed = note.onset - metre.tick(ofBar: bar)
      return (bar, Stroke(sixteenth: (4 * passed + quarter / 2) / quarter, pitch: note.pitch))
    }
    placed.sort { $0.bar == $1.bar ? $0.stroke < $1.stroke : $0.bar < $1.bar }
    for (bar, stroke) in placed {
      if bar != bars.last?.number {
        bars.append(Bar(number: bar, kind: 0, strokes: strokes.count..<strokes.count))
      } else if stroke == strokes.last {
        continue
      }
      strokes.append(stroke)
      bars[bars.count - 1].strokes = bars[bars.count - 1].strokes.lowerBound..<strokes.count
    }
    var kinds: [ArraySlice<Stroke>: Int] = [:]
    for index in bars.indices {
      let known = kinds.count
      bars[index].kind = kinds[strokes[bars[index].strokes], default: known]
      kinds[strokes[bars[index].strokes]] = bars[index].kind
    }
  }

  /// The share of bars that are equal to the one so many bars before.
  ///
  /// - Parameter distance: a number of bars, at least 1.
  /// - Returns: the share of the bars in which something is struck and that lie so far behind the first of
  ///   them; nil where there is none.
  /// - Complexity: O(*n*) in the number of bars in which something is struck.
  public func repetition(after distance: Int) -> Double? {
    guard let first = bars.first else { return nil }
    var earlier = bars.startIndex
    var (count, equal) = (0, 0)
    for bar in bars where bar.number - distance >= first.number {
      while bars[earlier].number < bar.number - distance { earlier += 1 }
      count += 1
      if bars[earlier].number == bar.number - distance, bars[earlier].kind == bar.kind {
        equal += 1
      }
    }
    return count > 0 ? Double(equal) / Double(count) : nil
  }
}
