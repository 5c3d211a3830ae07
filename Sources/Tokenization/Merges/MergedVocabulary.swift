public import Music

/// A vocabulary whose tokens also stand for frequent sequences of another one's: byte-pair encoding.
///
/// Tokens below the base vocabulary's count are its own; each further one stands for a pair of tokens
/// before it. Sequences get shorter, so that a window of the network reaches further; what can be told
/// stays the same.
///
/// Reference: Gage, "A New Algorithm for Data Compression" (1994); Fradet et al., "Byte Pair Encoding
/// for Symbolic Music" (2023).
public struct MergedVocabulary: Vocabulary {
  /// A pair of tokens that a further token stands for.
  public struct Merge: Hashable, Sendable {
    /// The first token.
    public var left: Token
    /// The second token.
    public var right: Token

    /// Creates a merge.
    public init(_ left: Token, _ right: Token) {
      self.left = left
      self.right = right
    }
  }

  /// The vocabulary of the tokens that are merged.
  public let base: any Vocabulary
  /// The merges, in the order in which they are made.
  public let merges: [Merge]
  /// The base tokens that each token stands for.
  let expansions: [[Token]]
  let merger: PairMerger
  let trie: ExpansionTrie

  /// The most base tokens that a token may stand for.
  ///
  /// Each merge can double the length: without a limit a few could fill the memory.
  public static let longestExpansion = 256

  /// Creates a vocabulary.
  ///
  /// - Parameters:
  ///   - base: the vocabulary of the tokens that are merged.
  ///   - merges: the pairs; the first is told by the token after the base vocabulary's last.
  /// - Throws: ``VocabularyError`` where a merge is of a token that comes later, of the start or the
  ///   end, or there are too many of them.
  public init(base: any Vocabulary, merges: [Merge]) throws(VocabularyError) {
    guard base.count + merges.count <= Int(Token.max) else {
      throw VocabularyError(
        .tooManyTokens(found: base.count + merges.count, limit: Int(Token.max)))
    }
    var expansions = (0..<base.count).map { [Token($0)] }
    for merge in merges {
      for token in [merge.left, merge.right] {
        guard Int(token) < expansions.count, token != base.start, token != base.end else {
          throw VocabularyError(.merge(found: Int(token), count: expansions.count))
        }
      }
      let length = expansions[Int(merge.left)].count + expansions[Int(merge.right)].count
      try VocabularyError.check("mergedLength", length, in: 2...Self.longestExpansion)
      expansions.append(expansions[Int(merge.left)] + expansions[Int(merge.right)])
    }
    self.base = base
    self.merges = merges
    self.expansions = expansions
    merger = PairMerger(merges, firstToken: base.count)
    trie = ExpansionTrie(expansions, baseCount: base.count)
  }

  /// The settings as a model file stores them.
  public var configuration: VocabularyConfiguration {
    .merged(base: base.configuration, merges: merges)
  }
  /// How many tokens there are.
  public var count: Int { expansions.count }
  /// The token that opens every piece.
  public var start: Token { base.start }
  /// The token that closes every piece.
  public var end: Token { base.end }

  /// A token's kind of event: the base vocabulary's, or `merged`.
  public func kind(of token: Token) -> String {
    Int(token) < base.count ? base.kind(of: token) : Int(token) < count ? "merged" : "unknown"
  }

  /// A token's events in words, with commas between them.
  public func name(of token: Token) -> String {
    guard Int(token) < count else { return "unknown \(token)" }
    return expansions[Int(token)].map { base.name(of: $0) }.joined(separator: ", ")
  }

  /// What the tokens tell that a token is merged from, in their order.
  public func events(of token: Token) -> [TokenEvent] {
    guard Int(token) < count else { return [.other] }
    return expansions[Int(token)].flatMap { base.events(of: $0) }
  }

  /// The base vocabulary's tokens for tokens; those that are none of the vocabulary's are left out.
  public func expand(_ tokens: some Sequence<Token>) -> [Token] {
    tokens.flatMap { Int($0) < count ? expansions[Int($0)] : [] }
  }

  /// The tokens for the base vocabulary's.
  ///
  /// - Complexity: O(n log n).
  public func merge(_ tokens: [Token]) -> [Token] { merger.merge(tokens) }

  /// Moves a score onto the base vocabulary's grid.
  public func quantise(_ score: Score) -> Score { base.quantise(score) }
  /// Where a score ends on the base vocabulary's grid.
  public func endTick(of score: Score) -> Int { base.endTick(of: score) }
  /// Turns a score into tokens, from ``start`` to ``end``.
  public func encode(_ score: Score) -> [Token] { merge(base.encode(score)) }
  /// Turns a score into tokens where the base vocabulary's are no more than a limit; else nil.
  public func encode(_ score: Score, limit: Int) -> [Token]? {
    base.encode(score, limit: limit).map(merge)
  }

  /// Moves all pitches but drums'; nil where one would leave the base vocabulary's range.
  ///
  /// The moved notes are merged anew, as the encoder would.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    base.transpose(expand(tokens), by: semitones).map(merge)
  }

  /// Makes a decoder at the start of a piece.
  public func makeDecoder() -> any TokenDecoder { MergedDecoder(self) }
  /// Makes an encoder of what is being played, before the start of a piece.
  public func makeEncoder() -> (any TokenEncoder)? {
    base.makeEncoder().map { MergedEncoder(self, base: $0) }
  }
  /// Makes the grammar's state at the start of a piece.
  public func makeGrammar() -> any Grammar { MergedGrammar(self) }
}

extension MergedVocabulary.Merge: Codable {
  /// Reads a merge from a list of two tokens.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(try container.decode(Token.self), try container.decode(Token.self))
  }

  /// Writes the merge as a list of two tokens.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(left)
    try container.encode(right)
  }
}

/// Turns merged tokens into music: each is its base tokens one after another.
struct MergedDecoder: TokenDecoder {
  private let expansions: [[Token]]
  private var base: any TokenDecoder

  init(_ vocabulary: MergedVocabulary) {
    expansions = vocabulary.expansions
    base = vocabulary.base.makeDecoder()
  }

  mutating func consume(_ token: Token) {
    guard Int(token) < expansions.count else { return }
    for token in expansions[Int(token)] { base.consume(token) }
  }

  var longestNoteSeconds: Double? {
    get { base.longestNoteSeconds }
    set { base.longestNoteSeconds = newValue }
  }
  var sectionBars: Int? {
    get { base.sectionBars }
    set { base.sectionBars = newValue }
  }
  var polyphony: Int? {
    get { base.polyphony }
    set { base.polyphony = newValue }
  }
  var noteCount: Int { base.noteCount }
  var settledSeconds: Double { base.settledSeconds }
  var barsWritten: Double { base.barsWritten }
  var barsPassed: Double { base.barsPassed }
  var bound: PieceBound? {
    get { base.bound }
    set { base.bound = newValue }
  }
  var hasReachedBound: Bool { base.hasReachedBound }
  func place(atTick tick: Int) -> (seconds: Double, bars: Double) { base.place(atTick: tick) }
  mutating func takeSettledMessages() -> [TimedMessage] { base.takeSettledMessages() }
  mutating func finish() { base.finish() }
  var score: Score { base.score }
}
