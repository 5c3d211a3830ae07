import Tensors

extension NetworkConfiguration {
  /// By what the parameters of recall's gate are multiplied before they are added to logits.
  package static let recallGateScale: Float = 10
}

/// The short way from recall to the output: to the logit of each match's candidate a learnt number is
/// added, one for each match and each class of all matches' lengths.
///
/// The layers too learn whether to follow a candidate, but have to learn it for every token anew: a copy
/// through them is a product of two matrices that must agree. Here one number serves all tokens.
///
/// - Reference: See, Liu and Manning, "Get To The Point: Summarization with Pointer-Generator Networks"
///   (2017), whose copies are chosen by a gate; the weight of a match by its length is Mahoney's,
///   "Adaptive Weighing of Context Models for Lossless Data Compression" (2005).
struct RecallGate {
  // Parameters are a tenth of what is added, so that they find their size in as many steps as others.
  private static let scale = NetworkConfiguration.recallGateScale
  private let slot: ParameterLayout.Slot
  private let values: Matrix<Float>
  private let matches: Int
  private let classCount: Int
  private let vocabularySize: Int

  /// Makes room for the numbers; nil where a network has no gate.
  init?(_ configuration: NetworkConfiguration) {
    let slot = configuration.layout.slots.first { $0.parameter == .recallGate }
    guard let slot else { return nil }
    self.slot = slot
    (matches, classCount) = (slot.shape[0], slot.shape[1])
    vocabularySize = configuration.vocabularySize
    values = Matrix(rows: 1, columns: slot.count)
  }

  func load(_ parameters: [Float]) {
    for index in 0..<slot.count {
      values[0, index] = Self.scale * parameters[slot.offset + index]
    }
  }

  /// Adds to the logits what the gate says.
  ///
  /// - Parameters:
  ///   - lookups: the rows of the input table that were read, one matrix for each look-up.
  ///   - rows: how many rows of them and of the logits.
  ///   - logits: what is added to, a column for each token of `outputs`.
  ///   - outputs: the tokens whose logits these are.
  func add(_ lookups: [Matrix<Int32>], rows: Int, to logits: Matrix<Float>, outputs: Range<Int>) {
    eachCandidate(lookups, rows: rows) { row, token, place in
      guard outputs.contains(token) else { return }
      logits[row, token - outputs.lowerBound] += values[0, place]
    }
  }

  /// Adds the gate's gradient to those of all parameters, from that of the logits of all tokens.
  func addGradient(
    _ lookups: [Matrix<Int32>], rows: Int, logits: Matrix<Float>, to parameters: Matrix<Float>
  ) {
    eachCandidate(lookups, rows: rows) { row, token, place in
      parameters[0, slot.offset + place] += Self.scale * logits[row, token]
    }
  }

  // The token's own look-up comes first, then each match's candidate, then all lengths.
  private func eachCandidate(
    _ lookups: [Matrix<Int32>], rows: Int, _ body: (_ row: Int, _ token: Int, _ place: Int) -> Void
  ) {
    let firstRows = (0...matches).map {
      Recall.firstRow(ofLookup: $0, vocabularySize: vocabularySize)
    }
    for row in 0..<rows {
      let lengths = Int(lookups[matches + 1][row, 0]) - firstRows[matches]
      // Idle streams read a token's row only.
      guard (0..<classCount).contains(lengths) else { continue }
      for match in 0..<matches {
        let token = Int(lookups[match + 1][row, 0]) - firstRows[match]
        if token < vocabularySize { body(row, token, match * classCount + lengths) }
      }
    }
  }
}
