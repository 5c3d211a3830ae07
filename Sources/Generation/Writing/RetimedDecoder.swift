import Music
import Tokenization

/// A decoder of a vocabulary that tells no tempo whose music is played in another one than the vocabulary's.
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
  /// A model of beats goes on from a primer in the primer's tempo, and a tempo that it is told as a condition is
  /// played, too.
  ///
  /// - Parameters:
  ///   - vocabulary: the model's.
  ///   - opening: what the model is told before the piece.
  ///   - primerTempo: the primer's mean tempo in quarter notes a minute; nil where none is known.
  /// - Returns: the factor, 1 where the vocabulary has its way.
  func stretch(
    of vocabulary: any Vocabulary, telling opening: [Token], after primerTempo: Double?
  ) -> Double {
    var asked = steering.tempo
    if vocabulary.configuration.timeKeeping == .beats {
      asked = asked ?? conditions.tempo ?? primerTempo ?? vocabulary.tempo(toldIn: opening)
    }
    // What is written to a given part has that part's tempo.
    guard let asked, given == nil, !vocabulary.toldEvents.contains(.tempo) else { return 1 }
    let own = vocabulary.makeDecoder().score.tempos.first?.microsecondsPerQuarter ?? 500_000
    // Files tell whole microseconds; what is heard and counted keeps to the same.
    return max(1, (60e6 / asked).rounded()) / Double(own)
  }
}
