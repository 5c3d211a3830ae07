import Music

/// The values a metrical vocabulary can tell: lengths of time, tempos, velocities and metres.
///
/// Times count in ticks of which every metre's step is a whole number; a step is a beat (the metre's
/// note value) divided by the finest resolution.
struct MetricalGrid: Sendable {
  /// Steps a beat.
  let positions: Int
  /// The metres; only 4/4 where they are not told.
  let signatures: [MetricalConfiguration.Signature]
  /// The index of 4/4.
  let commonTime: Int
  let ticksPerQuarter: Int
  /// The lengths that can be told, in steps, rising.
  let lengths: [Int]
  /// The lengths in MidiTok's words: beats, positions, positions a beat.
  let lengthNames: [String]
  /// The tempos in quarter notes a minute, rising.
  let tempos: [Double]
  let microsecondsPerQuarter: [Int]
  let velocities: [UInt8]

  init(_ settings: MetricalConfiguration) {
    positions = settings.resolutions.map(\.positions).max() ?? 1
    signatures = settings.timeSignatures ? settings.signatures : [.init(4, 4)]
    commonTime = signatures.firstIndex(of: .init(4, 4)) ?? 0
    ticksPerQuarter = positions * max(4, signatures.map(\.denominator).max() ?? 4) / 4

    var lengths: [Int] = []
    var names: [String] = []
    var first = 0
    for resolution in settings.resolutions {
      for beat in first..<resolution.beats {
        for position in 0..<resolution.positions where beat + position > 0 {
          lengths.append(
            (beat * resolution.positions + position) * positions / resolution.positions)
          names.append("\(beat).\(position).\(resolution.positions)")
        }
      }
      first = resolution.beats
    }
    lengths.append(first * positions)
    names.append("\(first).0.\(settings.resolutions.last?.positions ?? 1)")
    self.lengths = lengths
    lengthNames = names

    let slowest = Double(settings.slowestTempo)
    let step = (Double(settings.fastestTempo) - slowest) / Double(max(1, settings.tempoBins - 1))
    tempos =
      settings.tempos
      ? (0..<settings.tempoBins).map { ((slowest + Double($0) * step) * 100).rounded() / 100 } : []
    microsecondsPerQuarter = tempos.map { Int((60_000_000 / $0).rounded()) }
    velocities = (0..<settings.velocityBins).map {
      UInt8(($0 + 1) * 127 / settings.velocityBins)
    }
  }

  /// The ticks of a step in a metre.
  func step(_ signature: Int) -> Int { beat(signature) / positions }
  /// The ticks of a beat in a metre.
  func beat(_ signature: Int) -> Int { ticksPerQuarter * 4 / signatures[signature].denominator }
  /// The ticks of a bar in a metre.
  func bar(_ signature: Int) -> Int { beat(signature) * signatures[signature].numerator }

  /// How long a tick lasts at a tempo.
  func secondsPerTick(_ tempo: Int) -> Double {
    Double(microsecondsPerQuarter[tempo]) / 1e6 / Double(ticksPerQuarter)
  }

  /// The index of the metre, nil where it cannot be told.
  func index(numerator: Int, denominator: Int) -> Int? {
    signatures.firstIndex(of: .init(numerator, denominator))
  }

  /// The index of the length nearest to one in ticks, of two the longer.
  func nearestLength(_ ticks: Int, step: Int) -> Int {
    let above = lengths.partitioningIndex { $0 * step >= ticks }
    if above == lengths.count { return above - 1 }
    if above > 0, ticks - lengths[above - 1] * step < lengths[above] * step - ticks {
      return above - 1
    }
    return above
  }

  /// The index of the longest length that is no longer than one in ticks; 0 where all are.
  func longestLength(_ ticks: Int, step: Int) -> Int {
    max(0, lengths.partitioningIndex { $0 * step > ticks } - 1)
  }

  /// The index of the tempo nearest to one in microseconds a quarter note, of two the slower.
  func nearestTempo(_ microseconds: Int) -> Int {
    microsecondsPerQuarter.indices.min {
      abs(microsecondsPerQuarter[$0] - microseconds)
        < abs(microsecondsPerQuarter[$1] - microseconds)
    } ?? 0
  }

  /// The tempo in force before the first that is told: the one nearest to 120.
  var defaultTempo: Int {
    tempos.indices.min { abs(tempos[$0] - 120) < abs(tempos[$1] - 120) } ?? 0
  }

  /// The length of a quarter note in which time code is told, in microseconds: 120 a minute where tempos are not told.
  var timeCodeTempo: Int { tempos.isEmpty ? 500_000 : microsecondsPerQuarter[defaultTempo] }

  /// The index of the velocity nearest to one, of two the louder.
  func nearestVelocity(_ velocity: UInt8) -> Int {
    let above = velocities.partitioningIndex { $0 >= velocity }
    if above == velocities.count { return max(0, above - 1) }
    if above > 0, velocity - velocities[above - 1] < velocities[above] - velocity {
      return above - 1
    }
    return above
  }
}
