import Corpora
public import Tokenization

extension TrainingRun {
  /// What a person should know of a run before it starts.
  public enum Caution: Hashable, Sendable {
    /// There is one piece, or all are the same music, so none can be held out, and nothing tells when it
    /// is known by heart.
    case nothingToHoldOut(pieces: Int)
    /// A step reads more than the whole corpus.
    case stepBeyondCorpus(tokensPerStep: Int, tokensPerEpoch: Int)
    /// All pieces have the one value of a condition, so that telling it says nothing.
    case conditionWithoutChoice(ConditionKind, value: String)
    /// Of most pieces to a given part the bars are a quarter note long or less, so that a network, which hears the part
    /// bar by bar and a bar ahead, knows no more of it than so much.
    case givenPartInShortBars(pieces: Int, of: Int)
    /// There are about so many measurements, and that of the mean of the weights which the validations begin
    /// is at least of this number.
    case tooFewForAverage(measurements: Int, least: Int)
    /// As many measurements without a better one end the run as the mean of the weights waits for, or fewer.
    case patienceBeforeAverage(patience: Int, validations: Int)
  }

  /// What should be known before the run starts.
  public var cautions: [Caution] {
    var cautions: [Caution] = []
    if validationPieces.isEmpty, case .fraction(let fraction) = settings.heldOut, fraction > 0 {
      let count = pieces.corpus.wholePieces(of: trainingPieces).count
      cautions.append(.nothingToHoldOut(pieces: count))
    }
    let tokensPerStep = batch * settings.window * settings.windowsPerStep
    if tokensPerStep > tokensPerEpoch {
      cautions.append(
        .stepBeyondCorpus(tokensPerStep: tokensPerStep, tokensPerEpoch: tokensPerEpoch))
    }
    if let conditions = pieces.vocabulary.knownConditions {
      for kind in conditions.kinds where conditions.values(of: kind).count == 1 {
        cautions.append(
          .conditionWithoutChoice(kind, value: conditions.values(of: kind).first ?? ""))
      }
    }
    if let vocabulary = pieces.vocabulary.accompanied {
      let (short, all) = piecesInShortBars(vocabulary)
      if 2 * short > all { cautions.append(.givenPartInShortBars(pieces: short, of: all)) }
    }
    if let validations = settings.averageTrigger, !validationPieces.isEmpty {
      // One to be held against, those that do not count, the one that begins the mean, and the mean's own.
      let least = validations + 3
      if let count = plannedMeasurements, count < Double(least) {
        cautions.append(.tooFewForAverage(measurements: Int(count), least: least))
      }
      if let patience = settings.patience, patience <= validations {
        cautions.append(.patienceBeforeAverage(patience: patience, validations: validations))
      }
    }
    return cautions
  }

  /// Of more tokens than these evenly chosen pieces are asked for their metres.
  private static let mostTokens = 1 << 22

  /// How many of the pieces to learn from whose part is given tell mostly metres of a quarter note or less, and how
  /// many there are; of some, where they are many.
  private func piecesInShortBars(_ vocabulary: AccompaniedVocabulary) -> (short: Int, all: Int) {
    // Of each token whether its metre is so short; nil where it tells none.
    let areShort = (0..<vocabulary.count).map { number -> Bool? in
      for case .metre(let numerator, let denominator) in vocabulary.events(of: Token(number)) {
        return 4 * numerator <= denominator
      }
      return nil
    }
    var (short, all) = (0, 0)
    for piece in pieces.corpus.evenlyChosen(from: trainingPieces, mostTokens: Self.mostTokens) {
      let tokens = pieces.corpus.tokens(ofPiece: piece)
      if vocabulary.isWhole(tokens) { continue }
      all += 1
      // Conditions stand behind the vocabulary's own tokens.
      let metres = tokens.compactMap { Int($0) < areShort.count ? areShort[Int($0)] : nil }
      if 2 * metres.count(where: { $0 }) > metres.count { short += 1 }
    }
    return (short, all)
  }

  /// About how many times the held-out pieces are measured; nil where the clock ends the run.
  private var plannedMeasurements: Double? {
    let steps: Double
    switch settings.length {
    case .seconds: return nil
    case .steps(let count): steps = Double(count)
    case .epochs(let count):
      let tokensPerStep = batch * settings.window * settings.windowsPerStep
      steps = Double(count) * Double(tokensPerEpoch) / Double(tokensPerStep)
    }
    let first = settings.base == nil ? 0.0 : 1
    return first + (steps / Double(stepsPerValidation)).rounded(.up)
  }
}
