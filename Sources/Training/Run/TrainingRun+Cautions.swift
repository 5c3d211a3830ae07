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
  }

  /// What should be known before the run starts.
  public var cautions: [Caution] {
    var cautions: [Caution] = []
    if validationPieces.isEmpty, case .fraction(let fraction) = settings.heldOut, fraction > 0 {
      let files = pieces.corpus.firstReadings(of: trainingPieces)
      cautions.append(.nothingToHoldOut(pieces: files.count))
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
    return cautions
  }
}
