/// An event that is not sent to an instrument: text, tempo, metre, key and the like.
///
/// An event whose data does not have the form its type asks for is kept as ``other(type:data:)``,
/// so that nothing is lost between reading and writing.
public enum MetaEvent: Hashable, Sendable {
  /// The number of the sequence or pattern.
  case sequenceNumber(UInt16)
  /// A text in the file's own encoding, often ASCII, Latin-1, Shift-JIS or UTF-8.
  case text(TextKind, ArraySlice<UInt8>)
  /// The channel that the following meta and sysex events belong to.
  case channelPrefix(UInt8)
  /// The port that the track is sent to.
  case port(UInt8)
  /// The length of a quarter note in microseconds, 1 to 16,777,215.
  case tempo(microsecondsPerQuarter: Int)
  /// Where the track starts, as five bytes of time code: hours, minutes, seconds, frames, hundredths.
  case timeCodeOffset(
    hours: UInt8, minutes: UInt8, seconds: UInt8, frames: UInt8, hundredths: UInt8)
  /// The metre; the denominator is a power of two.
  case timeSignature(
    numerator: UInt8, denominatorPower: UInt8, clocksPerClick: UInt8, thirtySecondsPerQuarter: UInt8
  )
  /// The key: sharps if positive, flats if negative, -7 to 7.
  case keySignature(sharps: Int8, isMinor: Bool)
  /// Data for one maker's sequencer.
  case sequencerSpecific(ArraySlice<UInt8>)
  /// Any other type, 0 to 127 but 0x2F, or data that is malformed for its type.
  case other(type: UInt8, data: ArraySlice<UInt8>)

  /// Creates a text in UTF-8.
  public static func text(_ kind: TextKind, _ text: String) -> MetaEvent {
    .text(kind, ArraySlice(text.utf8))
  }
}

extension MetaEvent {
  /// Reads an event from its type and data.
  public init(type: UInt8, data: ArraySlice<UInt8>) {
    self = Self.wellFormed(type: type, data: data) ?? .other(type: type, data: data)
  }

  /// What an event with more data than its type asks for will have meant: its first bytes.
  public var ignoringExcessData: MetaEvent {
    guard case .other(let type, let data) = self, let length = Self.dataLength(ofType: type),
      data.count > length
    else { return self }
    return MetaEvent(type: type, data: data.prefix(length))
  }

  /// What a time signature of two or three bytes will have meant: 24 MIDI clocks a click of the
  /// metronome and eight thirty-seconds a quarter note, as nearly all have, stand for what it lacks.
  public var completingTimeSignature: MetaEvent {
    guard case .other(0x58, let data) = self, 2...3 ~= data.count else { return self }
    let usual: [UInt8] = [4, 2, 24, 8]
    return MetaEvent(type: 0x58, data: data + usual.dropFirst(data.count))
  }

  /// The length that the data of a type must have, or nil where any will do.
  static func dataLength(ofType type: UInt8) -> Int? {
    switch type {
    case 0x20, 0x21: 1
    case 0x00, 0x59: 2
    case 0x51: 3
    case 0x58: 4
    case 0x54: 5
    default: nil
    }
  }

  private static func wellFormed(type: UInt8, data: ArraySlice<UInt8>) -> MetaEvent? {
    let at = data.startIndex
    switch (type, data.count) {
    case (0x00, 2): return .sequenceNumber(UInt16(data[at]) << 8 | UInt16(data[at + 1]))
    case (0x01...0x0F, _): return TextKind(rawValue: type).map { .text($0, data) }
    case (0x20, 1): return .channelPrefix(data[at])
    case (0x21, 1): return .port(data[at])
    case (0x51, 3):
      let tempo = Int(data[at]) << 16 | Int(data[at + 1]) << 8 | Int(data[at + 2])
      return tempo == 0 ? nil : .tempo(microsecondsPerQuarter: tempo)
    case (0x54, 5):
      return .timeCodeOffset(
        hours: data[at], minutes: data[at + 1], seconds: data[at + 2], frames: data[at + 3],
        hundredths: data[at + 4])
    case (0x58, 4):
      guard data[at] > 0, data[at + 1] < 32 else { return nil }
      return .timeSignature(
        numerator: data[at], denominatorPower: data[at + 1], clocksPerClick: data[at + 2],
        thirtySecondsPerQuarter: data[at + 3])
    case (0x59, 2):
      let sharps = Int8(bitPattern: data[at])
      guard -7...7 ~= sharps, data[at + 1] < 2 else { return nil }
      return .keySignature(sharps: sharps, isMinor: data[at + 1] == 1)
    case (0x7F, _): return .sequencerSpecific(data)
    default: return nil
    }
  }

  /// The event's type, 0 to 127.
  public var type: UInt8 {
    switch self {
    case .sequenceNumber: 0x00
    case .text(let kind, _): kind.rawValue
    case .channelPrefix: 0x20
    case .port: 0x21
    case .tempo: 0x51
    case .timeCodeOffset: 0x54
    case .timeSignature: 0x58
    case .keySignature: 0x59
    case .sequencerSpecific: 0x7F
    case .other(let type, _): type
    }
  }

  /// The event's data, as it stands in a file after the length.
  public var data: ArraySlice<UInt8> {
    switch self {
    case .sequenceNumber(let number): [UInt8(number >> 8), UInt8(number & 0xFF)]
    case .text(_, let data), .sequencerSpecific(let data), .other(_, let data): data
    case .channelPrefix(let value), .port(let value): [value]
    case .tempo(let tempo):
      [
        UInt8(truncatingIfNeeded: tempo >> 16), UInt8(truncatingIfNeeded: tempo >> 8),
        UInt8(truncatingIfNeeded: tempo),
      ]
    case .timeCodeOffset(let hours, let minutes, let seconds, let frames, let hundredths):
      [hours, minutes, seconds, frames, hundredths]
    case .timeSignature(let numerator, let power, let clocks, let thirtySeconds):
      [numerator, power, clocks, thirtySeconds]
    case .keySignature(let sharps, let isMinor): [UInt8(bitPattern: sharps), isMinor ? 1 : 0]
    }
  }
}

/// What a text meta event is for: its type, 1 to 15.
public struct TextKind: RawRepresentable, Hashable, Sendable {
  /// The meta event's type.
  public let rawValue: UInt8

  /// Creates a kind from a meta event's type, or returns nil outside 1 to 15.
  public init?(rawValue: UInt8) {
    guard 1...15 ~= rawValue else { return nil }
    self.rawValue = rawValue
  }

  private init(_ type: UInt8) { rawValue = type }

  /// Any text; in karaoke files also the sung words.
  public static let text = TextKind(1)
  /// A copyright notice.
  public static let copyright = TextKind(2)
  /// The name of the sequence (first track) or of the track.
  public static let trackName = TextKind(3)
  /// The instrument that plays the track.
  public static let instrumentName = TextKind(4)
  /// A syllable to be sung.
  public static let lyric = TextKind(5)
  /// The name of a point in the piece, such as a rehearsal letter.
  public static let marker = TextKind(6)
  /// What happens on stage or screen at this point.
  public static let cuePoint = TextKind(7)
  /// The name of the program that sounds from here (RP-019).
  public static let programName = TextKind(8)
  /// The name of the device that plays the track (RP-019).
  public static let deviceName = TextKind(9)
}
