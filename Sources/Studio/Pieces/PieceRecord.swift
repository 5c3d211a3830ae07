import Foundation

/// What is kept of a piece beside its notes.
public struct PieceRecord: Hashable, Sendable, Codable {
  /// The piece's name among all: 16 hexadecimal digits.
  public var id: String
  /// What the user calls it.
  public var name: String
  /// When it was ordered, in seconds since 1970.
  public var created: Double
  /// What the user thinks of it: 0 nothing yet, 1 to 5.
  public var rating: Int
  /// What a model was asked for; nil where none wrote it.
  public var order: PieceOrder?
  /// The name of the file that it was taken from; nil where it was written here.
  public var file: String?
  /// The model that it was played with by somebody, each side a track; nil where it was not played.
  public var playedWith: String?
  /// What stays as it is whatever is done to the rest; nil where nothing is locked.
  public var locks: PieceLocks?
  /// What became of the notes of the piece that it was written upon, where bars of that were written anew.
  public var difference: Difference?
  /// Whether no command line makes it: none tells what is locked, or of a silence within a bar.
  public var isBeyondCommands: Bool?
  /// How often it was changed by hand.
  public var edits: Int
  /// Where it ended before it was changed by hand, in ticks; nil where it was not.
  ///
  /// A note that is moved beyond takes the end along, and back again.
  public var unchangedEnd: Int?
  /// How many notes it has.
  public var notes: Int
  /// How long it is, in seconds.
  public var seconds: Double
  /// How many bars it has: up to the one in which its last note ends, and rests behind it; nil in time code, and where
  /// it was kept before they were counted.
  public var bars: Int?
  /// Whether it was thrown away, and can be taken back until the studio is closed.
  public var isDeleted: Bool

  /// How many notes of another piece are the same, gone and new.
  public struct Difference: Hashable, Sendable, Codable {
    /// How many are the same.
    public var kept: Int
    /// How many are gone.
    public var removed: Int
    /// How many are new.
    public var added: Int
  }

  /// Creates the record of a piece whose notes are yet to come.
  init(name: String, order: PieceOrder? = nil, file: String? = nil) {
    id = randomHexadecimal()
    self.name = name
    created = Date().timeIntervalSince1970
    rating = 0
    self.order = order
    self.file = file
    (edits, notes, seconds) = (0, 0, 0)
    isDeleted = false
  }

  /// The longest name of a piece, in characters.
  static let longestName = 120

  /// A name as it can be shown and kept: one line, not too long, nothing that is not seen.
  ///
  /// - Parameter text: what somebody typed, or a file's name.
  /// - Returns: the name; nil where nothing is left of it.
  static func cleanName(_ text: String) -> String? {
    let spaced = text.unicodeScalars.map { $0.properties.isWhitespace ? " " : $0 }
    let seen = spaced.filter { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator,
        .unassigned:
        false
      default: true
      }
    }
    let name = String(String.UnicodeScalarView(seen)).prefix(longestName)
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return name.isEmpty ? nil : name
  }
}
