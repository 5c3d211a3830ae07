/// The upper half of a `Float`: its sign and exponent, and 7 bits of its significand.
@frozen
public struct BFloat16: Hashable, Sendable, BitwiseCopyable {
  /// The upper 16 bits of the float.
  public var bitPattern: UInt16

  /// Creates the nearest value to a float, ties to even.
  public init(_ value: Float) {
    guard !value.isNaN else {
      bitPattern = 0x7FC0
      return
    }
    let bits = value.bitPattern
    bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }
}

extension Float {
  /// Creates the float that a bfloat16 stands for: every one is exact.
  public init(_ value: BFloat16) {
    self = Float(bitPattern: UInt32(value.bitPattern) << 16)
  }
}
