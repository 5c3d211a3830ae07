import Tokenization

/// Which tokens of musegen's and of MidiTok's tell the same, by their names.
enum TokenNames {
  private static let kinds = [
    "Pitch": "pitch", "PitchDrum": "drum", "Velocity": "velocity", "Duration": "duration",
    "TimeShift": "time-shift", "Bar": "bar", "Position": "position", "Tempo": "tempo",
    "Program": "program", "TimeSig": "time-signature", "NoteOn": "note-on", "NoteOff": "note-off",
    "BOS": "start", "EOS": "end",
  ]
  private static let kindsThere = kinds.reduce(into: [:]) { $0[$1.value] = $1.key }

  /// Musegen's name of a token of MidiTok's, which need not be a token of any vocabulary; nil for a kind that
  /// musegen has not.
  static func musegen(_ name: String) -> String? {
    guard let bar = name.firstIndex(of: "_"), let kind = kinds[String(name[..<bar])] else {
      return nil
    }
    let value = String(name[name.index(after: bar)...])
    switch (kind, value) {
    case ("bar", _), ("start", _), ("end", _): return kind
    case ("program", "-1"): return "program drums"
    default: return "\(kind) \(value)"
    }
  }

  /// MidiTok's name of a token of musegen's; nil for a kind that MidiTok has not.
  static func midiTok(_ name: String) -> String? {
    let words = name.split(separator: " ", maxSplits: 1).map(String.init)
    guard let kind = kindsThere[words[0]] else { return nil }
    switch (kind, words.count) {
    case (_, 1): return "\(kind)_None"
    case ("Program", _) where words[1] == "drums": return "Program_-1"
    default: return "\(kind)_\(words[1])"
    }
  }

  /// A vocabulary's tokens by their names.
  static func tokens(of vocabulary: any Vocabulary) -> [String: Token] {
    (0..<vocabulary.count).reduce(into: [:]) { names, number in
      names[vocabulary.name(of: Token(number))] = Token(number)
    }
  }
}
