/// A system exclusive message of a ``Score`` and when it is sent.
public struct SystemExclusiveEvent: Hashable, Sendable {
  /// The tick at which it is sent, before the notes struck there.
  public var tick: Int
  /// Its place among what else is sent at its tick: see ``TrackMessage/order``.
  public var order: UInt32
  /// Its bytes after the leading 0xF0, of which the last is 0xF7 and no other is above 127.
  public var data: [UInt8]
  /// The port that it is sent to; nil where its file track names none.
  ///
  /// Then a reset and a volume concern every port, and what is said of a channel concerns the first port
  /// that a track plays on.
  public var port: UInt8?

  /// Creates an event.
  public init(tick: Int, data: [UInt8], port: UInt8? = nil, order: UInt32 = 0) {
    self.tick = tick
    self.order = order
    self.data = data
    self.port = port
  }
}

/// What a system exclusive message asks of any synthesizer of its family.
///
/// References: General MIDI 1 and 2 (MMA RP-003, RP-024), the owner's manuals of Roland's SC-55 and
/// Yamaha's MU80, "MIDI Data Format".
public enum SystemMessage: Hashable, Sendable {
  /// Everything goes back to its start.
  case reset(SystemReset)
  /// The loudness of everything, 0 to 1, as a fader's place: loudness in decibels is 40 log10 of it.
  case masterVolume(Float)
  /// A channel, 0 to 15, becomes a drum part or ceases to be one.
  case drumPart(channel: UInt8, isDrums: Bool)
  /// How many cents above equal temperament a channel's twelve pitch classes are, from C on.
  case scaleTuning(channel: UInt8, cents: [Int8])

  /// Creates the meaning of a message, nil where it has none here.
  ///
  /// - Parameter data: the bytes after the leading 0xF0, with the final 0xF7.
  public init?(_ data: [UInt8]) {
    guard data.count >= 5, data.last == 0xF7, data.dropLast().allSatisfy({ $0 < 0x80 }) else {
      return nil
    }
    let meaning: SystemMessage? =
      switch data[0] {
      case 0x7E, 0x7F: SystemMessage(universal: data)
      case 0x41 where data[2] == 0x42 && data[3] == 0x12: SystemMessage(gs: data)
      case 0x43 where data[1] & 0xF0 == 0x10 && data[2] == 0x4C: SystemMessage(xg: data)
      default: nil
      }
    guard let meaning else { return nil }
    self = meaning
  }

  private init?(universal data: [UInt8]) {
    switch (data[0], data[2], data[3]) {
    case (0x7E, 9, 1): self = .reset(.generalMIDI)
    case (0x7E, 9, 3): self = .reset(.generalMIDI2)
    case (0x7F, 4, 1) where data.count == 7:
      self = .masterVolume(Float(Int(data[4]) | Int(data[5]) << 7) / 16_383)
    default: return nil
    }
  }

  private init?(gs data: [UInt8]) {
    // Address, data, and a checksum that makes their sum a multiple of 128.
    let body = data[4..<data.count - 1]
    guard body.count >= 5, body.reduce(0, { $0 &+ Int($1) }) % 128 == 0 else { return nil }
    let part = body[5] & 0xF
    let channel: UInt8 = part == 0 ? 9 : part < 10 ? part - 1 : part
    switch (body[4], body[5], body[6]) {
    case (0x40, 0, 0x7F), (0, 0, 0x7F): self = .reset(.gs)
    case (0x40, 0, 4): self = .masterVolume(Float(body[7]) / 127)
    case (0x40, 0x10...0x1F, 0x15): self = .drumPart(channel: channel, isDrums: body[7] > 0)
    case (0x40, 0x10...0x1F, 0x40) where body.count == 16:
      self = .scaleTuning(channel: channel, cents: body[7..<19].map { Int8($0) - 64 })
    default: return nil
    }
  }

  private init?(xg data: [UInt8]) {
    guard data.count >= 8 else { return nil }
    switch (data[3], data[4], data[5]) {
    case (0, 0, 0x7E), (0, 0, 0x7F): self = .reset(.xg)
    case (0, 0, 4): self = .masterVolume(Float(data[6]) / 127)
    case (8, 0...15, 7): self = .drumPart(channel: data[4], isDrums: data[6] > 0)
    default: return nil
    }
  }
}

/// A kind of synthesizer that a file asks for by resetting it.
public enum SystemReset: Hashable, Sendable {
  /// General MIDI 1.
  case generalMIDI
  /// General MIDI 2.
  case generalMIDI2
  /// Roland's GS.
  case gs
  /// Yamaha's XG.
  case xg
}

extension SystemExclusiveEvent {
  /// The reset that the message is, nil for any other.
  public var reset: SystemReset? {
    if case .reset(let reset) = SystemMessage(data) { reset } else { nil }
  }
}
