/// The audio thread's work: render a block, scale it, hand it to the device, look for commands.
///
/// One thread has it at a time: the one that makes it hands it over to the one that runs it.
final class AudioLoop: PlayerLoop, @unchecked Sendable {
  private var renderer: Renderer
  private var device: PCMDevice
  private let control: Monitor<PlayerControl>
  private let queue: MessageQueue?
  private var ramp: GainRamp
  private var samples: [Float]
  private var level: Float = 0
  /// How often the buffer ran empty while there was nothing to be heard, as where the process was stopped meanwhile.
  private var silentUnderruns = 0
  private var rendition = Rendition()
  private var firstSound: FirstSound
  private let levelDecay: Float

  /// Frames in a block: 12 ms at 44.1 kHz, the time in which a command is heeded.
  private static let blockFrames = 8 * Synthesizer.quantum
  /// The length of the fades around pauses and jumps, in seconds.
  private static let fadeSeconds = 0.01

  init(
    _ renderer: consuming Renderer, device: consuming PCMDevice, control: Monitor<PlayerControl>,
    queue: MessageQueue?
  ) {
    ramp = GainRamp(seconds: AudioLoop.fadeSeconds, sampleRate: device.sampleRate)
    // 20 dB are a factor of 10: in 1.5 seconds of blocks.
    let blocks = 1.5 * Float(device.sampleRate) / Float(AudioLoop.blockFrames)
    levelDecay = decibels(-20 / blocks)
    firstSound = FirstSound(sampleRate: device.sampleRate, isPaced: device.isPaced)
    samples = [Float](repeating: 0, count: AudioLoop.blockFrames * Synthesizer.channels)
    self.renderer = renderer
    self.device = device
    self.control = control
    self.queue = queue
  }

  /// Whether the device sets the pace, as all do but files and `null`.
  var isPaced: Bool { device.isPaced }

  /// Plays until the music has ended.
  func run() {
    var failure: PlaybackError?
    do {
      // A device that is started before there is music plays silence, and the music after it.
      waitForMusic()
      while try playBlock() {}
      device.drain()
      noteFirstSound(delayFrames: 0)
    } catch {
      failure = error
    }
    queue?.close()
    let waiting = control.update { $0.finish(failure) }
    for continuation in waiting { continuation.resume() }
  }

  /// Plays one block and says whether there is more.
  private func playBlock() throws(PlaybackError) -> Bool {
    let (isPaused, seekTarget, fadeSeconds, isMuted, rendition) = control.withLock {
      ($0.isPaused, $0.seekTarget, $0.fadeSeconds, $0.status.isMuted, $0.rendition)
    }
    if rendition != self.rendition { heed(rendition) }
    if let fadeSeconds {
      ramp.step = GainRamp.step(seconds: fadeSeconds, sampleRate: device.sampleRate)
    }
    let isSilent = isPaused || isMuted || seekTarget != nil || fadeSeconds != nil
    ramp.target = isSilent ? 0 : Float(rendition.volume)
    if ramp.gain == 0 {
      if fadeSeconds != nil { return false }
      if let seekTarget {
        renderer.seek(to: seekTarget)
        control.withLock { control in
          if control.seekTarget == seekTarget { control.seekTarget = nil }
          control.note(rendition, from: renderer.nextSeconds)
        }
        report(isPaused: isPaused)
        return true
      }
      if isPaused {
        try hold()
        return true
      }
    }
    // Without a clock a piece that waits for its writer would be silence without end.
    if !isPaced { waitForMusic() }
    let frames = renderer.render(into: &samples, frames: AudioLoop.blockFrames)
    ramp.apply(to: &samples, frames: frames)
    measure(frames: frames)
    try write(frames: frames)
    report(isPaused: isPaused)
    return !renderer.isFinished
  }

  /// Plays on otherwise, from what has not been struck yet.
  private func heed(_ rendition: Rendition) {
    self.rendition = rendition
    renderer.semitones = rendition.semitones
    renderer.speed = rendition.speed
    control.withLock { $0.note(rendition, from: renderer.nextSeconds) }
  }

  /// Waits until the next block of music has been written, or never will be.
  private func waitForMusic() {
    let block = Double(AudioLoop.blockFrames) / Double(device.sampleRate) * rendition.speed
    queue?.waitForMusic(after: renderer.seconds + block)
  }

  /// Keeps the device alive with silence, or waits where it has no clock.
  private func hold() throws(PlaybackError) {
    level = 0
    report(isPaused: true)
    guard isPaced else {
      control.wait { control in
        control.isPaused && control.seekTarget == nil && control.fadeSeconds == nil ? nil : ()
      }
      return
    }
    for index in samples.indices { samples[index] = 0 }
    let before = device.underruns
    try write(frames: AudioLoop.blockFrames)
    silentUnderruns += device.underruns - before
  }

  private func write(frames: Int) throws(PlaybackError) {
    firstSound.listen(to: samples, frames: frames)
    try device.write(samples, frames: frames)
    if firstSound.instant == nil, device.isRunning {
      noteFirstSound(delayFrames: device.delayFrames)
    }
  }

  private func noteFirstSound(delayFrames: Int) {
    firstSound.note(delayFrames: delayFrames)
    control.withLock { $0.status.firstSound = firstSound.instant }
  }

  private func measure(frames: Int) {
    var peak: Float = 0
    for sample in samples[..<(frames * Synthesizer.channels)] { peak = max(peak, abs(sample)) }
    level = max(peak, level * levelDecay)
  }

  private func report(isPaused: Bool) {
    let rate = Double(device.sampleRate)
    let heard = max(0, renderer.seconds - Double(device.delayFrames) / rate * rendition.speed)
    control.withLock { control in
      control.status.phase = isPaused ? .paused : .playing
      control.status.seconds = heard
      control.status.level = level
      control.status.underruns = device.underruns - silentUnderruns
      control.status.stalledSeconds = Double(renderer.stalledFrames) / rate
    }
  }
}

/// A loudness that moves to its target without a click.
struct GainRamp {
  /// The loudness now, 1 leaving samples as they are.
  private(set) var gain: Float = 1
  /// Where it goes.
  var target: Float = 1
  /// How much it moves in a frame.
  var step: Float

  /// Creates a ramp that takes `seconds` from silence to full loudness.
  init(seconds: Double, sampleRate: Int) {
    step = GainRamp.step(seconds: seconds, sampleRate: sampleRate)
  }

  static func step(seconds: Double, sampleRate: Int) -> Float {
    Float(1 / max(1, seconds * Double(sampleRate)))
  }

  /// Scales frames, moving on with each.
  mutating func apply(to samples: inout [Float], frames: Int) {
    if gain == 1 && target == 1 { return }
    for frame in 0..<frames {
      gain = gain < target ? min(target, gain + step) : max(target, gain - step)
      for channel in 0..<Synthesizer.channels {
        samples[frame * Synthesizer.channels + channel] *= gain
      }
    }
  }
}

/// Finds out when the first sound of a piece is heard.
struct FirstSound {
  /// When it was heard; nil before.
  private(set) var instant: ContinuousClock.Instant?
  private let sampleRate: Double
  private let isPaced: Bool
  /// The frame at which it begins, counted from the first that the device was given.
  private var onset: Int?
  private var writtenFrames = 0
  /// When the device was first seen to play.
  private var start: ContinuousClock.Instant?

  /// Listens for a device, which a clock makes wait or not.
  init(sampleRate: Int, isPaced: Bool) {
    self.sampleRate = Double(sampleRate)
    self.isPaced = isPaced
  }

  /// Listens to a block that the device takes next.
  mutating func listen(to samples: [Float], frames: Int) {
    defer { writtenFrames += frames }
    guard onset == nil else { return }
    let loud = samples[..<(frames * Synthesizer.channels)].firstIndex { abs($0) > Renderer.silence }
    onset = loud.map { writtenFrames + $0 / Synthesizer.channels }
  }

  /// Takes the time if the sound has left the device, which plays and still holds `delayFrames`.
  mutating func note(delayFrames: Int) {
    let now = ContinuousClock.now
    let start = start ?? now
    self.start = start
    guard instant == nil, let onset else { return }
    guard isPaced else {
      instant = now
      return
    }
    // A sound server that does not know its delay yet says that it has none.
    let elapsed = (now - start) / .seconds(1)
    let played = min(Double(writtenFrames - delayFrames) / sampleRate, elapsed)
    let secondsAgo = played - Double(onset) / sampleRate
    if secondsAgo >= 0 { instant = now - .seconds(secondsAgo) }
  }
}
