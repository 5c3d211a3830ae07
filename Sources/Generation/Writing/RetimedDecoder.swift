import Music
import Tokenization

/// A decoder whose music is played in another tempo than the vocabulary's, or than the nearest that it tells.
///
/// Every second of it lasts so many seconds; ticks and bars stay.
struct RetimedDecoder: TokenDecoder {
  private var base: any TokenDecoder
  /// New duration by old.
  private let factor: Double

  /// Wraps a decoder.
  init(_ base: any TokenDecoder, factor: Double) {
    self.base = base
    self.factor = factor
  }

  mutating func consume(_ token: Token) { base.consume(token) }

  var settledSeconds: Double { base.settledSeconds * factor }

  var polyphony: Int? {
    get { base.polyphony }
    set { base.polyphony = newValue }
  }

  var longestNoteSeconds: Double? {
    get { base.longestNoteSeconds.map { $0 * factor } }
    set { base.longestNoteSeconds = newValue.map { $0 / factor } }
  }

  var sectionBars: Int? {
    get { base.sectionBars }
    set { base.sectionBars = newValue }
  }

  var noteCount: Int { base.noteCount }

  var barsWritten: Double { base.barsWritten }

  var barsPassed: Double { base.barsPassed }

  var bound: PieceBound? {
    get { base.bound?.scaled(by: factor) }
    set { base.bound = newValue?.scaled(by: 1 / factor) }
  }

  var hasReachedBound: Bool { base.hasReachedBound }

  func place(atTick tick: Int) -> (seconds: Double, bars: Double) {
    let (seconds, bars) = base.place(atTick: tick)
    return (seconds * factor, bars)
  }

  mutating func takeSettledMessages() -> [TimedMessage] {
    base.takeSettledMessages().map {
      TimedMessage(seconds: $0.seconds * factor, content: $0.content)
    }
  }

  mutating func finish() { base.finish() }

  var score: Score { base.score.stretched(by: factor) }
}

extension PieceBound {
  /// The bound where seconds last so much longer.
  fileprivate func scaled(by factor: Double) -> PieceBound {
    if case .seconds(let seconds) = self { .seconds(seconds * factor) } else { self }
  }
}

extension Vocabulary {
  /// A decoder of a piece that lasts so much longer than the vocabulary has it.
  func makeDecoder(stretchedBy factor: Double) -> any TokenDecoder {
    let decoder = makeDecoder()
    return factor == 1 ? decoder : RetimedDecoder(decoder, factor: factor)
  }
}

extension GenerationSettings {
  /// The mean tempo of what the piece goes on from, in quarter notes a minute; nil where none is told.
  var primerTempo: Double? {
    primer.flatMap { PieceAttributes($0).tempo }.map { min(max($0, 10), 1_000) }
  }

  /// How much longer a piece lasts than its vocabulary has it where a tempo is asked for that it does not tell:
  /// new duration by old.
  ///
  /// A vocabulary that tells tempos tells the nearest that it has. Where it tells none, a model of beats goes on from a
  /// primer in the primer's tempo, and a tempo that it is told as a condition is played, too.
  ///
  /// - Parameters:
  ///   - vocabulary: the model's.
  ///   - opening: what the model is told before the piece.
  ///   - primerTempo: the primer's mean tempo in quarter notes a minute; nil where none is known.
  /// - Returns: the factor, 1 where the vocabulary has its way.
  func stretch(
    of vocabulary: any Vocabulary, telling opening: [Token], after primerTempo: Double?
  ) -> Double {
    // What is written to a given part has that part's tempo.
    guard given == nil else { return 1 }
    // Files tell whole microseconds; what is heard and counted keeps to the same.
    func quarter(_ tempo: Double) -> Double { max(1, (60e6 / tempo).rounded()) }
    if vocabulary.toldEvents.contains(.tempo) {
      guard let asked = steering.tempo, let nearest = vocabulary.nearestTempo(to: asked) else {
        return 1
      }
      return quarter(asked) / quarter(nearest)
    }
    var asked = steering.tempo
    if vocabulary.configuration.timeKeeping == .beats {
      asked = asked ?? conditions.tempo ?? primerTempo ?? vocabulary.tempo(toldIn: opening)
    }
    guard let asked else { return 1 }
    let own = vocabulary.makeDecoder().score.tempos.first?.microsecondsPerQuarter ?? 500_000
    return quarter(asked) / Double(own)
  }
}

extension Vocabulary {
  /// The tempo that is nearest to one, of those that tokens tell, in quarter notes a minute; nil where they tell none.
  func nearestTempo(to asked: Double) -> Double? {
    let told = (0..<count).flatMap { events(of: Token($0)) }
    let tempos = told.compactMap { if case .tempo(let tempo) = $0 { tempo } else { nil } }
    return tempos.min { abs($0 - asked) < abs($1 - asked) }
  }
}
