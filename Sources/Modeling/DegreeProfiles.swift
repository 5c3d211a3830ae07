import Music
package import Tokenization

/// How often training pieces strike each of the twelve degrees above the tonic of their key.
///
/// Most tunes keep to their scale altogether, and some have a raised fourth in every phrase. A network that draws note
/// by note scatters a few foreign notes over every piece; one that keeps to the degrees of a piece that was learned
/// from has as many as that one, and where it goes through its keys, it modulates as that one does.
public struct DegreeProfiles: Hashable, Sendable, Codable {
  /// What one piece has.
  package struct Profile: Hashable, Sendable, Codable {
    /// The style that is told of it; nil where none is.
    var style: String?
    /// Whether its key is a minor one.
    var isMinor: Bool
    /// How many of a thousand notes stand so many semitones above the tonic, 0 to 11.
    var shares: [Int]
    /// Its keys in turn; nil for a piece that has one, or of which nobody looked.
    package var stretches: [KeyStretch]?
    /// The place of its bars' plan among the ``BarPlans`` of the same pieces; nil where it has none, or nobody looked.
    package var barPlan: Int?

    /// The share of the notes so many semitones above the tonic, 0 to 11.
    package var degrees: [Double] { normalised(shares) }

    /// Whether the shares are likest those of keys in general above the same tonic and in the same mode.
    fileprivate var tellsKey: Bool {
      KeyEstimate(pitchClasses: shares.map(Double.init), profile: .kostkaPayne)?.key
        == Key(tonic: 0, isMinor: isMinor)
    }
  }

  /// Bars in one of a piece's keys.
  package struct KeyStretch: Hashable, Sendable, Codable {
    /// How many bars there are.
    package var bars: Int
    /// How many semitones above the piece's own tonic theirs stands, 0 to 11.
    package var tonic: Int
    /// Whether their key is a minor one.
    package var isMinor: Bool
    /// How many of a thousand of their notes stand so many semitones above their tonic, 0 to 11.
    var shares: [Int]

    /// The share of the notes so many semitones above the tonic, 0 to 11.
    package var degrees: [Double] { normalised(shares) }
  }

  let profiles: [Profile]

  /// The most pieces that are kept.
  private static let mostProfiles = 1_024
  /// The fewest notes of which a profile is made.
  private static let fewestNotes = 32
  private static let whole = 1_000
  /// The most keys in turn that are kept of a piece.
  private static let mostStretches = 16
  /// The most bars before a piece's first note that count.
  private static let mostLeadBars = 1 << 15
  /// The most bars of a stretch that a file may tell.
  private static let mostBars = 1 << 16

  /// Counts degrees; nil where no piece is told its key, or none has notes enough.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each, with what is told of it.
  ///   - vocabulary: their vocabulary.
  /// - Complexity: O(n log n) for n tokens.
  package init?(of pieces: some Sequence<some Sequence<Token>>, in vocabulary: any Vocabulary) {
    guard vocabulary.knownConditions?.tells(.key) == true else { return nil }
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    var plans = BarPlans.Places(in: vocabulary)
    var profiles: [Profile] = []
    for piece in pieces where profiles.count < Self.mostProfiles {
      let tokens = Array(piece)
      let plan = plans.next(for: tokens)
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
          shares: Self.shares(counts),
          stretches: Self.stretches(of: vocabulary.decode(tokens), inPieceIn: key), barPlan: plan))
    }
    if profiles.isEmpty { return nil }
    self.profiles = profiles
  }

  /// So many of a thousand; what is struck at all is not to vanish.
  private static func shares(_ counts: [Int]) -> [Int] {
    let sum = counts.reduce(0, +)
    return counts.map { $0 == 0 ? 0 : max(1, $0 * whole / sum) }
  }

  /// The keys of a piece in turn; nil where it has one, or no bars.
  ///
  /// A key of too few notes to count its degrees is one that the piece passes through, and counts with the one before.
  private static func stretches(of score: Score, inPieceIn home: Key) -> [KeyStretch]? {
    guard let metre = score.metreMap,
      let plan = KeyPlan(score)?.stretches.prefix(mostStretches), plan.count > 1
    else { return nil }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 12), count: plan.count)
    for track in score.tracks where !track.isDrums {
      for note in track.notes {
        let bar = metre.bar(at: note.onset)
        guard let place = plan.lastIndex(where: { $0.bar <= bar }),
          bar < plan[place].bar + plan[place].count
        else { continue }
        counts[place][(Int(note.pitch) + 12 - plan[place].key.tonic) % 12] += 1
      }
    }
    var stretches: [KeyStretch] = []
    // Bars in which nothing is struck yet, or too little, belong to the first key that is known.
    var lead = min(plan[0].bar, mostLeadBars)
    for (stretch, counts) in zip(plan, counts) {
      let tonic = (stretch.key.tonic - home.tonic + 12) % 12
      let isKnown = counts.reduce(0, +) >= fewestNotes
      if let last = stretches.last,
        !isKnown || last.tonic == tonic && last.isMinor == stretch.key.isMinor
      {
        stretches[stretches.count - 1].bars += stretch.count
      } else if isKnown {
        stretches.append(
          KeyStretch(
            bars: lead + stretch.count, tonic: tonic, isMinor: stretch.key.isMinor,
            shares: shares(counts)))
        lead = 0
      } else {
        lead += stretch.count
      }
    }
    return stretches.count > 1 ? stretches : nil
  }

  /// Whether the profiles can be kept to.
  public var isPossible: Bool {
    !profiles.isEmpty && profiles.count <= Self.mostProfiles
      && profiles.allSatisfy { profile in
        Self.arePossible(profile.shares) && profile.barPlan ?? 0 >= 0
          && profile.stretches?.isEmpty != true
          && profile.stretches?.count ?? 0 <= Self.mostStretches
          && profile.stretches?.allSatisfy { stretch in
            1...Self.mostBars ~= stretch.bars && 0..<12 ~= stretch.tonic
              && Self.arePossible(stretch.shares)
          } != false
      }
  }

  private static func arePossible(_ shares: [Int]) -> Bool {
    shares.count == 12 && shares.allSatisfy { 0...whole ~= $0 } && shares.contains { $0 > 0 }
  }

  /// Whether one of the pieces at least goes through several keys.
  public var modulate: Bool { profiles.contains { $0.stretches != nil } }

  /// Draws the degrees of one of the pieces.
  ///
  /// - Parameters:
  ///   - style: the style that the new piece is told; where no piece of the mode has it, any may be drawn.
  ///   - isMinor: whether the new piece is in a minor key.
  ///   - tellsKey: whether the degrees have to tell the key by themselves, as not all do of a piece that stays long in
  ///     another; where no piece of the mode has such, any may be drawn.
  ///   - random: where the draw comes from.
  /// - Returns: the piece's; nil where no piece is in the mode.
  package func draw(
    style: String?, isMinor: Bool, tellingKey tellsKey: Bool = false,
    using random: inout some RandomNumberGenerator
  ) -> Profile? {
    var eligible = profiles.filter { $0.isMinor == isMinor }
    for isWanted in [{ !tellsKey || $0.tellsKey }, { $0.style == style }] as [(Profile) -> Bool] {
      let wanted = eligible.filter(isWanted)
      if !wanted.isEmpty { eligible = wanted }
    }
    return eligible.randomElement(using: &random)
  }
}

private func normalised(_ shares: [Int]) -> [Double] {
  let sum = Double(shares.reduce(0, +))
  return shares.map { Double($0) / sum }
}
