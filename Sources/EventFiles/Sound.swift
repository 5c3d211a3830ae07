import ProtocolBuffers

/// Sound, which is kept as WAV of 16 bits.
public struct Sound: Hashable, Sendable {
  private let sampleRate: Int
  private let channels: Int
  private let frames: Int
  private let wave: [UInt8]

  /// Takes samples.
  ///
  /// - Parameters:
  ///   - samples: from -1 to 1, those of all channels side by side; what is beyond is cut off.
  ///   - channels: how many channels, at least 1.
  ///   - sampleRate: how many of each a second.
  public init(samples: [Float], channels: Int, sampleRate: Int) {
    self.channels = channels
    self.sampleRate = sampleRate
    frames = samples.count / channels
    let bytes = frames * channels * 2
    var wave: [UInt8] = []
    wave.reserveCapacity(44 + bytes)
    func add(_ text: String) { wave += text.utf8 }
    func add(_ number: Int, bytes: Int) {
      for shift in 0..<bytes { wave.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }
    add("RIFF")
    add(36 + bytes, bytes: 4)
    add("WAVEfmt ")
    // A block of 16 bytes: PCM, channels, rate, bytes a second, bytes a frame, bits a sample.
    for (number, size) in [
      (16, 4), (1, 2), (channels, 2), (sampleRate, 4), (sampleRate * channels * 2, 4),
      (channels * 2, 2), (16, 2),
    ] { add(number, bytes: size) }
    add("data")
    add(bytes, bytes: 4)
    for sample in samples.prefix(frames * channels) {
      add(sample.isNaN ? 0 : Int((min(max(sample, -1), 1) * 32_767).rounded()), bytes: 2)
    }
    self.wave = wave
  }

  var message: MessageWriter {
    var message = MessageWriter()
    message.add(1, Float(sampleRate))
    message.add(2, channels)
    if frames > 0 { message.add(3, frames) }
    message.add(4, wave)
    message.add(5, "audio/wav")
    return message
  }
}
