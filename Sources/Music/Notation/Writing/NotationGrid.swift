import MusicXML

/// A note on the grid of the page; times in `PartwiseScore.quarter`.
struct GridNote {
  var onset: Int
  var end: Int
  /// How much later than written it begins and ends when it is played.
  var attack = 0
  var release = 0
  var pitch: UInt8
  var velocity: UInt8
  /// How it is spelt; nil for a drum.
  var spelling: WrittenPitch?
}

/// Puts notes where they can be written: each beat is divided into the fewest parts that hold all that
/// begins and ends in it.
///
/// Where more than a fifth of the beats have no usual grid, the music was played by hand, and each beat is
/// divided as fits it best and is simple. How notes were played beside what is written stays known.
struct NotationGrid {
  /// The divisions of a cell, the simplest first: halves, triplets, their halves and so on.
  private static let divisions = [1, 2, 4, 3, 8, 6, 16, 12, 5, 7, 9, 10, 11, 13, 14, 15]
  /// Those that music played by hand is written with, and what each costs, in parts of the cell.
  private static let simpleDivisions = [
    (1, 0.0), (2, 0.01), (4, 0.02), (3, 0.03), (8, 0.05), (6, 0.06),
  ]
  /// Divisions that are meant only where about as many notes begin.
  private static let rareDivisions: Set = [5, 7, 9, 10, 11, 13, 14, 15]

  let plan: BarPlan
  /// Half a tick, which rounding may have moved what is written; 0 where ticks are whole parts of a beat.
  private let tolerance: Int
  private let place: (Int) -> Int
  private var isPlayedByHand = false

  /// A stretch of a bar, and what begins and ends in it.
  private struct Cell {
    var start: Int
    var length: Int
    var onsets: [Int] = []
    var ends: [Int] = []
  }

  /// - Parameters:
  ///   - plan: the bars.
  ///   - ticksPerQuarter: the score's.
  ///   - place: the place of a tick.
  init(_ plan: BarPlan, ticksPerQuarter: Int, place: @escaping (Int) -> Int) {
    self.plan = plan
    self.place = place
    tolerance = ticksPerQuarter >= 240 ? PartwiseScore.quarter / (2 * ticksPerQuarter) + 1 : 1
  }

  /// Finds out whether music was played by hand.
  mutating func listen(to parts: [[Note]]) {
    var (unusual, count) = (0, 0)
    for notes in parts {
      for cell in cells(of: notes).values {
        guard !cell.onsets.isEmpty else { continue }
        count += 1
        let points = Set(cell.onsets)
        if !Self.divisions.contains(where: { isExact(points, cell, $0) }) { unusual += 1 }
      }
    }
    isPlayedByHand = unusual * 5 > count
  }

  /// The notes of one staff on the grid, by onset, then pitch.
  func placed(_ notes: [Note]) -> [GridNote] {
    let cells = cells(of: notes)
    var divisions: [Int: Int] = [:]
    divisions.reserveCapacity(cells.count)
    for (key, cell) in cells { divisions[key] = division(of: cell) }
    var placed = notes.map { note in
      let (onset, step) = moved(place(note.onset), divisions)
      let end = max(moved(place(note.end), divisions).place, onset + step)
      return GridNote(
        onset: onset, end: end, pitch: note.pitch, velocity: note.velocity)
    }
    // Rounding makes no note sound into the next of its pitch.
    var last: [UInt8: Int] = [:]
    for index in placed.indices {
      if let before = last[notes[index].pitch], notes[before].end <= notes[index].onset,
        placed[before].end > placed[index].onset, placed[before].onset < placed[index].onset
      {
        placed[before].end = placed[index].onset
      }
      last[notes[index].pitch] = index
    }
    for (index, note) in notes.enumerated() {
      let (attack, release) = (
        place(note.onset) - placed[index].onset, place(note.end) - placed[index].end
      )
      // Less than a tick is rounding's.
      placed[index].attack = abs(attack) <= tolerance ? 0 : attack
      placed[index].release = abs(release) <= tolerance ? 0 : release
    }
    placed.sort { ($0.onset, $0.pitch, $0.end) < ($1.onset, $1.pitch, $1.end) }
    return placed
  }

  /// The cells in which something begins or ends, by where they begin.
  private func cells(of notes: [Note]) -> [Int: Cell] {
    var cells: [Int: Cell] = [:]
    for note in notes {
      let (onset, end) = (place(note.onset), place(note.end))
      var (start, length) = cell(at: onset)
      cells[start, default: Cell(start: start, length: length)].onsets.append(onset - start)
      (start, length) = cell(at: end)
      cells[start, default: Cell(start: start, length: length)].ends.append(end - start)
    }
    return cells
  }

  private func cell(at place: Int) -> (start: Int, length: Int) {
    let bar = plan.bars[plan.bar(at: place)]
    let start = bar.start + (place - bar.start) / bar.cell * bar.cell
    let length = min(bar.cell, bar.start + bar.length - start)
    return length > 0 ? (start, length) : (start, bar.cell)
  }

  /// A place on the grid, and the grid's step there.
  private func moved(_ place: Int, _ divisions: [Int: Int]) -> (place: Int, step: Int) {
    let (start, length) = cell(at: place)
    let division = divisions[start] ?? 1
    let index = ((place - start) * division + length / 2) / length
    return (start + index * length / division, length / division)
  }

  private func isExact(_ points: Set<Int>, _ cell: Cell, _ division: Int) -> Bool {
    guard cell.length % division == 0,
      !Self.rareDivisions.contains(division) || cell.onsets.count * 2 >= division
    else { return false }
    let step = cell.length / division
    return points.allSatisfy { point in
      let rest = point % step
      return min(rest, step - rest) <= tolerance
    }
  }

  private func division(of cell: Cell) -> Int {
    // A cell that a bar cuts short is no tuplet.
    let isWhole = cell.length & (cell.length - 1) == 0 || cell.length % 3 == 0
    let onsets = Set(cell.onsets)
    if !isPlayedByHand, isWhole {
      let all = onsets.union(cell.ends)
      if let exact = Self.divisions.first(where: { isExact(all, cell, $0) }) { return exact }
      if let exact = Self.divisions.first(where: { isExact(onsets, cell, $0) }) {
        // Ends that are on no grid are brought to the next sixteenth or so.
        return exact == 1 ? 4 : exact == 2 ? 4 : exact
      }
    }
    func misfit(_ points: [Int], _ division: Int) -> Double {
      let step = Double(cell.length) / Double(division)
      return points.reduce(0) { sum, point in
        let steps = Double(point) / step
        return sum + abs(steps - steps.rounded()) * step / Double(cell.length)
      }
    }
    let candidates = Self.simpleDivisions.map { division, cost in
      (
        division,
        (misfit(cell.onsets, division) + misfit(cell.ends, division) / 4)
          / Double(max(cell.onsets.count, 1)) + cost
      )
    }
    return candidates.min { $0.1 < $1.1 }?.0 ?? 1
  }
}
