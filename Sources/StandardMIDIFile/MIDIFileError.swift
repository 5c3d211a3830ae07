/// What is wrong with a MIDI file, and where.
///
/// The strict reader throws the first; the lenient reader throws those that leave nothing to read
/// and lists the others as ``MIDIFile/warnings``, each with what it did about it.
public struct MIDIFileError: Error, Hashable, Sendable {
  /// What is wrong.
  public var reason: Reason
  /// The byte of the file at which it stands.
  public var offset: Int
  /// The track it belongs to, counted from 0, or nil outside the tracks.
  public var track: Int?

  /// Creates an error.
  public init(_ reason: Reason, offset: Int, track: Int? = nil) {
    self.reason = reason
    self.offset = offset
    self.track = track
  }

  /// What can be wrong with a MIDI file.
  @nonexhaustive public enum Reason: Hashable, Sendable {
    /// The file holds no bytes.
    case empty
    /// There is no header chunk.
    case noHeader
    /// The file is larger than 4 GB.
    case tooLarge
    /// The header chunk has fewer than six bytes.
    case shortHeader(length: Int)
    /// Bytes that are no wrapper we know stand before the header.
    case bytesBeforeHeader(count: Int)
    /// A RIFF wrapper's sizes do not match the file.
    case wrapperSize
    /// The format is none of 0, 1 and 2.
    case undefinedFormat(UInt16)
    /// A file of format 0 has more or fewer tracks than one.
    case singleTrackFormat(tracks: Int)
    /// The division has no ticks.
    case noTicks(division: UInt16)
    /// The time code's frames per second are none of 24, 25, 29 and 30.
    case undefinedFrameRate(Int)
    /// The header announces another number of tracks than there is.
    case trackCount(announced: Int, found: Int)
    /// A track chunk's type is misspelt, such as `MTrK`.
    case misspeltTrackChunk
    /// A track chunk is longer or shorter than it announces.
    case trackLength(announced: Int, found: Int)
    /// Another chunk is longer than the file.
    case chunkPastEnd(announced: Int, available: Int)
    /// Bytes that are no chunk stand between or after the chunks.
    case bytesBetweenChunks(count: Int)
    /// A track ends without an End of Track event.
    case noEndOfTrack
    /// Bytes follow a track's End of Track event in its chunk.
    case bytesAfterEndOfTrack(count: Int)
    /// An event goes on past the end of its track.
    case cutEvent
    /// A data byte stands where there is no status to go with it.
    case noStatus(byte: UInt8)
    /// Running status goes on after a meta or system exclusive event, which cancel it.
    case runningStatusAfterMeta
    /// A data byte is above 127.
    case dataByte(UInt8)
    /// A status byte that has no place in a file.
    case undefinedStatus(UInt8)
    /// A delta time or length that takes more than four bytes.
    case longVariableLength
    /// A meta event's type is above 127.
    case metaType(UInt8)
    /// A meta event has another length than its type asks for.
    case metaLength(type: UInt8, found: Int, expected: Int)
    /// A tempo of 0 microseconds a quarter note.
    case zeroTempo
    /// A time signature that is none.
    case timeSignature(numerator: UInt8, denominatorPower: UInt8)
    /// A key signature that is none.
    case keySignature(sharps: Int8, mode: UInt8)
  }
}
