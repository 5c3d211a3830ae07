import Foundation
import Tokenization

/// What is added to each logit, kept up to date token by token: a soft key, the repetition penalty,
/// density and the nearing end.
struct LogitBias {
  /// A number for each token; empty where nothing is added.
  private(set) var values: [Float] = []

  private let steering: SteeringTable
  private let endToken: Int
  private var density: DensityControl?
  private var repetition = RepetitionWindow()
  private var cost: Float = 0
  /// Values without what density adds.
  private var still: [Float] = []
  /// How far the present bar has got, in seconds at 120 quarter notes a minute.
  private var barSeconds = 0.0

  init(_ steering: SteeringTable, density: Double?, end: Token) {
    self.steering = steering
    self.density = density.map(DensityControl.init)
    endToken = Int(end)
    if !steering.bias.isEmpty || density != nil { fill() }
  }

  /// Takes the settings that hold for the next token, and how much likelier the end shall be.
  mutating func prepare(_ settings: SamplingSettings, end: Float) {
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

  /// Takes the token that was drawn.
  mutating func advance(_ token: Token, notes: Int, seconds: Double, window: Int) {
    if cost > 0 {
      for pitch in repetition.append(steering.struck[Int(token)], window: window) {
        refresh(pitch)
      }
    }
    guard density != nil else { return }
    density?.advance(notes: notes, seconds: seconds)
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
      values[token] = still[token]
    }
  }

  private mutating func refreshTime() {
    guard let (base, slope) = density?.timeBias else { return }
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
      values[token] = still[token] + base + slope * Float(seconds)
    }
  }
}
