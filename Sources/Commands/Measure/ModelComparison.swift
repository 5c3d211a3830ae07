import Drawing
import MuseGen

/// What `musegen eval --against` tells of two models.
struct ModelComparison: Encodable {
  /// The models' files or names, as they were read.
  let models: [String]
  /// Whether these are the files that each model was trained on, the few held out among them.
  let areTrainingMusic: [Bool]
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
  ///   - areTrainingMusic: whether each was trained on these files.
  init(_ comparison: PairedComparison, of models: [String], areTrainingMusic: [Bool]) {
    self.models = models
    self.areTrainingMusic = areTrainingMusic
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
    let trained = zip(["A", "B"], areTrainingMusic).filter { $0.1 }.map { $0.0 }
    if let first = trained.first {
      lines.append(
        "\(trained.count > 1 ? "both were" : "\(first) was") trained on these files, but for what was held "
          + "out: which foresees others better they do not say")
    }
    return lines
  }
}

extension Likelihood.Unit {
  /// The units in the order in which they are told, each as it is called.
  static let named: [(Likelihood.Unit, String)] = [
    (.token, "event"), (.note, "note"), (.second, "second"), (.frame, "frame"),
  ]
}
