public import Music
import StandardMIDIFile

extension PianoRollVocabulary {
  /// The velocity of all notes.
  static let velocity: UInt8 = 80

  /// Moves a score onto the grid of frames.
  ///
  /// Onsets and ends move by at most half a frame; a note lasts at least a frame; the piece is as long
  /// as its end tick says. Without hold tokens notes of a pitch that touch become one.
  public func quantise(_ score: Score) -> Score {
    let frames = frames(of: gridNotes(of: score))
    var builder = makeBuilder()
    for frame in frames.struck.indices {
      builder.advance(to: frame * frameTicks)
      let before = frame > 0 ? frames.struck[frame - 1] | frames.held[frame - 1] : 0
      play(
        struck: frames.struck[frame], released: before & ~frames.held[frame], on: &builder)
    }
    builder.advance(to: frames.struck.count * frameTicks)
    builder.finish()
    return builder.score
  }

  /// Turns a score into tokens, from ``start`` to ``end``.
  ///
  /// - Complexity: O(n log n) in the number of notes, O(n) in that of frames.
  public func encode(_ score: Score) -> [Token] { write(score, limit: .max) ?? [] }

  /// Turns a score into tokens where they are no more than a limit; else nil.
  public func encode(_ score: Score, limit: Int) -> [Token]? { write(score, limit: limit) }

  private func write(_ score: Score, limit: Int) -> [Token]? {
    let notes = gridNotes(of: score)
    // Each frame has a token.
    guard notes.frameCount <= limit else { return nil }
    let frames = frames(of: notes)
    var tokens = [start]
    for frame in frames.struck.indices {
      let struck = frames.struck[frame]
      var rest = struck | frames.held[frame]
      while rest != 0 {
        let pitch =
          settings.order == .ascending
          ? rest.trailingZeroBitCount : 127 - rest.leadingZeroBitCount
        let bit: UInt128 = 1 << UInt128(pitch)
        rest &= ~bit
        let isHeld = settings.holds && struck & bit == 0
        tokens.append(isHeld ? layout.hold(pitch) : layout.note(pitch))
      }
      tokens.append(Token(layout.endOfFrame))
      guard tokens.count < limit else { return nil }
    }
    tokens.append(end)
    return tokens.count <= limit ? tokens : nil
  }

  /// Where a score ends on the grid of frames, in ticks of the quantised one.
  public func endTick(of score: Score) -> Int { gridNotes(of: score).frameCount * frameTicks }

  /// Starts a piece at the settings' tempo.
  func makeBuilder() -> PieceBuilder {
    var builder = PieceBuilder(ticksPerQuarter: ticksPerQuarter, stepTicks: frameTicks)
    builder.changeTempo(microsecondsPerQuarter: settings.microsecondsPerQuarter)
    return builder
  }

  /// Plays a frame: releases pitches, then strikes others or the same again.
  func play(struck: UInt128, released: UInt128, on builder: inout PieceBuilder) {
    let program = UInt8(settings.program)
    var rest = released
    while rest != 0 {
      builder.release(program: program, pitch: UInt8(rest.trailingZeroBitCount))
      rest &= rest - 1
    }
    rest = struck
    while rest != 0 {
      builder.strike(
        program: program, pitch: UInt8(rest.trailingZeroBitCount), velocity: Self.velocity)
      rest &= rest - 1
    }
  }

  /// The notes that can be told, in frames, and how many frames there are.
  private func gridNotes(of score: Score) -> (notes: [PlayedNote], frameCount: Int) {
    let (score, quarter) = score.inQuarterNotes(timeCodeTempo: settings.microsecondsPerQuarter)
    let framesPerTick = Double(settings.framesPerWhole) / 4 / quarter
    let limit = Int(quarter * PieceLimit.quarters)
    let frame = { (tick: Int) in Int((Double(min(tick, limit)) * framesPerTick).rounded()) }
    var notes = score.playedNotes(foldingPedals: false)
    notes.removeAll { note in
      (note.program == drumKit) != (settings.program == Int(drumKit)) || note.onset > limit
        || Int(note.pitch) < settings.lowestPitch || Int(note.pitch) > settings.highestPitch
    }
    var count = frame(score.endTick)
    for index in notes.indices {
      notes[index].onset = frame(notes[index].onset)
      notes[index].end = max(frame(notes[index].end), notes[index].onset + 1)
      notes[index].program = 0
      count = max(count, notes[index].end)
    }
    return (notes, count)
  }

  /// The pitches struck in each frame and those held from the one before, a bit each.
  private func frames(
    of piece: (notes: [PlayedNote], frameCount: Int)
  ) -> (struck: [UInt128], held: [UInt128]) {
    let (notes, count) = piece
    let roll = FrameRoll(settings.holds ? canonical(notes, polyphony: nil) : notes, count: count)
    var (struck, held) = (roll.struck, roll.held)
    for frame in 0..<count {
      if settings.holds {
        held[frame] &= ~struck[frame]
        if frame > 0 { held[frame] &= struck[frame - 1] | held[frame - 1] }
      } else {
        let sounding = struck[frame] | held[frame]
        held[frame] = frame > 0 ? sounding & (struck[frame - 1] | held[frame - 1]) : 0
        struck[frame] = sounding & ~held[frame]
      }
      limitPolyphony(&struck[frame], &held[frame])
    }
    return (struck, held)
  }

  /// Leaves out the lowest pitches beyond those that a frame may have.
  private func limitPolyphony(_ struck: inout UInt128, _ held: inout UInt128) {
    guard let polyphony = settings.polyphony else { return }
    while (struck | held).nonzeroBitCount > polyphony {
      let lowest = (struck | held) & ~((struck | held) - 1)
      struck &= ~lowest
      held &= ~lowest
    }
  }
}

/// Turns frames into music one by one.
struct PianoRollDecoder: BuildingDecoder {
  private let vocabulary: PianoRollVocabulary
  /// Unused: a note ends with the first frame that does not hold it, and waits for no token.
  var longestNoteSeconds: Double?
  var builder: PieceBuilder
  /// The pitches of the frame before, and those of the present one so far.
  private var sounding: UInt128 = 0
  private var struck: UInt128 = 0
  private var held: UInt128 = 0

  init(_ vocabulary: PianoRollVocabulary) {
    self.vocabulary = vocabulary
    builder = vocabulary.makeBuilder()
  }

  mutating func consume(_ token: Token) {
    switch vocabulary.layout.event(token) {
    case .note(let pitch):
      let bit: UInt128 = 1 << UInt128(pitch)
      guard (struck | held) & bit == 0 else { break }
      if !vocabulary.settings.holds, sounding & bit != 0 { held |= bit } else { struck |= bit }
    case .hold(let pitch):
      let bit: UInt128 = 1 << UInt128(pitch)
      guard sounding & ~struck & bit != 0 else { break }
      held |= bit
    case .endOfFrame: endFrame()
    case .start, .end, nil: break
    }
  }

  private mutating func endFrame() {
    vocabulary.play(struck: struck, released: sounding & ~held, on: &builder)
    sounding = struck | held
    struck = 0
    held = 0
    builder.advance(to: builder.tick + vocabulary.frameTicks)
    if builder.beginsSection { sounding = 0 }
  }

  mutating func finish() {
    // A frame that was begun is a frame.
    if struck | held != 0 { endFrame() }
    builder.finish()
  }
}
