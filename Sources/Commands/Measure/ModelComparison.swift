import Drawing
import MuseGen

/// What `musegen eval --against` tells of two models.
struct ModelComparison: Encodable {
  /// The models' files or names, as they were read.
  let models: [String]
  /// Whether these are the files that each model or its base was trained on, the few held out among them.
  let areTrainingMusic: [Bool]
  /// How many of the files that both read each model was trained on; nil where it does not say.
  let learned: [Int?]
  let pieces: [Piece]
  /// The pieces that only one of the models reads.
  let unpaired: [String]
  /// How many files these are: one that both read with a part given and whole is two of them.
  let files: Int
  /// On how many files the first model's loss is the lower.
  let firstIsBetter: Int
  /// The differences by unit; per token only where both have one vocabulary.
  let natsPer: [String: PairedComparison.Difference]

  /// A piece and both models' nats.
  struct Piece: Encodable {
    var path: String
    var nats: [Double]
    var notes: Int
    var seconds: Double
    /// The part that was given to both; nil where they predict all.
    var givenPart: String?
  }

  /// Compares two models.
  ///
  /// - Parameters:
  ///   - comparison: their measurements on the same pieces.
  ///   - models: how they are called.
  ///   - known: what of the pieces each was trained on.
  init(_ comparison: PairedComparison, of models: [String], known: [KnownPieces]) {
    self.models = models
    areTrainingMusic = known.map(\.isTrainingMusic)
    let paths = comparison.pairs.map(\.first.path)
    learned = known.map { $0.learnedCount(among: paths) }
    pieces = comparison.pairs.map {
      Piece(
        path: $0.first.path, nats: [$0.first.nats, $0.second.nats], notes: $0.first.notes,
        seconds: $0.first.seconds, givenPart: $0.first.givenPart)
    }
    unpaired = comparison.unpaired
    files = comparison.fileCount
    firstIsBetter = comparison.firstIsBetter
    var differences: [String: PairedComparison.Difference] = [:]
    for unit in Likelihood.Unit.allCases {
      differences[unit.rawValue] = comparison.difference(per: unit)
    }
    natsPer = differences
  }

  /// The report for people.
  var lines: [String] {
    var lines = [
      "A is \(models[0]), B is \(models[1])",
      "\(files.counted("piece"))"
        + (unpaired.isEmpty
          ? "" : "; \(unpaired.count.grouped) that only one model reads left out"),
    ]
    for (unit, name) in Likelihood.Unit.named {
      guard let difference = natsPer[unit.rawValue] else { continue }
      var line =
        "\(difference.first.decimals(3)) against \(difference.second.decimals(3)) nats per \(name), "
      if difference.value == 0 {
        lines.append(line + "no difference")
        continue
      }
      let amount = abs(difference.value).decimals(3)
      line += difference.value <= 0 ? "A lower by \(amount)" : "B lower by \(amount)"
      if let low = difference.low, let high = difference.high {
        let ends = difference.value <= 0 ? (-high, -low) : (low, high)
        line += " (\(ends.0.decimals(3)) to \(ends.1.decimals(3)))"
        if !difference.isTold { line += ", which may be chance" }
      }
      lines.append(line)
    }
    lines.append(
      "A predicts \(firstIsBetter.grouped) of the \(files.counted("piece")) better")
    let trained = models.indices.map(training(ofModel:))
    let isSame = trained.allSatisfy { $0 == trained[0] }
    for (place, what) in trained.enumerated() where place == 0 || !isSame {
      guard let what else { continue }
      let who = isSame ? "both were" : place == 0 ? "A was" : "B was"
      lines.append(
        "\(who) trained on \(what): which foresees others better they do not say")
    }
    return lines
  }

  /// What of the pieces a model was trained on, in words; nil where it was on none, or does not say.
  private func training(ofModel place: Int) -> String? {
    if let count = learned[place], count > 0 {
      return "\(count == files ? "all" : count.grouped) of these pieces"
    }
    return areTrainingMusic[place] ? "these files, but for what was held out" : nil
  }
}

extension Likelihood.Unit {
  /// The units in the order in which they are told, each as it is called.
  static let named: [(Likelihood.Unit, String)] = [
    (.token, "event"), (.note, "note"), (.second, "second"), (.frame, "frame"),
  ]
}
