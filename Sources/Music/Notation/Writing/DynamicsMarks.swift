import MusicXML

/// The dynamics under a part: what its notes' velocities come to, bar by bar.
enum DynamicsMarks {
  /// The dynamics and the velocities that notation programs play them with.
  static let levels: [(name: String, velocity: Int)] = [
    ("ppp", 16), ("pp", 33), ("p", 49), ("mp", 64), ("mf", 80), ("f", 96), ("ff", 112),
    ("fff", 126),
  ]
  /// A change is written where the mean of a bar leaves the level by so much.
  private static let leastChange = 12.0

  /// A mark, or nothing printed where loudness is not told.
  struct Mark {
    var place: Int
    var name: String?
    var velocity: UInt8
  }

  /// The marks of a part, by place.
  ///
  /// - Parameters:
  ///   - notes: the part's notes, by onset.
  ///   - plan: its bars.
  /// - Returns: at least one where there are notes.
  static func marks(of notes: [GridNote], in plan: BarPlan) -> [Mark] {
    guard let first = notes.first else { return [] }
    if notes.allSatisfy({ $0.velocity == first.velocity }) {
      // All alike: that is how it was made and not how it is to be played.
      return [Mark(place: 0, name: nil, velocity: first.velocity)]
    }
    var marks: [Mark] = []
    var level: Int?
    var start = 0
    var lastBar = -2
    while start < notes.count {
      let bar = plan.bar(at: notes[start].onset)
      var (end, sum) = (start, 0)
      let stop = plan.bars[bar].start + plan.bars[bar].length
      while end < notes.count, notes[end].onset < stop {
        sum += Int(notes[end].velocity)
        end += 1
      }
      let mean = Double(sum) / Double(max(end - start, 1))
      let nearest =
        levels.indices.min {
          abs(Double(levels[$0].velocity) - mean) < abs(Double(levels[$1].velocity) - mean)
        } ?? 4
      let isFar = level.map { abs(Double(levels[$0].velocity) - mean) >= leastChange } ?? true
      if nearest != level, isFar, bar >= lastBar + 2 {
        level = nearest
        lastBar = bar
        marks.append(
          Mark(
            place: notes[start].onset, name: levels[nearest].name,
            velocity: UInt8(levels[nearest].velocity)))
      }
      start = max(end, start + 1)
    }
    return marks
  }
}
