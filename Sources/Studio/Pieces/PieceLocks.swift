import FlyingFox
import MuseGen

/// What of a piece stays as it is, to the tick, whatever is done to the rest.
public struct PieceLocks: Codable, Hashable, Sendable {
  /// The first and the last bar of each stretch that is locked, counted from 1: the notes that are struck there.
  public var bars: [[Int]] = []
  /// Notes that are locked by themselves.
  public var notes: [PieceNote] = []

  static let keys: Set = ["bars", "notes"]
  /// The most stretches and notes that are locked.
  private static let (mostStretches, mostNotes) = (2_000, 20_000)

  /// Creates locks that lock nothing.
  public init() {}

  /// Reads locks; what is left out locks nothing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    bars = try container.decodeIfPresent([[Int]].self, forKey: .bars) ?? []
    notes = try container.decodeIfPresent([PieceNote].self, forKey: .notes) ?? []
  }

  /// Whether nothing is locked.
  public var isEmpty: Bool { bars.isEmpty && notes.isEmpty }

  /// The same with bars that rise and do not touch, and each note once.
  ///
  /// - Parameter score: the piece that is locked.
  /// - Returns: the locks.
  /// - Throws: ``Refusal`` where it has no such bar or note.
  func checked(in score: Score) throws(Refusal) -> PieceLocks {
    guard let count = score.begunBarCount else {
      throw Refusal(
        .unprocessableContent, "the piece is in time code, and nothing of it can be locked")
    }
    guard bars.count <= Self.mostStretches, notes.count <= Self.mostNotes else {
      throw Refusal(
        .unprocessableContent,
        "\(bars.count) stretches and \(notes.count) notes are locked, expected at most "
          + "\(Self.mostStretches) and \(Self.mostNotes)")
    }
    for stretch in bars
    where stretch.count != 2 || stretch[0] < 1 || stretch[1] < stretch[0] || stretch[1] > count {
      throw Refusal(
        .unprocessableContent,
        "\(stretch) is locked, expected a first and a last bar of 1 to \(count)")
    }
    for note in notes where !score.tracks.indices.contains(note.track) {
      throw Refusal(.unprocessableContent, "track \(note.track) is not there")
    }
    for (track, locked) in Dictionary(grouping: notes, by: \.track) {
      let there = Set(score.tracks[track].notes.map(\.named))
      guard locked.allSatisfy({ there.contains($0.note) }) else {
        throw Refusal(
          .conflict, "a note that should be locked is not there; the piece has changed meanwhile")
      }
    }
    var checked = PieceLocks()
    for stretch in bars.sorted(by: { $0[0] < $1[0] }) {
      if let last = checked.bars.last, stretch[0] <= last[1] + 1 {
        checked.bars[checked.bars.count - 1][1] = max(last[1], stretch[1])
      } else {
        checked.bars.append(stretch)
      }
    }
    var known: Set<PieceNote> = []
    checked.notes = notes.filter { known.insert($0).inserted }
    return checked
  }

  /// The stretches of some bars that are not locked, rising.
  func free(of bars: ClosedRange<Int>) -> [ClosedRange<Int>] {
    var free: [ClosedRange<Int>] = []
    var next = bars.lowerBound
    for stretch in self.bars where stretch[1] >= next && stretch[0] <= bars.upperBound {
      if stretch[0] > next { free.append(next...stretch[0] - 1) }
      next = stretch[1] + 1
    }
    if next <= bars.upperBound { free.append(next...bars.upperBound) }
    return free
  }

  /// What is locked of the first bars.
  func first(_ count: Int, in score: Score) -> PieceLocks {
    var first = PieceLocks()
    first.bars = bars.filter { $0[0] <= count }.map { [$0[0], min($0[1], count)] }
    let end = score.ticks(of: 1...max(1, count)).upperBound
    first.notes = notes.filter { $0.onset < end }
    return first
  }

  /// Whether all that is locked in a piece is the same in what it became.
  ///
  /// - Complexity: O(*n*) in the number of notes.
  func areKept(from before: Score, in after: Score) -> Bool {
    let single = Dictionary(grouping: notes, by: \.track)
    let ticks = bars.map { before.ticks(of: $0[0]...$0[1]) }
    for index in before.tracks.indices {
      let old = before.tracks[index].notes
      let new = after.tracks.indices.contains(index) ? after.tracks[index].notes : []
      if old == new { continue }
      let isInBar = { (note: Note) in ticks.containsTick(note.onset) }
      guard old.filter(isInBar).counted == new.filter(isInBar).counted else { return false }
      let there = Set(new.map(\.named))
      guard single[index]?.allSatisfy({ there.contains($0.note) }) ?? true else { return false }
    }
    return true
  }
}

extension [Note] {
  /// How often each note is there.
  fileprivate var counted: [Note: Int] {
    reduce(into: [:]) { $0[$1.named, default: 0] += 1 }
  }
}

extension [Range<Int>] {
  /// Whether a tick is in one of some ranges that rise.
  func containsTick(_ tick: Int) -> Bool {
    let next = partitioningIndex { $0.lowerBound > tick }
    return next > 0 && self[next - 1].contains(tick)
  }
}

extension Score {
  /// How many bars it has; nil where it is in time code.
  var barCount: Int? { metreMap.map { max(1, $0.barCount(of: self)) } }

  /// How many bars begin in it, one in which only its end lies among them; nil where it is in time code.
  var begunBarCount: Int? {
    metreMap.flatMap { metre in barCount.map { max($0, metre.barCount(before: endTick)) } }
  }

  /// The ticks of some bars, counted from 1.
  func ticks(of bars: ClosedRange<Int>) -> Range<Int> {
    guard let metre = metreMap else { return 0..<0 }
    return metre.tick(ofBar: bars.lowerBound - 1)..<metre.tick(ofBar: bars.upperBound)
  }
}
