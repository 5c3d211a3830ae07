public import Music

/// Renders a performance to an audio file, whose name's ending chooses the format.
///
/// The samples are those that ``LivePlayer`` plays at the same settings. The file appears when it is
/// whole. With a ``RenderSettings/peakLevel`` the piece is rendered twice: once to find the peak.
///
/// - Parameters:
///   - performance: the music.
///   - path: the file, with an ending of ``AudioFormat``.
///   - soundFont: the instruments.
///   - settings: how it sounds and is stored.
///   - isCancelled: asked every fraction of a second; once it is true, rendering ends with
///     ``PlaybackError/Reason/cancelled(path:)`` and leaves nothing behind.
/// - Returns: length and level.
/// - Throws: ``PlaybackError`` for the SoundFont, a setting or the file.
@discardableResult
public func render(
  _ performance: Performance, to path: String, soundFont: SoundFont,
  settings: RenderSettings = RenderSettings(), isCancelled: () -> Bool = { false }
) throws(PlaybackError) -> RenderReport {
  try AudioFormat(path: path).validate(sampleRate: settings.synthesizer.sampleRate)
  try settings.validate()
  var gain: Float = 1
  if let level = settings.peakLevel {
    var peak: Float = 0
    try renderBlocks(of: performance, soundFont, settings) {
      (samples, count) throws(PlaybackError) in
      if isCancelled() { throw PlaybackError(.cancelled(path: path)) }
      for sample in samples[..<count] { peak = max(peak, abs(sample)) }
    }
    if peak > 0 { gain = decibels(level) / peak }
  }

  let file = try AudioFile(
    path: path, samples: settings.samples, sampleRate: settings.synthesizer.sampleRate,
    seconds: performance.duration, metadata: settings.metadata)
  var report = RenderReport(seconds: 0, peak: 0, clippedSamples: 0)
  var frames = 0
  try renderBlocks(of: performance, soundFont, settings) { (samples, count) throws(PlaybackError) in
    if isCancelled() { throw PlaybackError(.cancelled(path: path)) }
    for index in 0..<count {
      samples[index] *= gain
      let magnitude = abs(samples[index])
      report.peak = max(report.peak, magnitude)
      if magnitude > 1 { report.clippedSamples += 1 }
    }
    try file.write(samples, frames: count / Synthesizer.channels)
    frames += count / Synthesizer.channels
  }
  try file.commit()
  report.seconds = Double(frames) / Double(settings.synthesizer.sampleRate)
  return report
}
