public import Modeling
public import Music

/// A piece as a sequence of messages, written a bounded time ahead of its listener.
///
/// The messages are those of a ``PieceGenerator`` with the same settings. How tokens are drawn may
/// change while it runs; what was written ahead by then stays.
public actor PieceStream: AsyncSequence {
  /// A message and when it is played.
  public typealias Element = TimedMessage
  /// Writing never fails.
  public typealias Failure = Never

  private let generator: PieceGenerator
  private let lookaheadSeconds: Double
  private var written: [TimedMessage] = []
  private var taken = 0
  /// When the last message that was taken is heard, in seconds.
  private var heardSeconds = 0.0
  private var isWritingAhead = false

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - settings: what is asked for.
  ///   - lookaheadSeconds: how far to write beyond the last message taken, 0 to 3,600.
  /// - Throws: ``GenerationError`` where a setting is out of range or the primer is empty.
  public init(
    model: Model, settings: GenerationSettings, lookaheadSeconds: Double = 4
  ) throws(GenerationError) {
    guard lookaheadSeconds >= 0, lookaheadSeconds <= 3_600 else {
      throw GenerationError(
        .setting(name: "look-ahead", value: "\(lookaheadSeconds) s", expected: "0 to 3600"))
    }
    self.lookaheadSeconds = lookaheadSeconds
    generator = try PieceGenerator(model: model, settings: settings)
  }

  /// How the tokens to come are drawn.
  public var sampling: SamplingSettings { generator.sampling }

  /// Changes how the tokens to come are drawn.
  ///
  /// - Throws: ``GenerationError`` where a setting is out of range; then nothing changes.
  public func change(_ sampling: SamplingSettings) throws(GenerationError) {
    try sampling.validate()
    generator.sampling = sampling
  }

  /// How far the piece is written, in seconds.
  public var settledSeconds: Double { generator.settledSeconds }

  /// The piece so far.
  public var score: Score { generator.score }

  /// The messages, in playing order; all iterators share them.
  public nonisolated func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  /// Takes one message after another.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: PieceStream

    /// The next message; nil at the end of the piece.
    public func next() async -> TimedMessage? { await stream.take() }
  }

  private func take() -> TimedMessage? {
    while taken == written.count, write() {}
    guard taken < written.count else { return nil }
    let message = written[taken]
    taken += 1
    if taken == written.count {
      written.removeAll(keepingCapacity: true)
      taken = 0
    }
    heardSeconds = message.seconds
    if !isWritingAhead, isBehind {
      isWritingAhead = true
      Task { await writeAhead() }
    }
    return message
  }

  private var isBehind: Bool {
    !generator.isFinished && generator.settledSeconds < heardSeconds + lookaheadSeconds
  }

  private func writeAhead() async {
    while isBehind, write() { await Task.yield() }
    isWritingAhead = false
  }

  /// Writes a token; false when the piece was at its end before.
  private func write() -> Bool {
    if generator.isFinished { return false }
    _ = generator.next()
    written += generator.takeMessages()
    return true
  }
}
