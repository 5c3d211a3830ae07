/// Time in seconds as a metrical grammar counts it: since the last strike, and of what sounds.
struct NoteClock: Sendable {
  /// How long a tick lasts from now on.
  var secondsPerTick: Double
  /// When a note was last struck, or the start.
  private(set) var struckTick = 0
  /// How long ago that was.
  private(set) var restSeconds = 0.0

  private var tick = 0
  /// The notes that sound: when they end, and for how long they have sounded.
  private var ringing: [(end: Int, seconds: Double)] = []

  init(secondsPerTick: Double) { self.secondsPerTick = secondsPerTick }

  /// How many whole ticks there are in so many seconds at the present tempo.
  func ticks(in seconds: Double) -> Int {
    guard seconds > 0 else { return 0 }
    // A whole number of ticks is one though the division of binary fractions falls short of it.
    return Int(min((seconds / secondsPerTick + 1e-6).rounded(.down), 1e12))
  }

  /// Takes note that a note is struck now, and remembers it where its length matters.
  mutating func strike(until end: Int, isTimed: Bool) {
    struckTick = tick
    restSeconds = 0
    if isTimed { ringing.append((end, 0)) }
  }

  /// Counts rests from now on, as if a note had been struck.
  mutating func beginRest() {
    struckTick = tick
    restSeconds = 0
  }

  /// Lets time pass.
  mutating func move(to later: Int) {
    let seconds = Double(later - tick) * secondsPerTick
    tick = later
    restSeconds += seconds
    ringing.removeAll { $0.end <= later }
    for index in ringing.indices { ringing[index].seconds += seconds }
  }

  /// How long a tick may last so that no note that sounds lasts longer than so many seconds.
  func slowestSecondsPerTick(notesLasting seconds: Double) -> Double {
    ringing.reduce(.infinity) { slowest, note in
      min(slowest, (seconds - note.seconds) / Double(note.end - tick) + 1e-12)
    }
  }
}

/// Which strikes a listener wants, by a mask of a metrical vocabulary's tokens.
struct WantedStrikes: Sendable {
  /// Whether each program may play.
  private(set) var programs = Array(repeating: true, count: 129)
  private var melodic = UInt128.max
  private var drums = UInt128.max

  /// All of them.
  init() {}

  init(_ wanted: TokenMask, _ layout: MetricalLayout) {
    for (program, token) in layout.programs.enumerated() {
      programs[program] = wanted[Token(token)]
    }
    melodic = wanted.pitches(layout.pitches, lowest: layout.lowestPitch)
    drums = wanted.pitches(layout.drums, lowest: layout.lowestDrum)
  }

  /// The pitches of a program that are wanted.
  func pitches(_ program: Int) -> UInt128 { program == Int(drumKit) ? drums : melodic }
}
