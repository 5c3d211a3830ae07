import Glibc
import Reproducibility

/// A seeded source of random bits: xoshiro256**, the same on every machine and in every version.
///
/// Its state is four words, so a checkpoint can keep it and a resumed run goes on to the bit.
///
/// - Reference: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators" (2021).
public struct RandomSource: RandomNumberGenerator, Codable, Hashable, Sendable {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64

  /// Creates a source whose state is drawn from a seed by SplitMix64.
  public init(seed: UInt64) {
    // The counter of SplitMix64 goes on by the golden ratio's bits.
    func word(_ index: UInt64) -> UInt64 { splitMix64(seed &+ index &* 0x9E37_79B9_7F4A_7C15) }
    a = word(0)
    b = word(1)
    c = word(2)
    d = word(3)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let fifth = b &* 5
    let result = ((fifth << 7) | (fifth >> 57)) &* 9
    let shifted = b << 17
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 45) | (d >> 19)
    return result
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number from the normal distribution with mean 0 and variance 1 (Box and Muller 1958).
  public mutating func gaussian() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Fills a part of an array with numbers from [low, high).
  public mutating func fill(
    _ values: inout [Float], range: Range<Int>, low: Float, high: Float
  ) {
    for index in range {
      values[index] = low + (high - low) * Float(next() >> 40) * 0x1p-24
    }
  }

  /// Fills a part of an array with normal numbers of mean 0.
  public mutating func fill(
    _ values: inout [Float], range: Range<Int>, standardDeviation: Float
  ) {
    for index in range {
      values[index] = standardDeviation * Float(gaussian())
    }
  }
}
