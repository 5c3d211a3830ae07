import Modeling
import Recurrent
import Tensors
import Tokenization

/// How much a piece quotes itself, as asked, and no passage for ever.
struct SelfQuotation {
  /// How much the logit of what recall points to is raised at the most.
  private static let largestRaise: Float = 4

  private var memory: PieceMemory
  private let limits: RepeatLimits?
  private let repeats: Float
  /// Whether the network is to be told of no match when it reads the last token.
  private(set) var isHidden = false

  /// Nil for a model that recalls nothing.
  init?(_ settings: GenerationSettings, _ model: Model) {
    let network = model.network.configuration
    guard let recall = network.recall else { return nil }
    memory = PieceMemory(recall, vocabularySize: network.vocabularySize)
    limits = model.provenance.repeats
    repeats = settings.repeats
  }

  /// Takes the piece's next token, and draws whether its matches are told.
  mutating func read(_ token: Token, using random: inout RandomSource) {
    memory.read(Int32(token))
    isHidden = repeats < 1 && Float(random.uniform()) >= repeats
  }

  /// The token that the network is led to, and how much likelier it is made; nil where it is not.
  var raised: (token: Token, logit: Float)? {
    guard repeats > 1, let candidate = memory.candidate else { return nil }
    return (Token(candidate), (repeats - 1) * Self.largestRaise)
  }

  /// The tokens among some that begin no passage again that was heard often enough; all where nothing
  /// else is left.
  func withoutLoops(_ allowed: TokenMask) -> TokenMask {
    guard let limits else { return allowed }
    var left = allowed
    for repetition in memory.repetitions where limits.isReached(by: repetition) {
      left[Token(repetition.next)] = false
    }
    return left.isEmpty ? allowed : left
  }
}
