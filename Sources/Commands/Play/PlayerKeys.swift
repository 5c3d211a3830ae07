import MuseGen

/// What a key of the player asks for.
enum PlayerCommand: Hashable {
  case pause, mute, save, quit, help, suspend
  /// To another place of a file, in seconds.
  case seek(by: Double)
  case temperature(by: Int)
  /// On to other music, or back.
  case step(PlayerStep)
  /// Keeps what is heard as a favourite; with how much it is liked, where that is said.
  case keep(rating: Int?)
  case transpose(by: Int)
  case tempo(by: Int)
  case volume(by: Int)
  case density(by: Int)
  /// Everything as it is written again.
  case original
}

/// Where a listener goes among pieces.
enum PlayerStep: Hashable, Sendable {
  /// To the piece after this one, or a new one.
  case next
  /// To the piece before, from its start.
  case back
  /// On, and not back to this one.
  case discard
  /// To a piece of any seed.
  case reseed
}

/// The player's keys, and how they are told.
struct PlayerKeys {
  /// Whether a model writes what is heard; else it is a file.
  let isNewMusic: Bool
  /// Whether there are several files.
  var isList = false

  /// How far an arrow seeks in a file, in seconds.
  private static let seekStep = 5.0

  /// What a key asks for; nil for one that means nothing.
  func command(for key: Key) -> PlayerCommand? {
    switch key {
    case .suspend: .suspend
    case .left where !isNewMusic: .seek(by: -Self.seekStep)
    case .right where !isNewMusic: .seek(by: Self.seekStep)
    case .up, .right: isNewMusic ? .temperature(by: 1) : nil
    case .down, .left: isNewMusic ? .temperature(by: -1) : nil
    case .character(let character): command(for: character)
    }
  }

  private func command(for character: Character) -> PlayerCommand? {
    switch character {
    case " ": .pause
    case "m": .mute
    case "s": .save
    case "q": .quit
    case "h", "?": .help
    case "n": .step(.next)
    case "b": .step(.back)
    case "x": .step(.discard)
    case "r": isNewMusic ? .step(.reseed) : nil
    case "k": .keep(rating: nil)
    case "1", "2", "3", "4", "5": .keep(rating: character.wholeNumberValue)
    case "t": .transpose(by: 1)
    case "g": .transpose(by: -1)
    case ".", ">": .tempo(by: 1)
    case ",", "<": .tempo(by: -1)
    case "+", "=": .volume(by: 1)
    case "-", "_": .volume(by: -1)
    case "d": .density(by: 1)
    case "c": .density(by: -1)
    case "o": .original
    default: nil
    }
  }

  /// The keys in a line, the most wanted first.
  var line: String {
    let pieces = isNewMusic || isList ? "n next  b back  k keep" : "k keep"
    let arrows = isNewMusic ? "↑↓ temperature" : "←→ seek"
    return "space pause  \(pieces)  \(arrows)  s save  q quit  ? all keys"
  }

  /// All keys, one or a pair a line.
  var page: [String] {
    let rows: [[String]] =
      [["space", "pauses and goes on"]]
      + (isNewMusic
        ? [["↑ ↓", "bolder and safer: the temperature"]]
        : [["← →", "five seconds back and on"]])
      + [
        ["k", "keeps the piece as a favourite, whole"], ["1 to 5", "keeps and rates it"],
        ["n b", "the next piece, and back to the one before"],
        ["x", "on, and not back to this one"],
      ]
      + (isNewMusic ? [["r", "goes on with another seed"]] : [])
      + [
        ["t g", "a semitone up and down; drums stay"], [", .", "slower and faster"],
        ["- +", "softer and louder"], ["m", "mutes"],
      ]
      + (isNewMusic ? [["d c", "denser and sparser: notes a second"]] : [])
      + [
        ["o", "all of this as it was"],
        ["s", "saves what was played so far, as it was heard"],
        ["q", "fades out and quits"], ["Ctrl-Z", "to the shell until fg"],
        ["h ?", "this page"],
      ]
    return TextTable(rows).lines
  }
}
