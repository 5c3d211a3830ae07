/// A chord as it is written over a melody: `Dm`, `G7`, `F#m7b5`, `C/E`.
public struct ChordSymbol: Hashable, Sendable, CustomStringConvertible {
  /// The root's pitch class, 0 for C to 11 for B.
  public let root: Int
  /// The pitch class of the lowest note: the one behind the slash, else the root.
  public let bass: Int
  /// The chord's pitch classes, root first; a bass that is none of its tones comes last.
  public let pitchClasses: [Int]
  /// The symbol in one spelling, such as `Ebmaj7` for `E♭Δ`.
  public let description: String

  /// Reads a symbol; nil where it is none.
  ///
  /// Minor is `m`, `min` or `-`, major sevenths are `maj7`, `M7` or `Δ`, `°`, `ø` and `+` stand for
  /// `dim`, `m7b5` and `aug`; tensions may stand in parentheses, with commas between. Signs that look like these are taken for them.
  public init?(_ text: some StringProtocol) {
    var body = Substring(text)
    var bass: (name: String, pitchClass: Int)?
    // C6/9 is no chord over a 9.
    if let slash = body.lastIndex(of: "/"),
      let pitchClass = Pitch.pitchClass(named: body[body.index(after: slash)...])
    {
      bass = (Self.spelling(body[body.index(after: slash)...]), pitchClass)
      body = body[..<slash]
    }
    // The longest name of a note with a chord's kind behind it: of Bb7 the root is Bb, of Bbb7 it is Bbb.
    for length in (1...3).reversed() where length <= body.count {
      guard let root = Pitch.pitchClass(named: body.prefix(length)) else { continue }
      let kind = Self.plain(body.dropFirst(length))
      guard let intervals = Self.kinds[kind] else { continue }
      self.root = root
      self.bass = bass?.pitchClass ?? root
      var pitchClasses = intervals.map { (root + $0) % 12 }
      if let bass, !pitchClasses.contains(bass.pitchClass) { pitchClasses.append(bass.pitchClass) }
      self.pitchClasses = pitchClasses
      description = Self.spelling(body.prefix(length)) + kind + (bass.map { "/\($0.name)" } ?? "")
      return
    }
    return nil
  }

  /// A note's name with a capital letter and plain signs.
  private static func spelling(_ name: Substring) -> String {
    name.prefix(1).uppercased()
      + name.dropFirst().map { $0 == "♯" ? "#" : $0 == "♭" ? "b" : String($0) }.joined()
  }

  /// What stands behind a root, in the one spelling that ``kinds`` has.
  private static func plain(_ text: Substring) -> String {
    var rest = String(text.filter { !"(),".contains($0) }.map { lookAlikes[$0] ?? $0 })[...]
    var kind = ""
    let beginnings = [
      // Before `ma`, which is major.
      ("madd", "madd"),
      ("minor", "m"), ("Minor", "m"), ("min", "m"), ("Min", "m"), ("mi", "m"), ("-", "m"),
      ("major", "maj"), ("Major", "maj"), ("maj", "maj"), ("Maj", "maj"), ("MAJ", "maj"),
      ("ma", "maj"), ("M", "maj"), ("Δ7", "maj7"), ("Δ9", "maj9"), ("Δ", "maj7"), ("m", "m"),
      ("dim", "dim"),
      ("°", "dim"), ("o", "dim"), ("ø7", "m7b5"), ("ø", "m7b5"), ("aug", "aug"), ("+", "aug"),
    ]
    while let (written, plain) = beginnings.first(where: { rest.hasPrefix($0.0) }) {
      kind += plain
      rest = rest.dropFirst(written.count)
    }
    kind += rest
    return aliases[kind] ?? kind
  }

  /// Signs that keyboards and word processors write for others.
  private static let lookAlikes: [Character: Character] = [
    "♯": "#", "♭": "b", "∆": "Δ", "△": "Δ", "^": "Δ", "−": "-", "–": "-", "º": "°", "˚": "°",
    "Ø": "ø",
  ]

  /// Spellings of one kind, once their beginnings are the plain ones.
  private static let aliases = [
    "maj": "", "maj6": "6", "6/9": "69", "mmaj": "mmaj7", "aug7": "7#5", "7+": "7#5", "sus": "sus4",
    "7sus": "7sus4", "9sus": "9sus4", "13sus": "13sus4", "add2": "add9", "add4": "add11",
    "madd2": "madd9",
    "m6/9": "m69", "dim5": "dim", "7alt": "7b9#5", "alt": "7b9#5", "7#5b9": "7b9#5",
    "7#9#5": "7#5#9", "7#11b9": "7b9#11",
    "7-5": "7b5", "7+5": "7#5", "7-9": "7b9", "7+9": "7#9", "m7-5": "m7b5", "augmaj7": "maj7#5",
  ]

  /// What stands on a root, in semitones above it.
  private static let kinds: [String: [Int]] = [
    "": [0, 4, 7], "m": [0, 3, 7], "5": [0, 7], "dim": [0, 3, 6], "aug": [0, 4, 8],
    "sus2": [0, 2, 7], "sus4": [0, 5, 7], "6": [0, 4, 7, 9], "m6": [0, 3, 7, 9],
    "69": [0, 4, 7, 9, 2], "m69": [0, 3, 7, 9, 2], "add9": [0, 4, 7, 2], "madd9": [0, 3, 7, 2],
    "add11": [0, 4, 7, 5], "7": [0, 4, 7, 10], "m7": [0, 3, 7, 10], "maj7": [0, 4, 7, 11],
    "mmaj7": [0, 3, 7, 11], "dim7": [0, 3, 6, 9], "m7b5": [0, 3, 6, 10], "7b5": [0, 4, 6, 10],
    "7#5": [0, 4, 8, 10], "maj7#5": [0, 4, 8, 11], "7sus4": [0, 5, 7, 10], "7b9": [0, 4, 7, 10, 1],
    "7#9": [0, 4, 7, 10, 3], "7#11": [0, 4, 7, 10, 6],
    "7b9#11": [0, 4, 7, 10, 1, 6], "7#5#9": [0, 4, 8, 10, 3], "7b13": [0, 4, 7, 10, 8],
    "7b9#5": [0, 4, 8, 10, 1], "9": [0, 4, 7, 10, 2], "m9": [0, 3, 7, 10, 2],
    "maj9": [0, 4, 7, 11, 2], "mmaj9": [0, 3, 7, 11, 2], "9#11": [0, 4, 7, 10, 2, 6],
    "maj9#11": [0, 4, 7, 11, 2, 6], "9sus4": [0, 5, 7, 10, 2], "11": [0, 4, 7, 10, 2, 5],
    "m11": [0, 3, 7, 10, 2, 5], "maj7#11": [0, 4, 7, 11, 6], "13": [0, 4, 7, 10, 2, 9],
    "m13": [0, 3, 7, 10, 2, 9], "maj13": [0, 4, 7, 11, 2, 9], "13sus4": [0, 5, 7, 10, 2, 9],
    "13b9": [0, 4, 7, 10, 1, 9], "13#11": [0, 4, 7, 10, 2, 6, 9],
  ]
}
