import Foundation

/// What an ear makes of samples: when something begins and how high it is.
package struct Listening {
  /// The mean of both sides.
  package let samples: [Float]
  package let sampleRate: Double

  package init(interleaved: [Float], sampleRate: Int = 44_100) {
    samples = stride(from: 0, to: interleaved.count - 1, by: 2).map {
      (interleaved[$0] + interleaved[$0 + 1]) / 2
    }
    self.sampleRate = Double(sampleRate)
  }

  package var seconds: Double { Double(samples.count) / sampleRate }

  package func peak(_ range: Range<Double>) -> Float {
    samples[indices(range)].reduce(0) { max($0, abs($1)) }
  }

  /// The times at which the sound rises above a threshold after 50 ms below it.
  package func onsets(threshold: Float = 0.004) -> [Double] {
    var onsets: [Double] = []
    var lastLoud = -1.0
    for (index, sample) in samples.enumerated() where abs(sample) > threshold {
      let time = Double(index) / sampleRate
      if time - lastLoud > 0.05 || lastLoud < 0 { onsets.append(time) }
      lastLoud = time
    }
    return onsets
  }

  /// The longest time without a sample above a threshold.
  package func longestSilence(_ range: Range<Double>, threshold: Float = 0.004) -> Double {
    let stretch = indices(range)
    var (longest, start) = (0, stretch.lowerBound)
    for index in stretch where abs(samples[index]) > threshold {
      longest = max(longest, index - start)
      start = index
    }
    return Double(max(longest, stretch.upperBound - start)) / sampleRate
  }

  /// The MIDI pitch with the most power in a stretch of time; a good measure for flute-like sounds.
  package func pitch(_ range: Range<Double>) -> Int {
    (30...100).max { power(of: $0, range) < power(of: $1, range) }!
  }

  /// Goertzel's algorithm under a Hann window: the power at a pitch's fundamental.
  package func power(of pitch: Int, _ range: Range<Double>) -> Double {
    let frequency = 440 * pow(2, Double(pitch - 69) / 12)
    let coefficient = 2 * cos(2 * .pi * frequency / sampleRate)
    let stretch = samples[indices(range)]
    var (last, previous) = (0.0, 0.0)
    for (index, sample) in stretch.enumerated() {
      let window = 0.5 - 0.5 * cos(2 * .pi * Double(index) / Double(stretch.count))
      (last, previous) = (Double(sample) * window + coefficient * last - previous, last)
    }
    return last * last + previous * previous - coefficient * last * previous
  }

  private func indices(_ range: Range<Double>) -> Range<Int> {
    let lower = min(max(Int(range.lowerBound * sampleRate), 0), samples.count)
    return lower..<min(max(Int(range.upperBound * sampleRate), lower), samples.count)
  }
}
