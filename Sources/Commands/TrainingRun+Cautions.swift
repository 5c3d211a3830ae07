import MuseGen

extension TrainingRun {
  /// What a person should know of a run before it starts, a line each.
  ///
  /// - Parameter pieces: how many pieces the corpus has.
  /// - Returns: the lines.
  func cautions(pieces: Int) -> [String] {
    var lines: [String] = []
    switch settings.heldOut {
    case .fraction(let fraction) where fraction > 0 && validationPieces.isEmpty:
      let reason = pieces == 1 ? "there is one piece" : "all pieces are the same music"
      lines.append("\(reason): none is held out, and nothing tells when it is known by heart")
    default: break
    }
    let tokensPerStep = batch * settings.window
    if tokensPerStep > tokensPerEpoch {
      lines.append(
        "a step reads \(grouped(tokensPerStep)) events and the corpus has "
          + "\(grouped(tokensPerEpoch)); a smaller --batch or --window gives it more steps")
    }
    return lines
  }
}
