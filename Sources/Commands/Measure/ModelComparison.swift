import Drawing
import MuseGen

/// What `musegen eval --against` tells of two models.
struct ModelComparison: Encodable {
  /// The models' files or names, as they were read.
  let models: [String]
  /// Of each whether these are the files that it was trained on, the few held out among them.
  let isTrainingMusic: [Bool]
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
  ///   - isTrainingMusic: of each whether it was trained on these files.
  init(_ comparison: PairedComparison, of models: [String], isTrainingMusic: [Bool]) {
    self.models = models
    self.isTrainingMusic = isTrainingMusic
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
    for (letter, isTrained) in zip(["A", "B"], isTrainingMusic) where isTrained {
      lines.append(
        "\(letter) was trained on these files, but for what was held out: how it foresees others they do "
          + "not say")
    }
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
    return lines
  }
}

extension Likelihood.Unit {
  /// The units in the order in which they are told, each as it is called.
  static let named: [(Likelihood.Unit, String)] = [
    (.token, "event"), (.note, "note"), (.second, "second"), (.frame, "frame"),
  ]
}
