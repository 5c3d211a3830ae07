import Music

/// Turns timed messages into samples: the same ones for a loudspeaker and for a file.
///
/// Time advances in steps of ``Synthesizer/quantum``; a message is played at the step nearest to its
/// time, at most 0.8 ms away. Because steps are counted from the start of the piece, the samples do
/// not depend on the size of the blocks that are asked for. At another ``speed`` a step of time is more or
/// less than one of the piece.
struct Renderer: ~Copyable {
  private let synthesizer: SynthesizerRack
  private var source: MessageSource
  private var transposer: Transposer
  /// Where the next frame is, in steps of the piece.
  private var place = 0.0
  /// How many times as fast the piece is played, above 0.
  var speed = 1.0
  /// Frames rendered while the source did not know yet how the piece goes on.
  private(set) var stalledFrames = 0
  /// Whether nothing will sound any more.
  private(set) var isFinished = false
  private var tailSteps: Int?
  private var quietSteps = 0

  /// The level below which the end of a piece counts as silence: -75 dB.
  static let silence: Float = 0.000_178
  /// How long it must stay there, and how long a tail may be at most, in seconds.
  private static let (quietSeconds, longestTail) = (0.2, 12.0)

  init(_ synthesizer: SynthesizerRack, playing performance: Performance) {
    transposer = Transposer(ports: synthesizer.portCount)
    source = MessageSource(
      performance, stepsPerSecond: Renderer.stepsPerSecond(synthesizer.sampleRate))
    self.synthesizer = synthesizer
  }

  init(_ synthesizer: SynthesizerRack, playing queue: MessageQueue) {
    transposer = Transposer(ports: synthesizer.portCount)
    source = MessageSource(queue, stepsPerSecond: Renderer.stepsPerSecond(synthesizer.sampleRate))
    self.synthesizer = synthesizer
  }

  /// A piece that grows.
  init(_ synthesizer: SynthesizerRack) {
    transposer = Transposer(ports: synthesizer.portCount)
    source = MessageSource(stepsPerSecond: Renderer.stepsPerSecond(synthesizer.sampleRate))
    self.synthesizer = synthesizer
  }

  /// Adds messages to a piece that grows, and says how far it is settled.
  mutating func append(_ messages: [TimedMessage], settledUntil seconds: Double) {
    source.append(messages, settledUntil: seconds)
  }

  /// Says when a piece that grows ends.
  mutating func finish(at seconds: Double) { source.finish(at: seconds) }

  /// How many frames can be rendered of what is known at the present ``speed``; as good as endless where all of
  /// the piece is.
  var settledFrames: Int {
    guard source.end == nil else { return .max }
    let steps = (Double(source.horizon) - place) / speed
    return Int(max(0, min(steps, 1e9))) * Synthesizer.quantum
  }

  private static func stepsPerSecond(_ sampleRate: Int) -> Double {
    Double(sampleRate) / Double(Synthesizer.quantum)
  }

  /// Where the next frame is, in seconds of the piece.
  var seconds: Double { place / Renderer.stepsPerSecond(synthesizer.sampleRate) }

  /// By how many semitones what is struck next is moved.
  var semitones: Int {
    get { transposer.semitones }
    set { transposer.semitones = newValue }
  }

  /// The moment of the piece from which on nothing has been struck.
  var nextSeconds: Double { min(seconds, source.nextSeconds ?? .infinity) }

  /// Renders up to `frames` frames to the start of `samples`.
  ///
  /// - Parameters:
  ///   - samples: interleaved, with room for them.
  ///   - frames: how many, a multiple of ``Synthesizer/quantum``.
  /// - Returns: how many were rendered; fewer only where the piece has ended and died away.
  mutating func render(into samples: inout [Float], frames: Int) -> Int {
    precondition(frames % Synthesizer.quantum == 0)
    let steps = frames / Synthesizer.quantum
    var done = 0
    if source.refill(at: Int(place)) { releaseAll() }
    while done < steps, !isFinished {
      if tailSteps != nil {
        renderTail(into: &samples, at: done)
        done += 1
        continue
      }
      let step = Int(place)
      while let message = source.next(at: step) {
        transposer.pass(message) { synthesizer.send($0) }
      }
      if let end = source.end, step >= end {
        releaseAll()
        tailSteps = 0
        continue
      }
      let isStalled = source.nextChange <= step
      // Where the piece does not go on yet, what sounds goes on sounding.
      let rest = ((Double(source.nextChange) - place) / speed).rounded(.up)
      let count = isStalled ? steps - done : Int(min(rest, Double(steps - done)))
      renderSteps(count, into: &samples, at: done)
      done += count
      if isStalled {
        stalledFrames += count * Synthesizer.quantum
      } else {
        place += Double(count) * speed
      }
    }
    return done * Synthesizer.quantum
  }

  /// Goes to another place of the piece; the samples jump, so fade around it.
  ///
  /// Sounding notes are cut off; programs, controllers and bends are as if the piece had been played
  /// up to there. A piece that comes through a queue does not move.
  mutating func seek(to seconds: Double) {
    guard source.isSeekable else { return }
    let step = min(source.step(at: seconds), source.end ?? .max)
    place = Double(step)
    (tailSteps, quietSteps, isFinished) = (nil, 0, false)
    synthesizer.reset()
    transposer.reset()
    for message in source.seek(to: step) {
      transposer.pass(message) { synthesizer.send($0) }
    }
  }

  private mutating func releaseAll() {
    synthesizer.releaseAll()
    transposer.releaseAll()
  }

  private mutating func renderSteps(_ count: Int, into samples: inout [Float], at start: Int) {
    let quantum = Synthesizer.quantum
    synthesizer.render(into: &samples, frames: start * quantum..<(start + count) * quantum)
  }

  private mutating func renderTail(into samples: inout [Float], at index: Int) {
    renderSteps(1, into: &samples, at: index)
    let first = index * Synthesizer.quantum * Synthesizer.channels
    var peak: Float = 0
    for sample in samples[first..<first + Synthesizer.quantum * Synthesizer.channels] {
      peak = max(peak, abs(sample))
    }
    quietSteps = peak < Renderer.silence ? quietSteps + 1 : 0
    let length = (tailSteps ?? 0) + 1
    tailSteps = length
    let stepsPerSecond = Renderer.stepsPerSecond(synthesizer.sampleRate)
    isFinished =
      Double(quietSteps) > Renderer.quietSeconds * stepsPerSecond
      || Double(length) > Renderer.longestTail * stepsPerSecond
  }
}
