import Foundation
public import Modeling
public import Music
import Recurrent
import Settings
import StandardMIDIFile
import Tensors
import Tokenization

/// A piece of which spans are being written anew, one after the other, all else staying in place.
///
/// For each span the model goes on from what is before it, as many times as there are candidates, each
/// exactly as long as the span. One is drawn by the likelihood of what follows, so that it joins well:
/// sampling by importance, the past model as the proposal. A candidate that strikes what the span held already
/// is put aside: other music was asked for. Where all do, some more are written, ever bolder.
///
/// - Reference: Rubin, "Using the SIR Algorithm to Simulate Posterior Distributions" (1988).
public final class Inpainting {
  /// The spans, in ticks of the piece as it was given.
  public let spans: [Range<Int>]
  /// How many spans are written.
  public var spansWritten: Int { piece.settledSpans }
  /// The piece as it is now: what is not in a span that is written is as it was given.
  public var score: Score {
    source.replacing(
      griddedSpans.prefix(spansWritten), with: varied?.written ?? piece.score, of: varied?.index)
  }
  /// What became of the notes so far.
  public var changes: NoteChanges { NoteChanges(from: source.score, to: score) }

  /// How much less likely a track gets, as a logarithm, for a note that another plays already: a candidate
  /// without is taken where there is one.
  private static let unisonCost = 1e3

  /// How often candidates are written for a span, at most, where all say again what it held.
  private static let mostAttempts = 4
  /// How much higher the temperature is each time.
  private static let boldening: Float = 1.5

  /// How many tokens after a span are heard when a candidate is chosen.
  private static let lookahead = 64

  private let model: Model
  private let settings: InpaintingSettings
  private let source: SourcePiece
  /// The spans, in ticks of the vocabulary's grid.
  private let griddedSpans: [Range<Int>]
  /// The piece on the vocabulary's grid.
  private var piece: InpaintedPiece
  private var random: RandomSource
  private let past: PastReader
  private let candidates: Stepper
  private var distribution = TokenDistribution()
  private let rules: SpanRules
  /// The track that alone is written; nil for all.
  private var varied: VariedTrack?
  /// The grammar after the settled tokens.
  private var grammar: any Grammar
  /// What keeps the piece from circling, after the settled tokens.
  private var loops: LoopGuard
  /// How many notes these have.
  private var noteCount = 0
  /// The last settled token that told a metre.
  private var signature: Token?

  /// Takes in a piece and chooses its spans.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - score: the piece.
  ///   - settings: how much is written anew, and how.
  /// - Throws: ``FillingError`` where a setting is out of range or the piece holds no note.
  public init(model: Model, score: Score, settings: InpaintingSettings) throws(FillingError) {
    try settings.validate()
    let model = model.whole
    if model.vocabulary.accompanied != nil {
      throw FillingError(
        .vocabulary(
          found: model.vocabulary.configuration.name, expected: "one that tells all parts"))
    }
    self.model = model
    self.settings = settings
    // Pedals and wheels stay as they are given; what is written are notes.
    let gridded = model.vocabulary.quantise(score).withoutControllers()
    source = SourcePiece(score, gridded: gridded, vocabulary: model.vocabulary)
    guard gridded.tracks.contains(where: { !$0.notes.isEmpty }) else {
      throw FillingError(.emptyPiece)
    }
    random = RandomSource(seed: settings.seed)
    let varied = try settings.track.map { number throws(FillingError) in
      try VariedTrack(number, of: score, vocabulary: model.vocabulary, range: settings.range)
    }
    self.varied = varied
    // The piece may go beyond what the model learned, and what is written within the piece then does.
    let own = gridded.tracks.lazy.filter { !$0.isDrums }.flatMap(\.notes).map(\.pitch)
    let learned = model.provenance.pitches.map { learned in
      own.reduce(learned) { $0.joined(with: .within($1...$1)) }
    }
    let pitches =
      try settings.range.map { range throws(FillingError) in
        LearnedPitches.within(try Self.checked(range, in: model.vocabulary))
      } ?? learned
    rules = SpanRules(model.vocabulary, varied: varied, pitches: pitches)
    do {
      past = try PastReader(
        model.network,
        opening: model.vocabulary.opening(
          telling: PieceAttributes(score, toldIn: model.vocabulary)))
      candidates = try Stepper(model.network, streams: settings.candidates, precision: .f32)
    } catch {
      throw FillingError(
        .setting(
          SettingError("candidates", found: settings.candidates, expected: "fewer: \(error)")))
    }
    let units =
      try settings.bars.map { bars throws(FillingError) in
        try Self.units(of: bars, of: gridded, source: score, vocabulary: model.vocabulary)
      } ?? Self.units(of: gridded, source: score, vocabulary: model.vocabulary)
    // What is written to other parts is chosen bar by bar, so that it may follow them.
    griddedSpans = units.spans(
      share: settings.strength, joined: varied == nil, using: &random)
    if let bars = settings.bars, griddedSpans.isEmpty, settings.strength > 0 {
      throw FillingError(.untoldBars(bars))
    }
    spans = griddedSpans.map(source.ticks)
    piece = InpaintedPiece(gridded, spans: griddedSpans, vocabulary: model.vocabulary)
    grammar = model.vocabulary.makeGrammar()
    grammar.longestNoteSeconds = model.longestNoteSeconds
    loops = LoopGuard(model)
  }

  /// The pitches that are asked for, of which the vocabulary must tell some.
  private static func checked(
    _ range: ClosedRange<UInt8>, in vocabulary: any Vocabulary
  ) throws(FillingError) -> ClosedRange<UInt8> {
    let known = (0..<Token(vocabulary.count)).flatMap { token in
      vocabulary.events(of: token).compactMap { event -> UInt8? in
        if case .note(let pitch) = event, pitch < 128 { pitch } else { nil }
      }
    }
    guard let lowest = known.min(), let highest = known.max() else {
      throw FillingError(range: range, expected: "none for a model that plays drums alone")
    }
    guard known.contains(where: { range.contains($0) }) else {
      throw FillingError(
        range: range, expected: "some of the pitches that the model knows, \(lowest)-\(highest)")
    }
    return range
  }

  /// Writes the next span; false where there is none left.
  ///
  /// - Complexity: for all spans together, O(n) in the length of the piece, and in that of what is written
  ///   times the candidates.
  public func advance() -> Bool {
    guard let stretch = piece.nextStretch() else { return false }
    settle(stretch)
    let given = stretch.score.strikes(in: stretch.span)
    var writers: [SpanWriter] = []
    var choices: [Score] = []
    var areNew: [Bool] = []
    var temperature = settings.temperature
    for _ in 0..<Self.mostAttempts where !areNew.contains(true) {
      writers = write(stretch, temperature: temperature)
      choices = writers.map { writer in
        stretch.score.splicing(
          varied?.joined(writer.score, in: stretch.span, from: stretch.start) ?? writer.score,
          in: stretch.span)
      }
      areNew = choices.map { $0.strikes(in: stretch.span) != given }
      temperature *= Self.boldening
    }
    var likelihoods = likelihoods(of: choices, in: stretch)
    if let varied {
      // What was drawn without the others is weighed by how much likelier it is with them.
      for index in likelihoods.indices {
        let unisons = varied.unisons(
          writers[index].score, in: stretch.span, from: stretch.start)
        likelihoods[index] -= writers[index].logProbability + Self.unisonCost * Double(unisons)
      }
    }
    if areNew.contains(true) {
      for index in likelihoods.indices where !areNew[index] { likelihoods[index] = -.infinity }
    }
    let weights = Resampling.normalized(likelihoods)
    var remaining = random.uniform()
    let drawn = weights.firstIndex { weight in
      remaining -= weight
      return remaining < 0
    }
    let choice = drawn ?? areNew.firstIndex(of: true) ?? 0
    varied?.keep(writers[choice].score, in: stretch.span, from: stretch.start)
    piece.settle(choices[choice], in: stretch)
    return true
  }

  /// Reads what of a stretch's tokens is settled.
  private func settle(_ stretch: InpaintedPiece.Stretch) {
    let settled = stretch.tokens[stretch.settled]
    past.settle(settled)
    signature = settled.last { rules.signatures[$0] } ?? signature
    var decoder = model.vocabulary.makeDecoder()
    for place in 0..<stretch.settled.upperBound {
      let (token, before) = (stretch.tokens[place], decoder.noteCount)
      decoder.consume(token)
      guard place >= stretch.settled.lowerBound else { continue }
      grammar.advance(token)
      noteCount += decoder.noteCount - before
      loops.read(token, noteCount: noteCount)
    }
  }

  /// What each candidate writes in the span of a stretch.
  private func write(_ stretch: InpaintedPiece.Stretch, temperature: Float) -> [SpanWriter] {
    let times = TokenTimes(stretch.tokens, of: stretch.score, in: model.vocabulary)
    let settled = stretch.settled.upperBound
    let opening = max(settled, times.countBefore(stretch.span.lowerBound))
    var (state, logits) = past.read(stretch.tokens[settled..<opening])
    state = state.spread(over: settings.candidates, configuration: candidates.configuration)
    candidates.state = state
    logits = Array(repeating: logits, count: settings.candidates).flatMap(\.self)
    let writer = SpanWriter(
      stretch, past: opening, grammar: grammar, loops: loops, noteCount: noteCount,
      signature: signature, rules: rules, longestNoteSeconds: model.longestNoteSeconds,
      polyphony: varied?.polyphony)
    var writers = Array(repeating: writer, count: settings.candidates)
    var active = Array(writers.indices)
    var next = [Int32](repeating: 0, count: writers.count)
    let size = model.vocabulary.count
    while true {
      active.removeAll { writers[$0].isComplete }
      if active.isEmpty { break }
      for index in active {
        let token = writers[index].draw(
          logits[index * size..<(index + 1) * size], temperature: Double(temperature),
          distribution: &distribution, using: &random)
        next[index] = Int32(token)
      }
      candidates.step(next, logits: &logits)
    }
    return writers
  }

  /// The logarithm of what the model gives to each choice's tokens after a span, and in it where one track
  /// alone is written.
  private func likelihoods(
    of choices: [Score], in stretch: InpaintedPiece.Stretch
  ) -> [Double] {
    let horizon = stretch.next ?? Int.max
    guard horizon > stretch.span.upperBound || varied != nil else { return choices.map { _ in 0 } }
    let tokens = choices.map { piece.tokens(of: $0, in: stretch) }
    let heard = zip(tokens, choices).map { tokens, choice in
      let times = TokenTimes(tokens, of: choice, in: model.vocabulary)
      let end = times.indexReaching(stretch.span.upperBound)
      let first = varied == nil ? end : times.countBefore(stretch.span.lowerBound)
      let last = min(times.indexReaching(horizon), end + Self.lookahead, tokens.count)
      return first..<max(first, last)
    }
    let settled = stretch.settled.upperBound
    let common = max(
      1, settled, min(commonPrefix(tokens), heard.map(\.lowerBound).min() ?? 1))
    var (state, logits) = past.read(tokens[0][settled..<common])
    state = state.spread(over: choices.count, configuration: candidates.configuration)
    candidates.state = state
    logits = Array(repeating: logits, count: choices.count).flatMap(\.self)
    var sums = [Double](repeating: 0, count: choices.count)
    let all = TokenMask(count: model.vocabulary.count, all: true)
    let size = model.vocabulary.count
    for index in common..<(heard.map(\.upperBound).max() ?? common) {
      for choice in choices.indices where heard[choice].contains(index) {
        distribution.load(
          logits[choice * size..<(choice + 1) * size], allowed: all,
          temperature: Double(settings.temperature))
        sums[choice] += distribution.logProbability(of: tokens[choice][index])
      }
      let next = tokens.map { Int32(index < $0.count ? $0[index] : 0) }
      candidates.step(next, logits: &logits)
    }
    return sums
  }
}

/// Reads tokens, and goes back to where they were settled.
private final class PastReader {
  private let stepper: Stepper
  /// The network after the settled tokens.
  private var state: NetworkState
  private var logits: [Float] = []
  /// What is read at the start of a piece, in the place of the start token alone.
  private let opening: [Token]

  init(_ network: Network, opening: [Token]) throws(NetworkError) {
    self.opening = opening
    stepper = try Stepper(network, streams: 1, precision: .f32)
    state = stepper.state
  }

  /// Reads tokens for good.
  func settle(_ tokens: ArraySlice<Token>) { (state, logits) = read(tokens) }

  /// The network after the settled tokens and some more, of all at least one: its state and the logits of
  /// the next.
  func read(_ tokens: ArraySlice<Token>) -> (state: NetworkState, logits: [Float]) {
    stepper.state = state
    var logits = logits
    for token in tokens {
      for token in token == opening[0] ? opening : [token] {
        stepper.step([Int32(token)], logits: &logits)
      }
    }
    return (stepper.state, logits)
  }
}

extension NetworkState {
  /// The state of many streams that all remember what this one stream does.
  fileprivate func spread(
    over streams: Int, configuration: NetworkConfiguration
  ) -> NetworkState {
    var state = NetworkState(configuration, streams: streams)
    for stream in 0..<streams { state.copy(stream: 0, of: self, to: stream) }
    return state
  }
}

extension Score {
  /// When which keys are struck in a span of ticks, whoever plays them and however loudly.
  fileprivate func strikes(in span: Range<Int>) -> Set<Strike> {
    var strikes: Set<Strike> = []
    for track in tracks {
      for note in track.notes where span.contains(note.onset) {
        strikes.insert(Strike(onset: note.onset, pitch: note.pitch, isDrums: track.isDrums))
      }
    }
    return strikes
  }
}

private struct Strike: Hashable {
  var onset: Int
  var pitch: UInt8
  var isDrums: Bool
}

/// How many tokens all sequences begin with.
private func commonPrefix(_ sequences: [[Token]]) -> Int {
  let first = sequences.first ?? []
  return sequences.dropFirst().reduce(first.count) { count, tokens in
    zip(first.prefix(count), tokens).prefix { $0 == $1 }.count
  }
}

/// How much of a piece is written anew.
public struct InpaintingSettings: Hashable, Sendable {
  /// The share of the piece's bars that are written anew, 0 to 1.
  ///
  /// Of ``bars`` the share of those.
  public var strength = 0.3
  /// The bars, counted from 1, of which all others stay as they are; nil for any.
  public var bars: ClosedRange<Int>?
  /// The track, counted from 1, of which all others stay as they are; nil for any.
  ///
  /// It keeps about to its range and to how many notes sound at once. Bars of it are drawn without the other
  /// tracks, and chosen by how well they go with them.
  public var track: Int?
  /// The pitches that what is written keeps to, drums aside; nil for those of the piece and those that the model
  /// learned, where it tells them.
  ///
  /// Of ``track`` they take the place of its own range.
  public var range: ClosedRange<UInt8>?
  /// How many candidates are written for each span, 1 to 4,096.
  public var candidates = 16
  /// What logits are divided by, above 0: below 1 safer, above 1 bolder.
  public var temperature: Float = 1
  /// Where every random choice comes from.
  public var seed: UInt64 = 1

  /// Creates the default settings.
  public init() {}

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``FillingError`` naming the first that is not.
  public func validate() throws(FillingError) {
    try FillingError.check("strength", strength, strength >= 0 && strength <= 1, "0 to 1")
    if let bars {
      try FillingError.check(
        "bars", "\(bars.lowerBound)-\(bars.upperBound)", bars.lowerBound >= 1, "bars from 1 on")
    }
    try FillingError.check("candidates", candidates, 1...4096 ~= candidates, "1 to 4096")
    try FillingError.check(
      "temperature", temperature, temperature > 0 && temperature <= 100,
      "more than 0 and at most 100")
  }
}
