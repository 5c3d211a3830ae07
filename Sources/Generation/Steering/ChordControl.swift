import Foundation
import Music

/// Leads a piece through a progression of chords: their tones get likelier while they hold, others less so.
///
/// What counts is the share of chord tones among the notes of late. Where it falls below what music has, other
/// pitches get `strength · (log odds wanted - log odds of late)` less likely, on a beat more so than between
/// beats, so that passing notes stay; where it is reached, little more than nothing is done, and no piece
/// becomes block chords. Pitches outside the key are made rarer still.
///
/// Where a chord begins, and at each bar line while it holds, the lowest notes are led to its root, or to the
/// note behind its slash, until one has been struck.
struct ChordControl {
  /// Over how many notes the share of late is taken, older ones fading.
  private static let memoryNotes = 12.0
  /// The share of chord tones that is aimed at.
  private static let chordToneShare = 0.9
  /// How much less likely other pitches are, at strength 1, where the share is what it shall be.
  private static let leastBias = 0.3
  /// How much less likely they get at most, at strength 1.
  private static let largestBias = 3.0
  /// How much less likely a pitch that is in the key neither is besides, at strength 1.
  private static let strangerBias = 0.5
  /// How much likelier the root gets in the bass and how much less likely other pitches there, at strength 1.
  private static let bassBias = 0.7
  /// How much of this holds between two beats.
  private static let offBeat = 0.6

  private let steps: [ChordProgression.Step]
  private let progression: ChordProgression
  private let scale: [Bool]
  /// What a chord's tones outside the scale are made rarer by elsewhere.
  private let scaleBias: (scale: Scale, bias: Float)?
  private let strength: Double
  /// Whether music has beats, and is not played in seconds.
  private let hasBeats: Bool

  /// The bar, in bars from the piece's start, in which the progression begins.
  var origin = 0.0
  /// How many of the chords' bars last as long as one of the piece: another number than 1 where a model of seconds is told
  /// a tempo.
  var pace = 1.0
  private var beats = 4
  private var times: ChordTimes
  private var place: (step: Int, bar: Int, isOnBeat: Bool)
  private var tones: [Bool] = []
  private var heard = 4.0
  private var heardTones: Double
  private var register = BassRegister()
  private var bassIsHeard = false
  /// What is added to the logit of a note of each pitch.
  private(set) var bias: [Float] = []

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - progression: the chords.
  ///   - steering: what else is asked for.
  ///   - hasBeats: whether the music has beats; else all of it is on one.
  init(_ progression: ChordProgression, _ steering: Steering, hasBeats: Bool) {
    self.progression = progression
    self.hasBeats = hasBeats
    steps = progression.steps
    strength = Double(steering.chordStrength)
    let key = steering.key ?? progression.key
    scale = (0..<12).map { pitchClass in key?.contains(pitchClass) ?? true }
    scaleBias = steering.isScaleStrict ? nil : steering.scale.map { ($0, Steering.scaleBias) }
    times = progression.times(beatsPerBar: 4)
    heardTones = heard * Self.chordToneShare
    place = (0, 0, true)
    enter()
  }

  /// Takes a metre, whose beats those of the chords are.
  mutating func take(numerator: Int, denominator: Int) {
    let signature = TimeSignature(tick: 0, numerator: numerator, denominator: denominator)
    guard signature.beatCount != beats else { return }
    beats = signature.beatCount
    times = progression.times(beatsPerBar: beats)
  }

  /// Goes on to a place in the piece, in bars from its start; true where the bias changed.
  mutating func move(to bars: Double) -> Bool {
    let (step, since) = times.step(at: (bars - origin) * pace)
    let beat = (bars - bars.rounded(.down)) * Double(beats)
    let isOnBeat = !hasBeats || abs(beat - beat.rounded()) < 1e-3
    let new = (step, Int(since + 1e-6), isOnBeat)
    guard new != place else { return false }
    let isSame = (new.0, new.1) == (place.step, place.bar)
    place = new
    if isSame { refresh() } else { enter() }
    return true
  }

  /// Takes notes of the primer, which tell where the bass lies.
  mutating func hear(_ struck: [UInt8]) { for pitch in struck { register.take(pitch) } }

  /// Takes notes that were drawn; true where the bias changed.
  mutating func advance(_ struck: [UInt8]) -> Bool {
    guard let chord = steps[place.step].chord, !struck.isEmpty else { return false }
    for pitch in struck {
      let kept = 1 - 1 / Self.memoryNotes
      heard = heard * kept + 1
      heardTones = heardTones * kept + (tones[Int(pitch) % 12] ? 1 : 0)
      register.take(pitch)
      if Int(pitch) % 12 == chord.bass, register.contains(pitch) { bassIsHeard = true }
    }
    refresh()
    return true
  }

  /// Begins a chord, or a bar of it.
  private mutating func enter() {
    tones = Array(repeating: false, count: 12)
    for tone in steps[place.step].chord?.pitchClasses ?? [] { tones[tone] = true }
    bassIsHeard = false
    refresh()
  }

  private mutating func refresh() {
    guard let chord = steps[place.step].chord else {
      bias = Array(repeating: 0, count: 128)
      return
    }
    let share = heardTones / heard
    let wanted = Self.chordToneShare
    let error = log(wanted / (1 - wanted)) - log((share + 0.01) / (1.01 - share))
    let weight = strength * (place.isOnBeat ? 1 : Self.offBeat)
    let away = weight * min(Self.largestBias, Self.leastBias + max(0, error))
    bias = (0..<128).map { (pitch: UInt8) in
      let pitchClass = Int(pitch) % 12
      var value = 0.0
      if !tones[pitchClass] { value -= away + (scale[pitchClass] ? 0 : weight * Self.strangerBias) }
      if !bassIsHeard, register.contains(pitch) {
        value += weight * (pitchClass == chord.bass ? Self.bassBias : -Self.bassBias)
      }
      // A tone of the chord may be strange to the key that was asked for.
      let given =
        scaleBias.map { tones[pitchClass] && !$0.scale.contains(pitch) ? $0.bias : 0 } ?? 0
      return Float(value) + given
    }
  }
}

/// Where the bass lies: about the lowest pitches of late.
struct BassRegister {
  private var lowest = 45.0
  private var mean = 60.0

  /// Takes a note.
  mutating func take(_ pitch: UInt8) {
    let pitch = Double(pitch)
    mean += (pitch - mean) / 32
    lowest += (pitch - lowest) * (pitch < lowest ? 0.5 : 1.0 / 64)
  }

  /// Whether a pitch is in it; none is while one voice sings alone.
  ///
  /// - Parameters:
  ///   - pitch: the pitch.
  ///   - reach: how far above the lowest pitches of late it may lie, in semitones, and yet below the middle of all.
  /// - Returns: whether it is.
  func contains(_ pitch: UInt8, within reach: Int = 5) -> Bool {
    lowest + 5 < mean - 3 && Double(pitch) <= min(lowest + Double(reach), mean - 3)
  }
}
