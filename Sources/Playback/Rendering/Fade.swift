import Foundation

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
