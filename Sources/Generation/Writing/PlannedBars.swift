import Modeling
import Recurrent
import Tensors
import Tokenization

/// Follows, bar by bar, which bars of one of the training pieces were earlier ones again.
///
/// What is struck is the model's own. When a plan is over, another is begun. A bar of another key is a new one. Where a piece begins with an upbeat, a new bar
/// before one that comes again ends as the bar before the earlier one did: whoever plays the section again plays its upbeat.
struct PlannedBars {
  private let plans: [[Int]]
  private let table: BarTable
  /// How much the piece is to quote itself: 1 as planned.
  private let repeats: Double
  private var random: RandomSource
  /// The plan to begin with; nil for any.
  private var firstPlan: [Int]?
  /// The keys that the piece goes through; nil where it has one.
  private var keys: TonalPlan?
  private var plan: [Int] = []
  /// Where each bar begins in the piece.
  private var starts: [Int] = []
  /// The bar with which the plan begins; nil until it is known whether the first is an upbeat.
  private var first: Int?
  /// The position at which the piece's upbeat begins; nil where it has none, or one in a short bar of its own.
  private var upbeat: Double?
  /// The place of what comes next where the present bar has been what the plan says so far; nil where it has not.
  private var source: Int?
  /// Where it stood before tokens that lead to what is not told yet: a note, which is the bar's, or a pedal or wheel.
  private var sourceBeforeLead: Int??
  /// Where an upbeat is due in the present bar: the place of its first token, and what would pass it by.
  private var due: (place: Int, position: Double, later: TokenMask)?

  /// Keeps the draw apart from those of tokens.
  private static let purpose: UInt64 = 0x706c_616e

  /// Begins a piece; nil where no plans are known, or bars are not told.
  init?(_ model: Model, repeats: Float, seed: UInt64) {
    guard let plans = model.provenance.barPlans, let table = BarTable(model.vocabulary) else {
      return nil
    }
    self.plans = plans.plans
    self.table = table
    self.repeats = Double(repeats)
    random = RandomSource(seed: seed ^ Self.purpose)
  }

  /// Begins a piece of another seed, with a plan of its own, where one is given, and through keys.
  mutating func begin(seed: UInt64, plan: Int?, keys: TonalPlan?) {
    random = RandomSource(seed: seed ^ Self.purpose)
    firstPlan = plan.flatMap { plans.indices.contains($0) ? plans[$0] : nil }
    self.keys = keys
  }

  /// Whether the present bar is to be a new one.
  var isNew: Bool { distance(ofBar: starts.count - 1) == 0 }

  /// Whether the present bar is the last of a plan.
  var isLast: Bool { first.map { starts.count - $0 == plan.count } ?? false }

  /// How many bars back a bar stands already: 0 where it is to be new, nil where nothing is planned.
  private func distance(ofBar bar: Int) -> Int? {
    guard let first, plan.indices.contains(bar - first) else { return nil }
    return plan[bar - first]
  }

  /// Hears the piece's token at a place.
  mutating func read(_ place: Int, of memory: PieceMemory) {
    let token = Token(memory[place])
    guard table.beginsBar(with: token) else {
      follow(token, memory)
      return
    }
    if starts.count == 1 {
      let bar = (starts[0]..<place).lazy.map { Token(memory[$0]) }
      let isUpbeat = table.isUpbeat(bar)
      // What stands in a bar of its own is at no place of a whole one.
      upbeat = isUpbeat && !table.isShort(bar) ? table.firstStrike(in: bar) : nil
      begin(at: isUpbeat ? 1 : 0)
    } else if let first, starts.count - first >= plan.count {
      begin(at: starts.count)
    }
    starts.append(place)
    sourceBeforeLead = nil
    let bar = starts.count - 1
    source = distance(ofBar: bar).flatMap { distance in
      distance > 0 ? table.skippingAsides(from: starts[bar - distance] + 1, memory) : nil
    }
    due = dueUpbeat(of: bar, memory)
  }

  private mutating func follow(_ token: Token, _ memory: PieceMemory) {
    if table.movesController(token) {
      // What has led to it was none of the bar's notes.
      if let before = sourceBeforeLead { source = before }
      sourceBeforeLead = nil
      return
    }
    let leads = table.position(of: token) != nil || table.tellsProgram(token)
    if !leads || !table.tellsControllers {
      sourceBeforeLead = nil
    } else if sourceBeforeLead == nil {
      sourceBeforeLead = .some(source)
    }
    if let place = source {
      // A tempo is told where it changes, and not again.
      if Token(memory[place]) == token {
        source = table.skippingAsides(from: place + 1, memory)
      } else if !table.tellsTempo(token) {
        source = nil
      }
    }
    guard let due, let position = table.position(of: token), position >= due.position else {
      return
    }
    if Token(memory[due.place]) == token {
      source = table.skippingAsides(from: due.place + 1, memory)
    }
    self.due = nil
  }

  /// The place of what comes next where the present bar, or the upbeat in it, is an earlier one again; nil where neither is.
  func place(after memory: PieceMemory) -> Int? {
    source.flatMap { $0 < memory.count ? $0 : nil }
  }

  /// Of some tokens those that do not pass by an upbeat that is due; all where none would be left.
  func keepingUpbeat(_ allowed: TokenMask) -> TokenMask {
    guard let due else { return allowed }
    let kept = allowed.subtracting(due.later)
    return kept.isEmpty ? allowed : kept
  }

  /// The upbeat with which a new bar ends, as the next one comes again.
  private func dueUpbeat(
    of bar: Int, _ memory: PieceMemory
  ) -> (place: Int, position: Double, later: TokenMask)? {
    guard let upbeat, distance(ofBar: bar) == 0, let distance = distance(ofBar: bar + 1),
      distance > 0, bar >= distance
    else { return nil }
    let before = bar - distance
    let place = (starts[before]..<starts[before + 1]).first { place in
      table.position(of: Token(memory[place])).map { $0 >= upbeat } ?? false
    }
    guard let place, let position = table.position(of: Token(memory[place])) else { return nil }
    return (place, position, table.tokens(behind: position))
  }

  private mutating func begin(at bar: Int) {
    first = bar
    plan = firstPlan ?? plans[Int.random(in: plans.indices, using: &random)]
    firstPlan = nil
    if repeats < 1 { forget() } else if repeats > 1 { insist() }
    guard let keys else { return }
    // What comes again in another key is not the same.
    for place in plan.indices
    where keys.key(ofBar: bar + place) != keys.key(ofBar: bar + place - plan[place]) {
      plan[place] = 0
    }
  }

  /// Makes passages that come again new ones, but for a share.
  private mutating func forget() {
    var start = 0
    while start < plan.count {
      let end = plan[start...].firstIndex { $0 != plan[start] } ?? plan.count
      if plan[start] > 0, random.uniform() >= repeats {
        for bar in start..<end { plan[bar] = 0 }
      }
      start = end
    }
  }

  /// How many bars come again together where more is to come again than is planned.
  private static let phraseBars = 4
  /// How many times in a row such a phrase is heard at the most.
  private static let mostInARow = 4

  /// Lets a share of the new phrases be earlier ones.
  private mutating func insist() {
    /// What each phrase is: the number of the first that is the same.
    var phrases: [Int] = []
    for start in stride(from: 0, to: plan.count, by: Self.phraseBars) {
      let bars = start..<min(start + Self.phraseBars, plan.count)
      let number = phrases.count
      let circling = phrases.suffix(Self.mostInARow - 1)
      let tired =
        circling.count == Self.mostInARow - 1 && Set(circling).count == 1 ? circling.last : nil
      let others = Set(phrases).filter { $0 != tired }.sorted()
      if plan[bars].allSatisfy({ $0 == 0 }), !others.isEmpty, random.uniform() < repeats - 1 {
        let phrase = others[Int.random(in: others.indices, using: &random)]
        let last = phrases.lastIndex(of: phrase) ?? 0
        for bar in bars { plan[bar] = (number - last) * Self.phraseBars }
        phrases.append(phrase)
      } else {
        let (quotient, rest) = plan[start].quotientAndRemainder(dividingBy: Self.phraseBars)
        let isPhrase = rest == 0 && quotient > 0 && Set(plan[bars]).count == 1
        phrases.append(isPhrase ? phrases[number - quotient] : number)
      }
    }
  }
}

extension BarTable {
  /// The place from which an earlier bar is gone on with: tempos, pedals and wheels left out, and positions that tell
  /// nothing else.
  fileprivate func skippingAsides(from place: Int, _ memory: PieceMemory) -> Int {
    var place = skippingMoves(from: place, memory)
    func token(_ place: Int) -> Token? { place < memory.count ? Token(memory[place]) : nil }
    while let next = token(place), position(of: next) != nil {
      let end = skippingMoves(from: place + 1, memory)
      guard end > place + 1, let behind = token(end),
        position(of: behind) != nil || beginsBar(with: behind)
      else { break }
      place = end
    }
    return place
  }

  /// The place behind tempos, and behind movements of pedals and wheels with their programs.
  private func skippingMoves(from place: Int, _ memory: PieceMemory) -> Int {
    var place = place
    func token(_ place: Int) -> Token? { place < memory.count ? Token(memory[place]) : nil }
    while let next = token(place) {
      if tellsTempo(next) || movesController(next) {
        place += 1
      } else if tellsProgram(next), let moved = token(place + 1), movesController(moved) {
        place += 2
      } else {
        break
      }
    }
    return place
  }
}
