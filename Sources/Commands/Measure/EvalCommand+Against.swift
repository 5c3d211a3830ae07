import Drawing
import MuseGen

extension EvalCommand {
  /// Measures two models on the same pieces and tells in what they differ.
  ///
  /// - Parameters:
  ///   - model: the first model.
  ///   - name: how it is called.
  ///   - other: the second model's file, name or run.
  /// - Throws: ``Failure`` where one of them or the music cannot be read, or a loss is no number.
  func compare(_ model: Model, _ name: String, with other: String) throws {
    if dynamic { throw Failure(.usage, "--dynamic has no effect with --against") }
    var options = ModelOptions()
    options.model = other
    let (second, path) = try options.loadWithPath()
    let models = [model, second]
    if labels.labels != nil,
      !models.contains(where: { $0.vocabulary.knownConditions?.tells(.style) ?? false })
    {
      throw Failure(.usage, "--labels has no effect on these models, which know no styles")
    }
    let terminal = Terminal(isQuiet: json)
    let sharesTokens = model.vocabulary.configuration == second.vocabulary.configuration
    let corpus = try corpus(for: model, terminal: terminal)
    let otherCorpus = sharesTokens ? corpus : try self.corpus(for: second, terminal: terminal)
    let comparison = PairedComparison(
      try likelihood(of: model, on: corpus, terminal: terminal),
      try likelihood(of: second, on: otherCorpus, terminal: terminal), sharesTokens: sharesTokens)
    for corpus in [corpus, otherCorpus] { try corpus.checkIsWhole() }
    guard !comparison.pairs.isEmpty else {
      throw Failure(
        .data, "found no piece that both models can read, with the same part given or with none")
    }
    let report = ModelComparison(
      comparison, of: [name, path],
      known: [
        knownPieces(in: corpus, to: model), knownPieces(in: otherCorpus, to: second),
      ])
    if json { try Terminal.printJSON(report) } else { report.lines.forEach { terminal.line($0) } }
  }

  private func corpus(for model: Model, terminal: Terminal) throws -> Corpus {
    let knowsStyles = model.vocabulary.knownConditions?.tells(.style) ?? false
    return try NamedMusic(pieces).corpus(
      in: model.vocabulary, labels: knowsStyles ? labels : nil, terminal: terminal)
  }

  private func likelihood(
    of model: Model, on corpus: Corpus, terminal: Terminal
  ) throws -> Likelihood {
    do {
      return try Likelihood(of: model, on: corpus) { done in
        terminal.transient("\(Int((100 * done).rounded())) %")
      }
    } catch let error as EvaluationError {
      throw Failure(error)
    }
  }
}

extension Failure {
  /// What keeps a model from being measured, with the exit code of its kind.
  init(_ error: EvaluationError) {
    let code: Code =
      switch error.reason {
      case .notFinite: .data
      case .vocabulary, .network, .diverged: .unavailable
      }
    self.init(code, "\(error)")
  }
}

extension Likelihood.Mean {
  /// The interval in brackets, behind the value; nothing where there is none.
  var interval: String {
    guard let low, let high else { return "" }
    return " (\(low.decimals(3)) to \(high.decimals(3)))"
  }
}
