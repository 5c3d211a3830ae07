extension Corpus {
  /// Sixteen hexadecimal digits that are equal for equal files in the same order.
  public var digest: String {
    // FNV-1a over the content hashes. Order counts: a run knows its pieces by their numbers.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for content in pieces.map(\.contentHash) {
      for shift in stride(from: 0, to: 64, by: 8) {
        hash = (hash ^ (content >> UInt64(shift) & 0xFF)) &* 0x100_0000_01B3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
