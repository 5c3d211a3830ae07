public import Modeling
import Music
import Settings
import Tokenization

extension GenerationSettings {
  /// The settings in which what a model can be told is told to it, and no longer left to the sampler.
  ///
  /// A key, a density, a tempo, a metre and instruments become conditions where the model knows their
  /// kind. What the vocabulary tells token by token, tempo, metre and programs, the sampler holds to as
  /// well: that costs nothing and is exact. A key that was asked for strictly stays the sampler's, too, and
  /// so does a scale that is no key.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - keepingSteering: whether the sampler shall go on leaning to the key and the density.
  /// - Returns: the settings.
  public func tellingConditions(to model: Model, keepingSteering: Bool = false) -> Self {
    guard let known = model.vocabulary.knownConditions else { return self }
    var told = self
    if known.tells(.key), let scale = steering.scale, let key = Key(scale) {
      told.conditions.key = key
      if !steering.isScaleStrict && !keepingSteering { told.steering.scale = nil }
    }
    if known.tells(.density), let density = steering.density {
      told.conditions.density = density
      if !keepingSteering { told.steering.density = nil }
    }
    let events = model.vocabulary.toldEvents
    if known.tells(.tempo), let tempo = steering.tempo {
      told.conditions.tempo = tempo
      if !events.contains(.tempo) { told.steering.tempo = nil }
    }
    if known.tells(.metre), case .fixed(let numerator, let denominator) = steering.metre {
      told.conditions.metre = PieceAttributes.Metre(
        numerator: numerator, denominator: denominator)
      if !events.contains(.metre) { told.steering.metre = .free }
    }
    if known.tells(.instruments), let programs = steering.programs {
      told.conditions.instruments = Set(programs.map { InstrumentFamily(program: $0) })
      if !events.contains(.program) { told.steering.programs = nil }
    }
    return told
  }

  /// What the network reads before the piece.
  ///
  /// - Throws: ``GenerationError`` where the vocabulary cannot tell what is asked for.
  func opening(in vocabulary: any Vocabulary) throws(GenerationError) -> [Token] {
    let opening = try vocabulary.opening(checking: conditions)
    if guidance != 1, conditions.isEmpty {
      throw GenerationError(
        .setting(
          SettingError(
            "guidance", found: guidance, expected: "1 where the model is told no condition")))
    }
    return opening
  }
}

extension Vocabulary {
  /// What the network reads before a piece of which something is told.
  ///
  /// - Throws: ``GenerationError`` where the vocabulary cannot tell it.
  func opening(checking conditions: PieceAttributes) throws(GenerationError) -> [Token] {
    let known = knownConditions
    for kind in ConditionKind.allCases where conditions.tells(kind) && known?.tells(kind) != true {
      throw GenerationError(
        .condition(
          "the model knows no \(kind.rawValue)"
            + (known.map { ", only \($0.kinds.map(\.rawValue).joined(separator: ", "))" } ?? "")))
    }
    do {
      try known?.check(conditions)
    } catch {
      guard case .setting(let setting) = error.reason else {
        throw GenerationError(.condition("\(error)"))
      }
      throw GenerationError(.setting(setting))
    }
    return opening(telling: conditions)
  }

  /// What tokens of a vocabulary may tell besides notes.
  fileprivate var toldEvents: Set<ToldEvent> {
    Set(
      (0..<count).lazy.flatMap { events(of: Token($0)) }.compactMap { event in
        switch event {
        case .tempo: .tempo
        case .metre: .metre
        case .program: .program
        default: nil
        }
      })
  }
}

private enum ToldEvent { case tempo, metre, program }
