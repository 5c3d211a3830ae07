import MusicXML

/// How loud a part is played from place to place, by what is written beneath it.
struct WrittenDynamics {
  /// Velocities that dynamics stand for: those that are written too, and rarer ones.
  private static let levels = [
    "pppppp": 1, "ppppp": 5, "pppp": 10, "ffff": 127, "fffff": 127, "ffffff": 127, "fp": 49,
    "pf": 96, "n": 1,
  ].merging(DynamicsMarks.levels.map { ($0.name, $0.velocity) }) { _, written in written }
  /// What is louder at its place only.
  private static let accents: Set = [
    "sf", "sfz", "fz", "rf", "rfz", "sffz", "sfp", "sfpp", "fp", "sfzp",
  ]
  /// How much louder an accent is, and a hairpin makes what leads to no dynamics.
  private static let step = 16
  /// The velocity before anything is written: mezzo forte.
  private static let beginning = 80

  /// From each place on a velocity, which until the next place becomes another.
  private struct Stretch {
    var start: Int
    var velocity: Int
    var end: Int
    var endVelocity: Int
  }

  private var stretches: [Stretch] = []
  private var accentPlaces: Set<Int> = []

  /// Reads the dynamics of a part.
  ///
  /// - Parameter directions: its directions and their places in the piece as it is written, in the file's order.
  init(_ directions: [(place: Int, direction: PartwiseScore.Direction)]) {
    var marks: [(place: Int, velocity: Int)] = []
    var wedges: [(start: Int, end: Int, grows: Bool)] = []
    var open: [Int: (start: Int, grows: Bool)] = [:]
    for (place, direction) in directions {
      let isAccent = direction.dynamics.map(Self.accents.contains) ?? false
      if isAccent { accentPlaces.insert(place) }
      let level = direction.dynamics.flatMap { Self.levels[$0] }
      let said = isAccent ? nil : direction.sound.velocity.map { Int($0) }
      if let velocity = said ?? level { marks.append((place, velocity)) }
      switch direction.wedge {
      case .crescendo(let number): open[number] = (place, true)
      case .diminuendo(let number): open[number] = (place, false)
      case .stop(let number):
        if let wedge = open.removeValue(forKey: number), wedge.start < place {
          wedges.append((wedge.start, place, wedge.grows))
        }
      case nil: break
      }
    }
    wedges.sort { $0.start < $1.start }
    // A file goes back for each further voice and staff of a measure: what it tells later may hold earlier.
    join(marks.sortedByTick { $0.place }, wedges)
  }

  private mutating func join(
    _ marks: [(place: Int, velocity: Int)], _ wedges: [(start: Int, end: Int, grows: Bool)]
  ) {
    var level = Self.beginning
    var (mark, wedge) = (0, 0)
    while mark < marks.count || wedge < wedges.count {
      if mark < marks.count, wedge >= wedges.count || marks[mark].place <= wedges[wedge].start {
        level = marks[mark].velocity
        append(at: marks[mark].place, level)
        mark += 1
      } else {
        let (start, end, grows) = wedges[wedge]
        wedge += 1
        // The dynamics to which it leads stand at its end or soon after.
        let target =
          mark < marks.count && marks[mark].place <= end + PartwiseScore.quarter
          ? marks[mark].velocity : nil
        let isMeant = target.map { grows ? $0 > level : $0 < level } ?? false
        let reached =
          isMeant ? target ?? level : min(max(level + (grows ? Self.step : -Self.step), 16), 126)
        let until = mark < marks.count ? max(min(end, marks[mark].place), start + 1) : end
        append(at: start, level, until: until, reached)
        level = reached
        append(at: until, level)
      }
    }
  }

  private mutating func append(
    at place: Int, _ velocity: Int, until end: Int = .max, _ to: Int? = nil
  ) {
    let start = max(place, stretches.last?.start ?? 0)
    stretches.append(
      Stretch(start: start, velocity: velocity, end: end, endVelocity: to ?? velocity))
  }

  /// The velocity of a note at a place.
  ///
  /// - Complexity: O(log *n*) in the number of signs.
  func velocity(at place: Int) -> UInt8 {
    let next = stretches.partitioningIndex { $0.start > place }
    var velocity = Self.beginning
    if next > 0 {
      let stretch = stretches[next - 1]
      velocity = stretch.velocity
      if stretch.endVelocity != velocity, stretch.end > stretch.start {
        let part =
          Double(min(place, stretch.end) - stretch.start) / Double(stretch.end - stretch.start)
        velocity += Int((Double(stretch.endVelocity - velocity) * part).rounded())
      }
    }
    if accentPlaces.contains(place) { velocity += Self.step }
    return UInt8(min(max(velocity, 1), 127))
  }
}
