import Foundation
import Music

/// Leads a piece to a key, with its tonic: the pitch classes that sounded less of late than the key's profile has
/// them get likelier, the others less likely.
///
/// A pitch class gets `strength · log(wanted share / share of late)`. Where the model alone would give it the
/// share p and the key's profile has q, that settles at p^(1/(1+s)) · q^(s/(1+s)) for a strength of s: their
/// geometric mean at 1. So a piece that is told D minor does not drift to F major, which has the same notes.
/// Only the scale's own degrees get likelier, in minor the raised seventh among them; others are made rarer where
/// they come too often. The first chord of a piece without a primer is held to the
/// tonic's triad.
struct KeyControl {
  /// Over how many notes the share of late is taken, older ones fading.
  private static let memoryNotes = 64.0
  /// With how many notes of the key's own shares a piece begins.
  private static let priorNotes = 8.0
  /// How much more or less likely a pitch class gets at most: a factor of e to this power.
  private static let largestBias = 4.0
  /// How much less likely the first chord's notes outside the tonic's triad are, at strength 1.
  private static let openingBias = 3.0

  private let wanted: [Double]
  private let triad: [Bool]
  private let scale: [Bool]
  private let strength: Double
  private var counts: [Double]
  private var isOpening = true
  /// What is added to the logit of a note of each pitch class.
  private(set) var bias: [Float] = []

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - strength: how strongly it is led there.
  init(_ key: Key, strength: Float) {
    let degrees = key.isMinor ? KeyProfile.kostkaPayne.minor : KeyProfile.kostkaPayne.major
    let sum = degrees.reduce(0, +)
    wanted = (0..<12).map { degrees[($0 - key.tonic + 12) % 12] / sum }
    let third = key.isMinor ? 3 : 4
    triad = (0..<12).map { [0, third, 7].contains(($0 - key.tonic + 12) % 12) }
    let scale = key.isMinor ? [0, 2, 3, 5, 7, 8, 10, 11] : [0, 2, 4, 5, 7, 9, 11]
    self.scale = (0..<12).map { scale.contains(($0 - key.tonic + 12) % 12) }
    self.strength = Double(strength)
    counts = wanted.map { $0 * Self.priorNotes }
    refresh()
  }

  /// Takes the events of a token that was drawn; true where the bias changed.
  mutating func advance(_ struck: [UInt8], passesTime: Bool) -> Bool {
    let wasOpening = isOpening
    if isOpening, passesTime, counts.reduce(0, +) > Self.priorNotes + 1e-9 { isOpening = false }
    for pitch in struck {
      for place in counts.indices { counts[place] *= 1 - 1 / Self.memoryNotes }
      counts[Int(pitch) % 12] += 1
    }
    guard !struck.isEmpty || wasOpening != isOpening else { return false }
    refresh()
    return true
  }

  private mutating func refresh() {
    let sum = counts.reduce(0, +)
    bias = (0..<12).map { place in
      let error = log(wanted[place] * sum / counts[place])
      let opening = isOpening && !triad[place] ? -Self.openingBias : 0
      return Float(
        strength
          * (max(-Self.largestBias, min(scale[place] ? Self.largestBias : 0, error)) + opening))
    }
  }
}
