import Foundation
import Music
import Tokenization

/// Leads a piece to a key, with its tonic.
///
/// The pitch classes that sounded less of late than a profile has them get likelier, the others less likely. The profile
/// is that of keys in general, or of one piece.
///
/// Notes count by how long they last, where the vocabulary tells that: a chord under a melody is heard for as
/// long as eight of its notes.
///
/// A pitch class gets `strength · log(wanted share / share of late)`. Where the model alone would give it the
/// share p and the key's profile has q, that settles at p^(1/(1+s)) · q^(s/(1+s)) for a strength of s: their
/// geometric mean at 1. So a piece that is told D minor does not drift to F major, which has the same notes.
/// Of keys in general only the scale's own degrees get likelier, in minor the raised seventh among them; others are made
/// rarer where they come too often. Of one piece all do that it has, and those that it has not are rare from the
/// first note on. The first chord of a piece without a primer is held to the tonic's triad.
struct KeyControl {
  /// Over how many notes the share of late is taken, older ones fading.
  private static let memoryNotes = 64.0
  /// With how many notes of the key's own shares a piece begins.
  private static let priorNotes = 8.0
  /// How many notes more, of a piece's own shares, are counted with those of late: that a rare pitch class has not
  /// been struck for a while tells little.
  private static let ownNotes = 32.0
  /// How much more or less likely a pitch class gets at most: a factor of e to this power.
  private static let largestBias = 4.0
  /// How much less likely the first chord's notes outside the tonic's triad are, at strength 1.
  private static let openingBias = 3.0

  /// How much more than a usual note of late one counts at most, by its length.
  private static let largestWeight = 4.0

  private var wanted: [Double]
  private let triad: [Bool]
  /// Whether a pitch class may become likelier than the model has it.
  private var isRaised: [Bool]
  /// How many notes of the wanted shares are counted with those of late.
  private let constantNotes: Double
  private let strength: Double
  private var counts: [Double]
  private var hasStruck = false
  private var isOpening = true
  /// The pitch that waits to be told how long it lasts; nil where none does, or none is told.
  private var pending: UInt8?
  private let tellsDurations: Bool
  /// How long notes lasted of late; nil before the first.
  private var usualDuration: Double?
  /// What is added to the logit of a note of each pitch class.
  private(set) var bias: [Float] = []

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - strength: how strongly it is led there.
  ///   - tellsDurations: whether each note is told how long it lasts.
  ///   - profile: how large a share of the notes stands so many semitones above the tonic, 0 to 11; nil for the
  ///     shares of keys in general, which count notes by how long they last.
  init(_ key: Key, strength: Float, tellsDurations: Bool, profile: [Double]? = nil) {
    self.tellsDurations = tellsDurations && profile == nil
    let general = key.isMinor ? KeyProfile.kostkaPayne.minor : KeyProfile.kostkaPayne.major
    let degrees = profile ?? general
    let sum = degrees.reduce(0, +)
    wanted = (0..<12).map { degrees[($0 - key.tonic + 12) % 12] / sum }
    let third = key.isMinor ? 3 : 4
    triad = (0..<12).map { [0, third, 7].contains(($0 - key.tonic + 12) % 12) }
    isRaised = profile == nil ? (0..<12).map(key.contains) : wanted.map { $0 > 0 }
    constantNotes = profile == nil ? 0 : Self.ownNotes
    self.strength = Double(strength)
    counts = wanted.map { $0 * Self.priorNotes }
    refresh()
  }

  /// Goes on in another key of the same piece, whose notes of late count no longer.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - degrees: how large a share of the notes stands so many semitones above its tonic, 0 to 11.
  mutating func enter(_ key: Key, degrees: [Double]) {
    wanted = (0..<12).map { degrees[($0 - key.tonic + 12) % 12] }
    isRaised = wanted.map { $0 > 0 }
    counts = wanted.map { $0 * Self.priorNotes }
    refresh()
  }

  /// Takes the events of a token that was drawn; true where the bias changed.
  mutating func advance(_ events: [TokenEvent]) -> Bool {
    var isChanged = false
    for event in events {
      switch event {
      case .note(let pitch) where pitch < 128:
        if tellsDurations { pending = pitch } else { count(pitch, weight: 1) }
        hasStruck = true
        isChanged = isChanged || !tellsDurations
      case .duration(let seconds):
        guard let pitch = pending else { continue }
        pending = nil
        let usual = usualDuration ?? seconds
        usualDuration = usual + (seconds - usual) / Self.memoryNotes
        count(pitch, weight: usual > 0 ? min(Self.largestWeight, seconds / usual) : 1)
        isChanged = true
      case let event where event.passesTime && isOpening && hasStruck:
        isOpening = false
        isChanged = true
      default: break
      }
    }
    if isChanged { refresh() }
    return isChanged
  }

  private mutating func count(_ pitch: UInt8, weight: Double) {
    for place in counts.indices { counts[place] *= 1 - weight / Self.memoryNotes }
    counts[Int(pitch) % 12] += weight
  }

  private mutating func refresh() {
    let sum = counts.reduce(0, +) + constantNotes
    bias = (0..<12).map { place in
      let count = counts[place] + wanted[place] * constantNotes
      // What is never to be struck need not be struck first to be made rarer.
      let error = wanted[place] > 0 ? log(wanted[place] * sum / count) : -Self.largestBias
      let opening = isOpening && !triad[place] ? -Self.openingBias : 0
      return Float(
        strength
          * (max(-Self.largestBias, min(isRaised[place] ? Self.largestBias : 0, error)) + opening))
    }
  }
}
