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
