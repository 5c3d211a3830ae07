/// A piece of a corpus: where it came from and which tokens are its own.
public struct Piece: Hashable, Sendable {
  /// The file's path.
  public var path: String
  /// A hash of the file's bytes, the same in every run and on every machine.
  public var contentHash: UInt64
  /// A hash of which notes are struck when, the same for a transposed copy, another tempo or
  /// another velocity.
  public var noteHash: UInt64
  /// Its tokens' place in the corpus's buffer.
  public var tokens: Range<Int>
  /// How many notes its tokens tell.
  public var noteCount: Int
  /// Its length in seconds, from the start to the end of the last note.
  public var seconds: Double
}
