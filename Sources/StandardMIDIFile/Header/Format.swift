extension MIDIFile {
  /// The first word of the header: how the tracks relate to each other.
  public enum Format: UInt16, Hashable, Sendable {
    /// Format 0: one track that holds everything.
    case singleTrack = 0
    /// Format 1: tracks that sound together; tempo and metre belong in the first.
    case simultaneous = 1
    /// Format 2: tracks that are pieces of their own.
    case sequential = 2
  }
}
