import Batching
import Recurrent
public import Tokenization

extension Classifier: PieceClassifier {
  /// Reads whole pieces and tells what they are.
  ///
  /// - Parameters:
  ///   - pieces: tokens of whole pieces, of the classifier's vocabulary.
  ///   - progress: called with the share that is done, 0 to 1.
  /// - Returns: for each piece the probability of each label.
  /// - Throws: `NetworkError` where memory would not suffice, `CancellationError` where the task is
  ///   cancelled.
  /// - Complexity: O(n) for n tokens; memory beside the tokens does not depend on the pieces' lengths.
  public func probabilities(
    of pieces: [ArraySlice<Token>], progress: (Double) -> Void = { _ in }
  ) throws -> [[Double]] {
    guard !pieces.isEmpty else { return [] }
    let window = provenance.window ?? 512
    let tokens = pieces.reduce(0) { $0 + $1.count }
    let engine = try BackpropagationThroughTime(
      network.configuration, streams: max(1, min(16, (tokens + window - 1) / window)),
      windowLength: window, precision: .f32)
    return try engine.probabilities(of: pieces, by: network, progress: progress)
  }
}

extension BackpropagationThroughTime {
  /// Reads whole pieces and tells what they are.
  ///
  /// A piece's logits are the mean of its excerpts', each as much as it is long: with the mean as pooling
  /// that is the mean over all its steps.
  func probabilities(
    of pieces: [ArraySlice<Token>], by network: Network, progress: (Double) -> Void = { _ in }
  ) throws(CancellationError) -> [[Double]] {
    let labels = configuration.readout?.labelCount ?? 0
    var logits = pieces.map { _ in [Double](repeating: 0, count: labels) }
    var windows = ExcerptWindows(
      pieces: Array(pieces.indices), streams: streams, length: windowLength, cutting: .whole,
      label: { _ in 0 }, source: { piece, _ in Array(pieces[piece]) })
    var state = NetworkState(configuration, streams: streams)
    let all = max(1, pieces.reduce(0) { $0 + $1.count })
    var read = 0
    while let cut = windows.next() {
      guard !Task.isCancelled else { throw CancellationError() }
      _ = loss(of: network, on: cut.window, state: &state)
      for (owner, excerpt) in zip(cut.owners, excerpts) {
        let share = Double(excerpt.steps.count) / Double(max(1, pieces[owner].count))
        for label in 0..<labels { logits[owner][label] += share * excerpt.logits[label] }
        read += excerpt.steps.count
      }
      progress(Double(read) / Double(all))
    }
    return logits.map { posterior(logLikelihoods: $0) }
  }
}
