public import Modeling
public import Music

/// A piece as an asynchronous sequence, which can be played while it is being written.
///
/// It writes when it is asked and keeps nothing that was taken, so that music may go on for ever; how far
/// it runs ahead of a listener is for whoever takes from it to say. Where the task that takes is
/// cancelled, the sequence ends. The piece is that of a ``PieceGenerator`` with the same settings, which
/// may change while it runs.
public actor PieceStream: AsyncSequence {
  /// What one more token makes certain of a piece.
  public struct Passage: Hashable, Sendable {
    /// The messages that no later token can change, in playing order; often none.
    public var messages: [TimedMessage]
    /// How far the piece is written, in seconds: no further message comes before.
    public var settledSeconds: Double
  }

  /// What one more token makes certain.
  public typealias Element = Passage
  /// Writing never fails.
  public typealias Failure = Never

  private let generator: PieceGenerator

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - settings: what is asked for.
  /// - Throws: ``GenerationError`` where a setting is out of range, the primer is empty or memory does not
  ///   suffice.
  public init(model: Model, settings: GenerationSettings) throws(GenerationError) {
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

  /// How many notes a second the sampler aims at; nil for as many as the model likes.
  public var density: Double? { generator.density }

  /// Changes how the tokens to come are drawn; with these ``changes`` in its settings the piece is written
  /// again.
  ///
  /// - Throws: ``GenerationError`` where a value is out of range; then nothing changes.
  public func change(_ kind: SamplingChange.Kind) throws(GenerationError) {
    try generator.change(kind)
  }

  /// What was changed on the way so far, and what the settings change later.
  public var changes: [SamplingChange] { generator.changes }

  /// How many events were written behind the primer.
  public var eventCount: Int { generator.eventCount }

  /// How far the piece is written, in seconds.
  public var settledSeconds: Double { generator.settledSeconds }

  /// The piece so far.
  public var score: Score { generator.score }

  /// The passages in playing order; all iterators share them.
  public nonisolated func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  /// Takes one passage after another.
  public struct Iterator: AsyncIteratorProtocol {
    let stream: PieceStream

    /// The next passage; nil at the end of the piece or where the task is cancelled.
    public func next() async -> Passage? { await stream.write() }
  }

  private func write() -> Passage? {
    if generator.isFinished || Task.isCancelled { return nil }
    _ = generator.next()
    return Passage(messages: generator.takeMessages(), settledSeconds: generator.settledSeconds)
  }
}
