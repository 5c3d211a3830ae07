/// Turns what is being played into performance events one by one, each when its step has passed.
struct PerformanceEncoder: TokenEncoder {
  private let vocabulary: PerformanceVocabulary
  private var writer: PerformanceWriter
  /// The program of which the tokens tell that others wrote.
  private var program: UInt8
  /// What sounds, and since which step.
  private var sounding: [Key: Int] = [:]
  /// What is not told yet, by step, note-offs first, by program and pitch.
  private var waiting: [Event] = []
  let canTellAtOnce = true
  var tellsAtOnce = false

  private struct Key: Hashable {
    var program: UInt8
    var pitch: UInt8
  }

  private struct Event {
    var step: Int
    var isStrike: Bool
    var note: PlayedNote

    /// Its place among the others.
    var order: (Int, Int, UInt8, UInt8) { (step, isStrike ? 1 : 0, note.program, note.pitch) }
  }

  init(_ vocabulary: PerformanceVocabulary) {
    self.vocabulary = vocabulary
    let settings = vocabulary.settings
    writer = PerformanceWriter(layout: vocabulary.layout, tellsPrograms: settings.programs)
    program = settings.programs ? 0 : UInt8(settings.program)
  }

  mutating func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    let settings = vocabulary.settings
    guard velocity > 0, settings.lowestPitch...settings.highestPitch ~= Int(pitch), tells(program)
    else { return }
    let key = key(program, pitch)
    let step = step(at: seconds)
    if strikeAgain(key, velocity, at: step) { return }
    if sounding[key] != nil {
      insert(key, at: step)
    } else if let polyphony = settings.polyphony {
      let ending = waiting.count { !$0.isStrike && $0.step > step }
      guard sounding.count + ending < polyphony else { return }
    }
    sounding[key] = step
    insert(key, at: step, velocity: velocity)
    if tellsAtOnce { tell(before: .max) }
  }

  mutating func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    // A drum's key ends no note of its pitch where drums are not told, nor the other way round.
    guard tells(program) else { return }
    let key = key(program, pitch)
    guard let onset = sounding.removeValue(forKey: key) else { return }
    insert(key, at: max(step(at: seconds), onset + 1))
    if tellsAtOnce { tell(before: .max) }
  }

  mutating func releaseAll(at seconds: Double) {
    for (key, onset) in sounding { insert(key, at: max(step(at: seconds), onset + 1)) }
    sounding.removeAll(keepingCapacity: true)
  }

  mutating func listen(until seconds: Double) {
    tell(before: vocabulary.step(atSeconds: seconds))
  }

  mutating func rest(until seconds: Double) {
    releaseAll(at: seconds)
    tell(before: .max)
    writer.shift(to: vocabulary.step(atSeconds: seconds))
  }

  mutating func follow(_ token: Token) {
    guard let event = vocabulary.layout.event(token) else { return }
    writer.follow(event)
    switch event {
    case .program(let new): program = new
    case .noteOn(let pitch): sounding[Key(program: program, pitch: pitch)] = writer.step
    case .noteOff(let pitch): sounding.removeValue(forKey: Key(program: program, pitch: pitch))
    default: break
    }
  }

  mutating func takeTokens() -> [Token] {
    defer { writer.tokens.removeAll(keepingCapacity: true) }
    return writer.tokens
  }

  /// Whether the vocabulary has tokens for what a program plays.
  private func tells(_ program: UInt8) -> Bool {
    let settings = vocabulary.settings
    return settings.programs || (program == drumKit) == (settings.program == Int(drumKit))
  }

  private func key(_ program: UInt8, _ pitch: UInt8) -> Key {
    let settings = vocabulary.settings
    return Key(program: settings.programs ? program : UInt8(settings.program), pitch: pitch)
  }

  /// The step of a moment, not before what is told already.
  private func step(at seconds: Double) -> Int {
    max(vocabulary.step(atSeconds: seconds), writer.step)
  }

  private mutating func insert(_ key: Key, at step: Int, velocity: UInt8? = nil) {
    let event = Event(
      step: step, isStrike: velocity != nil,
      note: PlayedNote(
        onset: step, end: step, pitch: key.pitch, velocity: velocity ?? 0, program: key.program))
    var place = waiting.count
    while place > 0, waiting[place - 1].order > event.order { place -= 1 }
    waiting.insert(event, at: place)
  }

  /// Makes one note of two that are struck at one step: as hard as the harder, as long as both.
  private mutating func strikeAgain(_ key: Key, _ velocity: UInt8, at step: Int) -> Bool {
    func isOf(_ event: Event) -> Bool {
      event.note.program == key.program && event.note.pitch == key.pitch
    }
    let first = waiting.lastIndex { $0.isStrike && $0.step == step && isOf($0) }
    guard let first else { return false }
    waiting[first].note.velocity = max(waiting[first].note.velocity, velocity)
    waiting.removeAll { !$0.isStrike && $0.step > step && isOf($0) }
    sounding[key] = step
    return true
  }

  private mutating func tell(before step: Int) {
    var count = 0
    while count < waiting.count, waiting[count].step < step {
      let event = waiting[count]
      let (program, pitch) = (event.note.program, event.note.pitch)
      if event.isStrike {
        writer.strike(event.note)
      } else {
        writer.release(UInt64(event.step) << 16 | UInt64(program) << 8 | UInt64(pitch))
      }
      self.program = program
      count += 1
    }
    waiting.removeFirst(count)
  }
}
