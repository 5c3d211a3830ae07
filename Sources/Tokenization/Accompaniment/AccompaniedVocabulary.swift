public import Music

/// A vocabulary whose pieces are written to a part that is given: the other parts' events, and a bar ahead
/// of them the given part's.
///
/// Tokens below the base vocabulary's count are its own and tell the other parts. Those after them tell the
/// given one, bar by bar: a bar token, then positions, pitches and durations. A bar of them stands where the
/// bar before it begins, the first one before the piece, and one token behind the last tells that no more
/// are to come. So a network hears each bar of the given part before it writes to it, reads on in one
/// direction, and can do so live. The given tokens are read and not predicted, and so are the metres, which
/// are the given part's: the grammar lets no given token be drawn, and decoders ignore them.
///
/// The tempo is left to the given part and not told.
///
/// Where the part is optional, a piece may be written whole too: nothing is given but the token that ends the part, which
/// stands before it, and metres are the piece's own. ``Vocabulary/whole`` writes in that way.
///
/// Reference: Thickstun et al., "Anticipatory Music Transformer" (2023), whose controls stand in the stream
/// some seconds ahead of their time; here it is a bar.
public struct AccompaniedVocabulary: Vocabulary {
  /// Which part is given.
  public let part: GivenPart
  /// Whether pieces may also be whole, and nothing given.
  public let isOptional: Bool
  /// The vocabulary of the other parts.
  let metrical: MetricalVocabulary
  let given: GivenLayout

  /// Creates a vocabulary.
  ///
  /// - Parameters:
  ///   - base: the settings of the vocabulary of the other parts: TSD or REMI, with programs; that it tells
  ///     tempos is taken back.
  ///   - part: which part is given.
  ///   - isOptional: whether pieces may also be whole, and nothing given.
  /// - Throws: ``VocabularyError`` where the base is another vocabulary, or there are too many tokens.
  public init(
    base: VocabularyConfiguration, part: GivenPart, isOptional: Bool = false
  ) throws(VocabularyError) {
    let scheme: MetricalVocabulary.Scheme
    var settings: MetricalConfiguration
    switch base {
    case .tsd(let metrical): (scheme, settings) = (.tsd, metrical)
    case .remi(let metrical): (scheme, settings) = (.remi, metrical)
    default: throw VocabularyError(.accompaniment(found: base.name))
    }
    guard settings.programs else {
      throw VocabularyError(.accompaniment(found: "\(base.name) without programs"))
    }
    settings.tempos = false
    metrical = try MetricalVocabulary(scheme, settings)
    given = GivenLayout(metrical)
    guard given.count <= Int(Token.max) else {
      throw VocabularyError(.tooManyTokens(found: given.count, limit: Int(Token.max)))
    }
    self.part = part
    self.isOptional = isOptional
  }

  /// The vocabulary of the other parts.
  public var base: any Vocabulary { metrical }
  /// How many tokens there are.
  public var count: Int { given.count }
  /// The settings as a model file stores them.
  public var configuration: VocabularyConfiguration {
    .accompanied(base: metrical.configuration, part: part, isOptional: isOptional)
  }
  /// The token that opens every piece.
  public var start: Token { metrical.start }
  /// The token that closes every piece.
  public var end: Token { metrical.end }

  /// The tokens that begin a bar of the given part, and the one that ends the part.
  public var givenBars: Range<Int> { Int(given.bar)..<Int(given.end) + 1 }
  /// The tokens of the given part's pitches.
  public var givenPitches: Range<Int> { given.pitches }

  /// Whether a token is read and not predicted where a part is given: one of that part, or a metre.
  public func isGiven(_ token: Token) -> Bool {
    Int(token) >= metrical.count || metrical.layout.signatures.contains(Int(token))
  }

  /// Which tokens of a piece are read and not predicted: those of the given part and the metres, which are its own.
  ///
  /// - Parameter tokens: a piece, or its beginning.
  /// - Returns: a truth for each token; of a whole piece the metres are predicted.
  func areGiven(_ tokens: [Token]) -> [Bool] {
    let isWhole = isWhole(tokens)
    return tokens.map { isWhole ? Int($0) >= metrical.count : isGiven($0) }
  }

  /// Whether a piece is written whole, its part being told to be over before it begins.
  public func isWhole(_ tokens: some Sequence<Token>) -> Bool {
    isOptional && tokens.first { givenBars.contains(Int($0)) } == given.end
  }

  /// A token's kind of event: the base vocabulary's, or that of a given event, such as `given-pitch`.
  public func kind(of token: Token) -> String {
    switch given.event(token) {
    case .bar: "given-bar"
    case .end: "given-end"
    case .position: "given-position"
    case .pitch: "given-pitch"
    case .duration: "given-duration"
    case nil: Int(token) < count ? metrical.kind(of: token) : "unknown"
    }
  }

  /// A token's event in words, such as `given-pitch 60`.
  public func name(of token: Token) -> String {
    let kind = kind(of: token)
    return switch given.event(token) {
    case .bar, .end: kind
    case .position(let position): "\(kind) \(position)"
    case .pitch(let pitch): "\(kind) \(metrical.layout.lowestPitch + pitch)"
    case .duration(let length): "\(kind) \(metrical.grid.lengthNames[length])"
    case nil: Int(token) < count ? metrical.name(of: token) : "\(kind) \(token)"
    }
  }

  /// What a token tells; of the given part nothing that is to be written.
  public func events(of token: Token) -> [TokenEvent] { metrical.events(of: token) }

  /// Moves the other parts of a score onto the base vocabulary's grid.
  public func quantise(_ score: Score) -> Score { metrical.quantise(others(of: score)) }
  /// Where the other parts of a score end on the base vocabulary's grid.
  public func endTick(of score: Score) -> Int { metrical.endTick(of: others(of: score)) }

  private func others(of score: Score) -> Score { part.parting(score)?.others ?? score }

  /// Turns a score into tokens, from ``start`` to ``end``; of one that lacks the part nothing is given.
  public func encode(_ score: Score) -> [Token] { encode(score, limit: .max) ?? [] }

  /// Turns a whole score into tokens where they are no more than a limit, nothing being given; else nil.
  ///
  /// - Precondition: the part is optional.
  public func encodeWhole(_ score: Score, limit: Int = .max) -> [Token]? {
    precondition(isOptional, "a part that must be given is never left out")
    guard let body = metrical.encode(score, limit: limit) else { return nil }
    let tokens = weave(body, [[given.end]])
    return tokens.count <= limit ? tokens : nil
  }

  /// Turns a score into tokens where they are no more than a limit; else nil.
  public func encode(_ score: Score, limit: Int) -> [Token]? {
    let parts = part.parting(score)
    guard let body = metrical.encode(parts?.others ?? score, limit: limit) else { return nil }
    let tokens = weave(body, parts.map { GivenLine($0.given, in: self).bars } ?? [[given.end]])
    return tokens.count <= limit ? tokens : nil
  }

  /// Moves all pitches but drums', the given part's with them; nil where one would leave the base
  /// vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    guard var moved = metrical.transpose(tokens, by: semitones) else { return nil }
    for (index, token) in tokens.enumerated() where given.pitches.contains(Int(token)) {
      guard given.pitches.contains(Int(token) + semitones) else { return nil }
      moved[index] = Token(Int(token) + semitones)
    }
    return moved
  }

  /// Makes a decoder of the other parts at the start of a piece.
  public func makeDecoder() -> any TokenDecoder { metrical.makeDecoder() }
  /// Makes the grammar's state at the start of a piece.
  public func makeGrammar() -> any Grammar { ConditionedGrammar(count: count, base: metrical) }
}

extension AccompaniedVocabulary {
  /// Lays the bars of a given part between the tokens of the others, each where the bar before it begins.
  func weave(_ body: [Token], _ bars: [[Token]]) -> [Token] {
    var clock = BarClock(metrical)
    var woven: [Token] = []
    woven.reserveCapacity(body.count + bars.reduce(0) { $0 + $1.count })
    var next = 0
    for token in body {
      woven.append(token)
      for _ in 0..<clock.advance(token) where next < bars.count {
        woven += bars[next]
        next += 1
      }
    }
    return woven
  }

  /// Changes the other parts of a piece, and lays the given one between what comes of them.
  func changingOthers(of tokens: [Token], _ change: ([Token]) -> [Token]) -> [Token] {
    var bars: [[Token]] = []
    for token in tokens where Int(token) >= metrical.count {
      if token == given.bar || token == given.end || bars.isEmpty { bars.append([]) }
      bars[bars.count - 1].append(token)
    }
    return weave(change(tokens.filter { Int($0) < metrical.count }), bars)
  }
}

/// Which token stands for which event of a given part: those behind the base vocabulary's.
struct GivenLayout: Sendable {
  enum Event: Hashable {
    case bar
    case end
    case position(Int)
    /// Counted from the base vocabulary's lowest.
    case pitch(Int)
    case duration(Int)
  }

  let bar: Token
  let end: Token
  let positions: Range<Int>
  let pitches: Range<Int>
  let durations: Range<Int>

  init(_ vocabulary: MetricalVocabulary) {
    let (grid, first) = (vocabulary.grid, vocabulary.count)
    bar = Token(truncatingIfNeeded: first)
    end = Token(truncatingIfNeeded: first + 1)
    let longestBar = grid.signatures.map(\.numerator).max() ?? 4
    positions = first + 2..<first + 2 + longestBar * grid.positions
    pitches = positions.upperBound..<positions.upperBound + vocabulary.layout.pitches.count
    durations = pitches.upperBound..<pitches.upperBound + grid.lengths.count
  }

  var count: Int { durations.upperBound }

  func event(_ token: Token) -> Event? {
    if token == bar { return .bar }
    if token == end { return .end }
    let token = Int(token)
    if positions.contains(token) { return .position(token - positions.lowerBound) }
    if pitches.contains(token) { return .pitch(token - pitches.lowerBound) }
    if durations.contains(token) { return .duration(token - durations.lowerBound) }
    return nil
  }
}
