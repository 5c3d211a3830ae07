extension MIDIFile {
  /// A chunk that is neither header nor track.
  public struct Chunk: Hashable, Sendable {
    /// Its type: four printable ASCII characters, such as `XFIH`.
    public let type: String
    /// Its contents.
    public var data: ArraySlice<UInt8>
    /// The number of track chunks before it.
    public var precedingTracks: Int

    /// Creates a chunk.
    ///
    /// - Precondition: the type is four printable ASCII characters, neither `MThd` nor `MTrk` in
    ///   capital or small letters, which are read as tracks.
    public init(type: String, data: ArraySlice<UInt8>, precedingTracks: Int = 0) {
      precondition(
        type.utf8.count == 4 && type.utf8.allSatisfy { 0x20...0x7E ~= $0 }
          && type != "MThd" && type.lowercased() != "mtrk",
        "a chunk's type is four printable ASCII characters other than MThd and MTrk")
      self.type = type
      self.data = data
      self.precedingTracks = precedingTracks
    }
  }
}
