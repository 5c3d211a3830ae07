/// Which pitches sound, and so which may be struck, where each note's end is known from its start.
struct SoundingPitches: Sendable {
  /// The program that the next note is for.
  var program: Int

  private let pitches: UInt128
  private let drums: UInt128
  /// How many notes may sound at once; nil for no limit.
  var polyphony: Int?
  private var sounding: [UInt128] = Array(repeating: 0, count: 129)
  private var count = 0
  private var allocation = ChannelAllocation()
  /// The programs but the drum kit that have a silent pitch and a channel or the chance of one.
  private var open: UInt128 = .max
  /// The programs but the drum kit that have a channel.
  private var allocated: UInt128 = 0
  /// The last note of the present time as program · 128 + pitch, -1 where there is none.
  private var last = -1
  /// The ends to come, the next one last.
  private var ends: [(tick: Int, program: Int, pitch: Int)] = []

  init(_ settings: MetricalConfiguration) {
    program = settings.programs ? 0 : settings.program
    polyphony = settings.polyphony
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
      updateOpen(end.program)
    }
  }

  /// Strikes a note; one that sounds already goes on.
  mutating func strike(_ program: Int, _ pitch: Int, until end: Int) {
    last = program * 128 + pitch
    let bit: UInt128 = 1 << UInt128(pitch)
    guard sounding[program] & bit == 0 else { return }
    sounding[program] |= bit
    count += 1
    allocate(program)
    updateOpen(program)
    var place = ends.count
    while place > 0, ends[place - 1].tick < end { place -= 1 }
    ends.insert((end, program, pitch), at: place)
  }

  private mutating func allocate(_ program: Int) {
    guard program != Int(drumKit), allocation.isAvailable(UInt8(program)) else { return }
    _ = allocation.allocate(UInt8(program))
    allocated |= 1 << UInt128(program)
    if allocation.count == ChannelAllocation.limit { open &= allocated }
  }

  private mutating func updateOpen(_ program: Int) {
    guard program != Int(drumKit) else { return }
    let bit: UInt128 = 1 << UInt128(program)
    let isOpen = ~sounding[program] & pitches != 0 && allocation.isAvailable(UInt8(program))
    if isOpen { open |= bit } else { open &= ~bit }
  }

  /// The programs but the drum kit of which a pitch may be struck now.
  var strikablePrograms: UInt128 {
    guard count < polyphony ?? .max else { return 0 }
    guard last >= 0 else { return open }
    let lastProgram = last / 128
    guard lastProgram < 128 else { return 0 }
    let later = open & (UInt128.max << UInt128(lastProgram))
    return strikable(lastProgram) != 0 ? later : later & ~(1 << UInt128(lastProgram))
  }

  /// The pitches of a program that may be struck now.
  func strikable(_ program: Int) -> UInt128 {
    let lastProgram = last >= 0 ? last / 128 : -1
    guard count < polyphony ?? .max, program >= lastProgram, allocation.isAvailable(UInt8(program))
    else {
      return 0
    }
    var free = ~sounding[program] & (program == Int(drumKit) ? drums : pitches)
    if program == lastProgram { free &= last % 128 == 127 ? 0 : .max << UInt128(last % 128 + 1) }
    return free
  }
}
