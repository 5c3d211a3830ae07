public import FileStorage
import Foundation
public import Music

extension Performance {
  /// Renders the performance to an audio file, whose name's ending chooses the format.
  ///
  /// The samples are those that ``LivePlayer`` plays at the same settings. No sample is cut off: where one would be
  /// louder than full scale, all are made softer, so that it is 1 dB below; floating point holds it as it is. The file
  /// appears when it is whole; where its task is cancelled, rendering ends within a fraction of a second and leaves
  /// nothing behind. With a ``RenderSettings/peakLevel``, or too loud a sample, the piece is rendered twice: once to
  /// find the peak.
  ///
  /// - Parameters:
  ///   - path: the file, with an ending of ``AudioFormat``.
  ///   - soundFont: the instruments.
  ///   - settings: how it sounds and is stored.
  ///   - replacement: what may be done where a file stands there.
  /// - Returns: length and level.
  /// - Throws: ``PlaybackError`` for the SoundFont, a setting or the file; `CancellationError` where the
  ///   task is cancelled.
  @discardableResult
  public func render(
    to path: String, soundFont: SoundFont, settings: RenderSettings = RenderSettings(),
    replacement: Replacement = .always
  ) throws -> RenderReport {
    let format = try settings.format ?? AudioFormat(path: path)
    try format.validate(sampleRate: settings.synthesizer.sampleRate)
    try format.validate(samples: settings.samples)
    try settings.validate()
    var gain: Float = 1
    if let level = settings.peakLevel {
      var peak: Float = 0
      try renderBlocks(soundFont, settings) { samples, count in
        for sample in samples[..<count] { peak = max(peak, abs(sample)) }
      }
      if peak > 0 { gain = decibels(level) / peak }
    }

    // Floating point holds what is louder than full scale.
    let holdsAll = format == .wav && settings.samples == .float32
    func file() throws(PlaybackError) -> AudioFile {
      try AudioFile(
        path: path, replacement: replacement, format: format, samples: settings.samples,
        sampleRate: settings.synthesizer.sampleRate, seconds: duration,
        metadata: settings.metadata)
    }
    do {
      let file = try file()
      let report = try write(to: file, soundFont, settings, gain: gain)
      if report.peak <= 1 || holdsAll || settings.peakLevel != nil {
        try file.commit()
        return report
      }
      gain = decibels(RenderSettings.safeLevel) / report.peak
    }
    let softer = try file()
    var report = try write(to: softer, soundFont, settings, gain: gain)
    try softer.commit()
    report.attenuation = -20 * log10(gain)
    return report
  }

  private func write(
    to file: borrowing AudioFile, _ soundFont: SoundFont, _ settings: RenderSettings, gain: Float
  ) throws -> RenderReport {
    var report = RenderReport(seconds: 0, peak: 0, attenuation: 0)
    var frames = 0
    try renderBlocks(soundFont, settings) { samples, count in
      for index in 0..<count {
        samples[index] *= gain
        report.peak = max(report.peak, abs(samples[index]))
      }
      try file.write(samples, frames: count / Synthesizer.channels)
      frames += count / Synthesizer.channels
    }
    report.seconds = Double(frames) / Double(settings.synthesizer.sampleRate)
    return report
  }

  /// Renders the performance to memory, to measure or to show it.
  ///
  /// - Parameters:
  ///   - soundFont: the instruments.
  ///   - settings: how it sounds.
  /// - Returns: interleaved samples, left then right, until the piece has died away.
  /// - Throws: ``PlaybackError`` for the SoundFont or a setting; `CancellationError` where the task is
  ///   cancelled.
  /// - Complexity: 8 bytes a frame.
  public func samples(
    soundFont: SoundFont, settings: SynthesizerSettings = SynthesizerSettings()
  ) throws -> [Float] {
    var all: [Float] = []
    try renderBlocks(soundFont, RenderSettings(synthesizer: settings)) { samples, count in
      all += samples[..<count]
    }
    return all
  }

  /// Renders the performance block by block, with its fades, until its task is cancelled.
  ///
  /// - Parameters:
  ///   - soundFont: the instruments.
  ///   - settings: how it sounds.
  ///   - body: takes a block and how many of its interleaved samples count.
  /// - Throws: ``PlaybackError``, `CancellationError`, and what `body` throws.
  private func renderBlocks(
    _ soundFont: SoundFont, _ settings: RenderSettings,
    body: (inout [Float], Int) throws -> Void
  ) throws {
    var renderer = Renderer(
      try SynthesizerRack(soundFont, settings: settings.synthesizer, ports: portCount),
      playing: self)
    let blockFrames = 64 * Synthesizer.quantum
    let rate = Double(settings.synthesizer.sampleRate)
    let fade = Fade(
      inFrames: Int(settings.fadeIn * rate), outFrames: Int(settings.fadeOut * rate),
      endFrame: Int(min(duration.isFinite ? max(0, duration) : lastMoment, 3e9) * rate))
    var samples = [Float](repeating: 0, count: blockFrames * Synthesizer.channels)
    var frame = 0
    while !renderer.isFinished, !fade.isOver(at: frame) {
      try Task.checkCancellation()
      let count = renderer.render(into: &samples, frames: blockFrames)
      let kept = fade.apply(to: &samples, frames: count, at: frame)
      try body(&samples, kept * Synthesizer.channels)
      frame += kept
    }
  }
}
