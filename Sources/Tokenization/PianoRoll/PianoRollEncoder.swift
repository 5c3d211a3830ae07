/// Turns what is being played into frames one by one, each when it has passed.
struct PianoRollEncoder: TokenEncoder {
  private let vocabulary: PianoRollVocabulary
  private let secondsPerFrame: Double
  /// How many frames have ended.
  private var frame = 0
  /// The pitches of the frame before, and those of the present one that another wrote.
  private var before: UInt128 = 0
  private var written: UInt128 = 0
  /// What is held, and what was struck in the present frame.
  private var held: UInt128 = 0
  private var struck: UInt128 = 0
  /// In which frame each pitch was struck last.
  private var onsets = [Int](repeating: -1, count: 128)
  /// What is to come, by frame, releases first.
  private var waiting: [Event] = []
  private var tokens: [Token] = []
  let canTellAtOnce = false
  var tellsAtOnce = false

  private struct Event {
    var frame: Int
    var isStrike: Bool
    var pitch: UInt8

    /// Its place among the others.
    var order: (Int, Int) { (frame, isStrike ? 1 : 0) }
  }

  init(_ vocabulary: PianoRollVocabulary) {
    self.vocabulary = vocabulary
    let settings = vocabulary.settings
    // As decoded music has it, in whole microseconds.
    secondsPerFrame =
      Double(settings.microsecondsPerQuarter) * 4 / 1e6 / Double(settings.framesPerWhole)
  }

  mutating func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    guard velocity > 0, vocabulary.pitches.contains(Int(pitch)), tells(program) else { return }
    let onset = frame(at: seconds)
    guard onsets[Int(pitch)] != onset else { return }
    onsets[Int(pitch)] = onset
    // A note that was released within its first frame sounds on with this one.
    waiting.removeAll { !$0.isStrike && $0.pitch == pitch && $0.frame > onset }
    insert(Event(frame: onset, isStrike: true, pitch: pitch))
  }

  mutating func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    // A drum's key ends no note of its pitch where drums are not told, nor the other way round.
    guard pitch < 128, tells(program) else { return }
    release(pitch, at: seconds)
  }

  private mutating func release(_ pitch: UInt8, at seconds: Double) {
    guard onsets[Int(pitch)] >= 0 else { return }
    insert(
      Event(
        frame: max(frame(at: seconds), onsets[Int(pitch)] + 1), isStrike: false, pitch: pitch))
    onsets[Int(pitch)] = -1
  }

  mutating func releaseAll(at seconds: Double) {
    for pitch in UInt8(0)..<128 { release(pitch, at: seconds) }
  }

  mutating func listen(until seconds: Double) {
    let settled = frames(in: seconds)
    while frame < settled { endFrame() }
  }

  mutating func rest(until seconds: Double) {
    releaseAll(at: seconds)
    let last = max(frames(in: seconds), waiting.last?.frame ?? 0)
    while frame < last { endFrame() }
    waiting.removeAll(keepingCapacity: true)
    held = 0
    struck = 0
  }

  mutating func follow(_ token: Token) {
    switch vocabulary.layout.event(token) {
    case .note(let pitch), .hold(let pitch): written |= 1 << UInt128(pitch)
    case .endOfFrame: close(written)
    case .start, .end, nil: break
    }
  }

  mutating func takeTokens() -> [Token] {
    defer { tokens.removeAll(keepingCapacity: true) }
    return tokens
  }

  /// Whether the vocabulary has tokens for what a program plays.
  private func tells(_ program: UInt8) -> Bool {
    (program == drumKit) == (vocabulary.settings.program == Int(drumKit))
  }

  /// What lies half-way between two frames but for rounding errors goes up, as it does exactly.
  private func frames(in seconds: Double) -> Int {
    Int(min(max(0, seconds) / secondsPerFrame + 1e-6, 1e12).rounded())
  }

  /// The frame of a moment, not before those that have ended.
  private func frame(at seconds: Double) -> Int { max(frames(in: seconds), frame) }

  private mutating func insert(_ event: Event) {
    var place = waiting.count
    while place > 0, waiting[place - 1].order > event.order { place -= 1 }
    waiting.insert(event, at: place)
  }

  /// Tells the present frame.
  private mutating func endFrame() {
    var count = 0
    while count < waiting.count, waiting[count].frame <= frame {
      let bit: UInt128 = 1 << UInt128(waiting[count].pitch)
      if waiting[count].isStrike {
        held |= bit
        struck |= bit
      } else {
        held &= ~bit
      }
      count += 1
    }
    waiting.removeFirst(count)
    // What the frame before lacks cannot be held, but struck again where that looks the same.
    var present = vocabulary.settings.holds ? struck | held & before : held
    if let polyphony = vocabulary.settings.polyphony {
      while present.nonzeroBitCount > polyphony { present &= present - 1 }
    }
    var rest = present & ~written
    while rest != 0 {
      let pitch =
        vocabulary.settings.order == .ascending
        ? rest.trailingZeroBitCount : 127 - rest.leadingZeroBitCount
      let bit: UInt128 = 1 << UInt128(pitch)
      rest &= ~bit
      let isHeld = vocabulary.settings.holds && struck & bit == 0
      tokens.append(isHeld ? vocabulary.layout.hold(pitch) : vocabulary.layout.note(pitch))
    }
    tokens.append(vocabulary.endOfFrame)
    struck = 0
    close(present | written)
  }

  private mutating func close(_ present: UInt128) {
    before = present
    written = 0
    frame += 1
  }
}
