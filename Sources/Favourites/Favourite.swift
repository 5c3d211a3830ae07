import Reproducibility

/// A piece that somebody liked.
public struct Favourite: Hashable, Sendable {
  /// Its name: that of its file without the ending.
  public var name: String
  /// Its MIDI file.
  public var path: String
  /// What is known of it.
  public var note: FavouriteNote

  /// Creates a favourite.
  public init(name: String, path: String, note: FavouriteNote = FavouriteNote()) {
    self.name = name
    self.path = path
    self.note = note
  }
}

/// What is known of a favourite: what wrote it, what makes it again, and how much it is liked.
///
/// In a file it is a JSON object with these names; those that are not known are left out, and names of
/// later versions are passed over.
public struct FavouriteNote: Hashable, Sendable, Codable {
  /// The version of the form: 1.
  public var schema = 1
  /// The piece's title.
  public var title: String?
  /// How much it is liked, 1 to 5; nil where nobody said.
  public var rating: Int?
  /// When it was kept, in ISO 8601.
  public var date: String?
  /// How long it is, in seconds.
  public var seconds: Double?
  /// Who wrote it.
  public var model: Model?
  /// The seed of its random choices.
  public var seed: UInt64?
  /// The version of musegen that wrote it.
  public var musegen: String?
  /// The command line that makes the same file again, in any folder; nil where none does.
  public var command: String?
  /// The file that it was kept from; nil for a piece that was written while it was heard.
  public var source: String?

  /// A model that wrote a favourite.
  public struct Model: Hashable, Sendable, Codable {
    /// The name or the file by which it was called; nil where only its title is known.
    public var name: String?
    /// What it says of itself.
    public var title: String?
    /// The SHA-256 of its file, in hexadecimal; nil where it is not known.
    public var sha256: String?

    /// Creates a model's description.
    public init(name: String? = nil, title: String? = nil, sha256: String? = nil) {
      self.name = name
      self.title = title
      self.sha256 = sha256
    }
  }

  /// The ratings that there are.
  public static let ratings = 1...5

  /// Creates a note that says nothing.
  public init() {}

  /// Reads a note, whatever it leaves out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decodeIfPresent(Int.self, forKey: .schema) ?? 1
    title = try container.decodeIfPresent(String.self, forKey: .title)
    rating = try container.decodeIfPresent(Int.self, forKey: .rating)
    date = try container.decodeIfPresent(String.self, forKey: .date)
    seconds = try container.decodeIfPresent(Double.self, forKey: .seconds)
    model = try container.decodeIfPresent(Model.self, forKey: .model)
    seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
    musegen = try container.decodeIfPresent(String.self, forKey: .musegen)
    command = try container.decodeIfPresent(String.self, forKey: .command)
    source = try container.decodeIfPresent(String.self, forKey: .source)
  }

  /// Reads a note; nil where the text is none.
  ///
  /// A rating that there is not counts as none.
  init?(_ bytes: [UInt8]) {
    guard let note = try? CanonicalJSON.decode(FavouriteNote.self, from: bytes) else { return nil }
    self = note
    if let rating, !Self.ratings.contains(rating) { self.rating = nil }
  }

  /// The note as text.
  var bytes: [UInt8] { Array((CanonicalJSON.line(of: self, isPretty: true) + "\n").utf8) }
}
