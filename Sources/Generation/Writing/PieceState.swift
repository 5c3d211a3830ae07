import Foundation
import Modeling
import Music
import Recurrent
import Tensors
import Tokenization

/// A piece being written, all but the network: it turns logits into the next token.
struct PieceState {
  var sampler: Sampler
  /// How many tokens were drawn.
  private(set) var tokenCount = 0
  /// How many events the piece has behind its opening, given ones among them.
  private(set) var eventCount = 0
  /// What was changed on the way so far, and what is to be changed at a later event.
  var changes: [SamplingChange] { madeChanges + upcomingChanges }
  private var madeChanges: [SamplingChange] = []
  private var upcomingChanges: ArraySlice<SamplingChange>
  /// Whether the piece is at its end.
  private(set) var isFinished = false
  /// The sum of the logarithms of the drawn tokens' probabilities under the network as it is told of the piece, without
  /// guidance, where it is measured.
  private(set) var logLikelihood = 0.0
  private(set) var decoder: any TokenDecoder
  /// What the network reads before the first token is drawn.
  let opening: [Token]
  /// What the model was told of the piece, in words.
  var told: [String] { vocabulary.told(in: opening) }
  /// How long the primer is.
  let primerSeconds: Double
  /// Where the primer ends in the score, and what is new begins.
  let primerTick: Int

  private let vocabulary: any Vocabulary
  private let steering: SteeringTable
  /// Whether steering may change which notes are likely.
  private let isSteered: Bool
  /// How long a rest may last.
  private let longestRest: LongestRest
  private let length: PieceLength?
  private let measuresLikelihood: Bool
  /// What draws; the same numbers draw the same tokens.
  var random: RandomSource
  private var grammar: any Grammar
  /// What the piece is given while it is written; nil where nothing is.
  private var feed: GivenFeed?
  /// The sections that the piece is made of; nil where it has no form.
  private var sections: SectionWriter?
  private var bias: LogitBias
  /// The keys that the piece goes through; nil where it has one.
  private var tonalPlan: TonalPlan?
  /// The condition that tells the network in which key the piece is now; nil where it is in the one that was told.
  var toldKey: Token? { tonalPlan.flatMap { vocabulary.token(telling: $0.key) } }
  /// The keynote that the piece ends on if it can; nil where its key is not known.
  private let tonic: Int?
  private var bass: LastBass
  private var bars: BarCount
  /// The tokens that would leave the piece's metre; nil while it has none or may change.
  private var metreChanges: TokenMask?
  /// How many bars of the piece's own have told their metre: the first may be an upbeat, the second is none.
  private var toldMetreCount = 0
  /// How much the piece quotes itself; nil for a network that recalls nothing.
  private var quotation: SelfQuotation?
  /// What keeps the piece from circling.
  private var loops: LoopGuard
  /// How urgently the piece is to end: 0 not yet, 1 about here, 2 where its time is over.
  private var urgency: Float = 0
  /// Whether the piece has begun to come to rest.
  private var isClosing = false
  /// When the last of the asked notes was struck; nil before.
  private var closingSeconds: Double?
  /// How many notes the primer has.
  private let primerNoteCount: Int

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - settings: what is asked for; on its seed hang what the model is told unasked, and which of a training piece's
  ///     plans and degrees the piece follows.
  ///   - start: what all pieces share that are asked for so.
  ///   - drawSeed: the seed of what is drawn token by token; nil for the settings' own.
  ///   - measuresLikelihood: whether the ``logLikelihood`` is summed.
  init(
    _ settings: GenerationSettings, _ start: PieceStart, drawnBy drawSeed: UInt64? = nil,
    measuresLikelihood: Bool = false
  ) {
    vocabulary = start.vocabulary
    steering = start.steering
    bass = LastBass(strikesDrumsAsPitches: start.steering.strikesDrumsAsPitches)
    self.measuresLikelihood = measuresLikelihood
    length = settings.length
    upcomingChanges = settings.changes[...]
    sampler = Sampler(settings.sampling, classes: start.classes)
    random = RandomSource(seed: drawSeed ?? settings.seed)
    opening = start.opening(seed: settings.seed)
    var grammar = vocabulary.makeGrammar()
    // The grammar counts the vocabulary's own seconds.
    let stretch = start.stretch(telling: opening, settings)
    var decoder = vocabulary.makeDecoder(stretchedBy: stretch)
    let longestNoteSeconds =
      settings.longestNoteSeconds ?? start.longestNoteSeconds.map { $0 * stretch }
    grammar.longestNoteSeconds = longestNoteSeconds.map { $0 / stretch }
    quotation = start.quotation
    loops = start.loops
    feed = start.feed
    sections = start.sections
    (grammar.sectionBars, decoder.sectionBars) = (start.sectionBars, start.sectionBars)
    let (keyControl, keys, barPlan) = start.keyControl(of: opening, settings)
    tonalPlan = keys
    quotation?.begin(seed: settings.seed, plan: barPlan, keys: keys)
    var cadences = start.cadenceControl(of: opening, settings)
    if let keys { cadences?.enter(keys.key) }
    isSteered = steering.isActive || keyControl != nil || cadences != nil
    bias = LogitBias(
      start.steering, key: keyControl, cadences: cadences, density: settings.steering.density,
      end: start.vocabulary.end)
    let headCount = start.headCount
    for (place, token) in opening.enumerated() {
      if let changes = steering.changes(ofMetreToldBy: token) { metreChanges = changes }
      grammar.advance(token)
      decoder.consume(token)
      loops.read(token, noteCount: decoder.noteCount)
      feed?.advance(token)
      bass.advance(steering.events[Int(token)])
      if place >= headCount {
        _ = sections?.advance(token)
        bias.hear(token, bars: decoder.barsPassed)
      }
    }
    grammar.wanted = steering.mask
    longestRest = LongestRest(settings, stretch: stretch)
    grammar.longestRestSeconds = longestRest.seconds(
      density: settings.steering.density ?? settings.conditions.density)
    decoder.polyphony = settings.steering.polyphony.flatMap { $0 > 0 ? $0 : nil }
    decoder.longestNoteSeconds = longestNoteSeconds
    if start.primerTick > 0 { grammar.rest(until: start.primerTick) }
    let end = decoder.place(atTick: start.primerTick)
    primerNoteCount = decoder.noteCount
    switch settings.length {
    case .seconds(let seconds)?, .atMost(let seconds)?:
      let overrun = settings.length?.overrun ?? 0
      decoder.bound = .seconds(end.seconds + seconds + overrun)
    case .bars(let count)?: decoder.bound = .bars(end.bars + Double(count))
    case .form(let form)?: decoder.bound = .bars(Double(form.bars))
    case .notes(let count)?: decoder.bound = .notes(primerNoteCount + count)
    case .tokens?, nil: break
    }
    self.grammar = grammar
    self.decoder = decoder
    primerTick = start.primerTick
    primerSeconds = end.seconds
    tonic = settings.steering.keynote ?? start.vocabulary.key(toldIn: opening)?.tonic
    bars = BarCount(from: start.sections == nil ? end.bars : 0)
    // A given part's upbeat is no bar of theirs.
    bias.beginChords(
      atBar: settings.given.map { $0.hasUpbeat ? 1 : 0 } ?? (start.sections == nil ? end.bars : 0),
      pace: start.chordPace(telling: opening, settings))
  }

  /// Draws the next token, or takes it where it is given.
  ///
  /// - Parameters:
  ///   - logits: the network's, a number for each token.
  ///   - memory: what the network recalls of the piece; nil where it recalls nothing.
  ///   - told: the logits without guidance, by which the likelihood is measured; nil for the same.
  /// - Returns: the token; nil when the piece is at its end.
  mutating func draw(
    _ logits: ArraySlice<Float>, _ memory: PieceMemory?, measuring told: ArraySlice<Float>? = nil
  ) -> Token? {
    while let next = upcomingChanges.first, next.event <= eventCount {
      upcomingChanges.removeFirst()
      change(next.kind)
    }
    if !isFinished, let token = feed?.next() {
      read(token)
      return token
    }
    if !isFinished, let token = sections?.given {
      goOn(with: token)
      return token
    }
    guard let choice = choice(memory) else { return nil }
    var (allowed, looping) = (choice.steered, choice.looping)
    let unsteered = isSteered ? choice.grammatical : nil
    var token = sampler.sample(
      logits: logits, allowed: allowed, unsteered: unsteered, using: &random)
    // What leads nowhere is left out and the others are filtered anew: top-k, top-p and the like may
    // then let in a token that they had cut off before.
    while !steering.leadsOn(token, grammar) {
      allowed[token] = false
      // Rather a passage once too often than what steering leaves out.
      if allowed.isEmpty { swap(&allowed, &looping) }
      if allowed.isEmpty { break }
      token = sampler.sample(
        logits: logits, allowed: allowed, unsteered: unsteered, using: &random)
    }
    return take(sections?.beginning(token) ?? token, told ?? logits, memory, choice)
  }

  /// The likeliest next tokens, at most so many, and how likely each is; none, and the piece is at its
  /// end, where it can only end.
  mutating func continuations(
    _ logits: ArraySlice<Float>, _ memory: PieceMemory?, count: Int
  ) -> [(token: Token, probability: Float)] {
    guard let choice = choice(memory) else { return [] }
    let unsteered = isSteered ? choice.grammatical : nil
    var likeliest: [(token: Token, probability: Float)] = []
    for allowed in [choice.steered, choice.looping] where !allowed.isEmpty {
      // Some more than asked for, as those that lead nowhere fall out.
      let some = sampler.likeliest(
        2 * count, logits: logits, allowed: allowed, unsteered: unsteered)
      let leading = some.filter { steering.leadsOn($0.token, grammar) }
      if !leading.isEmpty { return Array(leading.prefix(count)) }
      likeliest += some
    }
    return Array(likeliest.prefix(count))
  }

  /// Takes one of the ``continuations(_:_:count:)``, and measures it by logits without guidance; false where it ends the
  /// piece.
  mutating func take(
    _ token: Token, _ logits: ArraySlice<Float>, _ memory: PieceMemory?
  ) -> Bool {
    guard let choice = choice(memory) else { return false }
    return take(token, logits, memory, choice) != nil
  }

  /// Whether the network is to be told of no match as it reads the last token.
  private(set) var hidesRecall = false

  /// How many notes a second the sampler aims at; nil for as many as the model likes.
  var density: Double? { bias.targetDensity }

  /// Changes how the tokens to come are drawn, and notes that it was.
  mutating func change(_ kind: SamplingChange.Kind) {
    switch kind {
    case .temperature(let temperature):
      if temperature == sampler.settings.temperature { return }
      sampler.settings.temperature = temperature
    case .density(let density):
      if density == bias.targetDensity { return }
      bias.targetDensity = density
      // A piece that is coming to rest stays so.
      if grammar.longestRestSeconds != nil {
        grammar.longestRestSeconds = longestRest.seconds(density: density)
      }
    }
    let made = SamplingChange(event: eventCount, kind)
    // Of what is changed between two events the last counts: a listener may turn a knob for ever.
    let same = madeChanges.indices.suffix(SamplingChange.Kind.count).last { place in
      madeChanges[place].event == eventCount && madeChanges[place].kind.changesTheSame(as: kind)
    }
    if let same { madeChanges[same] = made } else { madeChanges.append(made) }
  }

  /// Changes how much the piece quotes itself; nothing where the network recalls none of it.
  mutating func change(repeats: Float) { quotation?.repeats = Double(repeats) }

  /// Goes on drawing as a later state of the piece does, which is taken back: what was changed meanwhile stays changed.
  mutating func keepChanges(of later: PieceState) {
    change(.temperature(later.sampler.settings.temperature))
    change(.density(later.density))
    if let repeats = later.quotation?.repeats, repeats != quotation?.repeats {
      quotation?.repeats = repeats
    }
  }

  /// Takes a token that somebody else wrote, which counts for the key and for where the bass lies alone.
  mutating func hear(_ token: Token) {
    read(token)
    bias.hear(token, bars: decoder.barsPassed)
    hidesRecall = false
  }

  /// Reads a token once more that the piece has drawn before: its notes count as the piece's own.
  mutating func readAgain(_ token: Token) {
    let (before, count) = (decoder.settledSeconds, decoder.noteCount)
    read(token)
    bias.count(
      notes: notes(struckBy: token, after: count), seconds: decoder.settledSeconds - before)
    bias.hear(token, bars: decoder.barsPassed)
    hidesRecall = false
  }

  /// How many bars of the given part were given, or are due.
  var givenBarCount: Int { feed?.nextBar ?? 0 }

  /// Goes on with what is known now of a given part that is still being played.
  mutating func goOn(with line: GivenLine) { feed?.goOn(with: line) }

  /// Takes what is given next, where something is due.
  mutating func takeGiven() -> Token? {
    guard let token = feed?.next() else { return nil }
    read(token)
    return token
  }

  /// Lets nothing be struck before a tick of the decoder's score.
  mutating func rest(until tick: Int) { grammar.rest(until: tick) }

  mutating func takeMessages() -> [TimedMessage] { decoder.takeSettledMessages() }

  /// What the next token is drawn from.
  private struct Choice {
    let grammatical: TokenMask
    let steered: TokenMask
    /// The tokens that are left out as they would begin a passage once too often, or pass by an upbeat.
    let looping: TokenMask
    /// Whether a bar line ends the piece.
    let closesAtBar: Bool
  }

  /// Prepares the next draw; nil, and the piece is at its end, where it can only end.
  private mutating func choice(_ memory: PieceMemory?) -> Choice? {
    if isFinished { return nil }
    var grammatical = grammar.allowed
    if let feed { grammatical = feed.keepingMetre(grammatical) }
    var allowed = grammatical
    var endBias: Float = 0
    var closesAtBar = false
    urgency = 0
    switch ending(allowed) {
    case .now:
      finish()
      return nil
    case .notYet:
      allowed[vocabulary.end] = false
      if allowed.isEmpty {
        finish()
        return nil
      }
    case .possible(let bias, let isOver):
      endBias = bias
      closesAtBar = isOver
    case .closing:
      isClosing = true
      // What comes to rest is not to be woken.
      if grammar.longestRestSeconds != nil {
        grammar.longestRestSeconds = nil
        grammatical = grammar.allowed
        allowed = grammatical
      }
      let rest = steering.closing(allowed, grammar)
      if !rest.isEmpty { allowed = rest }
      closesAtBar = true
    }
    // A form goes on in its first metre, which an upbeat's must not be.
    if let left = metreChanges ?? (sections == nil ? nil : steering.upbeats) {
      let steady = allowed.subtracting(left)
      if !steady.isEmpty { allowed = steady }
    }
    if let sections { allowed = sections.fit(allowed) }
    let looping = allowed
    allowed = loops.withoutLoops(allowed, wanted: steering.mask)
    if let memory { quotation?.hear(memory) }
    if let quotation, let memory {
      allowed = quotation.keepingUpbeat(allowed)
      sampler.changes.removeAll(keepingCapacity: true)
      if sections?.comesBack == true {
        sections?.addChanges(to: &sampler.changes, allowed)
      } else if let change = quotation.change(after: memory) {
        sampler.changes.append(change)
      }
    }
    bias.prepare(
      sampler.settings, end: endBias, urgency: urgency, bars: decoder.barsPassed)
    sampler.bias = bias.values
    let steered = steering.steer(allowed)
    return Choice(
      grammatical: grammatical, steered: steered,
      looping: steering.steer(looping).subtracting(steered), closesAtBar: closesAtBar)
  }

  private mutating func take(
    _ token: Token, _ logits: ArraySlice<Float>, _ memory: PieceMemory?, _ choice: Choice
  ) -> Token? {
    if measuresLikelihood {
      logLikelihood += Double(
        logProbability(of: token, logits: logits, allowed: choice.grammatical))
    }
    tokenCount += 1
    keepMetre(toldBy: token)
    if token == vocabulary.end || choice.closesAtBar && steering.events[Int(token)].first == .bar {
      finish()
      return nil
    }
    if let memory, sections?.comesBack != true {
      quotation?.take(token, after: memory, using: &random)
    }
    goOn(with: token)
    return token
  }

  /// Holds the piece to the metre that it begins with, or that follows an upbeat; a primer's and a form's bars
  /// are whole from the first.
  private mutating func keepMetre(toldBy token: Token) {
    guard toldMetreCount < 2, metreChanges == nil || toldMetreCount == 1,
      let changes = steering.changes(
        ofMetreToldBy: token, canBeUpbeat: toldMetreCount == 0 && sections == nil)
    else { return }
    metreChanges = changes
    toldMetreCount += 1
  }

  /// Goes on with a token of the piece's own, and what hangs on how many notes it has.
  private mutating func goOn(with token: Token) {
    let (before, count) = (decoder.settledSeconds, decoder.noteCount)
    read(token)
    bias.advance(
      token, notes: notes(struckBy: token, after: count),
      seconds: decoder.settledSeconds - before, window: sampler.settings.repetitionWindow)
    if tonalPlan?.move(to: decoder.barsPassed, isEnding: urgency > 0) == true, let tonalPlan {
      bias.enter(tonalPlan.key, degrees: tonalPlan.degrees)
    }
    if sections?.advance(token) == true { quotation?.beginAnew() }
    hidesRecall = sections?.hidesRecall ?? quotation?.isHidden ?? false
  }

  /// How many notes the token has struck that was read last, before which there were so many.
  private func notes(struckBy token: Token, after count: Int) -> Int {
    steering.tellsHeldNotesAsStruck
      ? decoder.noteCount - count : steering.noteCounts[Int(token)]
  }

  /// Goes on with a token, drawn or given.
  private mutating func read(_ token: Token) {
    eventCount += 1
    grammar.advance(token)
    decoder.consume(token)
    loops.read(token, noteCount: decoder.noteCount)
    feed?.advance(token)
    bass.advance(steering.events[Int(token)])
    bias.takeMetre(token)
  }

  private enum Ending {
    case notYet
    /// The end is so much likelier than the model has it; `isOver` after the asked length.
    case possible(bias: Float, isOver: Bool)
    /// Nothing more is to be struck.
    case closing
    case now
  }

  private static let largestEndBias: Float = 12
  /// How much less likely the end is where the bass is not at home.
  private static let awayBias: Float = 6

  /// Whether the last chord stands on the tonic, as far as is known.
  private var isAtHome: Bool {
    guard let tonic = tonalPlan?.key.tonic ?? tonic, let pitch = bass.pitch else { return true }
    return Int(pitch) % 12 == tonic
  }

  /// Tells whether the piece may end here, by its length.
  ///
  /// Until some bars before the asked length it goes on, but that a piece that may end sooner ends with a plan of bars
  /// where the bass is at home. From there its end gets likelier from event to event where the bass is at home; after
  /// it a bar line ends the piece there too, then the first rest does, nothing more being struck, somewhat later where
  /// the bass is not at home, and in the end it is closed wherever it is. A length in bars ends at its bar line, one
  /// in notes where the last of them has ended.
  private mutating func ending(_ allowed: TokenMask) -> Ending {
    guard let length else { return .possible(bias: 0, isOver: false) }
    let written: Double
    switch length {
    case .seconds, .atMost: written = decoder.settledSeconds - primerSeconds
    case .bars, .form: written = bars.count(decoder)
    case .notes: written = Double(decoder.noteCount - primerNoteCount)
    case .tokens: written = Double(tokenCount)
    }
    sampler.progress = Float(written / length.amount)
    switch length {
    case .bars, .form:
      urgency = written >= length.amount - 1 ? 1 : 0
      return decoder.hasReachedBound || tokenCount >= length.tokenLimit ? .now : .notYet
    default: break
    }
    if case .notes = length, decoder.hasReachedBound {
      let since = closingSeconds ?? decoder.settledSeconds
      closingSeconds = since
      let isOver = decoder.settledSeconds - since >= PieceLength.longestClosing
      return isOver || allowed[vocabulary.end] || tokenCount >= length.tokenLimit ? .now : .closing
    }
    if decoder.hasReachedBound { return .now }
    let excess = written - length.amount
    let endsPlan = quotation?.endsPlan == true && isAtHome
    if excess < -length.lead {
      if tokenCount >= length.tokenLimit { return .now }
      return length.ownEnd.map { written >= $0 } == true
        ? .possible(bias: 0, isOver: endsPlan) : .notYet
    }
    urgency = excess < 0 ? 1 : 2
    if excess >= length.overrun { return .now }
    // Nor is it called back by a last note, which a token before it asked for.
    if excess >= (isAtHome || isClosing ? length.patience : length.homecoming) {
      return allowed[vocabulary.end] ? .now : .closing
    }
    let share = Float((excess + length.lead) / max(length.lead + length.patience, 1e-9))
    let bias = Self.largestEndBias * share * share
    return .possible(
      bias: isAtHome ? bias : min(bias - Self.awayBias, 0),
      isOver: excess >= 0 && isAtHome || endsPlan)
  }

  private mutating func finish() {
    isFinished = true
    decoder.finish()
  }
}

/// How long it may be until another note is struck, in seconds of the vocabulary.
private struct LongestRest {
  private let asked: Double?
  private let stretch: Double

  init(_ settings: GenerationSettings, stretch: Double) {
    asked = settings.longestRestSeconds
    self.stretch = stretch
  }

  /// Who asks for few notes, and for no rest, does not mind waiting for them.
  func seconds(density: Double?) -> Double? {
    guard let asked else { return nil }
    let isDefault = asked == GenerationSettings.defaultLongestRestSeconds
    return (isDefault ? max(asked, density.map { 2 / $0 } ?? 0) : asked) / stretch
  }
}

/// The logarithm of a token's probability under the network, among the allowed ones.
private func logProbability(
  of token: Token, logits: ArraySlice<Float>, allowed: TokenMask
) -> Float {
  var largest = -Float.infinity
  for index in logits.indices where allowed[Token(index - logits.startIndex)] {
    largest = max(largest, logits[index])
  }
  var sum: Float = 0
  for index in logits.indices where allowed[Token(index - logits.startIndex)] {
    sum += exp(logits[index] - largest)
  }
  return logits[logits.startIndex + Int(token)] - largest - log(sum)
}
