import Modeling
import Music
import Tokenization

/// Steering in a vocabulary's numbers: which tokens are left out and what is added to others' logits.
///
/// Where the grammar allows nothing but tokens that are left out, it has its way: music that breaks a
/// wish is better than none.
struct SteeringTable: Sendable {
  /// The tokens that may be drawn; nil for all.
  private(set) var mask: TokenMask?
  /// The tokens that begin by telling a tempo or a metre that is asked for; nil where neither is.
  private let asked: TokenMask?
  /// The tokens after which nothing is owed: notes, controllers, the end and time's passing, but not to a position, which
  /// is told for what comes there.
  private let settled: TokenMask
  private let isSteady: Bool
  /// The tokens that tell a bar too short for any but an upbeat; nil where the metre need not be steady.
  let upbeats: TokenMask?
  /// Whether bars are tokens, each followed by its metre.
  private let tellsBars: Bool
  /// The tokens by which a piece comes to rest: releases, pedals' lifts, time's passing and the end.
  private let closing: TokenMask
  /// Whether pedals and wheels are told.
  private let movesControllers: Bool
  /// What is added to each logit; empty for nothing.
  private(set) var bias: [Float] = []
  /// What leads a piece to its key; nil where nothing does.
  let keyControl: KeyControl?
  /// What leads a piece through its chords; nil where there are none.
  let chordControl: ChordControl?
  /// What each token tells.
  let events: [[TokenEvent]]
  /// How many notes begin with each token; in a piano roll without hold tokens, how many pitches sound on or begin.
  let noteCounts: [Int]
  /// Whether only the piece tells which of those begin.
  let tellsHeldNotesAsStruck: Bool
  /// Whether drums are struck by the tokens of pitches, behind their program.
  let strikesDrumsAsPitches: Bool
  /// The pitches that each token strikes.
  let struck: [[UInt8]]
  /// The tokens that strike each pitch.
  let striking: [[Int]]
  /// The tokens that strike a pitch.
  let pitched: [Int]
  /// The tokens that let time pass.
  let time: [Int]

  /// How long the bars of a form are at least, in whole notes: songbooks write upbeats as bars of 1/16 to 1/4.
  private static let shortestBar = 3.0 / 8

  /// Makes the table.
  ///
  /// - Parameters:
  ///   - steering: what is asked for.
  ///   - vocabulary: the model's.
  ///   - learned: the pitches to keep to where none are asked for and some of them are admitted, or that there are
  ///     none beside drums; nil for all.
  /// - Throws: ``GenerationError`` where no pitch is left or the vocabulary cannot tell what is asked.
  init(
    _ steering: Steering, _ vocabulary: any Vocabulary, keepingTo learned: LearnedPitches? = nil
  ) throws(GenerationError) {
    var steering = steering
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    self.events = events
    tellsBars = events.joined().contains(.bar)
    noteCounts = events.map { $0.count(where: \.isStrike) }
    tellsHeldNotesAsStruck = vocabulary.tellsHeldNotesAsStruck
    let struck = events.map { events in
      events.compactMap { if case .note(let pitch) = $0, pitch < 128 { pitch } else { nil } }
    }
    self.struck = struck
    if steering.pitches == nil, let range = learned?.range,
      struck.joined().contains(where: { range.contains($0) && steering.admits($0) })
    {
      steering.pitches = range
    }
    let strikesDrumsAsPitches = vocabulary.strikesDrumsAsPitches
    self.strikesDrumsAsPitches = strikesDrumsAsPitches
    let hasDrums =
      strikesDrumsAsPitches
      || events.joined().contains { if case .drum = $0 { true } else { false } }
    let isDrumsOnly = struck.allSatisfy(\.isEmpty) || learned == .drumsOnly && hasDrums
    striking = (0..<UInt8(128)).map { pitch in
      struck.indices.filter { struck[$0].contains(pitch) }
    }
    var settled = TokenMask(count: vocabulary.count)
    for (token, events) in events.enumerated() {
      settled[Token(token)] =
        events.contains { $0.isStrike || $0.passesTime || $0.movesController }
        && events.last?.isPosition != true || token == Int(vocabulary.end)
    }
    self.settled = settled
    var closing = TokenMask(count: vocabulary.count)
    for (token, events) in events.enumerated() {
      closing[Token(token)] =
        token == Int(vocabulary.end)
        || events.allSatisfy { event in
          switch event {
          case .release, .program, .controller(.pedal(isDown: false)): true
          default: event.passesTime
          }
        }
    }
    self.closing = closing
    movesControllers = events.joined().contains(where: \.movesController)
    // Chords have their own tones, which the shares of a whole piece would pull away from.
    keyControl =
      steering.keyStrength > 0 && steering.chords == nil
      ? steering.key.map {
        KeyControl(
          $0, strength: steering.keyStrength, tellsDurations: vocabulary.tellsDurations)
      } : nil
    let hasBeats = vocabulary.configuration.timeKeeping != .seconds
    chordControl =
      steering.chordStrength > 0
      ? steering.chords.map { ChordControl($0, steering, hasBeats: hasBeats) } : nil
    pitched = struck.indices.filter { !struck[$0].isEmpty }
    time = events.indices.filter { events[$0].contains(where: \.passesTime) }
    let tempo = steering.tempo.flatMap { vocabulary.nearestTempo(to: $0) }
    if let programs = steering.programs {
      let told = Set(
        events.joined().compactMap { if case .program(let program) = $0 { program } else { nil } })
      guard programs.isSubset(of: told), !programs.isEmpty else {
        throw GenerationError(.steering("the model's vocabulary does not tell these instruments"))
      }
    }
    if isDrumsOnly {
      if let programs = steering.programs, !programs.contains(128) {
        throw GenerationError(
          .steering("the model plays drums only, expected drums among the instruments"))
      }
      for (isAsked, what) in [
        (steering.scale != nil || steering.key != nil, "key"),
        (steering.chords != nil, "chords"),
        (steering.pitches != nil, "range of pitches"),
      ] where isAsked {
        throw GenerationError(.steering("the model plays drums only, which have no \(what)"))
      }
    }
    if case .fixed(let numerator, let denominator) = steering.metre,
      !events.joined().contains(.metre(numerator: numerator, denominator: denominator))
    {
      throw GenerationError(
        .steering("the model's vocabulary does not tell a metre of \(numerator)/\(denominator)"))
    }
    isSteady = steering.metre == .steady
    if isSteady {
      var upbeats = TokenMask(count: vocabulary.count)
      for (token, events) in events.enumerated() {
        upbeats[Token(token)] = events.contains { $0.isMetre && $0.barLength < Self.shortestBar }
      }
      self.upbeats = upbeats
    } else {
      upbeats = nil
    }
    let isFixed = if case .fixed = steering.metre { true } else { false }
    func admits(_ event: TokenEvent) -> Bool {
      switch event {
      case .note(let pitch):
        (!isDrumsOnly || strikesDrumsAsPitches) && steering.admits(pitch)
      case .tempo(let told): tempo == nil || told == tempo
      // Only a pitch could follow, where there are none.
      case .program(let program):
        (!isDrumsOnly || program >= 128) && steering.programs?.contains(program) ?? true
      case .metre(let numerator, let denominator):
        if case .fixed(numerator, denominator) = steering.metre { true } else { !isFixed }
      default: true
      }
    }
    let admitted = events.indices.filter { events[$0].allSatisfy(admits) }
    if tempo != nil || isFixed {
      var asked = TokenMask(count: vocabulary.count)
      for token in admitted {
        switch events[token].first {
        case .tempo?: asked[Token(token)] = tempo != nil
        case .metre?: asked[Token(token)] = isFixed
        default: break
        }
      }
      self.asked = asked
    } else {
      asked = nil
    }
    if admitted.count < events.count {
      var mask = TokenMask(count: vocabulary.count)
      for token in admitted { mask[Token(token)] = true }
      self.mask = mask
    }
    if !isDrumsOnly, struck.contains(where: { !$0.isEmpty }),
      !admitted.contains(where: { !struck[$0].isEmpty })
    {
      throw GenerationError(
        .steering("the key and the range leave no pitch that the model's vocabulary knows"))
    }
    if let scale = steering.scale, !steering.isScaleStrict {
      bias = struck.map { pitches in
        -Steering.scaleBias * Float(pitches.count { !scale.contains($0) })
      }
    }
  }

  /// The tokens by which the metre would become another one than a token has told; nil where the token
  /// tells none or the metre is free.
  ///
  /// The token's bar can be an upbeat only where the vocabulary tells every bar's metre anew. Bars at least twice
  /// as long may follow it: upbeats are so short, and what else is told of a second bar is a metre lost.
  func changes(ofMetreToldBy token: Token, canBeUpbeat: Bool = false) -> TokenMask? {
    guard isSteady, let told = events[Int(token)].last(where: \.isMetre) else { return nil }
    let canBeUpbeat = canBeUpbeat && tellsBars
    var mask = TokenMask(count: events.count)
    for index in events.indices {
      mask[Token(index)] = events[index].contains { event in
        event.isMetre && event != told && !(canBeUpbeat && event.barLength >= 2 * told.barLength)
      }
    }
    return mask
  }

  /// Whether it may change which notes are likely.
  var isActive: Bool {
    mask != nil || !bias.isEmpty || keyControl != nil || chordControl != nil
  }

  /// The allowed tokens that are not left out; all of them where none would remain.
  ///
  /// Grammars allow a tempo or a metre where it would change something: one that is asked for is told as soon as it
  /// may be, as behind a primer in another.
  func steer(_ allowed: TokenMask) -> TokenMask {
    if let due = asked?.intersection(allowed), !due.isEmpty { return due }
    guard let mask else { return allowed }
    let both = allowed.intersection(mask)
    return both.isEmpty ? allowed : both
  }

  /// Of the tokens that are allowed those by which a piece comes to rest.
  ///
  /// Where pedals are to be lifted, a program is told for that alone, and for no further note.
  func closing(_ allowed: TokenMask, _ grammar: any Grammar) -> TokenMask {
    var rest = allowed.intersection(closing)
    guard movesControllers else { return rest }
    for token in events.indices where rest[Token(token)] && events[token].allSatisfy(\.isProgram) {
      var next = grammar
      next.advance(Token(token))
      if next.allowed.intersection(closing).isEmpty { rest[Token(token)] = false }
    }
    return rest
  }

  /// Whether a token, such as a program, a velocity or a position, can be followed by what is not left out.
  ///
  /// It looks on to the next note or passing of time, three tokens at most.
  func leadsOn(_ token: Token, _ grammar: any Grammar, depth: Int = 3) -> Bool {
    guard let mask, depth > 0, !settled[token] else { return true }
    var next = grammar
    next.advance(token)
    let allowed = next.allowed.intersection(mask)
    if !allowed.intersection(settled).isEmpty { return true }
    return (0..<struck.count).contains {
      allowed[Token($0)] && leadsOn(Token($0), next, depth: depth - 1)
    }
  }
}

extension TokenEvent {
  fileprivate var isProgram: Bool { if case .program = self { true } else { false } }

  fileprivate var isPosition: Bool { if case .position = self { true } else { false } }

  fileprivate var isMetre: Bool { if case .metre = self { true } else { false } }

  /// How long a bar of this metre is, in whole notes; 0 for what is no metre.
  fileprivate var barLength: Double {
    guard case .metre(let numerator, let denominator) = self else { return 0 }
    return Double(numerator) / Double(denominator)
  }
}
