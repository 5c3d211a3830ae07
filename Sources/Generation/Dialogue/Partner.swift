public import Music

/// Who plays with somebody: hears what is played as it comes, and writes what is played beside it or after it.
///
/// Times are seconds of the partner's own time, which go on for ever: those of music in beats at the tempo that
/// its tokens tell (see ``secondsPerQuarter``), else the clock's. Whoever plays gives notes in their order; who
/// of the two plays when is for ``begin(at:)``, ``write(until:)`` and ``takeBack(from:isOver:)`` to say.
public protocol Partner: AnyObject {
  /// How long a quarter note lasts in the partner's own time; nil where its vocabulary tells seconds.
  var secondsPerQuarter: Double? { get }
  /// How many tokens of the other's the model has read.
  var heardCount: Int { get }
  /// How many tokens it has written that stand.
  var writtenCount: Int { get }
  /// The key that the model is told, be it asked for or heard; nil where it is told none.
  var key: Key? { get }

  /// Hears a note begin; where both play at once, what was written beyond it is taken back before.
  ///
  /// - Parameters:
  ///   - program: the program that plays it, 128 for drums.
  ///   - pitch: its pitch, 0 to 127.
  ///   - velocity: how hard it is struck, 1 to 127.
  ///   - seconds: when.
  func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double)
  /// Hears a note end, as it hears one begin.
  func release(program: UInt8, pitch: UInt8, at seconds: Double)
  /// Hears that nothing more comes before a moment.
  func listen(until seconds: Double)

  /// Reads on where much has to be read anew, for some milliseconds at most.
  ///
  /// - Returns: whether all is read; ``write(until:)`` otherwise takes as long as that.
  func read() -> Bool

  /// Begins to play: nothing is struck before a moment.
  ///
  /// - Parameter seconds: when what is written begins.
  func begin(at seconds: Double)
  /// Writes on.
  ///
  /// - Parameter seconds: up to when, at the least.
  /// - Returns: the messages that this has settled, in playing order; more may have been settled than was asked
  ///   for, and can be taken back until it is heard.
  func write(until seconds: Double) -> [TimedMessage]
  /// Says that what was written before a moment was heard, and is not taken back any more.
  func forget(before seconds: Double)
  /// Takes back what was written from a moment on, and has not been heard yet.
  ///
  /// Notes that were struck before stay. Their ends are told again where both go on, and are the listener's to
  /// say where the other goes on alone.
  ///
  /// - Parameters:
  ///   - seconds: the moment.
  ///   - isOver: whether the other goes on alone: then all notes end there.
  func takeBack(from seconds: Double, isOver: Bool)

  /// What the model's tokens are divided by, as ``SamplingSettings/temperature``.
  var temperature: Float { get }
  /// How many notes a second are aimed at; nil for as many as the model likes.
  var density: Double? { get }
  /// How much the piece quotes itself, as ``GenerationSettings/repeats``.
  var repeats: Float { get }
  /// Changes how the tokens to come are drawn.
  ///
  /// - Throws: ``GenerationError`` where a value is out of range; then nothing changes.
  func change(_ kind: SamplingChange.Kind) throws(GenerationError)
  /// Changes how much the piece quotes itself.
  ///
  /// - Throws: ``GenerationError`` where it is out of range; then nothing changes.
  func change(repeats: Float) throws(GenerationError)
}
