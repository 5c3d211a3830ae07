/// A passage that a piece shares with another, possibly transposed or at another tempo.
public struct SharedPassage: Hashable, Sendable, Codable {
  /// How many notes it has.
  public var noteCount: Int
  /// How many semitones higher it stands in the piece than in the other.
  public var transposition: Int
  /// The other piece's name, as the repertoire has it.
  public var source: String
  /// Where it stands in the piece.
  public var here: Place
  /// Where it stands in the other.
  public var there: Place

  /// Where a passage stands.
  public struct Place: Hashable, Sendable, Codable {
    /// The track whose highest notes it is, from 1; nil where it is of all tracks' notes.
    public var track: Int?
    /// The bar in which it begins, from 1; nil where the file has no metre.
    public var bar: Int?
    /// When its first note is struck, in seconds.
    public var seconds: Double
    /// When its last note is struck, in seconds.
    public var endSeconds: Double
    /// Its notes' MIDI pitches.
    public var pitches: [Int]
  }
}
