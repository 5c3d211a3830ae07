/// Reads the music lines of one voice: notes, chords, rests, tuplets, broken rhythm, ties, repeats.
struct NotationParser {
  private let unit: WholeNotes
  private let metre: WholeNotes
  /// Long to short in broken rhythm: 3 to 1 unless the source says otherwise, as hornpipes do.
  private let ratio: WholeNotes
  /// Semitones that the key signature adds to each letter.
  private let signature: [Character: Int]

  private var bars: [Tune.Bar] = []
  private var bar: Tune.Bar
  private var accidentals: [String: Int] = [:]
  private var opensRepeat = false
  private var tuplet: (factor: WholeNotes, left: Int)?
  private var broken: WholeNotes?
  /// The length of the last element and how many notes of the bar belong to it.
  private var last: (length: WholeNotes, notes: Int)?
  private var text: [Character] = []
  private var position = 0

  init(fields: [Character: String], ratio: WholeNotes) throws {
    func fraction(_ field: Character) throws -> WholeNotes {
      let parts = (fields[field] ?? "").split(separator: "/").compactMap { Int($0) }
      guard parts.count == 2, parts[1] > 0 else {
        throw Tune.Defect(description: "field \(field): is missing or is not a fraction")
      }
      return WholeNotes(parts[0], parts[1])
    }
    unit = try fraction("L")
    metre = try fraction("M")
    self.ratio = ratio
    signature = try Self.signature(of: fields["K"] ?? "")
    bar = Tune.Bar(metre: metre)
  }

  /// The bars read, once the music has come to its end.
  func finishedBars() throws -> [Tune.Bar] {
    guard bar.length == .zero, broken == nil, tuplet == nil else {
      throw Tune.Defect(description: "the music ends within a bar, a tuplet or broken rhythm")
    }
    return bars
  }

  /// Reads one more line of music.
  mutating func read(_ line: String) throws {
    (text, position) = (Array(line), 0)
    while let character = peek() {
      switch character {
      case " ", ")", ".", "~": position += 1
      case "\"", "!": try skip(past: character)
      case "-":
        position += 1
        for index in bar.notes.indices.suffix(last?.notes ?? 0) { bar.notes[index].isTied = true }
      case ">", "<": try readBrokenRhythm()
      case "(": readTuplet()
      case "[" where text.dropFirst(position + 1).first?.isNumber == true:
        position += 1
        bar.ending = number()
      case "[" where text.dropFirst(position + 1).first != "|": try readElement(isChord: true)
      case "|", ":", "[", "]": readBarLine()
      default: try readElement(isChord: false)
      }
    }
  }

  private func peek() -> Character? { position < text.count ? text[position] : nil }

  private mutating func number() -> Int? {
    var digits = ""
    while let character = peek(), character.isNumber {
      digits.append(character)
      position += 1
    }
    return Int(digits)
  }

  private mutating func skip(past end: Character) throws {
    guard let distance = text.dropFirst(position + 1).firstIndex(of: end) else {
      throw Tune.Defect(description: "\(end) is not closed in “\(String(text))”")
    }
    position = distance + 1
  }

  private mutating func readBrokenRhythm() throws {
    guard let previous = last, broken == nil else {
      throw Tune.Defect(description: "broken rhythm has no note before it in “\(String(text))”")
    }
    let whole = ratio.numerator + ratio.denominator
    let long = WholeNotes(2 * ratio.numerator, whole)
    let short = WholeNotes(2 * ratio.denominator, whole)
    let (factor, next) = text[position] == ">" ? (long, short) : (short, long)
    position += 1
    let change = previous.length * factor + previous.length * WholeNotes(-1, 1)
    bar.length = bar.length + change
    for index in bar.notes.indices.suffix(previous.notes) {
      bar.notes[index].length = bar.notes[index].length + change
    }
    broken = next
  }

  /// `(p`: p notes in the time of q, as ABC 2.1 section 4.13 has it; or a slur, which takes no time.
  private mutating func readTuplet() {
    position += 1
    guard let notes = number() else { return }
    let time = [2: 3, 3: 2, 4: 3, 6: 2, 8: 3][notes] ?? notes
    tuplet = (WholeNotes(time, notes), notes)
  }

  private mutating func readBarLine() {
    var line = ""
    while let character = peek(), "|:[]".contains(character) {
      if character == "[", text.dropFirst(position + 1).first != "|" { break }
      line.append(character)
      position += 1
    }
    let closes = line.hasPrefix(":")
    let opens = line.hasSuffix(":")
    if bar.length != .zero {
      bar.opensRepeat = opensRepeat
      bar.closesRepeat = closes
      bar.endsSection = closes || line.contains("||") || line.contains("]")
      bars.append(bar)
      bar = Tune.Bar(metre: metre)
      opensRepeat = false
    }
    opensRepeat = opensRepeat || opens
    accidentals = [:]
    last = nil
    if peek()?.isNumber == true { bar.ending = number() }
  }

  private mutating func readElement(isChord: Bool) throws {
    var pitches: [Int] = []
    if isChord {
      position += 1
      while peek() != "]" { pitches.append(try pitch()) }
      position += 1
    } else if peek() == "z" {
      position += 1
    } else {
      pitches = [try pitch()]
    }
    var length = unit * multiplier()
    if let factor = broken { length = length * factor }
    broken = nil
    if let current = tuplet {
      length = length * current.factor
      tuplet = current.left > 1 ? (current.factor, current.left - 1) : nil
    }
    bar.notes += pitches.map { Tune.Note(onset: bar.length, length: length, pitch: $0) }
    bar.length = bar.length + length
    last = (length, pitches.count)
  }

  /// `3`, `/`, `3/2`, `//`.
  private mutating func multiplier() -> WholeNotes {
    let numerator = number() ?? 1
    var denominator = 1
    while peek() == "/" {
      position += 1
      denominator *= number() ?? 2
    }
    return WholeNotes(numerator, denominator)
  }

  private mutating func pitch() throws -> Int {
    var accidental: Int?
    while let character = peek(), let change = ["^": 1, "_": -1, "=": 0][character] {
      accidental = (accidental ?? 0) + change
      position += 1
    }
    guard let letter = peek(), let upper = letter.uppercased().first,
      let step = Self.semitones[upper]
    else {
      throw Tune.Defect(description: "no note at character \(position + 1) of “\(String(text))”")
    }
    position += 1
    var octave = letter.isLowercase ? 6 : 5
    while let mark = peek(), mark == "," || mark == "'" {
      octave += mark == "'" ? 1 : -1
      position += 1
    }
    let place = "\(upper)\(octave)"
    if let accidental { accidentals[place] = accidental }
    return 12 * octave + step + (accidentals[place] ?? signature[upper] ?? 0)
  }

  private static let semitones: [Character: Int] = [
    "C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11,
  ]

  private static func signature(of key: String) throws -> [Character: Int] {
    let order: [Character] = ["F", "C", "G", "D", "A", "E", "B"]
    let modes = ["": 0, "Mix": -1, "Dor": -2, "m": -3]
    var rest = key[...]
    guard let tonic = rest.popFirst(), let place = order.firstIndex(of: tonic) else {
      throw Tune.Defect(description: "key “\(key)” is unknown")
    }
    var fifths = place - 1
    if let sign = rest.first, let change = ["#": 7, "b": -7][sign] {
      fifths += change
      rest = rest.dropFirst()
    }
    guard let mode = modes[String(rest)] else {
      throw Tune.Defect(description: "key “\(key)” is unknown")
    }
    fifths += mode
    let letters = fifths >= 0 ? order.prefix(fifths) : order.suffix(-fifths)
    return Dictionary(uniqueKeysWithValues: letters.map { ($0, fifths.signum()) })
  }
}
