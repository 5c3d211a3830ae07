import Modeling
import Recurrent
import Tensors
import Tokenization

/// How much a piece quotes itself, as asked, and no passage for ever.
///
/// A piece that drifts finds less to quote than those the model learned from, so that the network's own
/// liking does not suffice: the piece's quotations are counted as it is written, against how many the
/// training pieces have up to there. Where it lags behind, what recall points to gets likelier; where it
/// is ahead, going on with a passage gets less likely, and at last the network is told of none.
struct SelfQuotation {
  /// How many tokens that a piece lags behind, or is ahead, change a logit by 1.
  private static let tokensPerLogit = 16.0
  /// How much a logit is changed at the most.
  private static let largestChange = 4.0
  /// How many tokens a piece lags behind or is ahead at the most: what is longer ago is past.
  private static let largestLag = 1.5 * tokensPerLogit * largestChange

  private let limits: RepeatLimits?
  private let quoted: QuotedShares?
  private let repeats: Double
  /// How many tokens more than it does the piece would quote, from where it was gone on with.
  private var lag = 0.0
  /// Whether the network is to be told of no match when it reads the last token.
  private(set) var isHidden = false

  /// Nil for a model that recalls nothing.
  init?(_ settings: GenerationSettings, _ model: Model) {
    guard model.network.configuration.recall != nil else { return nil }
    limits = model.provenance.repeats
    quoted = model.provenance.quoted
    repeats = Double(settings.repeats)
  }

  /// Goes on with new material: as if the piece had quoted itself as much ahead as is ever counted, so that
  /// what was heard comes back little by little.
  mutating func beginAnew() {
    lag = -Self.largestLag
    isHidden = true
  }

  /// Takes the piece's next token, and settles whether its matches are told.
  ///
  /// - Parameters:
  ///   - token: the token.
  ///   - memory: the piece before it.
  ///   - random: draws what is told where nothing is known of the training pieces.
  mutating func take(_ token: Token, after memory: PieceMemory, using random: inout RandomSource) {
    guard let quoted else {
      isHidden = repeats < 1 && random.uniform() >= repeats
      return
    }
    let share = quoted[memory.count]
    let wanted = repeats <= 1 ? repeats * share : share + (repeats - 1) * (1 - share)
    lag += wanted - (memory.quotation == Int32(token) ? 1 : 0)
    lag = min(Self.largestLag, max(-Self.largestLag, lag))
    isHidden = repeats == 0 || change <= -Self.largestChange
  }

  /// The token whose logit is changed, and by how much; nil where none is.
  func change(after memory: PieceMemory) -> (token: Token, logit: Float)? {
    let change = change
    guard change != 0, let token = change > 0 ? memory.candidate : memory.quotation else {
      return nil
    }
    return (Token(token), Float(change))
  }

  private var change: Double {
    guard quoted != nil else { return max(0, repeats - 1) * Self.largestChange }
    return min(Self.largestChange, max(-Self.largestChange, lag / Self.tokensPerLogit))
  }

  /// The tokens among some that begin no passage again that was heard often enough; all where nothing
  /// else is left.
  func withoutLoops(_ allowed: TokenMask, after memory: PieceMemory) -> TokenMask {
    guard let limits else { return allowed }
    var left = allowed
    for repetition in memory.repetitions where limits.isReached(by: repetition) {
      left[Token(repetition.next)] = false
    }
    return left.isEmpty ? allowed : left
  }
}
