/// Which pitches sound, and so which may be struck, where each note's end is known from its start.
struct SoundingPitches: Sendable {
  /// The program that the next note is for.
  var program: Int

  private let tellsPrograms: Bool
  private let pitches: UInt128
  private let drums: UInt128
  /// The strikes that a listener wants.
  var wanted = WantedStrikes()
  /// How many notes may sound at once; nil for no limit.
  private let polyphony: Int?
  private var sounding: [UInt128] = Array(repeating: 0, count: 129)
  private var count = 0
  private var allocation = ChannelAllocation()
  /// The programs but the drum kit that have a silent pitch and a channel or the chance of one.
  private var open: UInt128 = .max
  /// The programs but the drum kit that have a channel.
  private var allocated: UInt128 = 0
  /// The notes of the present time.
  private var struck = NoteOrder()
  /// The ends to come, the next one last.
  private var ends: [(tick: Int, program: Int, pitch: Int)] = []

  init(_ settings: MetricalConfiguration) {
    program = settings.programs ? 0 : settings.program
    tellsPrograms = settings.programs
    polyphony = settings.polyphony
    pitches = UInt128(pitches: settings.lowestPitch...settings.highestPitch)
    drums = UInt128(pitches: settings.lowestDrum...settings.highestDrum)
  }

  /// Whether a note of a program sounds.
  func sounds(_ program: Int) -> Bool { sounding[program] != 0 }

  /// The program of a pitch that is no drum's.
  var melodicProgram: Int { program == Int(drumKit) ? 0 : program }

  /// Releases what has ended by a tick.
  mutating func move(to tick: Int) {
    struck.removeAll()
    while let end = ends.last, end.tick <= tick {
      ends.removeLast()
      sounding[end.program] &= ~(1 << UInt128(end.pitch))
      count -= 1
      updateOpen(end.program)
    }
  }

  /// Strikes a note; one that sounds already goes on.
  mutating func strike(_ program: Int, _ pitch: Int, until end: Int) {
    struck.append(program, pitch)
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
    let last = struck.program
    guard last >= 0 else { return open }
    guard last < Int(drumKit) else { return 0 }
    let later = open & (UInt128.max << UInt128(last))
    return strikable(last) != 0 ? later : later & ~(1 << UInt128(last))
  }

  /// When the next note ends; nil where none sounds.
  var nextEnd: Int? { ends.last?.tick }

  /// Whether a note that is wanted may be struck now.
  var canStrikeWanted: Bool {
    guard tellsPrograms else { return wanted.pitches(program) & strikable(program) != 0 }
    return (0...Int(drumKit)).contains { program in
      wanted.programs[program] && wanted.pitches(program) & strikable(program) != 0
    }
  }

  /// The pitches of a program that may be struck now.
  func strikable(_ program: Int) -> UInt128 {
    guard count < polyphony ?? .max, allocation.isAvailable(UInt8(program)) else { return 0 }
    let known = program == Int(drumKit) ? drums : pitches
    return ~sounding[program] & known & struck.later(of: program)
  }
}
