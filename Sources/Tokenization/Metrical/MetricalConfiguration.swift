import Settings

/// The settings of a metrical vocabulary, by MidiTok's ideas and with its default resolutions.
public struct MetricalConfiguration: Hashable, Sendable {
  /// How finely durations and time-shifts are told up to a number of beats.
  public struct Resolution: Hashable, Sendable, Codable {
    /// Up to how many beats this resolution holds.
    public var beats: Int
    /// Positions a beat.
    public var positions: Int

    /// Creates a resolution.
    public init(beats: Int, positions: Int) {
      self.beats = beats
      self.positions = positions
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case beats, positions }

    /// The names of the settings.
    static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }
  }

  /// A metre that the vocabulary has a token for.
  public struct Signature: Hashable, Sendable, Codable {
    /// Beats in a bar.
    public var numerator: Int
    /// The note value of a beat.
    public var denominator: Int

    /// Creates a signature.
    public init(_ numerator: Int, _ denominator: Int) {
      self.numerator = numerator
      self.denominator = denominator
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case numerator, denominator }

    /// The names of the settings.
    static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }
  }

  /// The lowest pitch; lower notes are left out.
  public var lowestPitch = 21
  /// The highest pitch; higher notes are left out.
  public var highestPitch = 109
  /// The lowest pitch of the drum kit.
  public var lowestDrum = 27
  /// The highest pitch of the drum kit.
  public var highestDrum = 88
  /// How many velocities are told apart, 0 to 127; with 0 there are no velocity tokens.
  public var velocityBins = 32
  /// The resolutions of durations and time-shifts, by rising number of beats; the grid of onsets is
  /// the finest of them.
  public var resolutions = [
    Resolution(beats: 4, positions: 8), Resolution(beats: 12, positions: 4),
  ]
  /// Whether tempo tokens tell the tempo; otherwise music decodes at 120 quarter notes a minute.
  public var tempos = true
  /// How many tempos are told apart.
  public var tempoBins = 32
  /// The slowest tempo in quarter notes a minute.
  public var slowestTempo = 40
  /// The fastest tempo in quarter notes a minute.
  public var fastestTempo = 250
  /// Whether time signature tokens tell the metre; otherwise all bars are of 4/4.
  public var timeSignatures = true
  /// The metres that can be told, 4/4 among them; others are left out.
  public var signatures: [Signature] =
    [2, 3, 4].map { Signature($0, 2) } + (1...7).map { Signature($0, 4) }
    + [3, 4, 5, 6, 7, 9, 12].map { Signature($0, 8) }
  /// Whether program tokens tell instruments apart.
  public var programs = true
  /// What plays where programs are not told apart: 0 to 127 for all but drums, 128 for drums only.
  public var program = 0
  /// Whether the sustain pedal is folded into note ends.
  public var pedal = false
  /// How many notes may sound at once; no limit where `nil`.
  public var polyphony: Int?
  /// Of which pedals and wheels tokens tell; of none where `nil`.
  public var controllers: ControllerSettings?

  /// Creates the default settings.
  public init() {}

  func validate() throws(VocabularyError) {
    try VocabularyError.check("lowestPitch", lowestPitch, in: 0...127)
    try VocabularyError.check("highestPitch", highestPitch, in: lowestPitch...127)
    try VocabularyError.check("lowestDrum", lowestDrum, in: 0...127)
    try VocabularyError.check("highestDrum", highestDrum, in: lowestDrum...127)
    try VocabularyError.check("velocityBins", velocityBins, in: 0...127)
    try VocabularyError.check("tempoBins", tempoBins, in: 1...1_000)
    try VocabularyError.check("slowestTempo", slowestTempo, in: 4...1_000)
    try VocabularyError.check("fastestTempo", fastestTempo, in: slowestTempo...1_000)
    try VocabularyError.check("program", program, in: 0...128)
    if let polyphony { try VocabularyError.check("polyphony", polyphony, in: 1...1_000) }
    try controllers?.validate()
    if pedal, controllers?.pedal == true { throw VocabularyError(.pedalTwice) }
    try VocabularyError.check("resolutionCount", resolutions.count, in: 1...16)
    let finest = resolutions.map(\.positions).max() ?? 1
    var beats = 0
    for resolution in resolutions {
      try VocabularyError.check("positions", resolution.positions, in: 1...96)
      try VocabularyError.check("positions", finest, isMultipleOf: resolution.positions)
      guard resolution.beats > beats, resolution.beats <= 256 else {
        throw VocabularyError(
          .setting(
            SettingError(
              "beats", found: resolution.beats, expected: "rising numbers from 1 to 256")))
      }
      beats = resolution.beats
    }
    guard timeSignatures else { return }
    try VocabularyError.check("signatureCount", signatures.count, in: 1...256)
    for signature in signatures {
      try VocabularyError.check("numerator", signature.numerator, in: 1...64)
      guard [1, 2, 4, 8, 16, 32].contains(signature.denominator) else {
        throw VocabularyError(
          .setting(
            SettingError(
              "denominator", found: signature.denominator, expected: "1, 2, 4, 8, 16 or 32")))
      }
      try VocabularyError.check(
        "positionsPerWhole", finest * signature.denominator, isMultipleOf: 4)
    }
    guard signatures.contains(Signature(4, 4)), Set(signatures).count == signatures.count else {
      throw VocabularyError(.signatures)
    }
  }
}

extension MetricalConfiguration: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case lowestPitch, highestPitch, lowestDrum, highestDrum, velocityBins, resolutions, tempos
    case tempoBins, slowestTempo, fastestTempo, timeSignatures, signatures, programs, program
    case pedal, polyphony, controllers
  }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Reads settings; those left out have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try container.read(.lowestPitch, into: &lowestPitch)
    try container.read(.highestPitch, into: &highestPitch)
    try container.read(.lowestDrum, into: &lowestDrum)
    try container.read(.highestDrum, into: &highestDrum)
    try container.read(.velocityBins, into: &velocityBins)
    try container.read(.resolutions, into: &resolutions)
    try container.read(.tempos, into: &tempos)
    try container.read(.tempoBins, into: &tempoBins)
    try container.read(.slowestTempo, into: &slowestTempo)
    try container.read(.fastestTempo, into: &fastestTempo)
    try container.read(.timeSignatures, into: &timeSignatures)
    try container.read(.signatures, into: &signatures)
    try container.read(.programs, into: &programs)
    try container.read(.program, into: &program)
    try container.read(.pedal, into: &pedal)
    try container.read(.polyphony, into: &polyphony)
    try container.read(.controllers, into: &controllers)
  }
}
