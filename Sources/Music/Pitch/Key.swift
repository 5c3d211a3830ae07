/// A major or minor key.
public struct Key: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The keynote's pitch class, 0 for C to 11 for B.
  public var tonic: Int
  /// Whether the key is minor.
  public var isMinor: Bool

  /// Creates a key.
  public init(tonic: Int, isMinor: Bool) {
    self.tonic = tonic
    self.isMinor = isMinor
  }

  /// The key of a scale that was named as one, such as `D-minor`; nil for any other mode.
  public init?(_ scale: Scale) {
    let parts = scale.name.split(separator: "-", maxSplits: 1)
    guard let first = parts.first, let tonic = Pitch.pitchClass(named: first) else { return nil }
    switch parts.count > 1 ? parts[1].lowercased() : "major" {
    case "major": self.init(tonic: tonic, isMinor: false)
    case "minor": self.init(tonic: tonic, isMinor: true)
    default: return nil
    }
  }

  /// The key that is nearest to a scale on the same tonic: minor for a dorian mode, major for a mixolydian one; nil
  /// where the tonic has no triad there, or both a minor and a major one.
  ///
  /// The locrian mode is minor by its third: its fifth is diminished.
  public init?(nearestTo scale: Scale) {
    guard
      let tonic = scale.name.split(separator: "-", maxSplits: 1).first
        .flatMap({ Pitch.pitchClass(named: $0) })
    else { return nil }
    func has(_ degree: Int) -> Bool { scale.contains(UInt8((tonic + degree) % 12)) }
    guard has(3) != has(4), has(7) || has(3) && has(6) else { return nil }
    self.init(tonic: tonic, isMinor: has(3))
  }

  /// Whether a pitch class, 0 for C to 11 for B, is in the key's scale; minor has both sevenths.
  public func contains(_ pitchClass: Int) -> Bool {
    let scale = isMinor ? [0, 2, 3, 5, 7, 8, 10, 11] : [0, 2, 4, 5, 7, 9, 11]
    return scale.contains((pitchClass - tonic + 12) % 12)
  }

  /// The key's name as musicians spell it, such as `Eb major` or `C# minor`: that of fewer sharps or flats, of six
  /// `F# major` and `Eb minor`.
  public var description: String {
    let names =
      isMinor
      ? ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"]
      : ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    return "\(names[tonic]) \(isMinor ? "minor" : "major")"
  }
}

extension KeySignature {
  /// The key.
  public var key: Key {
    // A sharp more is a fifth up, seven semitones; the minor key is three semitones below the major.
    Key(tonic: ((7 * sharps + (isMinor ? 9 : 0)) % 12 + 12) % 12, isMinor: isMinor)
  }

  /// The key's name as it is spelt with these sharps or flats, such as `E flat major`.
  public var name: String {
    // Along the line of fifths … B flat, F, C, G, … each seven letters have one sharp more.
    let fifths = sharps + (isMinor ? 4 : 1)
    let letter = (fifths % 7 + 7) % 7
    let accidentals = (fifths - letter) / 7
    let sign = accidentals < 0 ? " flat" : " sharp"
    return "\(Array("FCGDAEB")[letter])\(String(repeating: sign, count: abs(accidentals))) "
      + (isMinor ? "minor" : "major")
  }
}

/// The key that fits a distribution of pitch classes best.
///
/// Krumhansl's key-finding: the highest correlation with a key's profile.
///
/// Reference: Krumhansl, "Cognitive Foundations of Musical Pitch" (1990), chapter 4.
public struct KeyEstimate: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The keynote's pitch class, 0 for C to 11 for B.
  public var tonic: Int
  /// Whether the key is minor.
  public var isMinor: Bool
  /// The correlation with the key's profile, -1 to 1.
  public var correlation: Double

  /// Estimates the key; nil where no pitch class stands out.
  ///
  /// - Parameters:
  ///   - pitchClasses: how much each of the 12 pitch classes sounds, C first.
  ///   - profile: what keys are like.
  public init?(pitchClasses: [Double], profile: KeyProfile = .krumhanslKessler) {
    var best: KeyEstimate?
    for tonic in 0..<12 {
      let rotated = (0..<12).map { pitchClasses[($0 + tonic) % 12] }
      for (isMinor, degrees) in [(false, profile.major), (true, profile.minor)] {
        guard let fit = pearson(rotated, degrees) else { return nil }
        if fit > best?.correlation ?? -2 {
          best = KeyEstimate(tonic: tonic, isMinor: isMinor, correlation: fit)
        }
      }
    }
    guard let best else { return nil }
    self = best
  }

  private init(tonic: Int, isMinor: Bool, correlation: Double) {
    self.tonic = tonic
    self.isMinor = isMinor
    self.correlation = correlation
  }

  /// The key.
  public var key: Key { Key(tonic: tonic, isMinor: isMinor) }

  /// The key's name, such as `G major`.
  public var description: String { key.description }
}

/// Pearson's correlation; nil where a list is constant.
private func pearson(_ x: [Double], _ y: [Double]) -> Double? {
  let meanX = x.reduce(0, +) / Double(x.count)
  let meanY = y.reduce(0, +) / Double(y.count)
  var covariance = 0.0
  var varianceX = 0.0
  var varianceY = 0.0
  for (a, b) in zip(x, y) {
    covariance += (a - meanX) * (b - meanY)
    varianceX += (a - meanX) * (a - meanX)
    varianceY += (b - meanY) * (b - meanY)
  }
  guard varianceX > 0, varianceY > 0 else { return nil }
  return covariance / (varianceX * varianceY).squareRoot()
}
