public import Modeling
import Recurrent
public import Tokenization

/// What a model can be asked for.
public struct ModelAbilities: Hashable, Sendable {
  /// Whether it strikes pitches, and not drums alone.
  public let strikesPitches: Bool
  /// Whether its vocabulary tells metres, tempos and programs token by token.
  public let tellsMetre, tellsTempo, tellsPrograms: Bool
  /// Whether several of its tokens let time pass, so that it chooses among them.
  public let choosesTimes: Bool
  /// Whether it counts time in beats and bars, and not in seconds.
  public let countsBars: Bool
  /// Whether its network recalls what it wrote, so that it can be asked how much it repeats itself.
  public let recalls: Bool
  /// The conditions that it can be told; nil where none.
  public let conditions: Conditions?
  /// The part that it writes the others to; nil where it always writes all.
  public let given: GivenPart?
  /// Whether it writes all parts, nothing being given.
  public let writesWhole: Bool
  /// Whether it harmonizes: a piano roll's vocabulary without merges, with all parts.
  public let harmonizes: Bool

  /// Whether it can be asked for a metre.
  public var heedsMetre: Bool { tellsMetre || conditions?.tells(.metre) == true }
  /// Whether it can be asked for instruments.
  public var heedsInstruments: Bool { tellsPrograms || conditions?.tells(.instruments) == true }
}

extension Model {
  /// What it can be asked for.
  ///
  /// - Complexity: O(*n*) in the size of the vocabulary.
  public var abilities: ModelAbilities {
    let events = vocabulary.toldEvents
    let strikes =
      (0..<vocabulary.count).lazy.flatMap { vocabulary.events(of: Token($0)) }
      .contains { if case .note = $0 { true } else { false } }
      && provenance.pitches != .drumsOnly
    var isRoll = false
    if case .pianoroll = vocabulary.configuration.plain { isRoll = true }
    let accompanied = vocabulary.accompanied
    return ModelAbilities(
      strikesPitches: strikes, tellsMetre: events.contains(.metre),
      tellsTempo: events.contains(.tempo), tellsPrograms: events.contains(.program),
      choosesTimes: TokenClasses(vocabulary).kinds.count { $0 == .time } > 1,
      countsBars: vocabulary.configuration.timeKeeping != .seconds,
      recalls: network.configuration.recall != nil, conditions: vocabulary.knownConditions,
      given: accompanied?.part, writesWhole: accompanied?.isOptional ?? true,
      harmonizes: isRoll && accompanied == nil)
  }
}
