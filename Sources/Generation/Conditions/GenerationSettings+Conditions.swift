public import Modeling
import Music
import Settings
import Tensors
import Tokenization

extension GenerationSettings {
  /// The settings in which what a model can be told is told to it, and no longer left to the sampler.
  ///
  /// A key, be it that of the chords, a density, a tempo, a metre and instruments become conditions where the model knows their
  /// kind. What the vocabulary tells token by token, tempo, metre and programs, the sampler holds to as
  /// well: that costs nothing and is exact. A key that was asked for strictly stays the sampler's, too, and
  /// so does a scale that is no key, of which the nearest key is told: else one would be drawn that has nothing to
  /// do with it. A style may be asked for in other capitals than it has.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - keepingSteering: whether the sampler shall go on leaning to the key and the density.
  /// - Returns: the settings.
  public func tellingConditions(to model: Model, keepingSteering: Bool = false) -> Self {
    guard let known = model.vocabulary.knownConditions else { return self }
    var told = self
    if let name = told.conditions.style, let style = known.style(called: name) {
      told.conditions.style = style
    }
    if known.tells(.key) {
      let key = steering.scale.flatMap { Key($0) }
      let nearest = steering.chords?.key ?? steering.scale.flatMap { Key(nearestTo: $0) }
      told.conditions.key = key ?? nearest ?? told.conditions.key
      if key != nil, !steering.isScaleStrict, !keepingSteering { told.steering.scale = nil }
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

  /// Whether a model is told something of the piece: what is asked for, or what it completes itself.
  public func tellsConditions(to model: Model) -> Bool {
    !conditions.isEmpty || completesConditions && model.provenance.conditions != nil
  }

  /// What the model is told of the piece: a density in notes a second that are heard, and in those of its own time where
  /// it is told no tempo.
  ///
  /// - Throws: ``GenerationError`` where the vocabulary cannot tell what is asked for.
  func told(to model: Model) throws(GenerationError) -> ToldConditions {
    let vocabulary = model.vocabulary
    var told = ToldConditions(conditions)
    if completesConditions, let mix = model.provenance.conditions {
      told.mix = mix
      // What the sampler is held to is not drawn otherwise.
      told.attributes.complete(
        from: tellingConditions(to: model, keepingSteering: true).conditions)
      if told.attributes.key == nil, steering.scale != nil || steering.chords != nil {
        told.withheld = [.key]
      }
      if let heard = heard(by: vocabulary) {
        // Who is heard plays; others may come in.
        told.families = heard.instruments ?? []
        var lasting = heard.lasting
        lasting.tempo = heard.tempo
        if told.withheld.contains(.key) { lasting.key = nil }
        told.attributes.complete(from: lasting)
      }
    }
    var asked = conditions
    if let density = told.attributes.density, !vocabulary.tells(tempo: told.attributes.tempo) {
      let factor = stretch(of: vocabulary, telling: [], after: primerTempo)
      if asked.density != nil {
        asked.density = try vocabulary.density(density, toldWhereSecondsLast: factor)
      }
      told.attributes.density = density * factor
    }
    try vocabulary.check(asked)
    if guidance != 1, !tellsConditions(to: model) {
      throw GenerationError(
        .setting(
          SettingError(
            "guidance", found: guidance, expected: "1 where the model is told no condition")))
    }
    return told
  }

  /// What is known of what the piece goes on from, or is written to; nil where it begins with nothing.
  private func heard(by vocabulary: any Vocabulary) -> PieceAttributes? {
    guard
      var heard = given?.attributes ?? primer.map({ PieceAttributes($0, toldIn: vocabulary) })
    else { return nil }
    let events = vocabulary.toldEvents
    // A file that tells neither is in common time, at 120 quarter notes a minute: so its tokens tell it, and so a given
    // part is played.
    if given != nil || events.contains(.metre) {
      heard.metre = heard.metre ?? PieceAttributes.Metre(numerator: 4, denominator: 4)
    }
    if given != nil || events.contains(.tempo) { heard.tempo = heard.tempo ?? 120 }
    return heard
  }
}

extension PieceAttributes {
  /// Takes over what is not known yet.
  mutating func complete(from other: PieceAttributes) {
    style = style ?? other.style
    key = key ?? other.key
    metre = metre ?? other.metre
    tempo = tempo ?? other.tempo
    density = density ?? other.density
    instruments = instruments ?? other.instruments
  }
}

/// What a model is told of a piece: what is asked for, and the rest from a mix where there is one.
struct ToldConditions: Sendable {
  var attributes: PieceAttributes
  var mix: ConditionMix?
  /// Who plays in any case where no instruments are asked for.
  var families: Set<InstrumentFamily> = []
  /// What is told only where it is asked for.
  var withheld: Set<ConditionKind> = []

  init(_ attributes: PieceAttributes) { self.attributes = attributes }

  /// What the network reads before a piece.
  ///
  /// - Parameters:
  ///   - vocabulary: the model's.
  ///   - seed: the piece's.
  /// - Returns: the start token, and a token for each slot of conditions.
  func opening(in vocabulary: any Vocabulary, seed: UInt64) -> [Token] {
    guard let mix, let conditioned = vocabulary as? ConditionedVocabulary else {
      return vocabulary.opening(telling: attributes)
    }
    var random = RandomSource(seed: seed ^ Self.purpose)
    return conditioned.opening(
      telling: attributes, completedFrom: mix, with: families, withholding: withheld,
      using: &random)
  }

  /// Keeps the draw apart from those of tokens.
  private static let purpose: UInt64 = 0x636f_6e64
}

extension Vocabulary {
  /// Refuses conditions that the vocabulary cannot tell.
  ///
  /// - Throws: ``GenerationError`` for the first of them.
  func check(_ conditions: PieceAttributes) throws(GenerationError) {
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
  }

  /// What tokens of a vocabulary may tell besides notes.
  var toldEvents: Set<ToldEvent> {
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

/// What tokens may tell besides notes, once for all that follow.
enum ToldEvent { case tempo, metre, program }
