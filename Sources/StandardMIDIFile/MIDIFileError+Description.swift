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
    case .cutEvent: "the event left out"
    case .noStatus: "the bytes up to the next status skipped"
    case .runningStatusAfterMeta: "the status before it taken"
    case .dataByte: "0x7F assumed"
    case .undefinedStatus: "the event skipped"
    case .metaLength(0x2F, _, _): "the track ends here"
    case .metaLength(_, let found, let expected) where found > expected:
      "the first \(counted(expected)) taken"
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
