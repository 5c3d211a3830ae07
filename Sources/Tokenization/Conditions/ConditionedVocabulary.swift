public import Music

/// A vocabulary whose pieces begin with what is told of them as a whole: their conditions.
///
/// Behind the start token stands a token for each slot of the ``Conditions``, then what the base
/// vocabulary tells. Tokens below the base vocabulary's count are its own; the conditions' come after
/// them, the slots in their order, "not told" before the values of each. Conditions are given: a network
/// reads them and is not asked to predict them, the grammar lets none be drawn, and decoders ignore them.
///
/// Reference: Keskar et al., "CTRL: A Conditional Transformer Language Model for Controllable
/// Generation" (2019) for conditions as tokens before the text.
public struct ConditionedVocabulary: Vocabulary {
  /// The vocabulary of all tokens but the conditions'.
  public private(set) var base: any Vocabulary
  /// What is told, and the values.
  public let conditions: Conditions
  /// The token of each slot that tells nothing.
  private let untold: [Token]

  /// Creates a vocabulary.
  ///
  /// - Parameters:
  ///   - base: a vocabulary without conditions.
  ///   - conditions: what is told before a piece begins.
  /// - Throws: ``VocabularyError`` where there are too many tokens, or the base has conditions already.
  public init(base: any Vocabulary, conditions: Conditions) throws(VocabularyError) {
    guard !(base is ConditionedVocabulary) else {
      throw VocabularyError(.conditions)
    }
    var untold: [Token] = []
    var next = base.count
    for slot in conditions.slots {
      untold.append(Token(truncatingIfNeeded: next))
      next += 1 + slot.values.count
    }
    guard next <= Int(Token.max) else {
      throw VocabularyError(.tooManyTokens(found: next, limit: Int(Token.max)))
    }
    self.base = base
    self.conditions = conditions
    self.untold = untold
    count = next
  }

  /// How many tokens there are.
  public let count: Int

  /// The same conditions before whole pieces.
  var whole: ConditionedVocabulary {
    var vocabulary = self
    vocabulary.base = base.whole
    return vocabulary
  }

  /// The settings as a model file stores them.
  public var configuration: VocabularyConfiguration {
    .conditioned(base: base.configuration, conditions: conditions)
  }
  /// The token that opens every piece.
  public var start: Token { base.start }
  /// The token that closes every piece.
  public var end: Token { base.end }

  /// Whether a token tells a condition, or that it is not told.
  public func isCondition(_ token: Token) -> Bool { (base.count..<count).contains(Int(token)) }

  /// The slot of a condition's token, and its value; nil for "not told".
  private func place(of token: Token) -> (slot: Int, value: Int?)? {
    guard isCondition(token), let slot = untold.lastIndex(where: { $0 <= token }) else {
      return nil
    }
    let value = Int(token - untold[slot])
    return (slot, value == 0 ? nil : value - 1)
  }

  /// A token's kind of event: the base vocabulary's, or the condition's kind.
  public func kind(of token: Token) -> String {
    place(of: token).map { conditions.slots[$0.slot].kind.rawValue } ?? base.kind(of: token)
  }

  /// What a condition's token tells, in words; nil for what is not told or absent, and for any other token.
  func told(_ token: Token) -> String? {
    guard let (index, found) = place(of: token), let value = found else { return nil }
    let slot = conditions.slots[index]
    guard let family = slot.family else { return name(of: token) }
    return value == 0 ? nil : "\(slot.values[value]) \(family.rawValue)"
  }

  /// A token's event in words, such as `key D-minor`.
  public func name(of token: Token) -> String {
    guard let (index, value) = place(of: token) else {
      return Int(token) < base.count ? base.name(of: token) : "unknown \(token)"
    }
    let slot = conditions.slots[index]
    let family = slot.family.map { " \($0.rawValue)" } ?? ""
    guard let value else { return "\(slot.kind.rawValue)\(family), not told" }
    return slot.family == nil
      ? "\(slot.kind.rawValue) \(slot.names[value])"
      : "\(slot.kind.rawValue) \(slot.names[value])\(family)"
  }

  /// What a token tells; of a condition nothing that sounds.
  public func events(of token: Token) -> [TokenEvent] {
    isCondition(token) ? [.other] : base.events(of: token)
  }

  /// Moves a score onto the base vocabulary's grid.
  public func quantise(_ score: Score) -> Score { base.quantise(score) }
  /// Where a score ends on the base vocabulary's grid.
  public func endTick(of score: Score) -> Int { base.endTick(of: score) }

  /// Turns a score into tokens, from ``start`` to ``end``, with the conditions that the score tells.
  public func encode(_ score: Score) -> [Token] {
    telling(PieceAttributes(score, toldIn: self), before: base.encode(score))
  }

  /// Turns a score into tokens where the base vocabulary's are no more than a limit; else nil.
  public func encode(_ score: Score, limit: Int) -> [Token]? {
    base.encode(score, limit: limit).map {
      telling(PieceAttributes(score, toldIn: self), before: $0)
    }
  }

  /// Moves all pitches but drums', and the key with them; nil where a pitch would leave the base
  /// vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    let (given, body) = parts(of: tokens)
    guard let moved = base.transpose(body, by: semitones) else { return nil }
    return Self.join(given.map { transpose($0, by: semitones) }, moved)
  }

  /// The key that a piece's conditions tell.
  func key(toldIn tokens: [Token]) -> Key? {
    for token in tokens {
      guard let (index, value) = place(of: token), let value, conditions.slots[index].kind == .key
      else { continue }
      // Twelve major keys, then twelve minor ones.
      return Key(tonic: value % 12, isMinor: value >= 12)
    }
    return nil
  }

  /// The condition that tells a key; nil where the vocabulary tells none.
  func token(telling key: Key) -> Token? {
    conditions.slots.firstIndex { $0.kind == .key }.map { slot in
      untold[slot] + 1 + Token(key.tonic + (key.isMinor ? 12 : 0))
    }
  }

  /// The style that a piece's conditions tell.
  func style(toldIn tokens: [Token]) -> String? {
    for token in tokens {
      guard let (index, value) = place(of: token), let value else { continue }
      let slot = conditions.slots[index]
      if slot.kind == .style { return slot.values[value] }
    }
    return nil
  }

  /// The tempo that a piece's conditions tell, in quarter notes a minute.
  func tempo(toldIn tokens: [Token]) -> Double? {
    for token in tokens {
      guard let (index, value) = place(of: token), let value else { continue }
      let slot = conditions.slots[index]
      if slot.kind == .tempo { return Double(slot.values[value]) }
    }
    return nil
  }

  /// Moves a key; other conditions stay.
  private func transpose(_ token: Token, by semitones: Int) -> Token {
    guard let (index, value) = place(of: token), let value,
      conditions.slots[index].kind == .key
    else { return token }
    // Twelve major keys, then twelve minor ones.
    let moved = value / 12 * 12 + ((value + semitones) % 12 + 12) % 12
    return untold[index] + 1 + Token(moved)
  }

  /// Makes a decoder at the start of a piece; conditions are unknown to it and ignored.
  public func makeDecoder() -> any TokenDecoder { base.makeDecoder() }
  /// Makes an encoder of what is being played; conditions are unknown to it and ignored.
  public func makeEncoder() -> (any TokenEncoder)? { base.makeEncoder() }
  /// Makes the grammar's state at the start of a piece.
  public func makeGrammar() -> any Grammar { ConditionedGrammar(count: count, base: base) }
}

extension ConditionedVocabulary {
  /// The tokens that tell what is known of a piece, one for each slot.
  ///
  /// - Parameter attributes: what is known; a value that the vocabulary does not have is not told.
  /// - Returns: the tokens, to stand behind the start token.
  public func given(telling attributes: PieceAttributes) -> [Token] {
    zip(conditions.slots, untold).map { slot, untold in
      conditions.value(of: slot, in: attributes).map { untold + 1 + Token($0) } ?? untold
    }
  }

  /// Puts what is known of a piece before its tokens.
  ///
  /// - Parameters:
  ///   - attributes: what is known.
  ///   - body: the base vocabulary's tokens, from the start token.
  /// - Returns: the tokens with the conditions behind the start token.
  public func telling(_ attributes: PieceAttributes, before body: [Token]) -> [Token] {
    Self.join(given(telling: attributes), body)
  }

  /// A piece with another style told of it; whatever else is told stays.
  ///
  /// - Parameters:
  ///   - style: the style; one that the vocabulary does not have is not told.
  ///   - tokens: the piece.
  /// - Returns: the tokens.
  public func telling(style: String, of tokens: [Token]) -> [Token] {
    var attributes = PieceAttributes()
    attributes.style = style
    let (given, body) = parts(of: tokens)
    let styled = zip(zip(conditions.slots, given), self.given(telling: attributes)).map {
      $0.0.kind == .style ? $1 : $0.1
    }
    return Self.join(styled, body)
  }

  /// Hides some kinds of conditions of a piece.
  ///
  /// - Parameters:
  ///   - kinds: what shall not be told.
  ///   - given: the tokens of the conditions, one for each slot.
  /// - Returns: the tokens, "not told" where a kind is hidden.
  public func hiding(_ kinds: Set<ConditionKind>, in given: [Token]) -> [Token] {
    given.map { token in
      guard let (slot, _) = place(of: token), kinds.contains(conditions.slots[slot].kind) else {
        return token
      }
      return untold[slot]
    }
  }

  /// The token that tells nothing in the place of a condition's; any other token itself.
  public func untold(_ token: Token) -> Token {
    place(of: token).map { untold[$0.slot] } ?? token
  }

  /// A piece with other conditions.
  public func replacingConditions(of tokens: [Token], by given: [Token]) -> [Token] {
    Self.join(given, parts(of: tokens).body)
  }

  /// The conditions' tokens of a piece, and all others.
  public func parts(of tokens: [Token]) -> (given: [Token], body: [Token]) {
    (tokens.filter(isCondition), tokens.filter { !isCondition($0) })
  }

  private static func join(_ given: [Token], _ body: [Token]) -> [Token] {
    guard let first = body.first else { return given }
    return [first] + given + body.dropFirst()
  }
}

extension Vocabulary {
  /// The vocabulary without conditions: itself where it has none.
  public var withoutConditions: any Vocabulary { (self as? ConditionedVocabulary)?.base ?? self }

  /// Which conditions the vocabulary tells; nil where it tells none.
  public var knownConditions: Conditions? { (self as? ConditionedVocabulary)?.conditions }

  /// What a network reads before a piece: the start token, what is told of the piece, and the ``preface``.
  ///
  /// - Parameter attributes: what is told; nothing by default.
  /// - Returns: the tokens.
  public func opening(telling attributes: PieceAttributes = PieceAttributes()) -> [Token] {
    [start] + ((self as? ConditionedVocabulary)?.given(telling: attributes) ?? []) + preface
  }

  /// What tokens tell of a piece as a whole, each in words such as `key D-minor` or `with strings`; what is not
  /// told is left out, and so are instruments that are told to be absent.
  public func told(in tokens: [Token]) -> [String] {
    (self as? ConditionedVocabulary).map { vocabulary in tokens.compactMap(vocabulary.told) } ?? []
  }

  /// The key that tokens tell of a piece; nil where they tell none.
  public func key(toldIn tokens: [Token]) -> Key? {
    (self as? ConditionedVocabulary)?.key(toldIn: tokens)
  }

  /// The condition that tells a key; nil where the vocabulary tells none.
  package func token(telling key: Key) -> Token? {
    (self as? ConditionedVocabulary)?.token(telling: key)
  }

  /// The style that tokens tell of a piece; nil where they tell none.
  public func style(toldIn tokens: [Token]) -> String? {
    (self as? ConditionedVocabulary)?.style(toldIn: tokens)
  }

  /// The tempo that tokens tell of a piece as a whole, in quarter notes a minute; nil where they tell none.
  public func tempo(toldIn tokens: [Token]) -> Double? {
    (self as? ConditionedVocabulary)?.tempo(toldIn: tokens)
  }

  /// Which part of a piece is given, and in what it is told; nil where none is.
  public var accompanied: AccompaniedVocabulary? { withoutConditions as? AccompaniedVocabulary }

  /// How many tokens a network is asked to predict: all but conditions and the events of a given part, which
  /// come last.
  public var predictableCount: Int {
    switch withoutConditions {
    case let vocabulary as AccompaniedVocabulary: vocabulary.base.count
    case let vocabulary as WholeVocabulary: vocabulary.predictableCount
    case let vocabulary: vocabulary.count
    }
  }

  /// Which tokens are given, so that they are read and not predicted: those of conditions and of a given
  /// part, with its metres.
  ///
  /// - Parameter tokens: a piece, or its beginning.
  /// - Returns: a truth for each token; none at all where none is given.
  public func areGiven(_ tokens: [Token]) -> [Bool] {
    switch self {
    case let vocabulary as ConditionedVocabulary:
      let base = vocabulary.base.areGiven(tokens)
      return tokens.indices.map { index in
        vocabulary.isCondition(tokens[index]) || !base.isEmpty && base[index]
      }
    case let vocabulary as AccompaniedVocabulary: return vocabulary.areGiven(tokens)
    case let vocabulary as WholeVocabulary: return vocabulary.areGiven(tokens)
    default: return []
    }
  }
}

/// Which token may come next: what the base grammar says, and none that is given.
struct ConditionedGrammar: GrammarOverBase {
  private let count: Int
  private let baseCount: Int
  var base: any Grammar

  init(count: Int, base: any Vocabulary) {
    self.count = count
    baseCount = base.count
    self.base = base.makeGrammar()
  }

  var wanted: TokenMask? {
    didSet { base.wanted = wanted?.prefix(baseCount) }
  }

  mutating func advance(_ token: Token) {
    if Int(token) < baseCount { base.advance(token) }
  }

  var allowed: TokenMask {
    var mask = TokenMask(count: count)
    mask.formUnion(base.allowed)
    return mask
  }
}
