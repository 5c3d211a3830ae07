import Corpora

extension TrainingRun {
  /// What a person should know of a run before it starts.
  public enum Caution: Hashable, Sendable {
    /// There is one piece, or all are the same music, so none can be held out, and nothing tells when it
    /// is known by heart.
    case nothingToHoldOut(pieces: Int)
    /// No piece of the folder that was to be held out can be read.
    case unreadableHeldOut(folder: String)
    /// A step reads more than the whole corpus.
    case stepBeyondCorpus(tokensPerStep: Int, tokensPerEpoch: Int)
  }

  /// What should be known before the run starts.
  public var cautions: [Caution] {
    var cautions: [Caution] = []
    if validationPieces.isEmpty {
      switch settings.heldOut {
      case .fraction(let fraction) where fraction > 0:
        cautions.append(.nothingToHoldOut(pieces: trainingPieces.count))
      case .folder(let folder): cautions.append(.unreadableHeldOut(folder: folder))
      default: break
      }
    }
    let tokensPerStep = batch * settings.window
    if tokensPerStep > tokensPerEpoch {
      cautions.append(
        .stepBeyondCorpus(tokensPerStep: tokensPerStep, tokensPerEpoch: tokensPerEpoch))
    }
    return cautions
  }
}
