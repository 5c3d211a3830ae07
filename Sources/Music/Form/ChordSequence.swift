/// The chords of a piece, beat by beat.
public struct ChordSequence: Hashable, Sendable {
  /// A bar and its chords.
  public struct Bar: Hashable, Sendable {
    /// The bar's number, from 0.
    public var bar: Int
    /// The chords in order, each where it begins, without those that go on; none where nothing sounds.
    public var chords: [Placed]
  }

  /// A chord in its bar.
  public struct Placed: Hashable, Sendable {
    /// The beat at which it begins, from 0.
    public var beat: Int
    /// The tick of that beat.
    public var tick: Int
    /// The chord.
    public var chord: Chord
  }

  /// The bars in order.
  public private(set) var bars: [Bar] = []

  /// What another chord than in the beat before costs at a bar line, and elsewhere.
  private static let changes = (barLine: 0.15, inside: 0.3)
  /// What a chord gains whose tones are all in the key, and one whose root is the lowest note.
  private static let gains = (inKey: 0.08, root: 0.15)

  /// Estimates the chords.
  ///
  /// How well a chord fits a beat is the cosine of the angle between how long each pitch class sounds and the
  /// chord's tones, with a little taken off for rare kinds and added where the root is the lowest note or
  /// the key has all tones. The chords are those that fit best together, where changes cost something.
  ///
  /// Reference: Fujishima, "Realtime Chord Recognition of Musical Sound" (1999), whose templates these are.
  init(_ harmony: Harmony, beats: BeatTable, keys: KeyPlan) {
    let chords = Chord.Quality.allCases.flatMap { quality in
      (0..<12).map { Chord(root: $0, quality: quality) }
    }
    let tones = chords.map(\.pitchClasses)
    var gains = chords.map { -$0.quality.rarity }
    var key: Key?
    var path = SteadyPath(states: chords.count)
    for (index, bar) in beats.bars.enumerated() {
      let local = keys.key(inBar: beats.firstBar + index)
      if local != key, let local {
        key = local
        gains = chords.indices.map {
          (tones[$0].allSatisfy(local.contains) ? Self.gains.inKey : 0) - chords[$0].quality.rarity
        }
      }
      for beat in bar {
        let time = harmony.time(in: beat..<beat + 1)
        let length = time.reduce(0) { $0 + $1 * $1 }.squareRoot()
        var fits = [Double](repeating: 0, count: chords.count)
        if length > 0 {
          let bass = harmony.basses[beat].map { Int($0) % 12 }
          for chord in chords.indices {
            let product = tones[chord].reduce(0) { $0 + time[$1] }
            fits[chord] =
              product / (length * Double(tones[chord].count).squareRoot())
              + gains[chord] + (chords[chord].root == bass ? Self.gains.root : 0)
          }
        }
        path.append(
          fits, change: beat == bar.lowerBound ? Self.changes.barLine : Self.changes.inside)
      }
    }
    let states = path.path
    for (index, bar) in beats.bars.enumerated() {
      var placed: [Placed] = []
      for beat in bar where harmony.time(in: beat..<beat + 1).contains(where: { $0 > 0 }) {
        let chord = chords[states[beat]]
        guard chord != placed.last?.chord else { continue }
        placed.append(
          Placed(beat: beat - bar.lowerBound, tick: beats.edges[beat], chord: chord))
      }
      bars.append(Bar(bar: beats.firstBar + index, chords: placed))
    }
  }
}

extension Chord.Quality {
  /// What is taken off a chord of this kind, so that a passing note does not make one.
  fileprivate var rarity: Double {
    switch self {
    case .major, .minor: 0
    case .dominantSeventh: 0.03
    case .minorSeventh, .majorSeventh: 0.08
    case .diminished: 0.1
    case .halfDiminished: 0.12
    case .suspendedFourth: 0.15
    case .augmented: 0.2
    }
  }
}
