/// A line of music in ABC notation, read as far as respelling it needs.
///
/// Reference: Chris Walshaw, The ABC Music Standard 2.1, section 4, "The tune body".
struct ABCLine {
  /// The line.
  private(set) var bytes: [UInt8]

  init(_ line: ArraySlice<UInt8>) { bytes = Array(line) }

  /// A note of the line.
  private struct Note {
    /// Where its length stands: empty behind the note's letter and octave marks where none is told.
    var length: Range<Int>
    /// Its length in units of `L:`.
    var numerator: Int
    var denominator: Int
    /// Whether it has a dot or a fermata, which change how long the converter takes it to be.
    var isMarked: Bool

    /// The length times a fraction, as ABC writes it.
    func times(_ factor: Int, over divisor: Int) -> String {
      var (above, below) = (numerator * factor, denominator * divisor)
      while above % 2 == 0, below % 2 == 0, above > 0 { (above, below) = (above / 2, below / 2) }
      return (above == 1 && below > 1 ? "" : "\(above)") + (below > 1 ? "/\(below)" : "")
    }
  }

  /// Writes the lengths of a pair of notes such as `.c>d` as numbers, `.c3/2d/2`.
  ///
  /// A dot shortens a note and a fermata lengthens it, but not before the rhythm is broken (section
  /// 4.4); the converter takes the changed lengths for unequal notes and breaks nothing. Other pairs
  /// are left to it.
  mutating func spellOutBrokenRhythm() {
    guard bytes.contains(where: { $0 == greater || $0 == less }) else { return }
    var edits: [(range: Range<Int>, text: String)] = []
    var first: Note?
    var signs: Range<Int>?
    var isMarked = false
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      switch byte {
      case UInt8(ascii: "%"): place = bytes.count
      case UInt8(ascii: " "), UInt8(ascii: "\t"): place += 1
      case UInt8(ascii: "."), UInt8(ascii: "H"):
        isMarked = true
        place += 1
      case UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "~"),
        UInt8(ascii: "h")...UInt8(ascii: "w"), UInt8(ascii: "I")...UInt8(ascii: "Y"):
        place += 1
      case UInt8(ascii: "\""), UInt8(ascii: "!"), UInt8(ascii: "{"):
        place = end(ofQuoteAt: place, closing: byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : byte)
      case greater, less:
        let start = place
        while place < bytes.count, bytes[place] == byte { place += 1 }
        signs = first == nil || place - start > 3 ? nil : start..<place
      case UInt8(ascii: "a")...UInt8(ascii: "g"), UInt8(ascii: "A")...UInt8(ascii: "G"):
        let note = note(at: place, isMarked: isMarked)
        isMarked = false
        place = note.length.upperBound
        if let earlier = first, let signs, earlier.isMarked || note.isMarked {
          let (long, short) = ((2 << signs.count) - 1, 1)
          let isDotted = bytes[signs.lowerBound] == greater
          let divisor = 1 << signs.count
          edits.append((earlier.length, earlier.times(isDotted ? long : short, over: divisor)))
          edits.append((signs, ""))
          edits.append((note.length, note.times(isDotted ? short : long, over: divisor)))
          first = nil
        } else {
          first = note
        }
        signs = nil
      case UInt8(ascii: "["):
        place = end(ofQuoteAt: place, closing: UInt8(ascii: "]"))
        (first, signs, isMarked) = (nil, nil, false)
      default:
        place += 1
        (first, signs, isMarked) = (nil, nil, false)
      }
    }
    for edit in edits.reversed() { bytes.replaceSubrange(edit.range, with: Array(edit.text.utf8)) }
  }

  /// States a metre again behind the line's first bar line, where a note follows it: a rest there
  /// would hide when the bar begins.
  ///
  /// - Parameter metre: what stands in the field `M:`.
  /// - Returns: whether the line has such a bar line.
  mutating func restate(metre: ArraySlice<UInt8>) -> Bool {
    guard let barLine = placeBehindFirstBar else { return false }
    if hasNote(at: barLine) {
      let field = "[M:".utf8 + metre.prefix { $0 != UInt8(ascii: "%") } + "]".utf8
      bytes.insert(contentsOf: field, at: barLine)
    }
    return true
  }

  /// The place behind the bar line that ends the first bar; nil where the line has none.
  private var placeBehindFirstBar: Int? {
    var hasMusic = false
    var place = 0
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "%"): return nil
      case UInt8(ascii: "\""), UInt8(ascii: "!"):
        place = end(ofQuoteAt: place, closing: bytes[place])
      case UInt8(ascii: "[") where hasByte(UInt8(ascii: "|"), at: place + 1): place += 1
      case UInt8(ascii: "["):
        // A field in the line, `[K:G]`, is no music; a chord is.
        if !hasByte(UInt8(ascii: ":"), at: place + 2) { hasMusic = true }
        place = end(ofQuoteAt: place, closing: UInt8(ascii: "]"))
      case UInt8(ascii: "|"), UInt8(ascii: ":"):
        repeat { place += 1 } while place < bytes.count && Self.barSigns.contains(bytes[place])
        if hasMusic { return place }
      default:
        if isNote(bytes[place]) || isRest(bytes[place]) { hasMusic = true }
        place += 1
      }
    }
    return nil
  }

  private static let barSigns = Array("|:]".utf8)
  /// What may stand between a bar line and the note that follows it.
  private static let marks = Array(" \t.~^_=(0123456789HJKLMNOPQRSTUVWhijklmnopqrstuvw".utf8)

  /// Whether the first note or rest from a place on is a note or a chord.
  private func hasNote(at start: Int) -> Bool {
    var place = start
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""), UInt8(ascii: "!"):
        place = end(ofQuoteAt: place, closing: bytes[place])
      case UInt8(ascii: "{"): place = end(ofQuoteAt: place, closing: UInt8(ascii: "}"))
      case UInt8(ascii: "["):
        return !hasByte(UInt8(ascii: ":"), at: place + 2)
          && !hasByte(UInt8(ascii: "|"), at: place + 1)
          && !(place + 1 < bytes.count && (48...57).contains(bytes[place + 1]))
      case let mark where Self.marks.contains(mark): place += 1
      default: return isNote(bytes[place])
      }
    }
    return false
  }

  private func hasByte(_ byte: UInt8, at place: Int) -> Bool {
    place < bytes.count && bytes[place] == byte
  }

  private func isNote(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "g")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "G")).contains(byte)
  }

  private func isRest(_ byte: UInt8) -> Bool {
    [UInt8(ascii: "z"), UInt8(ascii: "x"), UInt8(ascii: "Z"), UInt8(ascii: "X")].contains(byte)
  }

  /// The place behind a text in quotes, or the line's end where it is not closed.
  private func end(ofQuoteAt start: Int, closing: UInt8) -> Int {
    (bytes[(start + 1)...].firstIndex(of: closing) ?? bytes.count - 1) + 1
  }

  /// Reads the note whose letter stands at a place.
  private func note(at letter: Int, isMarked: Bool) -> Note {
    var place = letter + 1
    while place < bytes.count,
      bytes[place] == UInt8(ascii: "'") || bytes[place] == UInt8(ascii: ",")
    {
      place += 1
    }
    let start = place
    let numerator = number(at: &place) ?? 1
    var denominator = 1
    while place < bytes.count, bytes[place] == UInt8(ascii: "/") {
      place += 1
      // Each slash alone halves: `c//` is a quarter.
      denominator = min(denominator * (number(at: &place) ?? 2), 1 << 16)
    }
    return Note(
      length: start..<place, numerator: numerator, denominator: max(1, denominator),
      isMarked: isMarked)
  }

  /// Reads a number of at most four digits.
  private func number(at place: inout Int) -> Int? {
    var value: Int?
    while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
      value = min((value ?? 0) * 10 + Int(bytes[place] - UInt8(ascii: "0")), 9_999)
      place += 1
    }
    return value
  }
}

private let greater = UInt8(ascii: ">")
private let less = UInt8(ascii: "<")
