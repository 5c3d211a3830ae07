public import Music

/// What a token tells, for whoever steers music by meaning rather than by number.
///
/// Lengths of time are those at 120 quarter notes a minute. A performance vocabulary tells seconds, so
/// that they are the music's own; the others tell parts of a beat, whose seconds depend on the tempo.
/// Either way they put a vocabulary's lengths of time in order and proportion.
public enum TokenEvent: Hashable, Sendable {
  /// A note of this pitch begins.
  case note(pitch: UInt8)
  /// A drum of this pitch is struck.
  case drum(pitch: UInt8)
  /// A note of this pitch ends.
  case release(pitch: UInt8)
  /// The notes that follow are this program's, 128 for drums.
  case program(UInt8)
  /// The tempo changes, in quarter notes a minute.
  case tempo(Double)
  /// The metre is so many beats of such a note value a bar, such as 6 of 8.
  case metre(numerator: Int, denominator: Int)
  /// So much time passes, in seconds at 120 quarter notes a minute.
  case time(seconds: Double)
  /// A frame of a fixed grid ends, and its time passes, in seconds at 120 quarter notes a minute.
  case frame(seconds: Double)
  /// Time passes up to a place in the bar, in seconds from its start at 120 quarter notes a minute.
  case position(seconds: Double)
  /// Time passes up to the next bar line.
  case bar
  /// The note before lasts so long, in seconds at 120 quarter notes a minute.
  case duration(seconds: Double)
  /// A pedal or a wheel of the program that is told is moved.
  case controller(ControllerValue)
  /// Anything else: a velocity.
  case other

  /// Whether a note begins, a drum's among them.
  public var isStrike: Bool {
    switch self {
    case .note, .drum: true
    default: false
    }
  }

  /// Whether a frame of a fixed grid ends.
  public var isFrame: Bool { if case .frame = self { true } else { false } }

  /// Whether a pedal or a wheel is moved.
  public var movesController: Bool { if case .controller = self { true } else { false } }

  /// Whether time passes.
  public var passesTime: Bool {
    switch self {
    case .time, .frame, .position, .bar: true
    default: false
    }
  }
}

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

  /// Whether no token is in the set.
  public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// How many tokens are in the set.
  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Calls a closure with each token's index, in order.
  @inlinable public func forEachIndex(_ body: (Int) -> Void) {
    for (index, word) in words.enumerated() {
      var bits = word
      while bits != 0 {
        body(index * 64 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }

  /// Takes all tokens out.
  public mutating func removeAll() {
    for index in words.indices { words[index] = 0 }
  }

  /// Puts in the tokens of another set, of a vocabulary that is no larger.
  public mutating func formUnion(_ other: TokenMask) {
    for index in other.words.indices { words[index] |= other.words[index] }
  }

  /// The tokens that are in another set too, of a vocabulary of the same size.
  public func intersection(_ other: TokenMask) -> TokenMask {
    var result = self
    for index in words.indices { result.words[index] &= other.words[index] }
    return result
  }

  /// The tokens that are not in another set of a vocabulary of the same size.
  public func subtracting(_ other: TokenMask) -> TokenMask {
    var result = self
    for index in words.indices { result.words[index] &= ~other.words[index] }
    return result
  }

  /// The set's part that is of a vocabulary's first tokens.
  func prefix(_ count: Int) -> TokenMask {
    var all = TokenMask(count: count, all: true)
    for index in all.words.indices { all.words[index] &= words[index] }
    return all
  }

  /// Puts a range of tokens in.
  public mutating func insert(_ tokens: Range<Int>) {
    var token = tokens.lowerBound
    while token < tokens.upperBound {
      let bit = token % 64
      let length = min(64 - bit, tokens.upperBound - token)
      let ones: UInt64 = length == 64 ? .max : (1 << UInt64(length)) - 1
      words[token / 64] |= ones << UInt64(bit)
      token += length
    }
  }

  /// Puts tokens in by their bits, of which bit 0 stands for the token `first`.
  public mutating func insert(_ bits: UInt128, first: Int) {
    var bits = bits
    var word = first / 64
    let shift = UInt64(first % 64)
    var carried: UInt64 = 0
    while bits != 0 || carried != 0 {
      let low = UInt64(truncatingIfNeeded: bits)
      words[word] |= low << shift | carried
      carried = shift == 0 ? 0 : low >> (64 - shift)
      bits >>= 64
      word += 1
      if bits == 0, carried == 0 { break }
    }
  }
}
