/// What an audio file says about itself; empty texts are left out.
public struct AudioMetadata: Hashable, Sendable {
  /// The piece.
  public var title: String
  /// Who wrote or plays it, such as a model's name.
  public var artist: String
  /// Anything else, such as the seed and the sampling settings.
  public var comment: String

  /// Creates metadata.
  public init(title: String = "", artist: String = "", comment: String = "") {
    self.title = title
    self.artist = artist
    self.comment = comment
  }
}
