public import Modeling
public import Music
public import Recurrent
import Settings
public import Tokenization

extension Model {
  /// The model after it has learned from a primer for a moment: what it writes on then is more like it.
  ///
  /// - Parameters:
  ///   - primer: the music to learn from.
  ///   - conditions: what the model is told of it, of the conditions that it knows, before what the primer says of
  ///     itself: when it goes on it is told so, too, and guidance weighs what it learned when it was told nothing
  ///     against that.
  ///   - adaptation: how the weights learn.
  ///   - passes: how many times the primer is read.
  /// - Returns: the model with other weights, the primer's pitches among those that it learned from.
  /// - Throws: ``GenerationError`` where a setting is out of range, the primer holds no notes, memory does
  ///   not suffice or the weights run away.
  public func adapted(
    to primer: Score, told conditions: PieceAttributes = PieceAttributes(),
    by adaptation: Adaptation = Adaptation(), passes: Int = 1
  ) throws(GenerationError) -> Model {
    try GenerationError.check(
      "adaptPasses", passes, Self.adaptationPasses ~= passes,
      "\(Self.adaptationPasses.lowerBound) to \(Self.adaptationPasses.upperBound)")
    try vocabulary.check(conditions)
    let vocabulary = vocabulary.whole
    var told = conditions
    told.complete(from: PieceAttributes(primer, toldIn: vocabulary))
    let tokens = try vocabulary.opening(of: primer, after: vocabulary.opening(telling: told))
    var model = self
    do throws(NetworkError) {
      try adaptation.validate()
      let statistics = try GradientStatistics(
        of: network, in: vocabulary, segment: adaptation.segment)
      let reader = try AdaptiveReader(network, adaptation, statistics: statistics)
      for _ in 0..<passes {
        reader.rewind()
        _ = reader.read(tokens.map { Int32($0) }, areGiven: vocabulary.areGiven(tokens))
      }
      model.network = reader.adapted
    } catch {
      throw GenerationError(error.setting.map { .setting($0) } ?? .network(error))
    }
    guard model.network.layout.firstNonFinite(in: model.network.parameters) == nil else {
      throw GenerationError(.adaptationDiverged)
    }
    // What it has learned from just now it may write, too.
    let own = vocabulary.quantise(primer).tracks.lazy.filter { !$0.isDrums }
      .flatMap(\.notes).map(\.pitch)
    model.provenance.pitches = model.provenance.pitches.map { learned in
      own.reduce(learned) { $0.joined(with: .within($1...$1)) }
    }
    return model
  }

  /// How many times a primer may be read to be learnt from.
  public static let adaptationPasses = 1...100
}

extension NetworkError {
  fileprivate var setting: SettingError? {
    if case .setting(let error) = reason { error } else { nil }
  }
}
