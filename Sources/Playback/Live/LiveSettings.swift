/// How music is played live.
public struct LiveSettings: Hashable, Sendable {
  /// How it sounds; the sample rate is the device's nearest to the one asked for here.
  public var synthesizer: SynthesizerSettings
  /// ALSA's name of the device, such as `default`, `pulse` or `hw:0,0`.
  public var device: String
  /// The device's buffer in seconds, 0.01 to 2: shorter answers faster, longer survives a busy machine.
  public var latency: Double

  /// Creates settings.
  public init(
    synthesizer: SynthesizerSettings = SynthesizerSettings(), device: String = "default",
    latency: Double = 0.2
  ) {
    self.synthesizer = synthesizer
    self.device = device
    self.latency = latency
  }

  func validate() throws(PlaybackError) {
    try synthesizer.validate()
    try PlaybackError.check("latency", latency, 0.01...2 ~= latency, "0.01 to 2 seconds")
  }
}
