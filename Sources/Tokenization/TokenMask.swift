/// A set of tokens, a bit each.
public struct TokenMask: Hashable, Sendable {
  /// The bits, token 0 in the lowest bit of the first word.
  public private(set) var words: [UInt64]

  /// Creates a mask of `count` tokens, all in it or none.
  public init(count: Int, all: Bool = false) {
    words = Array(repeating: all ? .max : 0, count: (count + 63) / 64)
    if all, count % 64 != 0 { words[words.count - 1] = (1 << UInt64(count % 64)) - 1 }
  }

  /// Whether a token is in the set.
  public subscript(token: Token) -> Bool {
    get { words[Int(token) / 64] >> (UInt64(token) % 64) & 1 == 1 }
    set {
      let bit: UInt64 = 1 << (UInt64(token) % 64)
      if newValue { words[Int(token) / 64] |= bit } else { words[Int(token) / 64] &= ~bit }
    }
  }
}
