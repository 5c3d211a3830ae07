import CALSA

/// Brings stereo floating-point frames into the format and channel count of a device.
struct SampleConverter {
  /// A sample format, in the machine's byte order; the best first.
  enum Format: CaseIterable {
    case float32
    case int32
    case int16

    /// ALSA's code for it.
    var code: snd_pcm_format_t {
      switch self {
      case .float32: SND_PCM_FORMAT_FLOAT
      case .int32: SND_PCM_FORMAT_S32
      case .int16: SND_PCM_FORMAT_S16
      }
    }
  }

  private let format: Format
  private let channels: Int
  private var floats: [Float] = []
  private var wide: [Int32] = []
  private var narrow: [Int16] = []

  init(format: Format, channels: Int) {
    self.format = format
    self.channels = channels
  }

  /// Converts the first frames of an array; what is louder than full scale is cut.
  mutating func convert(_ samples: [Float], frames: Int) {
    let count = frames * channels
    switch format {
    case .float32:
      if floats.count < count { floats = Array(repeating: 0, count: count) }
      for index in 0..<count { floats[index] = clipped(samples, index) }
    case .int32:
      if wide.count < count { wide = Array(repeating: 0, count: count) }
      // In Double: a Float has not the bits for 2³¹ - 1.
      for index in 0..<count {
        wide[index] = Int32((Double(clipped(samples, index)) * 2_147_483_647).rounded())
      }
    case .int16:
      if narrow.count < count { narrow = Array(repeating: 0, count: count) }
      for index in 0..<count {
        narrow[index] = Int16((clipped(samples, index) * 32_767).rounded())
      }
    }
  }

  /// The sample at an index of the device's frames: a mix for one channel, silence beyond two.
  private func clipped(_ samples: [Float], _ index: Int) -> Float {
    let sample: Float
    if channels == 2 {
      sample = samples[index]
    } else if channels == 1 {
      sample = (samples[2 * index] + samples[2 * index + 1]) / 2
    } else {
      let (frame, channel) = (index / channels, index % channels)
      sample = channel < 2 ? samples[2 * frame + channel] : 0
    }
    return max(-1, min(1, sample))
  }

  /// Lends the address of a converted frame and all that follow it.
  func withFrames<Result>(
    from frame: Int, _ body: (UnsafeRawPointer?) -> Result
  ) -> Result {
    func lend<Sample>(_ array: [Sample]) -> Result {
      let offset = frame * channels * MemoryLayout<Sample>.stride
      return unsafe array.withUnsafeBytes { unsafe body($0.baseAddress.map { unsafe $0 + offset }) }
    }
    return switch format {
    case .float32: lend(floats)
    case .int32: lend(wide)
    case .int16: lend(narrow)
    }
  }
}
