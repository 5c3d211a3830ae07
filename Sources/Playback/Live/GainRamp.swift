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
