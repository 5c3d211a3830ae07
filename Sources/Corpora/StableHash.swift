/// A 64-bit hash that is the same in every run and on every machine, unlike `Hasher`.
///
/// Reference: Fowler, Noll, Vo, FNV-1a, with the finaliser of SplitMix64.
struct StableHash {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  mutating func combine(_ value: Int) {
    // Whole words through one multiplication would let neighbouring values cancel.
    state = Self.mix(state ^ UInt64(bitPattern: Int64(value))) &* 0x100_0000_01B3
  }

  var value: UInt64 { Self.mix(state) }

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
