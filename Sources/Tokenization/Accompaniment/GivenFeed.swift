import Music

/// What a network is given while it writes to a part: the part's next bar whenever a bar begins, and the
/// metres.
public struct GivenFeed: Sendable {
  private let vocabulary: MetricalVocabulary
  private var line: GivenLine
  private var clock: BarClock
  /// How many bars of the part were given, or are due.
  public private(set) var nextBar = 0
  private var nextSection = 0
  /// The bar that is being written, −1 before the first; counted where bars are told.
  private var bar = -1
  /// What is due, the next one last.
  private var due: [Token] = []

  /// Begins a piece, before its start token.
  ///
  /// - Parameters:
  ///   - line: the given part.
  ///   - vocabulary: what it is told in.
  public init(_ line: GivenLine, in vocabulary: AccompaniedVocabulary) {
    self.vocabulary = vocabulary.metrical
    self.line = line
    clock = BarClock(vocabulary.metrical)
  }

  /// The token that is to be read next, and removes it; nil where one is to be drawn.
  public mutating func next() -> Token? { due.popLast() }

  /// Goes on with what is known now of a part that is still being played; what was given stays as it was.
  public mutating func goOn(with line: GivenLine) { self.line = line }

  /// Takes the piece's next token, drawn or given.
  public mutating func advance(_ token: Token) {
    let begun = clock.advance(token)
    var tokens: [Token] = []
    for _ in 0..<begun where nextBar < line.bars.count {
      tokens += line.bars[nextBar]
      nextBar += 1
    }
    if !vocabulary.layout.signatures.isEmpty {
      switch vocabulary.scheme {
      case .remi:
        guard vocabulary.layout.bar.contains(Int(token)) else { break }
        bar += 1
        let section = line.sections.partitioningIndex { $0.bar > bar } - 1
        tokens.append(line.sections[section].signature)
      case .tsd:
        while nextSection < line.sections.count, clock.tick >= line.sections[nextSection].tick {
          tokens.append(line.sections[nextSection].signature)
          nextSection += 1
        }
      }
    }
    if !tokens.isEmpty { due = tokens.reversed() + due }
  }

  /// Of the tokens that may be drawn those that leave the metres to the given part: no metre, and no shift
  /// past one that is to come.
  public func keepingMetre(_ allowed: TokenMask) -> TokenMask {
    guard vocabulary.scheme == .tsd, !vocabulary.layout.signatures.isEmpty else { return allowed }
    var kept = allowed
    for token in vocabulary.layout.signatures { kept[Token(token)] = false }
    if nextSection < line.sections.count {
      let step = vocabulary.grid.step(clock.signature)
      let rest = line.sections[nextSection].tick - clock.tick
      let shifts = vocabulary.layout.shifts
      let first = vocabulary.grid.lengths.partitioningIndex { $0 * step > rest }
      for token in shifts.dropFirst(first) { kept[Token(token)] = false }
    }
    return kept.isEmpty ? allowed : kept
  }
}
