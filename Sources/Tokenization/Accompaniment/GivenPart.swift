public import Music

/// Which part of a piece is given, where the others are written to it.
public enum GivenPart: Hashable, Sendable {
  /// The tracks of this name, in large letters or small.
  case named(String)
  /// A track, counted from 1.
  case number(Int)
  /// The notes that are struck above all that sounds, drums left out.
  case highest

  /// Reads what ``description`` writes: `highest`, a number, or a name.
  ///
  /// - Parameter text: the text; nil comes of an empty one, and of a number below 1.
  public init?(_ text: String) {
    if text.lowercased() == Self.highest.description {
      self = .highest
    } else if !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
      guard let number = Int(text), number > 0 else { return nil }
      self = .number(number)
    } else {
      guard !text.allSatisfy(\.isWhitespace) else { return nil }
      self = .named(text)
    }
  }

  /// Parts a piece.
  ///
  /// Drums are never given: a part of drums only is one that the piece lacks.
  ///
  /// - Parameter score: the piece.
  /// - Returns: the piece with the given notes only, and with all others; each has all its tracks, and what
  ///   they tell besides notes. Nil where the piece lacks the part.
  /// - Complexity: O(*n* log *n*) in the number of notes.
  public func parting(_ score: Score) -> (given: Score, others: Score)? {
    let tracks = score.tracks
    let isGiven: (Int, Note) -> Bool
    switch self {
    case .named(let name):
      let wanted = name.foldedName
      let found = Set(tracks.indices.filter { tracks[$0].name.foldedName == wanted })
      isGiven = { track, _ in found.contains(track) }
    case .number(let number):
      isGiven = { track, _ in track == number - 1 }
    case .highest:
      let line = Set(tracks.skyline().map(Strike.init))
      isGiven = { _, note in line.contains(Strike(note)) }
    }
    var (given, others) = (score, score)
    for index in tracks.indices {
      guard !tracks[index].isDrums else {
        given.tracks[index].notes = []
        continue
      }
      given.tracks[index].notes.removeAll { !isGiven(index, $0) }
      others.tracks[index].notes.removeAll { isGiven(index, $0) }
    }
    return given.tracks.contains { !$0.notes.isEmpty } ? (given, others) : nil
  }

  private struct Strike: Hashable {
    let onset: Int
    let pitch: UInt8

    init(_ note: Note) {
      onset = note.onset
      pitch = note.pitch
    }
  }
}

extension GivenPart: CustomStringConvertible {
  /// The part as it is typed.
  public var description: String {
    switch self {
    case .named(let name): name
    case .number(let number): "\(number)"
    case .highest: "highest"
    }
  }
}

extension GivenPart {
  /// What is expected of a piece that has the part, in words.
  public var expectation: String {
    switch self {
    case .named: "a track of that name"
    case .number(let number): "\(number) or more tracks, no drums in that one"
    case .highest: "notes other than drums'"
    }
  }
}

extension GivenPart: Codable {
  /// Reads a part from its text.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let part = GivenPart(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" names no part"))
    }
    self = part
  }

  /// Writes the part's text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension String {
  /// A name as names compare: without spaces around it, in small letters.
  fileprivate var foldedName: String {
    let words = self[...].drop(while: \.isWhitespace)
    return String(words.reversed().drop(while: \.isWhitespace).reversed()).lowercased()
  }
}
