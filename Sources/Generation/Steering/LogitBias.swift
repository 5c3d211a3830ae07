import Foundation
import Music
import Tokenization

/// What is added to each logit, kept up to date token by token: the key, the chords, the
/// repetition penalty, density and the nearing end.
struct LogitBias {
  /// A number for each token; empty where nothing is added.
  private(set) var values: [Float] = []

  private let steering: SteeringTable
  private let endToken: Int
  private var density: DensityControl
  private var key: KeyControl?
  private var chords: ChordControl?
  private var cadences: CadenceControl?
  private var repetition = RepetitionWindow()
  private var cost: Float = 0
  /// Values without what density adds.
  private var still: [Float] = []
  /// How far the present bar has got, in seconds at 120 quarter notes a minute.
  private var barSeconds = 0.0
  /// Whether the tokens of pitches strike drums now, which have no key and are no bass.
  private var strikesDrums = false

  /// Begins a piece.
  ///
  /// - Parameters:
  ///   - steering: what is asked of all pieces.
  ///   - key: what leads this one to its key; nil where nothing does.
  ///   - cadences: what leads its phrases to their ends; nil where nothing does.
  ///   - density: how many notes a second are aimed at; nil for as many as the model likes.
  ///   - end: the token that ends it.
  init(
    _ steering: SteeringTable, key: KeyControl?, cadences: CadenceControl?, density: Double?,
    end: Token
  ) {
    self.steering = steering
    self.density = DensityControl(target: density)
    endToken = Int(end)
    self.key = key
    self.cadences = cadences
    chords = steering.chordControl
    if !steering.bias.isEmpty || density != nil { fill() }
    if self.key != nil || chords != nil { refreshPitches() }
  }

  /// Lets the chords begin with their bar of a place, in bars from the piece's start, each of which lasts as long as so
  /// many of theirs.
  mutating func beginChords(atBar bars: Double, pace: Double) {
    chords?.pace = pace
    chords?.origin = (bars * pace + 1e-6).rounded(.down) / pace
  }

  /// Takes the settings that hold for the next token, how much likelier the end shall be, how urgent it is, and where
  /// the piece is, in bars from its start.
  mutating func prepare(
    _ settings: SamplingSettings, end: Float, urgency: Float, bars: @autoclosure () -> Double
  ) {
    if chords != nil || cadences != nil { move(to: bars(), urgency: urgency) }
    let cost = settings.repetitionPenalty > 1 ? log(settings.repetitionPenalty) : 0
    if cost != self.cost {
      self.cost = cost
      if values.isEmpty { fill() }
      for pitch in 0..<UInt8(128) where repetition.contains(pitch) { refresh(pitch) }
      refreshTime()
    }
    if end != 0 || !values.isEmpty {
      if values.isEmpty { fill() }
      values[endToken] = still[endToken] + end
    }
  }

  private mutating func move(to bars: Double, urgency: Float) {
    let areNew = [chords?.move(to: bars), cadences?.move(to: bars, urgency: urgency)]
    if areNew.contains(true) { refreshPitches() }
  }

  /// How many notes a second are aimed at; nil for as many as the model likes.
  var targetDensity: Double? {
    get { density.target }
    set {
      if newValue == density.target { return }
      density.target = newValue
      if values.isEmpty { fill() }
      for token in steering.time { values[token] = still[token] + pitchBias(token) }
      refreshTime()
    }
  }

  /// Takes a token of the primer, which counts for the key alone, for where the bass lies and phrases begin, for the
  /// metre and for the place in the bar; and where the piece is behind it, in bars from its start.
  mutating func hear(_ token: Token, bars: @autoclosure () -> Double) {
    takeProgram(token)
    advanceKey(token)
    takeMetre(token)
    let struck = pitches(struckBy: token)
    chords?.hear(struck)
    follow(token)
    guard cadences != nil else { return }
    let isMoved = cadences?.move(to: bars()) == true
    if cadences?.take(struck) == true || isMoved { refreshPitches() }
  }

  /// Goes on in another key, with the degrees of its own.
  mutating func enter(_ newKey: Key, degrees: [Double]) {
    key?.enter(newKey, degrees: degrees)
    cadences?.enter(newKey)
    refreshPitches()
  }

  private mutating func advanceKey(_ token: Token) {
    let events = steering.events[Int(token)]
    let heard = strikesDrums ? events.filter { !$0.isStrike } : events
    if key?.advance(heard) == true { refreshPitches() }
  }

  /// Takes the program that a token tells, if it tells one; of a merged token the last.
  private mutating func takeProgram(_ token: Token) {
    guard steering.strikesDrumsAsPitches else { return }
    let before = strikesDrums
    for case .program(let program) in steering.events[Int(token)] { strikesDrums = program >= 128 }
    if strikesDrums != before, key != nil || chords != nil || cadences != nil { refreshPitches() }
  }

  /// The pitches that a token strikes, drums' left out.
  private func pitches(struckBy token: Token) -> [UInt8] {
    strikesDrums ? [] : steering.struck[Int(token)]
  }

  /// Takes the metre that a token tells, if it tells one.
  mutating func takeMetre(_ token: Token) {
    guard chords != nil || cadences != nil else { return }
    for case .metre(let numerator, let denominator) in steering.events[Int(token)] {
      chords?.take(numerator: numerator, denominator: denominator)
      cadences?.take(barLength: Double(numerator) / Double(denominator))
    }
  }

  /// Takes the token that was drawn.
  mutating func advance(_ token: Token, notes: Int, seconds: Double, window: Int) {
    takeProgram(token)
    if cost > 0 {
      for pitch in repetition.append(steering.struck[Int(token)], window: window) {
        refresh(pitch)
      }
    }
    advanceKey(token)
    let struck = pitches(struckBy: token)
    if chords?.advance(struck) == true { refreshPitches() }
    if cadences?.take(struck) == true { refreshPitches() }
    count(notes: notes, seconds: seconds)
    follow(token)
  }

  /// Counts notes of the piece's own, and the time in which they were struck, for its density.
  mutating func count(notes: Int, seconds: Double) {
    density.advance(notes: notes, seconds: seconds)
  }

  /// Goes to the place in the bar that a token tells.
  private mutating func follow(_ token: Token) {
    for event in steering.events[Int(token)] {
      switch event {
      case .position(let seconds): barSeconds = seconds
      case .bar: barSeconds = 0
      default: break
      }
    }
    refreshTime()
  }

  private mutating func fill() {
    still =
      steering.bias.isEmpty ? Array(repeating: 0, count: steering.struck.count) : steering.bias
    values = still
  }

  /// The penalty of all tokens that strike a pitch.
  private mutating func refresh(_ pitch: UInt8) {
    for token in steering.striking[Int(pitch)] {
      let repeated = steering.struck[token].count { repetition.contains($0) }
      still[token] = (steering.bias.isEmpty ? 0 : steering.bias[token]) - cost * Float(repeated)
      values[token] = still[token] + pitchBias(token)
    }
  }

  /// What leads each token's pitches to the key and to the chord.
  private mutating func refreshPitches() {
    if values.isEmpty { fill() }
    for token in steering.pitched { values[token] = still[token] + pitchBias(token) }
    refreshTime()
  }

  private func pitchBias(_ token: Int) -> Float {
    if strikesDrums { return 0 }
    return steering.struck[token].reduce(0) { sum, pitch in
      sum + (key?.bias[Int(pitch) % 12] ?? 0) + (chords?.bias[Int(pitch)] ?? 0)
        + cadenceBias(pitch)
    }
  }

  private func cadenceBias(_ pitch: UInt8) -> Float {
    guard let bias = cadences?.bias, !bias.isEmpty else { return 0 }
    return bias[Int(pitch)]
  }

  private mutating func refreshTime() {
    guard let (base, slope) = density.timeBias else { return }
    // A bar is as long as one of 4/4 here; only the order of lengths matters much.
    let barLength = 2.0
    for token in steering.time {
      var seconds = 0.0
      for event in steering.events[token] {
        switch event {
        case .time(let passing), .frame(let passing): seconds += passing
        case .position(let place): seconds += max(0, place - barSeconds)
        case .bar: seconds += max(0, barLength - barSeconds)
        default: break
        }
      }
      values[token] = still[token] + pitchBias(token) + base + slope * Float(seconds)
    }
  }
}

/// Keeps the number of notes a second near what is asked for, by how soon and how far time passes.
///
/// A proportional-integral controller of the logarithm of the density, measured over the last seconds,
/// older ones fading. Its output raises all that lets time pass, and tilts the intervals between
/// strikes exponentially, which moves their mean and changes the rest of their distribution least.
struct DensityControl {
  private static let memorySeconds = 4.0
  private static let gain = 3.0
  /// In how many seconds the integral grows by as much as the proportional part is.
  private static let integralSeconds = 4.0
  private static let largestOutput = 10.0
  /// How much more an interval is raised for each second that it lasts, relative to the output.
  private static let tilt = 3.0

  /// How many notes a second are wanted; nil to leave them as they come, and only count them.
  var target: Double? {
    didSet { if target == nil { integral = 0 } }
  }
  private var notes: Double
  private var seconds: Double
  private var integral = 0.0

  init(target: Double?) {
    self.target = target
    notes = target ?? 0
    seconds = target == nil ? 0 : 1
  }

  mutating func advance(notes struck: Int, seconds passed: Double) {
    let passed = max(0, passed)
    let fade = exp(-passed / Self.memorySeconds)
    notes = notes * fade + Double(struck)
    seconds = seconds * fade + passed
    guard let target else { return }
    integral = clamp(
      integral + error(target) * min(1, passed) * Self.gain / Self.integralSeconds)
  }

  /// How far the density is off: the logarithm of its ratio to the target.
  private func error(_ target: Double) -> Double {
    log((notes + 0.1 * target) / (seconds + 0.1) / target)
  }

  private func clamp(_ value: Double) -> Double {
    max(-Self.largestOutput, min(Self.largestOutput, value))
  }

  /// What is added to a logit: `base` for all tokens that let time pass, `slope` for each second; nil where
  /// nothing is wanted.
  var timeBias: (base: Float, slope: Float)? {
    guard let target else { return nil }
    let output = clamp(Self.gain * error(target) + integral)
    return (Float(output), Float(Self.tilt * output))
  }
}

/// The pitches that were struck last.
struct RepetitionWindow {
  private var pitches: [UInt8] = []
  private var counts = [Int](repeating: 0, count: 128)
  private var oldest = 0

  /// Takes the pitches struck next, and returns those that came into the window or left it.
  mutating func append(_ struck: [UInt8], window: Int) -> [UInt8] {
    var changed: [UInt8] = []
    for pitch in struck {
      counts[Int(pitch)] += 1
      pitches.append(pitch)
      if counts[Int(pitch)] == 1 { changed.append(pitch) }
    }
    while pitches.count - oldest > window {
      let pitch = pitches[oldest]
      counts[Int(pitch)] -= 1
      oldest += 1
      if counts[Int(pitch)] == 0 { changed.append(pitch) }
    }
    if oldest > 4 * window {
      pitches.removeFirst(oldest)
      oldest = 0
    }
    return changed
  }

  func contains(_ pitch: UInt8) -> Bool { counts[Int(pitch)] > 0 }
}
