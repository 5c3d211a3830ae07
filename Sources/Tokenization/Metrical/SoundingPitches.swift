/// Which pitches sound, and so which may be struck, where each note's end is known from its start.
struct SoundingPitches: Sendable {
  /// The program that the next note is for.
  var program: Int

  private let pitches: UInt128
  private let drums: UInt128
  private let polyphony: Int
  private var sounding: [UInt128] = Array(repeating: 0, count: 129)
  private var count = 0
  private var allocation = ChannelAllocation()
  /// The last note of the present time as program · 128 + pitch, -1 where there is none.
  private var last = -1
  /// The ends to come, the next one last.
  private var ends: [(tick: Int, program: Int, pitch: Int)] = []

  init(_ settings: MetricalConfiguration) {
    program = settings.programs ? 0 : settings.program
    polyphony = settings.polyphony ?? .max
    pitches = Self.bits(settings.lowestPitch...settings.highestPitch)
    drums = Self.bits(settings.lowestDrum...settings.highestDrum)
  }

  private static func bits(_ range: ClosedRange<Int>) -> UInt128 {
    (UInt128.max >> UInt128(128 - range.count)) << UInt128(range.lowerBound)
  }

  /// The program of a pitch that is no drum's.
  var melodicProgram: Int { program == Int(drumKit) ? 0 : program }

  /// Releases what has ended by a tick.
  mutating func move(to tick: Int) {
    last = -1
    while let end = ends.last, end.tick <= tick {
      ends.removeLast()
      sounding[end.program] &= ~(1 << UInt128(end.pitch))
      count -= 1
    }
  }

  /// Strikes a note; one that sounds already goes on.
  mutating func strike(_ program: Int, _ pitch: Int, until end: Int) {
    last = program * 128 + pitch
    let bit: UInt128 = 1 << UInt128(pitch)
    guard sounding[program] & bit == 0 else { return }
    sounding[program] |= bit
    count += 1
    _ = allocation.allocate(UInt8(program))
    var place = ends.count
    while place > 0, ends[place - 1].tick < end { place -= 1 }
    ends.insert((end, program, pitch), at: place)
  }

  /// The pitches of a program that may be struck now.
  func strikable(_ program: Int) -> UInt128 {
    let lastProgram = last >= 0 ? last / 128 : -1
    guard count < polyphony, program >= lastProgram, allocation.isAvailable(UInt8(program)) else {
      return 0
    }
    var free = ~sounding[program] & (program == Int(drumKit) ? drums : pitches)
    if program == lastProgram { free &= last % 128 == 127 ? 0 : .max << UInt128(last % 128 + 1) }
    return free
  }
}
