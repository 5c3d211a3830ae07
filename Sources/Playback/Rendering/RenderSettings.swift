import Foundation

/// How a performance becomes an audio file.
public struct RenderSettings: Hashable, Sendable {
  /// How it sounds.
  public var synthesizer: SynthesizerSettings
  /// The file's format; nil for the one that its name's ending tells.
  public var format: AudioFormat?
  /// How samples are stored, where the format leaves the choice.
  public var samples: AudioFormat.SampleFormat
  /// The level to which the loudest sample is brought, in decibels of full scale; nil leaves it.
  public var peakLevel: Float?
  /// How long the piece takes to come up from silence, in seconds.
  public var fadeIn: Double
  /// How long it takes to go down to silence before its end, in seconds; 0 lets it ring out.
  public var fadeOut: Double
  /// What the file says about itself.
  public var metadata: AudioMetadata

  /// Creates settings.
  public init(
    synthesizer: SynthesizerSettings = SynthesizerSettings(), format: AudioFormat? = nil,
    samples: AudioFormat.SampleFormat = .int16, peakLevel: Float? = nil, fadeIn: Double = 0,
    fadeOut: Double = 0, metadata: AudioMetadata = AudioMetadata()
  ) {
    self.synthesizer = synthesizer
    self.format = format
    self.samples = samples
    self.peakLevel = peakLevel
    self.fadeIn = fadeIn
    self.fadeOut = fadeOut
    self.metadata = metadata
  }

  /// The level to which a sample above full scale is brought, in decibels: what is compressed swings beyond its samples.
  static let safeLevel: Float = -1

  func validate() throws(PlaybackError) {
    for (key, value) in [("fadeIn", fadeIn), ("fadeOut", fadeOut)] {
      try PlaybackError.check(key, value, 0...86_400 ~= value, "0 to 86400 seconds")
    }
    if let peakLevel {
      try PlaybackError.check("peakLevel", peakLevel, -60...0 ~= peakLevel, "-60 to 0 dB")
    }
  }
}

/// What came of rendering.
public struct RenderReport: Hashable, Sendable {
  /// The length of the audio file in seconds.
  public var seconds: Double
  /// The loudest sample, 1 being full scale.
  public var peak: Float
  /// By how many decibels all was made softer so that no sample is cut off; 0 where none would have been.
  public var attenuation: Float
}

/// What an audio file says about itself; empty texts are left out.
public struct AudioMetadata: Hashable, Sendable {
  /// The piece.
  public var title: String
  /// Who wrote or plays it, such as a model's name.
  public var artist: String
  /// Anything else, such as the seed and the sampling settings.
  public var comment: String

  /// Creates metadata.
  public init(title: String = "", artist: String = "", comment: String = "") {
    self.title = title
    self.artist = artist
    self.comment = comment
  }
}

/// A piece's way up from silence and down to it.
struct Fade {
  let inFrames: Int
  let outFrames: Int
  /// The frame at which a fade-out ends.
  let endFrame: Int

  /// Whether nothing is left after a fade-out.
  func isOver(at frame: Int) -> Bool { outFrames > 0 && frame >= endFrame }

  /// Fades a block and says how many of its frames are left.
  func apply(to samples: inout [Float], frames: Int, at start: Int) -> Int {
    let count = outFrames > 0 ? min(frames, max(endFrame - start, 0)) : frames
    guard start < inFrames || outFrames > 0 && start + count > endFrame - outFrames else {
      return count
    }
    for frame in 0..<count {
      var gain: Float = 1
      if inFrames > 0 { gain = min(gain, Float(start + frame) / Float(inFrames)) }
      if outFrames > 0 { gain = min(gain, Float(endFrame - start - frame) / Float(outFrames)) }
      for channel in 0..<Synthesizer.channels {
        samples[frame * Synthesizer.channels + channel] *= gain
      }
    }
    return count
  }
}

/// The factor that a level in decibels stands for.
func decibels(_ level: Float) -> Float { pow(10, level / 20) }
