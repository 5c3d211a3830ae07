public import Music

/// Renders a performance to memory.
///
/// - Parameters:
///   - performance: the music.
///   - soundFont: the instruments.
///   - settings: how it sounds.
/// - Returns: interleaved samples, left then right, until the piece has died away.
/// - Throws: ``PlaybackError`` for the SoundFont or a setting.
/// - Complexity: 8 bytes a frame.
public func renderSamples(
  of performance: Performance, soundFont: SoundFont,
  settings: SynthesizerSettings = SynthesizerSettings()
) throws(PlaybackError) -> [Float] {
  var all: [Float] = []
  try renderBlocks(of: performance, soundFont, RenderSettings(synthesizer: settings)) {
    (samples, count) throws(PlaybackError) in all += samples[..<count]
  }
  return all
}

/// Renders a performance block by block, with its fades.
///
/// - Parameters:
///   - performance: the music.
///   - soundFont: the instruments.
///   - settings: how it sounds.
///   - body: takes a block and how many of its interleaved samples count.
/// - Throws: ``PlaybackError`` for the SoundFont, a setting or from `body`.
func renderBlocks(
  of performance: Performance, _ soundFont: SoundFont, _ settings: RenderSettings,
  body: (inout [Float], Int) throws(PlaybackError) -> Void
) throws(PlaybackError) {
  var renderer = Renderer(
    try Synthesizer(soundFont, settings: settings.synthesizer), playing: performance)
  let blockFrames = 64 * Synthesizer.quantum
  let rate = Double(settings.synthesizer.sampleRate)
  let fade = Fade(
    inFrames: Int(settings.fadeIn * rate), outFrames: Int(settings.fadeOut * rate),
    endFrame: Int(min(max(performance.duration, 0), 3e9) * rate))
  var samples = [Float](repeating: 0, count: blockFrames * Synthesizer.channels)
  var frame = 0
  while !renderer.isFinished, !fade.isOver(at: frame) {
    let count = renderer.render(into: &samples, frames: blockFrames)
    let kept = fade.apply(to: &samples, frames: count, at: frame)
    try body(&samples, kept * Synthesizer.channels)
    frame += kept
  }
}
