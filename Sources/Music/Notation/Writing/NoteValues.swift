import MusicXML

/// How lengths are written as note values.
enum NoteValues {
  /// The values without tuplets, the longest first, each with its length and that of its undotted value.
  private static let values: [(length: Int, base: Int, value: NoteValue)] = {
    var values: [(length: Int, base: Int, value: NoteValue)] = []
    for denominator in [-1, 1, 2, 4, 8, 16, 32, 64, 128, 256] {
      for dots in 0...2 {
        let value = NoteValue(denominator: denominator, dots: dots)
        let base = NoteValue(denominator: denominator).duration
        values.append((value.duration, base, value))
      }
    }
    return values.sorted { $0.length > $1.length }
  }()

  /// The values, tied to one another, of a note or rest that is in no tuplet.
  ///
  /// A note shows the beats: it crosses one only where it begins on a beat, or as the common syncopations
  /// do. A value is nil where a rest of a length has none.
  ///
  /// - Parameters:
  ///   - start: its place in its bar.
  ///   - length: how long it is.
  ///   - bar: its bar.
  ///   - isRest: whether it is a rest.
  /// - Returns: the values, in their order, and what each takes of the length.
  static func straight(
    from start: Int, length: Int, in bar: BarPlan.Bar, isRest: Bool
  ) -> [(length: Int, value: NoteValue?)] {
    var written: [(length: Int, value: NoteValue?)] = []
    var (place, left) = (start, length)
    while left > 0 {
      let choice = values.first { candidate in
        candidate.length <= left
          && isLegible(candidate, from: place, of: left, in: bar, isRest: isRest)
      }
      guard let choice else {
        written.append((left, nil))
        break
      }
      written.append((choice.length, choice.value))
      place += choice.length
      left -= choice.length
    }
    return written
  }

  private static func isLegible(
    _ candidate: (length: Int, base: Int, value: NoteValue), from place: Int, of left: Int,
    in bar: BarPlan.Bar, isRest: Bool
  ) -> Bool {
    let (length, base, dots) = (candidate.length, candidate.base, candidate.value.dots)
    // Two dots are for what they write whole.
    if dots == 2, isRest || left != length || place % base != 0 { return false }
    if let beat = bar.compoundBeat {
      if place % beat + length > beat { return place % beat == 0 && length % beat == 0 }
      if isRest, dots > 0 { return length == beat }
      return place % beat % (base / 2) == 0
    }
    if isRest { return dots == 0 && place % base == 0 }
    let quarter = PartwiseScore.quarter
    if bar.metre.duration == 4 * quarter {
      let half = 2 * quarter
      let isAcross = place / half != (place + length - 1) / half
      if isAcross, place % half != 0, place % quarter != 0 || length % quarter != 0 { return false }
    }
    if place % base == 0 { return true }
    guard base <= 2 * quarter, place % (base / 2) == 0 else { return false }
    return dots == 0 || dots == 1 && (place + length) % base == 0
  }

  /// The values, tied to one another, of a note or rest in a tuplet.
  ///
  /// - Parameters:
  ///   - length: how long it is.
  ///   - tuplet: the tuplet.
  /// - Returns: the values, in their order, and what each takes of the length.
  static func inTuplet(length: Int, _ tuplet: Tuplet) -> [(length: Int, value: NoteValue?)] {
    var written: [(length: Int, value: NoteValue?)] = []
    var left = length / tuplet.step
    while left > 0 {
      // What a step is written as is longer than it sounds.
      let printed = tuplet.length / tuplet.normalNotes
      let choice = values.first { $0.length <= left * printed && $0.length % printed == 0 }
      guard let choice else {
        written.append((left * tuplet.step, nil))
        break
      }
      let steps = choice.length / printed
      var value = choice.value
      value.actualNotes = tuplet.actualNotes
      value.normalNotes = tuplet.normalNotes
      written.append((steps * tuplet.step, value))
      left -= steps
    }
    return written
  }
}

/// A stretch of a bar that is divided into a number of notes that is no power of two.
struct Tuplet {
  /// Where it begins in its bar.
  var start: Int
  var length: Int
  /// How many notes it is divided into.
  var actualNotes: Int

  /// They are written as so many of the same value would be: the power of two below.
  var normalNotes: Int {
    var normal = 1
    while normal * 2 < actualNotes { normal *= 2 }
    return normal
  }
  var step: Int { length / actualNotes }
  var end: Int { start + length }

  /// The numbers of notes, the simplest first.
  private static let numbers = [3, 6, 5, 12, 7, 24, 9, 10, 11, 13, 14, 15]

  /// The tuplets of a bar in which a voice's notes and rests begin and end at some places.
  ///
  /// - Parameters:
  ///   - bar: the bar.
  ///   - places: places in the bar, in order.
  /// - Returns: the tuplets, in order; none overlaps another.
  static func tuplets(in bar: BarPlan.Bar, places: [Int]) -> [Tuplet] {
    var tuplets: [Tuplet] = []
    var next = 0
    let quarter = PartwiseScore.quarter
    while next < places.count {
      let start = places[next] / bar.cell * bar.cell
      // Three in the time of two quarter notes.
      let half = start / (2 * quarter) * 2 * quarter
      if bar.cell == quarter, bar.compoundBeat == nil, half + 2 * quarter <= bar.length,
        half >= tuplets.last?.end ?? 0
      {
        let first = places.partitioningIndex { $0 > half }
        let last = places.partitioningIndex { $0 >= half + 2 * quarter }
        let inside = places[first..<last]
        if !inside.isEmpty, inside.allSatisfy({ ($0 - half) % (2 * quarter / 3) == 0 }) {
          tuplets.append(Tuplet(start: half, length: 2 * quarter, actualNotes: 3))
          next = last
          continue
        }
      }
      var end = next
      while end < places.count, places[end] < start + bar.cell { end += 1 }
      let inside = places[next..<end].filter { $0 > start }
      next = end
      let isWhole = start + bar.cell <= bar.length
      guard isWhole, !inside.allSatisfy({ ($0 - start) % (bar.cell / 64) == 0 }) else { continue }
      let number = numbers.first { number in
        bar.cell % number == 0 && inside.allSatisfy { ($0 - start) % (bar.cell / number) == 0 }
      }
      if let number {
        tuplets.append(Tuplet(start: start, length: bar.cell, actualNotes: number))
      }
    }
    return tuplets
  }
}
