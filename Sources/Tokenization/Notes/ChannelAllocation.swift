/// Gives each program a channel: the drum kit General MIDI's tenth, the others the fifteen that
/// remain, in the order in which they first play.
///
/// A sixteenth program is played by the one nearest in number that already has a channel.
struct ChannelAllocation: Sendable {
  /// How many programs besides the drum kit have a channel of their own.
  static let limit = 15

  private var channels: [UInt8] = Array(repeating: .max, count: 129)
  private(set) var count = 0

  /// Whether a program has a channel or can still get one.
  func isAvailable(_ program: UInt8) -> Bool {
    program == drumKit || count < Self.limit || channels[Int(program)] != .max
  }

  /// The program that plays for the one asked for, and its channel.
  mutating func allocate(_ program: UInt8) -> (program: UInt8, channel: UInt8) {
    if program == drumKit { return (drumKit, 9) }
    let channel = channels[Int(program)]
    if channel != .max { return (program, channel) }
    guard count < Self.limit else {
      let nearest = channels.indices.filter { channels[$0] != .max }
        .min { abs($0 - Int(program)) < abs($1 - Int(program)) }
      let stand = nearest ?? 0
      return (UInt8(stand), channels[stand])
    }
    let new = UInt8(count < 9 ? count : count + 1)
    channels[Int(program)] = new
    count += 1
    return (program, new)
  }
}
