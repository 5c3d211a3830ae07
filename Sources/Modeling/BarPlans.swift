package import Tokenization

/// Which bars of training pieces are earlier bars again: for each piece how far back each of its bars stands.
///
/// In a folk tune eight bars come twice, then eight others do. A network foretells each next token of a passage that
/// has come back, and does not count to the bar at which one should.
public struct BarPlans: Hashable, Sendable, Codable {
  /// For each piece, from its first whole bar on, how many bars before each the same was struck; 0 for a new bar.
  package let plans: [[Int]]

  /// The most pieces and the most bars of each that are kept.
  private static let (mostPlans, mostBars) = (1_024, 64)
  /// The fewest bars of which a plan is made.
  private static let fewestBars = 4
  /// Which of several equal bars counts: whole phrases come again rather than single bars.
  private static let likelyDistances = [8, 16, 4, 12, 24, 32, 2, 1]

  /// Finds bars that come again; nil where the vocabulary has no tokens for bars alone, or no piece has bars enough.
  ///
  /// - Parameters:
  ///   - pieces: the tokens of each.
  ///   - vocabulary: their vocabulary.
  /// - Complexity: O(n) for n tokens.
  package init?(of pieces: [[Token]], in vocabulary: any Vocabulary) {
    guard let table = BarTable(vocabulary) else { return nil }
    plans = pieces.prefix(Self.mostPlans).compactMap { piece in
      Self.bars(of: piece, table).map(Self.distances)
    }
    if plans.isEmpty { return nil }
  }

  /// The bars of which a plan is made; nil where there are too few.
  private static func bars(of piece: [Token], _ table: BarTable) -> [[Token]]? {
    let bars = table.wholeBars(of: piece, most: mostBars)
    return bars.count < fewestBars ? nil : bars
  }

  /// Where the plans of pieces stand that are looked at in the same order.
  struct Places {
    private let table: BarTable?
    private var pieceCount = 0
    private var planCount = 0

    init(in vocabulary: any Vocabulary) { table = BarTable(vocabulary) }

    /// The place of the next piece's plan; nil where it has none.
    mutating func next(for piece: [Token]) -> Int? {
      pieceCount += 1
      guard let table, pieceCount <= mostPlans, bars(of: piece, table) != nil else { return nil }
      planCount += 1
      return planCount - 1
    }
  }

  /// Whether the plans can be followed.
  public var isPossible: Bool {
    !plans.isEmpty && plans.count <= Self.mostPlans
      && plans.allSatisfy { plan in
        !plan.isEmpty && plan.enumerated().allSatisfy { (0...$0.offset).contains($0.element) }
      }
  }

  private static func distances(_ bars: [[Token]]) -> [Int] {
    var distances: [Int] = []
    for index in bars.indices {
      let again = (0..<index).filter { bars[$0] == bars[index] }.map { index - $0 }
      if let last = distances.last, again.contains(last) {
        distances.append(last)
      } else {
        distances.append(likelyDistances.first { again.contains($0) } ?? again.last ?? 0)
      }
    }
    return distances
  }
}

/// What tokens tell of bars, where each bar begins with a token of its own.
package struct BarTable: Hashable, Sendable {
  private let beginsBar: [Bool]
  /// Whether bars that differ in the token are different bars: where it strikes a note, or says when.
  private let counts: [Bool]
  private let strikes: [Bool]
  private let positions: [Double?]
  private let tempos: [Bool]
  private let programs: [Bool]
  private let moves: [Bool]
  /// Whether tokens tell of pedals and wheels, which make no bar another one.
  package let tellsControllers: Bool
  /// How long the bars of the metre are that a token tells, in seconds at 120 quarter notes a minute.
  private let lengths: [Double?]

  /// Makes the table; nil where bars are told together with other things, or not at all.
  package init?(_ vocabulary: any Vocabulary) {
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    beginsBar = events.map { $0.contains(.bar) }
    guard beginsBar.contains(true), events.allSatisfy({ $0 == [.bar] || !$0.contains(.bar) }) else {
      return nil
    }
    counts = events.map { events in
      events.contains { event in
        switch event {
        case .position, .program: true
        default: event.isStrike
        }
      }
    }
    strikes = events.map { $0.contains(where: \.isStrike) }
    tempos = events.map { events in
      events.contains { if case .tempo = $0 { true } else { false } }
    }
    programs = events.map { events in
      events.allSatisfy { if case .program = $0 { true } else { false } }
    }
    moves = events.map { $0.contains(where: \.movesController) }
    tellsControllers = moves.contains(true)
    positions = events.map { events in
      events.lazy.compactMap { if case .position(let seconds) = $0 { seconds } else { nil } }.first
    }
    lengths = events.map { events in
      events.lazy.compactMap { event in
        if case .metre(let numerator, let denominator) = event {
          2 * Double(numerator) / Double(denominator)
        } else {
          nil
        }
      }.first
    }
  }

  /// Whether a bar begins with a token.
  package func beginsBar(with token: Token) -> Bool { beginsBar[Int(token)] }

  /// Whether a token tells a tempo.
  package func tellsTempo(_ token: Token) -> Bool { tempos[Int(token)] }

  /// Whether a token moves a pedal or a wheel.
  package func movesController(_ token: Token) -> Bool { moves[Int(token)] }

  /// Whether a token tells a program alone.
  package func tellsProgram(_ token: Token) -> Bool { programs[Int(token)] }

  /// The place in the bar that a token leads to, in seconds at 120 quarter notes a minute; nil where it leads to none.
  package func position(of token: Token) -> Double? { positions[Int(token)] }

  /// The tokens that lead behind a place in the bar: later ones, and the next bar.
  package func tokens(behind position: Double) -> TokenMask {
    var mask = TokenMask(count: positions.count)
    for token in positions.indices {
      mask[Token(token)] = beginsBar[token] || positions[token].map { $0 > position } ?? false
    }
    return mask
  }

  /// The place in a bar where its first note is struck, in seconds at 120 quarter notes a minute; nil where nothing tells.
  package func firstStrike(in bar: some Sequence<Token>) -> Double? {
    var position: Double?
    for token in bar {
      position = positions[Int(token)] ?? position
      if strikes[Int(token)] { return position }
    }
    return nil
  }

  /// Below this length, that of 3/8 in seconds at 120 quarter notes a minute, a first bar is an upbeat: songbooks
  /// write upbeats as bars of 1/16 to 1/4.
  private static let shortestBar = 0.75

  /// Whether a bar's own metre is too short for any bar but an upbeat.
  ///
  /// - Parameter bar: the bar's tokens.
  /// - Returns: false where nothing tells.
  package func isShort(_ bar: some Sequence<Token>) -> Bool {
    for token in bar {
      if let length = lengths[Int(token)] { return length < Self.shortestBar }
    }
    return false
  }

  /// Whether a first bar is an upbeat: its music begins in its latter half, or it is a short bar.
  ///
  /// - Parameter bar: the bar's tokens.
  /// - Returns: false where nothing tells.
  package func isUpbeat(_ bar: some Sequence<Token>) -> Bool {
    if isShort(bar) { return true }
    var (length, position): (Double?, Double?)
    for token in bar {
      length = lengths[Int(token)] ?? length
      position = positions[Int(token)] ?? position
      if strikes[Int(token)] { break }
    }
    guard let length, let position else { return false }
    return 2 * position >= length
  }

  /// What is struck in each bar, an upbeat left out.
  func wholeBars(of piece: [Token], most: Int) -> [[Token]] {
    let starts = piece.indices.filter { beginsBar[Int(piece[$0])] }.prefix(most + 2)
    let bars = zip(starts, starts.dropFirst() + [piece.endIndex]).map { piece[$0..<$1] }
    let isUpbeat = bars.first.map { self.isUpbeat($0) } ?? false
    let music = bars.dropFirst(isUpbeat ? 1 : 0).prefix(most)
    guard tellsControllers else { return music.map { bar in bar.filter { counts[Int($0)] } } }
    var struck = music.map { strikes(in: $0) }
    // A pedal that is lifted after the last note opens no further bar of music.
    while struck.last?.isEmpty == true { struck.removeLast() }
    return struck
  }

  /// The tokens of a bar that strike notes or lead to some, and none that lead to pedals and wheels.
  private func strikes(in bar: ArraySlice<Token>) -> [Token] {
    var kept: [Token] = []
    var leading: [Token] = []
    for token in bar {
      if strikes[Int(token)] {
        kept += leading + [token]
        leading = []
      } else if positions[Int(token)] != nil {
        leading = [token]
      } else if moves[Int(token)] {
        leading.removeAll { programs[Int($0)] }
      } else if counts[Int(token)] {
        leading.append(token)
      }
    }
    return kept
  }
}
