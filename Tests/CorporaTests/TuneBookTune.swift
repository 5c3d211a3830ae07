/// A piece of music as its ABC source writes it: voices of bars, with repeats not yet played.
///
/// Reads the part of ABC 2.1 that the sources of `midi/` use, and refuses the rest.
struct Tune {
  struct Note: Hashable {
    var onset: WholeNotes
    var length: WholeNotes
    var pitch: Int
    var isTied = false
  }

  struct Bar {
    var metre: WholeNotes
    var length = WholeNotes.zero
    var notes: [Note] = []
    /// A repeat begins before this bar, or ends after it.
    var opensRepeat = false
    var closesRepeat = false
    /// A double bar or the end of the piece follows.
    var endsSection = false
    /// The bar is the first of this ending: `[1` or `[2`.
    var ending: Int?
  }

  struct Defect: Error, Hashable, CustomStringConvertible {
    var description: String
  }

  /// The header: `T`, `C`, `M` and so on; the first of each.
  var fields: [Character: String] = [:]
  var voices: [[Bar]] = []

  init(_ text: String) throws {
    var parsers: [NotationParser] = []
    var voice = 0
    var ratio = WholeNotes(3, 1)
    for line in text.split(separator: "\n").map(String.init) {
      if line.hasPrefix("%%MIDI ratio ") {
        let parts = line.split(separator: " ").compactMap { Int($0) }
        guard parts.count == 2 else { throw Defect(description: "cannot read “\(line)”") }
        ratio = WholeNotes(parts[0], parts[1])
      } else if line.hasPrefix("V:") {
        guard let number = Int(line.dropFirst(2)) else {
          throw Defect(description: "cannot read “\(line)”")
        }
        voice = number - 1
      } else if line.hasPrefix("%") {
        continue
      } else if let letter = line.first, letter.isLetter, line.dropFirst().first == ":" {
        guard parsers.isEmpty else {
          throw Defect(description: "field “\(line)” stands after the music")
        }
        fields[letter] = fields[letter] ?? String(line.dropFirst(2))
      } else {
        while parsers.count <= voice {
          parsers.append(try NotationParser(fields: fields, ratio: ratio))
        }
        try parsers[voice].read(line)
      }
    }
    voices = try parsers.map { try $0.finishedBars() }
  }

  /// The bars of a voice in the order in which they sound.
  func played(_ voice: Int) -> [Bar] {
    let bars = voices[voice]
    var order: [Bar] = []
    var (start, pass, index) = (0, 1, 0)
    var isInSecondEnding = false
    while index < bars.count {
      let bar = bars[index]
      if bar.opensRepeat, index != start || isInSecondEnding {
        (start, pass, isInSecondEnding) = (index, 1, false)
      }
      if let ending = bar.ending {
        if ending != pass {
          while index < bars.count, !bars[index].closesRepeat { index += 1 }
          index += 1
          continue
        }
        isInSecondEnding = ending == 2
      }
      order.append(bar)
      if bar.closesRepeat, pass == 1 {
        (pass, index) = (2, start)
        continue
      }
      if bar.closesRepeat || (isInSecondEnding && bar.endsSection) {
        (start, pass, isInSecondEnding) = (index + 1, 1, false)
      }
      index += 1
    }
    return order
  }

  /// The notes of a voice as they sound: repeats played, tied notes joined.
  func playedNotes(_ voice: Int) -> [Note] {
    var (notes, time) = ([Note](), WholeNotes.zero)
    var open: [Int: Int] = [:]
    for bar in played(voice) {
      for var note in bar.notes {
        note.onset = note.onset + time
        if let index = open.removeValue(forKey: note.pitch),
          notes[index].onset + notes[index].length == note.onset
        {
          notes[index].length = notes[index].length + note.length
          if note.isTied { open[note.pitch] = index }
        } else {
          if note.isTied { open[note.pitch] = notes.count }
          notes.append(note)
        }
      }
      time = time + bar.length
    }
    return notes
  }

  /// What does not add up, as sentences.
  ///
  /// Only the first bar, and bars at the ends of sections, may be short; in playing order a short
  /// bar and the one after it make a whole one, and the last bar completes the pickup.
  var defects: [String] {
    voices.indices.flatMap { voice in
      var sentences: [String] = []
      var pending = WholeNotes.zero
      let bars = played(voice)
      let pickup = bars.first.map { $0.length < $0.metre ? $0.length : .zero } ?? .zero
      for (number, bar) in bars.enumerated().dropFirst(pickup == .zero ? 0 : 1) {
        let total = pending + bar.length
        let isLast = number == bars.count - 1
        let mayBeShort =
          isLast || bar.closesRepeat || bar.endsSection || bars[number + 1].opensRepeat
        if total == bar.metre || (isLast && total + pickup == bar.metre) {
          pending = .zero
        } else if total < bar.metre, mayBeShort, !isLast, pending == .zero {
          pending = total
        } else {
          sentences.append(
            "voice \(voice + 1), played bar \(number + 1): lasts \(total), expected \(bar.metre)")
          pending = .zero
        }
      }
      return sentences
    }
  }
}
