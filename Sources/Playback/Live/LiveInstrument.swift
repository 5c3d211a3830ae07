public import Music

/// A SoundFont's instruments behind a sound device, played message by message as they come: a ``MIDIOutput``
/// that makes its own sound.
///
/// A message takes effect in the block of ``Synthesizer/quantum`` frames that is made when the clock shows its
/// time: from there to the loudspeaker it takes as long as the device's buffer.
public final class LiveInstrument: MIDIOutput, PlayerLoop, @unchecked Sendable {
  /// What the thread and those who send tell each other.
  private struct State {
    var schedule = MessageSchedule()
    var isStopped = false
    var error: PlaybackError?
    var underruns = 0
    var hasEnded = false
  }

  private let state = Monitor(State())
  private let start = ContinuousClock.now
  private let sampleRate: Int
  let isPaced: Bool
  // Both are the thread's alone once it runs.
  private let synthesizer: SynthesizerRack
  private var device: PCMDevice

  /// Opens the device and the SoundFont, and plays silence until something comes.
  ///
  /// - Parameters:
  ///   - soundFont: the instruments.
  ///   - settings: device and sound; a short latency answers fast.
  /// - Throws: ``PlaybackError`` for the device, the SoundFont or a setting.
  public init(soundFont: SoundFont, settings: LiveSettings) throws(PlaybackError) {
    try settings.validate()
    let device = try PCMDevice(
      name: settings.device, sampleRate: settings.synthesizer.sampleRate, latency: settings.latency)
    var sound = settings.synthesizer
    sound.sampleRate = device.sampleRate
    sampleRate = device.sampleRate
    isPaced = device.isPaced
    synthesizer = try SynthesizerRack(soundFont, settings: sound, ports: 1)
    self.device = device
    guard PlayerThread.run(self) else {
      throw PlaybackError(.synthesizerFailed(problem: "no thread can be made"))
    }
  }

  /// Ends the sound, and returns when the device is free.
  public func stop() {
    state.update { $0.isStopped = true }
    state.wait { $0.hasEnded ? () : nil }
  }

  /// How often the device ran dry.
  public var underruns: Int { state.withLock { $0.underruns } }

  /// The seconds since the device was opened.
  public func seconds() throws(PlaybackError) -> Double {
    if let error = state.withLock({ $0.error }) { throw error }
    return elapsed
  }

  /// Lets messages take effect at their times, or at once where these are past.
  public func schedule(_ messages: [TimedMessage]) throws(PlaybackError) {
    let error = state.withLock { state in
      state.schedule.add(messages)
      return state.error
    }
    if let error { throw error }
  }

  /// Forgets what is to come.
  public func cancel() throws(PlaybackError) {
    state.withLock { $0.schedule.cancel() }
  }

  private var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Makes sound until it is stopped or the device is gone.
  func run() {
    var samples = [Float](repeating: 0, count: Synthesizer.quantum * Synthesizer.channels)
    var due: [TimedMessage] = []
    var failure: PlaybackError?
    do throws(PlaybackError) {
      while takeDue(into: &due) {
        for message in due { synthesizer.send(message.content) }
        synthesizer.render(into: &samples, frames: 0..<Synthesizer.quantum)
        try device.write(samples, frames: Synthesizer.quantum)
        if !isPaced {
          PlayerThread.sleep(seconds: Double(Synthesizer.quantum) / Double(sampleRate))
        }
      }
    } catch {
      failure = error
    }
    state.update { state in
      state.error = failure
      state.hasEnded = true
    }
  }

  /// Takes what is due; false where it is to end.
  private func takeDue(into due: inout [TimedMessage]) -> Bool {
    let now = elapsed
    let underruns = device.underruns
    let (taken, isStopped): ([TimedMessage], Bool) = state.withLock { state in
      let taken = state.schedule.take(before: now)
      state.underruns = underruns
      return (taken, state.isStopped)
    }
    due = taken
    return !isStopped
  }
}
