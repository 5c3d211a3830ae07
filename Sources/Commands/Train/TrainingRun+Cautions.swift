import Drawing
import MuseGen

extension TrainingRun.Caution {
  /// The caution as one line.
  var line: String {
    switch self {
    case .nothingToHoldOut(let pieces):
      let reason = pieces == 1 ? "there is one piece" : "all pieces are the same music"
      return "\(reason): none is held out, and nothing tells when it is known by heart"
    case .stepBeyondCorpus(let tokensPerStep, let tokensPerEpoch):
      return "a step reads \(tokensPerStep.grouped) events and the corpus has "
        + "\(tokensPerEpoch.grouped); a smaller --batch or --window gives it more steps"
    }
  }
}
