import Music

/// How a piece is changed so that the network does not learn it by heart: another key, another tempo,
/// another loudness.
public struct Augmentation: Hashable, Sendable {
  /// How many semitones all pitches but drums' are raised.
  public var semitones = 0
  /// What all times are multiplied with: above 1 slower.
  public var stretch = 1.0
  /// What is added to all velocities.
  public var velocity = 0

  /// Creates an augmentation; with its defaults the piece stays as it is.
  public init(semitones: Int = 0, stretch: Double = 1, velocity: Int = 0) {
    self.semitones = semitones
    self.stretch = stretch
    self.velocity = velocity
  }

  /// How far pieces may be changed.
  public struct Range: Hashable, Sendable, Codable {
    /// The largest transposition in semitones, upwards or downwards.
    public var semitones: Int
    /// The largest change of tempo as a part of it: 0.05 for ±5 %.
    public var stretch: Double
    /// The largest change of velocity.
    public var velocity: Int

    /// Creates a range; with its defaults pieces stay as they are.
    public init(semitones: Int = 0, stretch: Double = 0, velocity: Int = 0) {
      self.semitones = semitones
      self.stretch = stretch
      self.velocity = velocity
    }
  }

  /// Draws an augmentation from a range, each amount evenly.
  ///
  /// - Parameters:
  ///   - range: how far the piece may be changed.
  ///   - generator: where the amounts come from; the same state gives the same augmentation.
  /// - Returns: the augmentation.
  /// - Precondition: no amount of the range is negative, and its stretch is below 1.
  public static func random(
    in range: Range, using generator: inout some RandomNumberGenerator
  ) -> Augmentation {
    precondition(range.semitones >= 0 && range.velocity >= 0, "a range cannot be negative")
    precondition(range.stretch >= 0 && range.stretch < 1, "a stretch is a part of the tempo")
    return Augmentation(
      semitones: Int.random(in: -range.semitones...range.semitones, using: &generator),
      stretch: 1 + Double.random(in: -range.stretch...range.stretch, using: &generator),
      velocity: Int.random(in: -range.velocity...range.velocity, using: &generator))
  }
}

extension Vocabulary {
  /// Changes a piece's tokens.
  ///
  /// The transposition is made on the tokens and exact; where it would leave the vocabulary's pitches it
  /// is not made. Stretch and velocity are made on the score that the tokens tell, whose times the grid
  /// then moves by up to half a step again. A metrical vocabulary tells beats, which stretching leaves
  /// alone: it changes tempo tokens only.
  ///
  /// - Parameters:
  ///   - tokens: a piece, from the start to the end token.
  ///   - augmentation: how to change it.
  /// - Returns: the changed piece.
  public func augment(_ tokens: [Token], by augmentation: Augmentation) -> [Token] {
    var tokens = tokens
    if augmentation.stretch != 1 || augmentation.velocity != 0 {
      // What is told of a piece is not read out of its notes again.
      if let conditioned = self as? ConditionedVocabulary {
        let (given, body) = conditioned.parts(of: tokens)
        var still = augmentation
        still.semitones = 0
        tokens = conditioned.base.augment(body, by: still)
        tokens.insert(contentsOf: given, at: min(1, tokens.count))
        guard augmentation.semitones != 0 else { return tokens }
        return transpose(tokens, by: augmentation.semitones) ?? tokens
      }
      if let accompanied = self as? AccompaniedVocabulary {
        var still = augmentation
        still.semitones = 0
        tokens = accompanied.changingOthers(of: tokens) { accompanied.base.augment($0, by: still) }
        guard augmentation.semitones != 0 else { return tokens }
        return transpose(tokens, by: augmentation.semitones) ?? tokens
      }
      var score = decode(tokens)
      if augmentation.stretch != 1 { score = score.stretched(by: augmentation.stretch) }
      if augmentation.velocity != 0 { score.changeVelocities(by: augmentation.velocity) }
      tokens = encode(score)
    }
    guard augmentation.semitones != 0 else { return tokens }
    return transpose(tokens, by: augmentation.semitones) ?? tokens
  }
}

extension Score {
  /// Adds to all velocities, within 1 to 127.
  mutating func changeVelocities(by amount: Int) {
    for track in tracks.indices {
      for note in tracks[track].notes.indices {
        let velocity = Int(tracks[track].notes[note].velocity) + amount
        tracks[track].notes[note].velocity = UInt8(min(127, max(1, velocity)))
      }
    }
  }
}
