import Music
package import Tokenization

/// How often training pieces strike each of the twelve degrees above the tonic of their key.
///
/// Most tunes keep to their scale altogether, and some have a raised fourth in every phrase. A network that draws note
/// by note scatters a few foreign notes over every piece; one that keeps to the degrees of a piece that was learned
/// from has as many as that one.
public struct DegreeProfiles: Hashable, Sendable, Codable {
  /// What one piece has.
  package struct Profile: Hashable, Sendable, Codable {
    /// The style that is told of it; nil where none is.
    var style: String?
    /// Whether its key is a minor one.
    var isMinor: Bool
    /// How many of a thousand notes stand so many semitones above the tonic, 0 to 11.
    var shares: [Int]

    /// Whether the shares are likest those of keys in general above the same tonic and in the same mode.
    fileprivate var tellsKey: Bool {
      KeyEstimate(pitchClasses: shares.map(Double.init), profile: .kostkaPayne)?.key
        == Key(tonic: 0, isMinor: isMinor)
    }
  }

  let profiles: [Profile]

  /// The most pieces that are kept.
  private static let mostProfiles = 1_024
  /// The fewest notes of which a profile is made.
  private static let fewestNotes = 32
  private static let whole = 1_000

  /// Counts degrees; nil where no piece is told its key, or none has notes enough.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each, with what is told of it.
  ///   - vocabulary: their vocabulary.
  /// - Complexity: O(n) for n tokens.
  package init?(of pieces: some Sequence<some Sequence<Token>>, in vocabulary: any Vocabulary) {
    guard vocabulary.knownConditions?.tells(.key) == true else { return nil }
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    var profiles: [Profile] = []
    for piece in pieces where profiles.count < Self.mostProfiles {
      let tokens = Array(piece)
      guard let key = vocabulary.key(toldIn: tokens) else { continue }
      var counts = [Int](repeating: 0, count: 12)
      // Where the tokens of pitches strike drums, too, the program before them tells.
      var isDrums = false
      for token in tokens {
        for event in events[Int(token)] {
          switch event {
          case .program(let program): isDrums = program >= 128
          case .note(let pitch) where pitch < 128 && !isDrums:
            counts[(Int(pitch) + 12 - key.tonic) % 12] += 1
          default: break
          }
        }
      }
      let sum = counts.reduce(0, +)
      guard sum >= Self.fewestNotes else { continue }
      profiles.append(
        Profile(
          style: vocabulary.style(toldIn: tokens), isMinor: key.isMinor,
          // What is struck at all is not to vanish.
          shares: counts.map { $0 == 0 ? 0 : max(1, $0 * Self.whole / sum) }))
    }
    if profiles.isEmpty { return nil }
    self.profiles = profiles
  }

  /// Whether the profiles can be kept to.
  public var isPossible: Bool {
    !profiles.isEmpty && profiles.count <= Self.mostProfiles
      && profiles.allSatisfy { profile in
        profile.shares.count == 12 && profile.shares.allSatisfy { 0...Self.whole ~= $0 }
          && profile.shares.contains { $0 > 0 }
      }
  }

  /// Draws the degrees of one of the pieces.
  ///
  /// - Parameters:
  ///   - style: the style that the new piece is told; where no piece of the mode has it, any may be drawn.
  ///   - isMinor: whether the new piece is in a minor key.
  ///   - tellsKey: whether the degrees have to tell the key by themselves, as not all do of a piece that stays long in
  ///     another; where no piece of the mode has such, any may be drawn.
  ///   - random: where the draw comes from.
  /// - Returns: the share of the notes so many semitones above the tonic, 0 to 11; nil where no piece is in the mode.
  package func draw(
    style: String?, isMinor: Bool, tellingKey tellsKey: Bool = false,
    using random: inout some RandomNumberGenerator
  ) -> [Double]? {
    var eligible = profiles.filter { $0.isMinor == isMinor }
    for isWanted in [{ !tellsKey || $0.tellsKey }, { $0.style == style }] as [(Profile) -> Bool] {
      let wanted = eligible.filter(isWanted)
      if !wanted.isEmpty { eligible = wanted }
    }
    guard let drawn = eligible.randomElement(using: &random) else { return nil }
    let sum = Double(drawn.shares.reduce(0, +))
    return drawn.shares.map { Double($0) / sum }
  }
}
