import Music
import StandardMIDIFile

/// Moves what is struck while it is played, and lets go of each note where it was struck.
///
/// A release ends all notes that its key has struck on its channel, at whatever pitch, as synthesizers do
/// with notes of one pitch: none is left to sound. It allocates no memory.
struct Transposer {
  /// By how many semitones the next note is moved.
  var semitones = 0
  private var drums: [DrumChannels]
  /// For each channel and pitch a bit for every transposition with which it is held.
  private var held: [UInt64]
  /// The last one with which it was struck.
  private var last: [Int8]

  private static let lowest = Rendition.semitonesRange.lowerBound

  /// Creates a transposer for so many ports.
  init(ports: Int) {
    drums = Array(repeating: DrumChannels(), count: ports)
    held = Array(repeating: 0, count: ports * 16 * 128)
    last = Array(repeating: 0, count: ports * 16 * 128)
  }

  /// Passes on what becomes of a message: for most one, for a release one for each pitch that it ends.
  mutating func pass<Failure>(
    _ content: TimedMessage.Content, to send: (TimedMessage.Content) throws(Failure) -> Void
  ) throws(Failure) {
    guard case .channel(let message) = content, Int(message.channel >> 4) < drums.count else {
      if case .systemExclusive(let data, let port) = content { heed(data, port: port) }
      return try send(content)
    }
    let port = Int(message.channel >> 4)
    switch message {
    case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
      let shift = drums[port].isDrums[Int(channel & 15)] ? 0 : semitones
      guard let moved = Self.moved(pitch, by: shift) else { return }
      let key = Self.key(channel, pitch)
      held[key] |= 1 << UInt64(shift - Self.lowest)
      last[key] = Int8(shift)
      try send(.channel(.noteOn(channel: channel, pitch: moved, velocity: velocity)))
    case .noteOn(let channel, let pitch, _):
      try forEachHeld(channel, pitch, isReleased: true) { pitch throws(Failure) in
        try send(.channel(.noteOn(channel: channel, pitch: pitch, velocity: 0)))
      }
    case .noteOff(let channel, let pitch, let velocity):
      try forEachHeld(channel, pitch, isReleased: true) { pitch throws(Failure) in
        try send(.channel(.noteOff(channel: channel, pitch: pitch, velocity: velocity)))
      }
    case .polyphonicPressure(let channel, let pitch, let pressure):
      try forEachHeld(channel, pitch, isReleased: false) { pitch throws(Failure) in
        try send(
          .channel(.polyphonicPressure(channel: channel, pitch: pitch, pressure: pressure)))
      }
    default:
      switch message {
      case .controlChange(let channel, 0, let bank):
        drums[port].selectBank(bank, channel: channel & 15)
      case .programChange(let channel, _): drums[port].changeProgram(channel: channel & 15)
      default: break
      }
      if message.endsAllNotes { release(channel: message.channel) }
      try send(content)
    }
  }

  /// Forgets what is held, where all is silenced at once.
  mutating func releaseAll() {
    for key in held.indices { held[key] = 0 }
  }

  /// Forgets what is held and what was told of channels, as before the piece.
  mutating func reset() {
    releaseAll()
    for port in drums.indices { drums[port] = DrumChannels() }
  }

  private static func key(_ channel: UInt8, _ pitch: UInt8) -> Int {
    Int(channel) << 7 | Int(pitch & 127)
  }

  /// The pitch so many semitones higher; nil where there is none.
  private static func moved(_ pitch: UInt8, by semitones: Int) -> UInt8? {
    UInt8(exactly: Int(pitch & 127) + semitones).flatMap { $0 < 128 ? $0 : nil }
  }

  /// Runs through the pitches at which a key is held; where it is not, through that at which it was last.
  private mutating func forEachHeld<Failure>(
    _ channel: UInt8, _ pitch: UInt8, isReleased: Bool,
    _ body: (UInt8) throws(Failure) -> Void
  ) throws(Failure) {
    let key = Self.key(channel, pitch)
    var shifts = held[key]
    if isReleased { held[key] = 0 }
    if shifts == 0 { shifts = 1 << UInt64(Int(last[key]) - Self.lowest) }
    while shifts != 0 {
      let shift = shifts.trailingZeroBitCount + Self.lowest
      shifts &= shifts - 1
      if let moved = Self.moved(pitch, by: shift) { try body(moved) }
    }
  }

  private mutating func release(channel: UInt8) {
    for key in Self.key(channel, 0)...Self.key(channel, 127) { held[key] = 0 }
  }

  private mutating func heed(_ data: [UInt8], port: UInt8?) {
    let ports = port.map { Int($0)..<Int($0) + 1 } ?? drums.indices
    guard ports.upperBound <= drums.count else { return }
    switch SystemMessage(data) {
    case .reset(let family):
      for port in ports {
        drums[port] = DrumChannels(after: family)
        for channel in 0..<16 { release(channel: UInt8(port << 4 | channel)) }
      }
    case .drumPart(let channel, let isDrums):
      for port in ports { drums[port].set(isDrums, channel: channel) }
    default: break
    }
  }
}
