import CSndFile
import Settings

/// A format of audio files, chosen by the ending of their names.
public enum AudioFormat: String, CaseIterable, Hashable, Sendable {
  /// Uncompressed samples in RIFF.
  case wav
  /// Losslessly compressed.
  case flac
  /// Vorbis in Ogg.
  case ogg
  /// Opus in Ogg.
  case opus
  /// MPEG-1 layer III.
  case mp3

  /// The format of a file name.
  ///
  /// - Parameter path: a name such as `song.flac`.
  /// - Throws: ``PlaybackError`` where its ending names no format.
  public init(path: String) throws(PlaybackError) {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.contains(".") ? name.split(separator: ".").last?.lowercased() ?? "" : ""
    guard let format = AudioFormat(rawValue: ending) else {
      throw PlaybackError(
        .formatUnknown(path: path, expected: AudioFormat.allCases.map(\.rawValue)))
    }
    self = format
  }

  /// The sample rates that it takes, in ascending order; nil for any.
  public var sampleRates: [Int]? {
    switch self {
    case .wav, .flac, .ogg: nil
    case .opus: [8_000, 12_000, 16_000, 24_000, 48_000]
    case .mp3: [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
    }
  }

  /// Checks a sample rate against ``sampleRates``.
  ///
  /// - Parameter sampleRate: samples per second and channel.
  /// - Throws: ``PlaybackError`` where the format does not take it.
  public func validate(sampleRate: Int) throws(PlaybackError) {
    guard let sampleRates, !sampleRates.contains(sampleRate) else { return }
    let expected = sampleRates.map { "\($0)" }.joined(separator: ", ")
    throw PlaybackError(
      .setting(
        SettingError("sampleRate", found: sampleRate, expected: "\(expected) for .\(rawValue)")))
  }

  /// How samples are stored where the format leaves the choice, as ``wav`` and ``flac`` do.
  public enum SampleFormat: String, CaseIterable, Hashable, Sendable {
    /// 16-bit integers.
    case int16
    /// 24-bit integers.
    case int24
    /// 32-bit floating point; in ``wav`` only.
    case float32

    /// Bytes of one sample.
    var bytes: Int {
      switch self {
      case .int16: 2
      case .int24: 3
      case .float32: 4
      }
    }
  }

  /// Checks that samples can be stored so; what compresses with loss stores them in its own way.
  ///
  /// - Parameter samples: how they are to be stored.
  /// - Throws: ``PlaybackError`` where the format does not take them.
  public func validate(samples: SampleFormat) throws(PlaybackError) {
    guard self == .flac, samples == .float32 else { return }
    throw PlaybackError(
      .setting(
        SettingError(
          "samples", found: samples.rawValue, expected: "int16 or int24 for .\(rawValue)")))
  }

  /// The code that libsndfile knows it by.
  ///
  /// - Parameters:
  ///   - samples: how samples are stored.
  ///   - seconds: how long the file will be: a RIFF ends at 4 GB, after which RF64 takes over.
  ///   - sampleRate: samples per second and channel.
  /// - Returns: container and encoding.
  func code(_ samples: SampleFormat, seconds: Double, sampleRate: Int) -> Int32 {
    let bytes = seconds * Double(sampleRate * Synthesizer.channels * samples.bytes)
    let riff = bytes < 4_000_000_000 ? SF_FORMAT_WAV : SF_FORMAT_RF64
    let integers = samples == .int16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24
    let code =
      switch self {
      case .wav: riff | (samples == .float32 ? SF_FORMAT_FLOAT : integers)
      case .flac: SF_FORMAT_FLAC | integers
      case .ogg: SF_FORMAT_OGG | SF_FORMAT_VORBIS
      case .opus: SF_FORMAT_OGG | SF_FORMAT_OPUS
      case .mp3: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
      }
    return Int32(code)
  }
}
