public import Music

/// The samples of a piece, taken block by block, to be sent somewhere: those of a file and a loudspeaker.
///
/// The piece is there as a whole, or it grows: then no further than to where it is settled is rendered, so that
/// its samples are the same however slowly it is written.
public final class SoundStream {
  /// Samples per second and channel.
  public let sampleRate: Int
  private var renderer: Renderer
  private var samples: [Float] = []

  /// The most frames of a block: a tenth of a second or so.
  public static let blockFrames = 64 * Synthesizer.quantum

  /// Streams a piece.
  ///
  /// - Parameters:
  ///   - performance: the piece.
  ///   - seconds: where in it to begin.
  ///   - soundFont: the instruments.
  ///   - settings: how it sounds.
  /// - Throws: ``PlaybackError`` for the SoundFont or a setting.
  public init(
    _ performance: Performance, from seconds: Double = 0, soundFont: SoundFont,
    settings: SynthesizerSettings = SynthesizerSettings()
  ) throws(PlaybackError) {
    sampleRate = settings.sampleRate
    renderer = Renderer(
      try SynthesizerRack(soundFont, settings: settings, ports: performance.portCount),
      playing: performance)
    if seconds > 0 { renderer.seek(to: seconds) }
  }

  /// Streams a piece of one port that grows by ``append(_:settledUntil:)``.
  ///
  /// - Parameters:
  ///   - soundFont: the instruments.
  ///   - settings: how it sounds.
  /// - Throws: ``PlaybackError`` for the SoundFont or a setting.
  public init(
    soundFont: SoundFont, settings: SynthesizerSettings = SynthesizerSettings()
  ) throws(PlaybackError) {
    sampleRate = settings.sampleRate
    renderer = Renderer(try SynthesizerRack(soundFont, settings: settings, ports: 1))
  }

  /// How many times as fast as it is written the piece is played, above 0.
  public var speed: Double {
    get { renderer.speed }
    set { renderer.speed = newValue }
  }

  /// By how many semitones what is struck next is moved; drums stay.
  public var semitones: Int {
    get { renderer.semitones }
    set { renderer.semitones = newValue }
  }

  /// Where the next sample is, in seconds of the piece.
  public var seconds: Double { renderer.seconds }

  /// Adds what has been written.
  ///
  /// - Parameters:
  ///   - messages: the messages, by time, none before where the piece was settled.
  ///   - seconds: how far the piece is settled now.
  public func append(_ messages: [TimedMessage], settledUntil seconds: Double) {
    renderer.append(messages, settledUntil: seconds)
  }

  /// Says that nothing is added any more.
  ///
  /// - Parameter performance: the piece as it has become, for its end.
  public func finish(_ performance: Performance) { renderer.finish(at: performance.lastMoment) }

  /// Renders the next block.
  ///
  /// - Parameter frames: the most frames that are wanted.
  /// - Returns: interleaved samples, left then right: none where a growing piece is not settled so far, nil
  ///   where the piece has died away.
  public func next(frames: Int = SoundStream.blockFrames) -> [Float]? {
    if renderer.isFinished { return nil }
    let quantum = Synthesizer.quantum
    let count = min(
      max(frames / quantum, 1) * quantum, Self.blockFrames, renderer.settledFrames)
    if count == 0 { return [] }
    if samples.isEmpty {
      samples = [Float](repeating: 0, count: Self.blockFrames * Synthesizer.channels)
    }
    let rendered = renderer.render(into: &samples, frames: count)
    return Array(samples[..<(rendered * Synthesizer.channels)])
  }
}
