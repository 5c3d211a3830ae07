public import Music

/// Plays music through a sound device or a MIDI port, from a thread of its own.
///
/// It plays a performance, or what a writer pushes into a ``MessageQueue`` while it plays. All
/// methods return at once and may be called from any thread. Leaving it behind stops the music.
public final class LivePlayer: Sendable {
  /// The device's sample rate, at which the piece is rendered; nil where others make the sound.
  public let sampleRate: Int?
  private let control: Monitor<PlayerControl>
  private let queue: MessageQueue?

  /// Opens the device and the SoundFont to play a performance.
  ///
  /// - Parameters:
  ///   - performance: the music; its instruments are loaded before it starts.
  ///   - soundFont: the instruments.
  ///   - settings: device and sound.
  /// - Throws: ``PlaybackError`` for the device, the SoundFont or a setting.
  public convenience init(
    _ performance: Performance, soundFont: SoundFont, settings: LiveSettings = LiveSettings()
  ) throws(PlaybackError) {
    try self.init(soundFont, settings, ports: performance.portCount, queue: nil) { synthesizer in
      synthesizer.preload(performance)
      return Renderer(synthesizer, playing: performance)
    }
  }

  /// Opens the device and the SoundFont to play what comes through a queue.
  ///
  /// - Parameters:
  ///   - queue: the music; closed when the player stops.
  ///   - soundFont: the instruments.
  ///   - settings: device and sound.
  /// - Throws: ``PlaybackError`` for the device, the SoundFont or a setting.
  public convenience init(
    _ queue: MessageQueue, soundFont: SoundFont, settings: LiveSettings = LiveSettings()
  ) throws(PlaybackError) {
    try self.init(soundFont, settings, ports: 1, queue: queue) { synthesizer in
      Renderer(synthesizer, playing: queue)
    }
  }

  /// Prepares to play a performance on a synthesizer behind a MIDI port.
  ///
  /// - Parameters:
  ///   - performance: the music.
  ///   - output: the port; it is told to be silent on every way out.
  public init(_ performance: Performance, output: any MIDIOutput) {
    sampleRate = nil
    queue = nil
    let control = Monitor(PlayerControl())
    self.control = control
    let loop = PortLoop(performance, output: output, control: control)
    control.withLock { $0.loop = loop }
  }

  /// Prepares to play what comes through a queue on a synthesizer behind a MIDI port.
  ///
  /// - Parameters:
  ///   - queue: the music; closed when the player stops.
  ///   - output: the port; it is told to be silent on every way out.
  public init(_ queue: MessageQueue, output: any MIDIOutput) {
    sampleRate = nil
    self.queue = queue
    let control = Monitor(PlayerControl())
    self.control = control
    let loop = PortLoop(queue, output: output, control: control)
    control.withLock { $0.loop = loop }
  }

  private init(
    _ soundFont: SoundFont, _ settings: LiveSettings, ports: Int, queue: MessageQueue?,
    renderer: (SynthesizerRack) -> Renderer
  ) throws(PlaybackError) {
    try settings.validate()
    let device = try PCMDevice(
      name: settings.device, sampleRate: settings.synthesizer.sampleRate, latency: settings.latency)
    var sound = settings.synthesizer
    sound.sampleRate = device.sampleRate
    sampleRate = device.sampleRate
    let synthesizer = try SynthesizerRack(soundFont, settings: sound, ports: ports)
    self.queue = queue
    control = Monitor(PlayerControl())
    let loop = AudioLoop(renderer(synthesizer), device: device, control: control, queue: queue)
    control.withLock { $0.loop = loop }
  }

  deinit { stop() }

  /// Starts the music; does nothing where it has been started.
  public func start() {
    let loop = control.update { control in
      defer { control.loop = nil }
      if control.loop != nil { control.status.phase = .playing }
      return control.loop
    }
    guard let loop, !PlayerThread.run(loop) else { return }
    let error = PlaybackError(.synthesizerFailed(problem: "no thread can be made"))
    for continuation in control.update({ $0.finish(error) }) { continuation.resume() }
  }

  /// Holds the music where it is.
  public func pause() { control.update { $0.isPaused = true } }

  /// Goes on after a pause.
  public func resume() { control.update { $0.isPaused = false } }

  /// Goes to another place, in seconds; to the start for what lies before it or is no number, to the
  /// end for what lies beyond it.
  ///
  /// Music from a queue does not move.
  public func seek(to seconds: Double) {
    control.update { $0.seekTarget = seconds.isNaN ? 0 : max(0, seconds) }
  }

  /// Silences the music, which goes on, or lets it be heard again.
  public func setMuted(_ isMuted: Bool) {
    control.update { $0.status.isMuted = isMuted }
  }

  /// How the music is played: what is struck next is moved by so many semitones, and from now on it goes so
  /// fast and sounds so loud.
  ///
  /// Values out of range are set to their limits. What sounds already stays as it was struck. Behind a port
  /// the volume is each channel's own (controller 7), which reaches 127 at most.
  public var rendition: Rendition {
    get { control.withLock { $0.rendition } }
    set { control.update { $0.rendition = newValue.clamped } }
  }

  /// From which moments of the piece on another key or speed was heard, or will be in a moment.
  public var changes: PlayedChanges { control.withLock { $0.changes } }

  /// Fades out and ends; at once where it has not been started.
  ///
  /// - Parameter seconds: how long the fade takes, a minute at most; none for what is no number.
  public func stop(fadingOver seconds: Double = 0.05) {
    let seconds = seconds.isNaN ? 0 : min(max(seconds, 0), 60)
    let waiting = control.update { control in
      control.fadeSeconds = min(control.fadeSeconds ?? seconds, seconds)
      return control.loop == nil ? [] : control.finish(nil)
    }
    queue?.close()
    for continuation in waiting { continuation.resume() }
  }

  /// Where the player is now.
  public var status: PlaybackStatus { control.withLock { $0.status } }

  /// Waits until the music has ended; where its task is cancelled, the music fades out.
  ///
  /// - Returns: where it ended.
  /// - Throws: ``PlaybackError`` where the device was lost.
  @discardableResult
  public func finished() async throws(PlaybackError) -> PlaybackStatus {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isFinished = control.withLock { control in
          if control.status.phase != .finished { control.continuations.append(continuation) }
          return control.status.phase == .finished
        }
        if isFinished { continuation.resume() }
      }
    } onCancel: {
      stop(fadingOver: 0.3)
    }
    return try outcome()
  }

  private func outcome() throws(PlaybackError) -> PlaybackStatus {
    let (status, error) = control.withLock { ($0.status, $0.error) }
    if let error { throw error }
    return status
  }
}

/// What a live player and its thread tell each other.
struct PlayerControl {
  /// The loop until it is started.
  var loop: (any PlayerLoop)?
  var isPaused = false
  var seekTarget: Double?
  var rendition = Rendition()
  /// What became of ``rendition`` so far.
  var changes = PlayedChanges()
  /// Set when the music should fade out and end.
  var fadeSeconds: Double?
  var status = PlaybackStatus()
  var error: PlaybackError?
  var continuations: [CheckedContinuation<Void, Never>] = []

  /// Notes that a rendition holds from a moment of the piece on.
  mutating func note(_ rendition: Rendition, from seconds: Double) {
    changes.transpose(by: rendition.semitones, from: seconds)
    changes.play(atSpeed: rendition.speed, from: seconds)
  }

  /// Ends; the caller resumes those that are returned.
  mutating func finish(_ error: PlaybackError?) -> [CheckedContinuation<Void, Never>] {
    self.error = error
    status.phase = .finished
    status.level = 0
    loop = nil
    defer { continuations = [] }
    return continuations
  }
}

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

  /// Checks every value against its range.
  ///
  /// - Throws: ``PlaybackError`` naming the first that lies outside.
  public func validate() throws(PlaybackError) {
    try synthesizer.validate()
    try PlaybackError.check("latency", latency, 0.01...2 ~= latency, "0.01 to 2 seconds")
  }
}

/// Where a live player is.
public struct PlaybackStatus: Hashable, Sendable {
  /// What a live player does.
  public enum Phase: Hashable, Sendable {
    /// It has not been started.
    case ready
    /// It plays.
    case playing
    /// It waits for the listener.
    case paused
    /// It has played everything, was stopped or failed.
    case finished
  }

  /// What the player does.
  public var phase: Phase = .ready
  /// The place of the piece that is heard now, in seconds.
  public var seconds: Double = 0
  /// The level: the loudest recent sample, 1 being full scale, falling by 20 dB in 1.5 seconds.
  public var level: Float = 0
  /// How often the device ran dry and playback went on.
  public var underruns: Int = 0
  /// How long the piece stood still because its writer was late, in seconds.
  public var stalledSeconds: Double = 0
  /// When the first sound was heard, as far as the device knows; nil before.
  public var firstSound: ContinuousClock.Instant?
  /// Whether it is muted.
  public var isMuted: Bool = false
}
