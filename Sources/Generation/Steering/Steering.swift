public import Music

/// What the listener wants of the music, whatever the model would like.
public struct Steering: Hashable, Sendable {
  /// The scale to keep to; drums are free.
  ///
  /// Where it has a triad on its tonic, pieces end there if they can.
  public var scale: Scale?
  /// Whether pitches outside the scale are left out rather than made rarer.
  public var isScaleStrict = false
  /// The key that pitches are led to, a tonic and not only a scale; nil for none.
  public var key: Key?
  /// How strongly pitches are led to the key: 0 not at all, 1 halfway between the model and the key's
  /// profile, 3 three quarters of the way.
  public var keyStrength: Float = 3
  /// Whether a piece of a model that knows keys goes through others as one of those it learned from does.
  ///
  /// In a ``scale``, to ``chords`` and in the sections of a form it keeps its key in any case.
  public var modulates = true
  /// The chords that the music follows, gone through again and again from the first new bar on; nil for none.
  ///
  /// They count in bars of the piece, of 4/4 at the piece's tempo where the vocabulary tells no metre. Their
  /// ``Music/ChordProgression/key`` is the piece's where no ``key`` is asked for, and they take the place of
  /// what leads to it.
  public var chords: ChordProgression?
  /// How strongly pitches are led to the chords: 0 not at all, 1 halfway between the model and a piece of which
  /// nine tenths are chord tones, 3 three quarters of the way.
  public var chordStrength: Float = 3
  /// How strongly phrases are led to their cadences, in the key that is asked for or told; 0 not at all.
  ///
  /// By so many nats the bass that is due, the dominant at the end of four bars and the tonic at that of eight, gets
  /// ahead of any other. ``chords`` take its place. Of a piece in a ``scale`` that is no key only the end is led.
  public var cadences: Float = 0
  /// The pitches that may be struck, drums aside; nil for those that the model learned from, all where it does not
  /// tell.
  public var pitches: ClosedRange<UInt8>?
  /// How many notes may sound at once, drums among them; nil or 0 for as many as the vocabulary allows.
  ///
  /// What a pedal lets ring on is not counted.
  public var polyphony: Int?
  /// How many notes a second shall be struck; nil for as many as the model likes.
  public var density: Double?
  /// The tempo in quarter notes a minute; nil for the model's.
  public var tempo: Double?
  /// The metre.
  ///
  /// Small models tell every bar's metre anew and lose it more often than the music they learned from.
  public var metre = Metre.steady
  /// The programs that may play, 128 for drums; nil for all.
  public var programs: Set<UInt8>?

  /// Creates steering that leaves all to the model.
  public init() {}

  /// Keeps to a scale, and leads to its tonic where it is a major or minor key.
  public mutating func keep(to scale: Scale) {
    self.scale = scale
    key = Key(scale)
  }

  /// How much less likely pitches outside a scale get: a factor of e to this power.
  public static let scaleBias: Float = 4

  /// The key of the piece, asked for or that of the chords that it follows; nil where nothing tells it.
  var tonality: Key? { key ?? (chordStrength > 0 ? chords?.key : nil) }

  /// The keynote of the piece's key, or of the mode that it keeps to; nil where neither tells one.
  var keynote: Int? { (tonality ?? scale.flatMap { Key(nearestTo: $0) })?.tonic }

  /// The most that ``keyStrength``, ``chordStrength`` and ``cadences`` may be.
  public static let mostStrength: Float = 10

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``GenerationError`` naming the first that is not.
  public func validate() throws(GenerationError) {
    for (key, strength) in [
      ("keyStrength", keyStrength), ("chordStrength", chordStrength), ("cadences", cadences),
    ] {
      try GenerationError.check(
        key, strength, (0...Self.mostStrength).contains(strength), "0 to 10")
    }
    if let polyphony {
      try GenerationError.check("polyphony", polyphony, 0...1_000 ~= polyphony, "0 to 1000")
    }
    for (key, value, range) in [
      ("density", density, 0.05...200), ("tempo", tempo, 10...1_000),
    ] {
      guard let value else { continue }
      try GenerationError.check(
        key, value, range.contains(value), "\(range.lowerBound) to \(range.upperBound)")
    }
  }

  func admits(_ pitch: UInt8) -> Bool {
    pitches?.contains(pitch) ?? true && !(isScaleStrict && scale?.contains(pitch) == false)
  }
}
