/// How the synthesizer sounds.
public struct SynthesizerSettings: Hashable, Sendable {
  /// Samples per second and channel, 8,000 to 96,000.
  public var sampleRate: Int
  /// The loudness, 0 to 10; 0.2 is FluidSynth's own, which is soft for one piano.
  public var gain: Float
  /// The room, nil for none.
  public var reverb: Reverb?
  /// The doubling of voices, nil for none.
  public var chorus: Chorus?
  /// How many voices may sound at once, 1 to 65,535.
  public var voices: Int
  /// The program, 0 to 127, that all channels but the drums play whatever the music says; nil obeys.
  public var program: UInt8?

  /// Creates settings.
  public init(
    sampleRate: Int = 44_100, gain: Float = 0.8, reverb: Reverb? = Reverb(),
    chorus: Chorus? = Chorus(), voices: Int = 256, program: UInt8? = nil
  ) {
    self.sampleRate = sampleRate
    self.gain = gain
    self.reverb = reverb
    self.chorus = chorus
    self.voices = voices
    self.program = program
  }

  /// A room's echo.
  public struct Reverb: Hashable, Sendable {
    /// The room's size, 0 to 1.
    public var roomSize: Float
    /// How much of the high frequencies the walls swallow, 0 to 1.
    public var damping: Float
    /// How far left and right the echo spreads, 0 to 100.
    public var width: Float
    /// How loud it is, 0 to 1.
    public var level: Float

    /// Creates a room; the defaults are FluidSynth's.
    public init(roomSize: Float = 0.2, damping: Float = 0, width: Float = 0.5, level: Float = 0.9) {
      self.roomSize = roomSize
      self.damping = damping
      self.width = width
      self.level = level
    }
  }

  /// A doubling of voices.
  public struct Chorus: Hashable, Sendable {
    /// How many copies, 0 to 99.
    public var voices: Int
    /// How loud each is, 0 to 10.
    public var level: Float
    /// How fast they sway, 0.1 to 5 hertz.
    public var speed: Float
    /// How far they sway, 0 to 256 milliseconds.
    public var depth: Float

    /// Creates a chorus; the defaults are FluidSynth's.
    public init(voices: Int = 3, level: Float = 2, speed: Float = 0.3, depth: Float = 8) {
      self.voices = voices
      self.level = level
      self.speed = speed
      self.depth = depth
    }
  }

  /// Checks every value against its range.
  ///
  /// - Throws: ``PlaybackError`` naming the first that lies outside.
  public func validate() throws(PlaybackError) {
    try SynthesizerSettings.check("sample rate", sampleRate, 8_000...96_000)
    try SynthesizerSettings.check("gain", gain, 0...10)
    try SynthesizerSettings.check("voices", voices, 1...65_535)
    if let program { try SynthesizerSettings.check("program", program, 0...127) }
    if let reverb {
      try SynthesizerSettings.check("reverb room size", reverb.roomSize, 0...1)
      try SynthesizerSettings.check("reverb damping", reverb.damping, 0...1)
      try SynthesizerSettings.check("reverb width", reverb.width, 0...100)
      try SynthesizerSettings.check("reverb level", reverb.level, 0...1)
    }
    if let chorus {
      try SynthesizerSettings.check("chorus voices", chorus.voices, 0...99)
      try SynthesizerSettings.check("chorus level", chorus.level, 0...10)
      try SynthesizerSettings.check("chorus speed", chorus.speed, 0.1...5)
      try SynthesizerSettings.check("chorus depth", chorus.depth, 0...256)
    }
  }

  private static func check<Value: Comparable>(
    _ name: String, _ value: Value, _ range: ClosedRange<Value>
  ) throws(PlaybackError) {
    guard range.contains(value) else {
      throw PlaybackError(
        .settingInvalid(
          name: name, found: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound)"))
    }
  }
}
