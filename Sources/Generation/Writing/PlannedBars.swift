import Modeling
import Recurrent
import Tensors
import Tokenization

/// Follows, bar by bar, which bars of one of the training pieces were earlier ones again.
///
/// What is struck is the model's own. When a plan is over, another is begun.
struct PlannedBars {
  private let plans: [[Int]]
  private let table: BarTable
  private var random: RandomSource
  private var plan: [Int] = []
  /// Where each bar begins in the piece.
  private var starts: [Int] = []
  /// The bar with which the plan begins; nil until it is known whether the first is an upbeat.
  private var first: Int?
  /// Whether the present bar has been what the plan says so far.
  private var isFollowing = false

  /// Keeps the draw apart from those of tokens.
  private static let purpose: UInt64 = 0x706c_616e

  /// Begins a piece; nil where no plans are known, or bars are not told.
  init?(_ model: Model, seed: UInt64) {
    guard let plans = model.provenance.barPlans, let table = BarTable(model.vocabulary) else {
      return nil
    }
    self.plans = plans.plans
    self.table = table
    random = RandomSource(seed: seed ^ Self.purpose)
  }

  /// Begins a piece of another seed.
  mutating func begin(seed: UInt64) { random = RandomSource(seed: seed ^ Self.purpose) }

  /// Whether the present bar is to be a new one.
  var isNew: Bool { distance == 0 }

  /// How many bars back the present bar stands already: 0 where it is to be new, nil where nothing is planned.
  private var distance: Int? {
    guard let first else { return nil }
    return plan[starts.count - 1 - first]
  }

  /// Hears the piece's token at a place.
  mutating func read(_ place: Int, of memory: PieceMemory) {
    guard table.beginsBar(with: Token(memory[place])) else {
      if isFollowing, let source = source(of: place) {
        isFollowing = memory[source] == memory[place]
      }
      return
    }
    if starts.count == 1 {
      let bar = (starts[0]..<place).lazy.map { Token(memory[$0]) }
      begin(at: table.isUpbeat(bar) ? 1 : 0)
    } else if let first, starts.count - first >= plan.count {
      begin(at: starts.count)
    }
    starts.append(place)
    isFollowing = (distance ?? 0) > 0
  }

  /// The place of what comes next where the present bar is an earlier one again; nil where it is not.
  func place(after memory: PieceMemory) -> Int? {
    isFollowing ? source(of: memory.count) : nil
  }

  private mutating func begin(at bar: Int) {
    first = bar
    plan = plans[Int.random(in: plans.indices, using: &random)]
  }

  /// Where the earlier bar, and the bar line behind it, has what stands at a place of the present one; nil behind it.
  private func source(of place: Int) -> Int? {
    guard let distance, distance > 0 else { return nil }
    let bar = starts.count - 1
    let source = starts[bar - distance] + place - starts[bar]
    return source <= starts[bar - distance + 1] ? source : nil
  }
}
