import Modeling
import Music
import Tensors
import Tokenization

/// What all pieces that are asked for in one way share.
struct PieceStart: Sendable {
  let vocabulary: any Vocabulary
  let steering: SteeringTable
  let classes: TokenClasses
  /// What the model is told of the piece before it begins.
  private let told: ToldConditions
  /// What the network reads of the primer.
  private var primer: [Token]
  /// How many tokens it reads before the primer.
  var headCount: Int { told.opening(in: vocabulary, seed: 0).count }
  /// Where the primer ends in the decoder's score; 0 where there is none.
  let primerTick: Int
  /// The primer's mean tempo; nil where none is told.
  private var primerTempo: Double?
  let longestNoteSeconds: Double?
  /// Whether the piece keeps the vocabulary's own time, whatever tempo is asked for.
  private var keepsOwnTime = false
  /// How much pieces are to quote themselves.
  let quotation: SelfQuotation?
  /// What keeps pieces from circling.
  let loops: LoopGuard
  /// What a piece is given while it is written; nil where nothing is.
  let feed: GivenFeed?
  /// The piece's sections before the first; nil where it has no form.
  let sections: SectionWriter?
  /// How many bars each has.
  let sectionBars: Int?
  /// The degrees of the pieces that were learned from, to one of which a piece keeps that goes on from nothing.
  private var profiles: DegreeProfiles?

  /// Keeps the draw of a profile apart from those of tokens.
  private static let purpose: UInt64 = 0x6465_6772

  /// Checks the settings against a model.
  ///
  /// - Throws: ``GenerationError`` where they cannot be met or the primer is empty.
  init(_ settings: GenerationSettings, _ model: Model) throws(GenerationError) {
    try settings.validate()
    let model = settings.given == nil ? model.whole : model
    let vocabulary = model.vocabulary
    self.vocabulary = vocabulary
    // An undertrained network draws whatever its vocabulary has.
    steering = try SteeringTable(
      settings.steering, vocabulary, keepingTo: model.provenance.pitches)
    classes = TokenClasses(vocabulary)
    longestNoteSeconds = model.longestNoteSeconds
    quotation = SelfQuotation(settings, model)
    loops = LoopGuard(model)
    feed = try settings.feed(in: vocabulary)
    let form = settings.length?.form
    sections = try form.map { form throws(GenerationError) in try SectionWriter(form, model) }
    sectionBars = form?.sectionBars
    told = try settings.told(to: model)
    guard let primer = settings.primer else {
      if settings.given == nil { profiles = model.provenance.degreeProfiles }
      self.primer = []
      primerTick = 0
      return
    }
    self.primer = try vocabulary.opening(of: primer, after: [])
    primerTick = vocabulary.endTick(of: primer)
    primerTempo = settings.primerTempo
    try form?.check(primer: opening(seed: 0), until: primerTick, in: vocabulary)
  }

  /// The start of a piece in the vocabulary's own time that goes on from tokens, without the start token.
  func goingOn(from tokens: [Token]) -> PieceStart {
    var start = self
    start.primer = tokens
    start.keepsOwnTime = true
    start.profiles = nil
    return start
  }

  /// How much longer a piece lasts than the vocabulary has it.
  func stretch(telling opening: [Token], _ settings: GenerationSettings) -> Double {
    keepsOwnTime
      ? 1 : settings.stretch(of: vocabulary, telling: opening, after: primerTempo)
  }

  /// How many bars of chords last as long as one of the decoder's: where time is told in seconds, its bars last two, and
  /// those of a model that is told a tempo as long as that says.
  func chordPace(telling opening: [Token], _ settings: GenerationSettings) -> Double {
    guard vocabulary.configuration.timeKeeping == .seconds, settings.steering.tempo == nil,
      let tempo = settings.conditions.tempo ?? vocabulary.tempo(toldIn: opening)
    else { return 1 }
    return tempo / 120
  }

  /// What leads a piece to its key: the one that was asked for, else the one that the model is told.
  ///
  /// - Returns: what leads it, nil where chords do or nothing does; the keys that it goes through, nil where it stays in
  ///   one; and the place of the plan of bars of the learned piece whose degrees and keys they are.
  func keyControl(
    of opening: [Token], _ settings: GenerationSettings
  ) -> (control: KeyControl?, keys: TonalPlan?, barPlan: Int?) {
    let asked = settings.steering
    let isAsked = asked.tonality != nil || asked.scale != nil
    let (key, strength): (Key?, Float) =
      isAsked
      ? (steering.keyControl == nil ? nil : asked.key, asked.keyStrength)
      : (vocabulary.key(toldIn: opening), settings.toldKeyStrength)
    guard strength > 0, let key,
      let profile = profile(of: key, isAsked: isAsked, telling: opening, settings)
    else {
      if isAsked { return (steering.keyControl, nil, nil) }
      guard strength > 0, let key else { return (nil, nil, nil) }
      return (
        KeyControl(key, strength: strength, tellsDurations: vocabulary.tellsDurations), nil, nil
      )
    }
    let plan =
      modulates(settings) ? TonalPlan(profile, in: key, beginningAtHome: isAsked) : nil
    let control = KeyControl(
      plan?.key ?? key, strength: strength, tellsDurations: vocabulary.tellsDurations,
      profile: plan?.degrees ?? profile.degrees)
    return (control, plan, profile.barPlan)
  }

  /// Whether a piece may go through other keys: a form's sections come again in their own, and a scale is kept to.
  private func modulates(_ settings: GenerationSettings) -> Bool {
    settings.steering.modulates && sections == nil && settings.steering.scale == nil
  }

  /// One of the learned pieces, of the style and mode that the new one is told; nil for keys in general.
  ///
  /// Who asks for a key wants to hear it: the degrees tell it by themselves.
  private func profile(
    of key: Key, isAsked: Bool, telling opening: [Token], _ settings: GenerationSettings
  ) -> DegreeProfiles.Profile? {
    var random = RandomSource(seed: settings.seed ^ Self.purpose)
    return profiles?.draw(
      style: vocabulary.style(toldIn: opening), isMinor: key.isMinor, tellingKey: isAsked,
      using: &random)
  }

  /// What leads a piece's phrases to their cadences, or the end alone of one in a mode that is no key; nil where its
  /// key is not known, chords or a given part have their own, or bars are not told.
  func cadenceControl(of opening: [Token], _ settings: GenerationSettings) -> CadenceControl? {
    let asked = settings.steering
    guard asked.cadences > 0, asked.chords == nil, settings.given == nil,
      vocabulary.configuration.timeKeeping != .seconds
    else { return nil }
    if asked.key == nil, let scale = asked.scale {
      return Key(nearestTo: scale).map {
        CadenceControl(
          $0, strength: asked.cadences, sectionBars: sectionBars, leadsPhrases: false)
      }
    }
    return (asked.key ?? vocabulary.key(toldIn: opening)).map {
      CadenceControl($0, strength: asked.cadences, sectionBars: sectionBars)
    }
  }

  /// What the network reads before the first token of a piece is drawn.
  func opening(seed: UInt64) -> [Token] { told.opening(in: vocabulary, seed: seed) + primer }
}

extension Vocabulary {
  /// What the network reads of a primer.
  ///
  /// - Parameters:
  ///   - primer: the music.
  ///   - start: the start token, and what is told of the piece.
  /// - Returns: the tokens, without the end token.
  /// - Throws: ``GenerationError`` where the primer holds no notes.
  func opening(of primer: Score, after start: [Token]) throws(GenerationError) -> [Token] {
    let body = withoutConditions.encode(primer).dropFirst().filter { $0 != end }
    guard body.contains(where: { noteCount(of: $0) > 0 }) else {
      throw GenerationError(.emptyPrimer)
    }
    return start + body
  }
}
