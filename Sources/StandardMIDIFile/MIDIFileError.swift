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
    /// An event ends before its data does: another event's status stands there.
    case interruptedEvent(status: UInt8)
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

extension MIDIFileError: CustomStringConvertible {
  /// Where and what, with the track counted from 1.
  public var description: String {
    "byte \(offset)\(track.map { ", track \($0 + 1)" } ?? ""): \(reason)"
  }

  /// What the lenient reader does about it, or nil where it gives up.
  public var repair: String? { reason.repair }
}

extension MIDIFileError.Reason: CustomStringConvertible {
  /// What was found and what was expected.
  public var description: String {
    switch self {
    case .empty: "the file is empty, expected a Standard MIDI File"
    case .noHeader: "found no MThd header, expected a Standard MIDI File"
    case .tooLarge: "the file has 4 GB or more, expected less"
    case .shortHeader(let length): "the header has \(length) bytes, expected 6"
    case .bytesBeforeHeader(let count): "found \(counted(count)) before the header, expected none"
    case .wrapperSize: "the RIFF wrapper's sizes do not match the file"
    case .undefinedFormat(let format): "found format \(format), expected 0, 1 or 2"
    case .singleTrackFormat(let tracks): "a file of format 0 has \(tracks) tracks, expected 1"
    case .noTicks(let division):
      "division \(hexadecimal(division)) has no ticks, expected 1 or more"
    case .undefinedFrameRate(let rate):
      "found \(rate) frames per second, expected 24, 25, 29 or 30"
    case .trackCount(let announced, let found):
      "the header announces \(announced) tracks, found \(found)"
    case .misspeltTrackChunk: "a track chunk's type is misspelt, expected MTrk"
    case .trackLength(let announced, let found):
      "the track announces \(counted(announced)), found \(found)"
    case .chunkPastEnd(let announced, let available):
      "a chunk announces \(counted(announced)), the file has \(available) more"
    case .bytesBetweenChunks(let count):
      "found \(counted(count)) that \(count == 1 ? "is" : "are") no chunk"
    case .noEndOfTrack: "the track has no End of Track event"
    case .bytesAfterEndOfTrack(let count): "found \(counted(count)) after the End of Track event"
    case .cutEvent: "an event goes on past the end of the track"
    case .noStatus(let byte): "data byte \(hexadecimal(byte)) has no status, expected a status byte"
    case .runningStatusAfterMeta:
      "running status goes on after a meta or system exclusive event, expected a status byte"
    case .dataByte(let byte): "found data byte \(hexadecimal(byte)), expected at most 0x7F"
    case .interruptedEvent(let status):
      "found status \(hexadecimal(status)) where an event's data goes on, expected at most 0x7F"
    case .undefinedStatus(let status): "status \(hexadecimal(status)) has no place in a file"
    case .longVariableLength: "a delta time or length takes more than four bytes"
    case .metaType(let type): "found meta event type \(hexadecimal(type)), expected at most 0x7F"
    case .metaLength(let type, let found, let expected):
      "meta event \(hexadecimal(type)) has \(counted(found)), expected \(expected)"
    case .zeroTempo: "found a tempo of 0 microseconds a quarter note, expected 1 or more"
    case .timeSignature(let numerator, let power):
      "found time signature \(numerator)/2^\(power), expected a numerator and a power below 32"
    case .keySignature(let sharps, let mode):
      "found a key signature of \(sharps) sharps and mode \(mode), expected -7 to 7 and 0 or 1"
    }
  }

  fileprivate var repair: String? {
    switch self {
    case .empty, .noHeader, .tooLarge, .shortHeader: nil
    case .bytesBeforeHeader, .bytesBetweenChunks, .bytesAfterEndOfTrack, .metaType: "skipped"
    case .wrapperSize: "the MIDI data in it taken to the end of the file"
    case .undefinedFormat: "read as format 1"
    case .singleTrackFormat, .trackCount: "the tracks that are there taken"
    case .noTicks(let division):
      division & 0x8000 == 0 ? "480 ticks a quarter assumed" : "40 ticks a frame assumed"
    case .undefinedFrameRate, .longVariableLength: "taken as it is"
    case .misspeltTrackChunk: "read as a track"
    case .trackLength: "the track taken as far as its events go"
    case .chunkPastEnd: "the next track sought"
    case .noEndOfTrack: "the track ends with its last event"
    case .cutEvent, .interruptedEvent: "the event left out"
    case .noStatus: "the bytes up to the next status skipped"
    case .runningStatusAfterMeta: "the status before it taken"
    case .dataByte: "0x7F assumed"
    case .undefinedStatus: "the event skipped"
    case .metaLength(0x2F, _, _): "the track ends here"
    case .metaLength(_, let found, let expected) where found > expected:
      "the first \(counted(expected)) taken"
    case .metaLength(0x58, 2...3, _): "the rest assumed"
    case .metaLength, .zeroTempo, .timeSignature, .keySignature:
      "kept as it is, without meaning"
    }
  }
}

private func hexadecimal(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return "0x" + String(repeating: "0", count: max(0, 2 - digits.count)) + digits
}

private func counted(_ bytes: Int) -> String { bytes == 1 ? "1 byte" : "\(bytes) bytes" }
