import Modeling
import Recurrent
import Tensors
import Tokenization

/// How much a piece quotes itself and from how far back, as asked.
///
/// A piece that drifts finds less to quote than those the model learned from, and a network follows whatever
/// stood last, a bar or two ago, where tunes come again after eight bars. So neither is left to the network's
/// own liking: the piece's quotations are counted as it is written, for each distance, against how many the
/// training pieces have up to there. Where it lags behind at a distance, what recall points to there gets
/// likelier; where it is ahead, going on with such a passage gets less likely, and at last the network is told
/// of none.
struct SelfQuotation {
  /// How much a logit is changed at the most.
  private static let largestChange = 4.0
  /// How much likelier what a plan says gets.
  private static let plannedChange: Float = 8

  /// How many tokens that a piece lags behind, or is ahead, change a logit by 1: fewer of each distance than of
  /// all together.
  private let tokensPerLogit: Double
  /// How many tokens a piece lags behind or is ahead at the most: what is longer ago is past.
  private var largestLag: Double { 1.5 * tokensPerLogit * Self.largestChange }
  private let quoted: QuotedShares?
  /// How much the piece is to quote itself, as ``GenerationSettings/repeats``; from where it is set quotations are
  /// counted, and no plan is followed.
  var repeats: Double {
    didSet {
      planned = nil
      // What it lagged behind a greater wish, or was ahead of a smaller one, is not to be made up for.
      if repeats < oldValue {
        for distance in lags.indices { lags[distance] = min(0, lags[distance]) }
        excessLag = 0
      } else if repeats > oldValue {
        for distance in lags.indices { lags[distance] = max(0, lags[distance]) }
      }
    }
  }
  /// Which bars are to be earlier ones again; nil where quotations are counted instead.
  private var planned: PlannedBars?
  private var ruler: QuotationRuler
  /// How many tokens more than it does the piece would quote from each distance, from where it was gone on
  /// with; a single one where the model does not tell distances.
  private var lags: [Double]
  /// The same of all distances together, where it is to quote itself more than the training pieces do.
  private var excessLag = 0.0
  /// Whether the network is to be told of no match when it reads the last token.
  private(set) var isHidden = false

  /// Nil for a model that recalls nothing.
  init?(_ settings: GenerationSettings, _ model: Model) {
    guard model.network.configuration.recall != nil else { return nil }
    quoted = model.provenance.quoted
    repeats = Double(settings.repeats)
    // A form and a given part are plans of their own.
    planned =
      settings.length?.form == nil && settings.given == nil
      ? PlannedBars(model, repeats: settings.repeats, seed: settings.seed) : nil
    ruler = QuotationRuler(QuotationScale(of: model.vocabulary))
    lags = [Double](repeating: 0, count: quoted?.distanceCount ?? 1)
    tokensPerLogit = lags.count > 1 ? 8 : 16
  }

  /// Begins a piece of another seed.
  ///
  /// - Parameters:
  ///   - seed: the seed.
  ///   - plan: the place of the plan to follow first; nil for any.
  ///   - keys: the keys that the piece goes through; nil where it has one.
  mutating func begin(seed: UInt64, plan: Int?, keys: TonalPlan?) {
    planned?.begin(seed: seed, plan: plan, keys: keys)
  }

  /// Goes on with new material: as if the piece had quoted itself as much ahead as is ever counted, so that
  /// what was heard comes back little by little.
  mutating func beginAnew() {
    for distance in lags.indices { lags[distance] = -largestLag }
    isHidden = true
  }

  /// Hears what the piece has come to, from where it heard it last.
  mutating func hear(_ memory: PieceMemory) {
    for place in ruler.count..<max(ruler.count, memory.count) {
      ruler.read(memory[place])
      planned?.read(place, of: memory)
    }
  }

  /// Takes the piece's next token, and settles whether its matches are told.
  ///
  /// - Parameters:
  ///   - token: the token.
  ///   - memory: the piece before it, which was heard.
  ///   - random: draws what is told where nothing is known of the training pieces.
  mutating func take(_ token: Token, after memory: PieceMemory, using random: inout RandomSource) {
    if planned != nil {
      isHidden = repeats == 0
      return
    }
    guard let quoted else {
      isHidden = repeats < 1 && random.uniform() >= repeats
      return
    }
    let shares = quoted[memory.count]
    let sum = shares.reduce(0, +)
    for (distance, share) in shares.enumerated() { lags[distance] += min(1, repeats) * share }
    if repeats > 1 { excessLag += sum + (repeats - 1) * (1 - sum) }
    let place = memory.quotation == Int32(token) ? memory.quotationPlace : nil
    if let place {
      lags[distance(to: place)] -= 1
      if repeats > 1 { excessLag -= 1 }
    }
    for distance in lags.indices {
      lags[distance] = min(largestLag, max(-largestLag, lags[distance]))
    }
    excessLag = min(2 * largestLag, max(0, excessLag))
    isHidden = repeats == 0 || place.map { change(at: $0) <= -Self.largestChange } == true
  }

  /// The token whose logit is changed, and by how much; nil where none is.
  func change(after memory: PieceMemory) -> (token: Token, logit: Float)? {
    if let planned {
      if let place = planned.place(after: memory) {
        return (Token(memory[place]), Self.plannedChange)
      }
      guard planned.isNew, let quotation = memory.quotation else { return nil }
      return (Token(quotation), -Float(Self.largestChange))
    }
    guard let place = memory.candidatePlace else { return nil }
    let change = change(at: place)
    return change == 0 ? nil : (Token(memory[place]), Float(change))
  }

  private func change(at place: Int) -> Double {
    guard quoted != nil else { return max(0, repeats - 1) * Self.largestChange }
    func limit(_ change: Double) -> Double {
      min(Self.largestChange, max(-Self.largestChange, change))
    }
    return limit(
      limit(lags[distance(to: place)] / tokensPerLogit) + excessLag / tokensPerLogit)
  }

  private func distance(to place: Int) -> Int {
    min(ruler.distanceClass(to: place), lags.count - 1)
  }

  /// Whether the present bar is the last of a plan.
  var endsPlan: Bool { planned?.isLast ?? false }

  /// The tokens among some that pass by no upbeat that is to come again; all where nothing else is left.
  func keepingUpbeat(_ allowed: TokenMask) -> TokenMask {
    planned?.keepingUpbeat(allowed) ?? allowed
  }
}
