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
  /// How many voices may sound at once on each port, 1 to 65,535.
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
    try PlaybackError.check("sampleRate", sampleRate, in: 8_000...96_000)
    try PlaybackError.check("gain", gain, in: 0...10)
    try PlaybackError.check("voices", voices, in: 1...65_535)
    if let program { try PlaybackError.check("program", program, in: 0...127) }
    if let reverb {
      try PlaybackError.check("reverbRoomSize", reverb.roomSize, in: 0...1)
      try PlaybackError.check("reverbDamping", reverb.damping, in: 0...1)
      try PlaybackError.check("reverbWidth", reverb.width, in: 0...100)
      try PlaybackError.check("reverbLevel", reverb.level, in: 0...1)
    }
    if let chorus {
      try PlaybackError.check("chorusVoices", chorus.voices, in: 0...99)
      try PlaybackError.check("chorusLevel", chorus.level, in: 0...10)
      try PlaybackError.check("chorusSpeed", chorus.speed, in: 0.1...5)
      try PlaybackError.check("chorusDepth", chorus.depth, in: 0...256)
    }
  }
}
