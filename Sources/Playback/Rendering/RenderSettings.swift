/// How a performance becomes an audio file.
public struct RenderSettings: Hashable, Sendable {
  /// How it sounds.
  public var synthesizer: SynthesizerSettings
  /// How samples are stored, where the format leaves the choice.
  public var samples: AudioFormat.SampleFormat
  /// The level to which the loudest sample is brought, in decibels of full scale; nil leaves it.
  public var peakLevel: Float?
  /// How long the piece takes to come up from silence, in seconds.
  public var fadeIn: Double
  /// How long it takes to go down to silence before its end, in seconds; 0 lets it ring out.
  public var fadeOut: Double
  /// What the file says about itself.
  public var metadata: AudioMetadata

  /// Creates settings.
  public init(
    synthesizer: SynthesizerSettings = SynthesizerSettings(),
    samples: AudioFormat.SampleFormat = .int16, peakLevel: Float? = nil, fadeIn: Double = 0,
    fadeOut: Double = 0, metadata: AudioMetadata = AudioMetadata()
  ) {
    self.synthesizer = synthesizer
    self.samples = samples
    self.peakLevel = peakLevel
    self.fadeIn = fadeIn
    self.fadeOut = fadeOut
    self.metadata = metadata
  }

  func validate() throws(PlaybackError) {
    for (key, value) in [("fadeIn", fadeIn), ("fadeOut", fadeOut)] {
      try PlaybackError.check(key, value, 0...86_400 ~= value, "0 to 86400 seconds")
    }
    if let peakLevel {
      try PlaybackError.check("peakLevel", peakLevel, -60...0 ~= peakLevel, "-60 to 0 dB")
    }
  }
}

/// What came of rendering.
public struct RenderReport: Hashable, Sendable {
  /// The length of the audio file in seconds.
  public var seconds: Double
  /// The loudest sample, 1 being full scale.
  public var peak: Float
  /// How many samples lay above full scale and were cut.
  public var clippedSamples: Int
}
