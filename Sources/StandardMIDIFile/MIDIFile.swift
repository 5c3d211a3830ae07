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
