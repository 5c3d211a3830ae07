import StandardMIDIFile

/// What a listener changed of a piece while it was played: in which key and how fast it was heard, from
/// which moment of the piece on.
///
/// Moments are seconds of the piece as it is written, whatever its speed.
public struct PlayedChanges: Hashable, Sendable {
  private struct Change<Value: Hashable & Sendable>: Hashable, Sendable {
    var seconds: Double
    var value: Value
  }

  private var transpositions: [Change<Int>] = []
  private var speeds: [Change<Double>] = []

  /// Creates changes of which there are none.
  public init() {}

  /// Whether the piece is heard as it is written throughout.
  public var isEmpty: Bool { transpositions.isEmpty && speeds.isEmpty }

  /// Moves all that is struck from a moment on by semitones, whatever was said of later moments.
  public mutating func transpose(by semitones: Int, from seconds: Double) {
    Self.set(semitones, from: seconds, in: &transpositions, untouched: 0)
  }

  /// Plays so many times as fast from a moment on, whatever was said of later moments.
  public mutating func play(atSpeed speed: Double, from seconds: Double) {
    Self.set(speed, from: seconds, in: &speeds, untouched: 1)
  }

  /// By how many semitones what is struck at a moment is moved.
  public func semitones(at seconds: Double) -> Int {
    transpositions.last { $0.seconds <= seconds + Self.tolerance }?.value ?? 0
  }

  /// How many times as fast a moment is played.
  public func speed(at seconds: Double) -> Double {
    speeds.last { $0.seconds <= seconds + Self.tolerance }?.value ?? 1
  }

  /// Less than any tick lasts, more than sums of seconds are off.
  private static let tolerance = 1e-7

  private static func set<Value>(
    _ value: Value, from seconds: Double, in changes: inout [Change<Value>], untouched: Value
  ) {
    changes.removeAll { $0.seconds >= seconds }
    if changes.last?.value ?? untouched != value {
      changes.append(Change(seconds: seconds, value: value))
    }
  }

  /// The same changes of a piece that begins so many seconds after the moments' start.
  public func counted(from start: Double) -> PlayedChanges {
    var changes = self
    for index in transpositions.indices { changes.transpositions[index].seconds -= start }
    for index in speeds.indices { changes.speeds[index].seconds -= start }
    return changes
  }

  /// By how many semitones a piece is moved, from its start and from each tick on at which that changes.
  fileprivate func transpositions(of map: TempoMap, until end: Double) -> [(tick: Int, value: Int)]
  {
    Self.steps(transpositions, of: map, until: end, atStart: semitones(at: 0))
  }

  /// How many times as fast a piece is played, from its start and from each tick on at which that changes.
  fileprivate func speeds(of map: TempoMap, until end: Double) -> [(tick: Int, value: Double)] {
    Self.steps(speeds, of: map, until: end, atStart: speed(at: 0))
  }

  private static func steps<Value>(
    _ changes: [Change<Value>], of map: TempoMap, until end: Double, atStart first: Value
  ) -> [(tick: Int, value: Value)] {
    [(0, first)]
      + changes.filter { $0.seconds > tolerance && $0.seconds < end }
      .map { (map.tick(atSeconds: $0.seconds), $0.value) }
  }
}

extension Score {
  /// The score as it was heard by a listener who changed its key and its speed on the way.
  ///
  /// Notes that are struck after a change of key are moved, drums are not; those that would leave the
  /// pitches 0 to 127 are left out. Ticks stay, and so do notes on their grid: a change of speed is one of
  /// the tempo at the nearest tick. In time code, which has no tempo, ticks move.
  ///
  /// - Parameter changes: what was changed, in seconds of this score.
  /// - Returns: the changed score.
  /// - Complexity: O(*n* log *n*) in the number of notes, messages and tempos, for a few changes.
  public func changed(as changes: PlayedChanges) -> Score {
    if changes.isEmpty { return self }
    let map = tempoMap
    var score = self
    for index in tracks.indices where !tracks[index].isDrums {
      score.tracks[index].transpose { changes.semitones(at: map.seconds(atTick: $0)) }
      score.tracks[index].notes.sortChords()
    }
    score.keySignatures = keySignatures(moved: changes.transpositions(of: map, until: duration))
    return score.heard(at: changes.speeds(of: map, until: duration), map)
  }

  /// The key signatures, moved, with another one where the key changes.
  private func keySignatures(moved steps: [(tick: Int, value: Int)]) -> [KeySignature] {
    var signatures = keySignatures
    for step in steps {
      let next = signatures.partitioningIndex { $0.tick > step.tick }
      guard next > 0, signatures[next - 1].tick < step.tick else { continue }
      var signature = signatures[next - 1]
      signature.tick = step.tick
      signatures.insert(signature, at: next)
    }
    return signatures.map { signature in
      signature.transposed(by: steps.last { $0.tick <= signature.tick }?.value ?? 0)
    }
  }

  /// The score with the tempo in which it was heard.
  private func heard(at speeds: [(tick: Int, value: Double)], _ map: TempoMap) -> Score {
    if speeds.allSatisfy({ $0.value == 1 }) { return self }
    if case .timeCode = division {
      // What is heard of the stretches before each one, in ticks.
      var starts = [0.0]
      for (stretch, next) in zip(speeds, speeds.dropFirst()) {
        starts.append(starts[starts.count - 1] + Double(next.tick - stretch.tick) / stretch.value)
      }
      return mappingTicks(shortest: 1) { tick in
        let index = max(speeds.partitioningIndex { $0.tick > tick } - 1, 0)
        let heard = starts[index] + Double(tick - speeds[index].tick) / speeds[index].value
        return Int(min(heard.rounded(), Double(farthestTick)))
      }
    }
    var score = self
    for (tick, speed) in speeds {
      let next = score.tempos.partitioningIndex { $0.tick > tick }
      let inForce = next == 0 ? nil : score.tempos[next - 1]
      // Where a piece begins as it is written, nothing need be said.
      if inForce?.tick == tick || tick == 0 && speed == 1 { continue }
      let length = inForce?.microsecondsPerQuarter ?? 500_000
      score.tempos.insert(TempoChange(tick: tick, microsecondsPerQuarter: length), at: next)
    }
    for index in score.tempos.indices {
      let tempo = score.tempos[index]
      let speed = speeds.last { $0.tick <= tempo.tick }?.value ?? 1
      let length = Double(tempo.microsecondsPerQuarter) / speed
      score.tempos[index].microsecondsPerQuarter = Int(min(max(length.rounded(), 1), 16_777_215))
    }
    return score
  }
}
