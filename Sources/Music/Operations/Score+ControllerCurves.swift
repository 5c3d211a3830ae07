/// What a pedal or a wheel is moved to.
public enum ControllerValue: Hashable, Sendable {
  /// The sustain pedal (controller 64), which is down from 64 on.
  case pedal(isDown: Bool)
  /// Expression (controller 11), 0 to 127: how loud notes are while they sound.
  case expression(UInt8)
  /// The bend wheel, in semitones.
  case bend(semitones: Double)
}

/// What is done to the sustain pedal, expression and the bend wheel of one part.
public struct ControllerCurves: Hashable, Sendable {
  /// A movement and its tick.
  public struct Change: Hashable, Sendable {
    /// The tick.
    public var tick: Int
    /// What is moved, and where to.
    public var value: ControllerValue

    /// Creates a change.
    public init(tick: Int, value: ControllerValue) {
      self.tick = tick
      self.value = value
    }
  }

  /// The indices of the part's tracks.
  public let tracks: [Int]
  /// The changes by tick, then in the order of their messages; each from one value to another, of which the first is
  /// from rest: the pedal up, expression 127, the wheel in its middle.
  public let changes: [Change]
}

extension Score {
  /// What is done to the pedal and the wheels of each part, by the part's first track.
  ///
  /// A part is a channel of a port, whichever tracks tell its messages. The wheel's reach is two semitones, or what
  /// registered parameter 0 makes it. "Reset all controllers" (121) and a reset of the whole synthesizer (see
  /// ``SystemReset``) put all at rest.
  ///
  /// - Complexity: O(*n* log *n*) in the number of messages.
  /// - Reference: MIDI 1.0 Detailed Specification; MMA RP-015 for what "Reset all controllers" resets.
  public var controllerCurves: [ControllerCurves] {
    let resets = resets
    return tracksOfParts.map { parts in
      let messages = parts.flatMap { tracks[$0].messages }.sortedByTick { $0.moment }
      let resets = resets.moments(ofPort: tracks[parts[0]].port)
      var reader = CurveReader()
      var reset = 0
      for message in messages {
        while reset < resets.count, resets[reset] <= message.moment {
          reader.reset(at: resets[reset].tick, isOfAll: true)
          reset += 1
        }
        reader.take(message.kind, at: message.tick)
      }
      for reset in resets[reset...] { reader.reset(at: reset.tick, isOfAll: true) }
      return ControllerCurves(tracks: parts, changes: reader.changes)
    }
  }
}

extension Score {
  /// The score without what is done to pedals, expression and bend wheels.
  public func withoutControllers() -> Score {
    var score = self
    for track in score.tracks.indices {
      score.tracks[track].messages.removeAll { message in
        switch message.kind {
        case .pitchBend, .control(64, _), .control(11, _): true
        default: false
        }
      }
    }
    return score
  }
}

/// A channel's pedal and wheels while its messages are read.
private struct CurveReader {
  private(set) var changes: [ControllerCurves.Change] = []
  private var isDown = false
  private var expression: UInt8 = 127
  /// The wheel's position, 0 to 16,383.
  private var wheel = 8_192
  private var semitones = 0.0
  /// How far the wheel reaches: semitones and cents.
  private var reach: (semitones: UInt8, cents: UInt8) = (2, 0)
  /// What data entry sets.
  private var parameter = ParameterNumber()

  mutating func take(_ kind: TrackMessage.Kind, at tick: Int) {
    parameter.take(kind)
    switch kind {
    case .pitchBend(let value):
      wheel = Int(value)
      bend(at: tick)
    case .control(64, let value): press(value >= 64, at: tick)
    case .control(11, let value): express(value, at: tick)
    case .control(6, let value) where parameter == .bendReach:
      reach.semitones = value
      bend(at: tick)
    case .control(38, let value) where parameter == .bendReach:
      reach.cents = value
      bend(at: tick)
    case .control(121, _): reset(at: tick, isOfAll: false)
    default: break
    }
  }

  /// Puts all at rest; a reset of the whole synthesizer puts back the wheel's reach, too.
  mutating func reset(at tick: Int, isOfAll: Bool) {
    parameter = ParameterNumber()
    if isOfAll { reach = (2, 0) }
    wheel = 8_192
    press(false, at: tick)
    express(127, at: tick)
    bend(at: tick)
  }

  private mutating func press(_ new: Bool, at tick: Int) {
    guard new != isDown else { return }
    isDown = new
    changes.append(.init(tick: tick, value: .pedal(isDown: new)))
  }

  private mutating func express(_ new: UInt8, at tick: Int) {
    guard new != expression else { return }
    expression = new
    changes.append(.init(tick: tick, value: .expression(new)))
  }

  private mutating func bend(at tick: Int) {
    let reach = Double(reach.semitones) + Double(reach.cents) / 100
    let new = Double(wheel - 8_192) / 8_192 * reach
    guard new != semitones else { return }
    semitones = new
    changes.append(.init(tick: tick, value: .bend(semitones: new)))
  }
}
