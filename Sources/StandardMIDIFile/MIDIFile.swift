/// The contents of a Standard MIDI File.
///
/// Two files are equal when their contents are: warnings and the way the bytes were written
/// (running status, padded lengths) take no part.
///
/// ```swift
/// let file = try MIDIFile(bytes: bytes)
/// for event in file.tracks[0] { print(event.delta, event.message) }
/// ```
///
/// Reference: "Standard MIDI Files 1.0", MIDI Manufacturers Association, RP-001.
public struct MIDIFile: Sendable {
  /// How the tracks relate to each other.
  public var format: Format
  /// How ticks are counted.
  public var division: Division
  /// The tracks, in the order of their chunks.
  public var tracks: [Track]
  /// The chunks that are neither header nor track, kept as they are.
  public var otherChunks: [Chunk]
  /// What the lenient reader found wrong and how it went on, at most
  /// ``MIDIFile/maximumWarnings`` of them.
  public internal(set) var warnings: [MIDIFileError]
  /// How many warnings were found beyond those listed.
  public internal(set) var omittedWarnings: Int

  /// Creates a file from its contents.
  public init(
    format: Format = .simultaneous, division: Division = .ticksPerQuarter(480),
    tracks: [Track] = [], otherChunks: [Chunk] = []
  ) {
    self.format = format
    self.division = division
    self.tracks = tracks
    self.otherChunks = otherChunks
    warnings = []
    omittedWarnings = 0
  }

  /// The number of tracks that a header can announce; a reader takes no more.
  public static let maximumTracks = 0xFFFF

  /// The number of warnings a file keeps, so that a file of nothing but faults stays small.
  public static let maximumWarnings = 1000
}

extension MIDIFile: Hashable {
  /// Whether two files have the same contents.
  public static func == (left: MIDIFile, right: MIDIFile) -> Bool {
    left.format == right.format && left.division == right.division
      && left.tracks == right.tracks && left.otherChunks == right.otherChunks
  }

  /// Feeds the contents to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(format)
    hasher.combine(division)
    hasher.combine(tracks)
    hasher.combine(otherChunks)
  }
}

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

/// How a Standard MIDI File counts time: the third word of its header.
public enum Division: Hashable, Sendable {
  /// Metrical time: ticks per quarter note, 1 to 32,767.
  case ticksPerQuarter(Int)
  /// Time code: frames per second (24, 25, 29 for 29.97 drop-frame, or 30) and ticks per frame.
  case timeCode(framesPerSecond: Int, ticksPerFrame: Int)
}

extension Division {
  /// Reads a header's third word, or returns nil where it has no ticks.
  init?(word: UInt16) {
    if word & 0x8000 == 0 {
      guard word != 0 else { return nil }
      self = .ticksPerQuarter(Int(word))
    } else {
      let frames = -Int(Int8(truncatingIfNeeded: word >> 8))
      guard word & 0xFF != 0 else { return nil }
      self = .timeCode(framesPerSecond: frames, ticksPerFrame: Int(word & 0xFF))
    }
  }

  /// The header's third word.
  var word: UInt16 {
    switch self {
    case .ticksPerQuarter(let ticks):
      precondition(1...0x7FFF ~= ticks, "ticks per quarter note lie in 1...32767")
      return UInt16(ticks)
    case .timeCode(let frames, let ticks):
      precondition(1...128 ~= frames, "frames per second lie in 1...128")
      precondition(1...255 ~= ticks, "ticks per frame lie in 1...255")
      return UInt16(truncatingIfNeeded: -frames) << 8 | UInt16(ticks)
    }
  }
}

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
