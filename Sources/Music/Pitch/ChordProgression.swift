/// Chords one after the other, such as `Dm G7 C`, to be gone through again and again.
public struct ChordProgression: Hashable, Sendable, CustomStringConvertible {
  /// How long a chord holds.
  public enum Length: Hashable, Sendable {
    /// So much of a bar.
    case bars(Double)
    /// So many beats of the metre.
    case beats(Double)
  }

  /// A chord and how long it holds.
  public struct Step: Hashable, Sendable {
    /// The chord; nil for none.
    public var chord: ChordSymbol?
    /// How long it holds.
    public var length: Length
  }

  /// The steps in order, one of them with a chord at least.
  public let steps: [Step]
  /// The progression as it was written.
  public let description: String

  /// How many beats a chord may be told.
  public static let beatRange = 0.25...1_000.0

  /// The most steps: a few signs that repeat a long bar would otherwise make any number of them.
  public static let mostSteps = 10_000

  /// Reads chord symbols with blanks or commas between them.
  ///
  /// Each holds for a bar, or for so many beats as stand behind a colon: `Dm:2 G7:2 C`. Where bar lines are
  /// written, `Dm | G7 C`, the chords between two of them share the bar, evenly or by their beats, and an empty
  /// bar is the one before once more. `N.C.` is no chord; `%` is the bar before, without bar lines the chord
  /// before. Commas in brackets belong to their chord: `C7(b9,#11)`.
  ///
  /// - Throws: ``ChordProgressionError`` with the first word that is none of these, or for more than
  ///   ``mostSteps``.
  public init(_ text: String) throws(ChordProgressionError) {
    var steps: [Step] = []
    let hasBars = text.contains("|")
    var bar: [Step] = []
    // Double bar lines enclose no bar, nor does what stands before the first line or behind the last.
    var parts = text.split(separator: "|")[...]
    while let last = parts.last, last.allSatisfy(\.isWhitespace) { parts.removeLast() }
    for part in parts {
      let words = Self.words(of: part)
      if words.isEmpty, bar.isEmpty { continue }
      if hasBars, words.isEmpty || words == ["%"], !bar.isEmpty {
        try Self.append(bar, to: &steps)
        continue
      }
      var told: [(chord: ChordSymbol?, beats: Double?)] = []
      for word in words {
        if word == "%", !hasBars, let last = told.last {
          told.append(last)
        } else {
          told.append(try Self.chord(word))
        }
      }
      bar =
        hasBars
        ? Self.sharing(told)
        : told.map { chord, beats in
          Step(chord: chord, length: beats.map(Length.beats) ?? .bars(1))
        }
      try Self.append(bar, to: &steps)
    }
    guard steps.contains(where: { $0.chord != nil }) else {
      throw ChordProgressionError(word: nil)
    }
    self.steps = steps
    description = text
  }

  /// What stands between blanks, and between commas outside brackets.
  private static func words(of part: Substring) -> [Substring] {
    var depth = 0
    return part.split { sign in
      if sign == "(" { depth += 1 }
      if sign == ")" { depth = max(0, depth - 1) }
      return sign.isWhitespace || sign == "," && depth == 0
    }
  }

  private static func append(
    _ bar: [Step], to steps: inout [Step]
  ) throws(ChordProgressionError) {
    guard steps.count + bar.count <= mostSteps else {
      throw ChordProgressionError(word: nil, isTooLong: true)
    }
    steps += bar
  }

  /// A bar's chords, which share it by their beats; those that tell none have one.
  private static func sharing(_ told: [(chord: ChordSymbol?, beats: Double?)]) -> [Step] {
    let sum = told.reduce(0) { $0 + ($1.beats ?? 1) }
    return told.map { Step(chord: $0.chord, length: .bars(($0.beats ?? 1) / sum)) }
  }

  private static func chord(
    _ word: Substring
  ) throws(ChordProgressionError) -> (chord: ChordSymbol?, beats: Double?) {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    var beats: Double?
    if parts.count == 2, let count = Double(parts[1]), beatRange.contains(count) {
      beats = count
    } else if parts.count > 1 {
      throw ChordProgressionError(word: String(word))
    }
    if ["N.C.", "N.C", "NC"].contains(parts[0].uppercased()) { return (nil, beats) }
    guard let chord = ChordSymbol(parts[0]) else {
      throw ChordProgressionError(word: String(word))
    }
    return (chord, beats)
  }

  /// The key that the chords' tones fit best, each as long as its chord holds, the first root a little more.
  ///
  /// Beats are quarters of a bar here.
  public var key: Key? {
    var weights = [Double](repeating: 0, count: 12)
    for step in steps {
      guard let chord = step.chord else { continue }
      for tone in chord.pitchClasses {
        switch step.length {
        case .bars(let bars): weights[tone] += bars
        case .beats(let beats): weights[tone] += beats / 4
        }
      }
    }
    if let first = steps.lazy.compactMap(\.chord).first {
      weights[first.root] += 0.1 * weights.reduce(0, +)
    }
    return KeyEstimate(pitchClasses: weights, profile: .kostkaPayne)?.key
  }

  /// When each chord begins, in bars of so many beats.
  public func times(beatsPerBar: Int) -> ChordTimes {
    var times = ChordTimes()
    for step in steps {
      times.starts.append(times.bars)
      switch step.length {
      case .bars(let bars): times.bars += bars
      case .beats(let beats): times.bars += beats / Double(max(beatsPerBar, 1))
      }
    }
    return times
  }
}

/// When the steps of a progression begin, in bars.
public struct ChordTimes: Hashable, Sendable {
  /// The beginning of each step.
  public fileprivate(set) var starts: [Double] = []
  /// How many bars the progression lasts.
  public fileprivate(set) var bars = 0.0

  /// The step that holds so many bars after the beginning, the progression being gone through again and again.
  ///
  /// - Parameter bars: bars since the beginning; less than 0 is the beginning.
  /// - Returns: the step's number, and how many bars ago it began.
  public func step(at bars: Double) -> (index: Int, bars: Double) {
    // A place that is a chord's beginning but for rounding errors is that beginning.
    let place = max(bars, 0) + 1e-6
    let inside = place - (place / self.bars).rounded(.down) * self.bars
    let index = max(starts.partitioningIndex { $0 > inside } - 1, 0)
    return (index, max(inside - starts[index] - 1e-6, 0))
  }
}

/// A word of a progression that is no chord, or a progression without any or of too many.
public struct ChordProgressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The word; nil where there is no chord at all, or too many.
  public var word: String?
  /// Whether there are more steps than ``ChordProgression/mostSteps``.
  public var isTooLong: Bool

  /// Creates an error.
  public init(word: String?, isTooLong: Bool = false) {
    self.word = word
    self.isTooLong = isTooLong
  }

  /// What progressions look like.
  public static let forms =
    "chords such as Dm, F#m7b5, C/E or N.C., each a bar long: \"Dm G7 C\", \"Dm:2 G7:2 C\", \"Dm | G7 C\""

  /// One line: found and expected.
  public var description: String {
    if isTooLong { return "too many chords, expected \(ChordProgression.mostSteps) at most" }
    return "\(word.map { "\"\($0)\" is no chord" } ?? "no chord"), expected \(Self.forms)"
  }
}
