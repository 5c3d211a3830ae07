import Music
import StandardMIDIFile

/// Writes a piece forwards in time, as the decoders do: into messages to play and into a score.
///
/// Whatever is asked of it, no note is struck while it sounds, none is left sounding, none is shorter
/// than a step.
struct PieceBuilder: Sendable {
  private let ticksPerQuarter: Int
  private let stepTicks: Int

  /// The present tick.
  private(set) var tick = 0
  /// Where the present tempo began.
  private var tempoTick = 0
  private var tempoSeconds = 0.0
  private var secondsPerTick: Double

  private var tempos: [TempoChange] = []
  private var timeSignatures: [TimeSignature] = []
  private var metreMap: MetreMap
  private var allocation = ChannelAllocation()
  private var parts: [Part] = []
  /// The part of each program, -1 where it has none.
  private var partOfProgram = Array(repeating: -1, count: 129)
  /// Releases to come, the next one last.
  private var releases: [Release] = []
  private var settled: [TimedMessage] = []
  /// The present tick's messages, which come after its note-offs.
  private var present: [ChannelMessage] = []
  private var presentOffs: [ChannelMessage] = []
  /// Those of pedals and wheels, which come between both.
  private var presentMoves: [ChannelMessage] = []

  /// How many notes were struck.
  private(set) var noteCount = 0
  /// Where the piece ends at the latest; nil for no bound.
  var bound: PieceBound? {
    didSet { findBoundTick() }
  }
  /// The tick of the bound under the present tempo and metre.
  private var boundTick = Int.max
  /// How many bars each section has, over whose end no note sounds; nil where there are no sections.
  var sectionBars: Int? {
    didSet { findSectionEnd() }
  }
  /// Where the present section ends under the present metre.
  private var sectionEnd = Int.max
  /// How long a note without a duration may sound, in seconds; nil for ever.
  var longestNoteSeconds: Double?
  /// How many notes may sound at once; the newest ones do.
  var polyphony: Int? {
    didSet { findSounding() }
  }
  /// What sounds, in the order in which it was struck; kept only where ``polyphony`` has a limit.
  private var sounding: [Voice] = []

  private struct Voice: Equatable {
    var part: Int
    var pitch: Int
    var onset: Int
  }

  private struct Part {
    var program: UInt8
    var channel: UInt8
    var notes: [Note] = []
    /// The index in `notes` of each sounding pitch, -1 where it is silent.
    var sounding = Array(repeating: -1, count: 128)
    /// What its pedal and wheels are told, by tick.
    var messages: [TrackMessage] = []
    /// Where they stand, by rank; nil for one that has not been moved.
    var positions = [ControllerPlace?](repeating: nil, count: Controller.count)

    var isPedalDown: Bool { positions[Controller.pedal.rank].map { $0.position > 0 } ?? false }
  }

  /// Where a controller stands, since when, and where it stood before.
  private struct ControllerPlace {
    var position: Int
    var before: Int
    var tick: Int
  }

  private struct Release {
    var tick: Int
    var part: Int
    var pitch: Int
    var note: Int
    /// Whether it is the longest note's, and not of a duration that was told.
    var isLimit: Bool
  }

  /// Creates a piece at 120 quarter notes a minute; no note will be shorter than `stepTicks`.
  init(ticksPerQuarter: Int, stepTicks: Int) {
    self.ticksPerQuarter = ticksPerQuarter
    self.stepTicks = stepTicks
    secondsPerTick = 0.5 / Double(ticksPerQuarter)
    metreMap = MetreMap(ticksPerQuarter: ticksPerQuarter)
  }

  /// The present in seconds.
  var seconds: Double { seconds(at: tick) }

  private func seconds(at tick: Int) -> Double {
    tempoSeconds + Double(tick - tempoTick) * secondsPerTick
  }

  /// Whether nothing more is struck.
  var hasReachedBound: Bool {
    if case .notes(let count) = bound { return noteCount >= count }
    return tick >= boundTick
  }

  private mutating func findBoundTick() {
    switch bound {
    case .seconds(let seconds):
      // A bound that is a tick but for rounding errors is that tick.
      let ticks = (seconds - tempoSeconds) / secondsPerTick + 1e-6
      boundTick = max(tempoTick + Int(min(max(ticks, 0), 1e15)), tick + stepTicks)
    case .bars(let bars): boundTick = max(metreMap.tick(afterBars: bars), tick + stepTicks)
    case .notes, nil: boundTick = .max
    }
  }

  private mutating func findSectionEnd() {
    guard let sectionBars else { return sectionEnd = .max }
    sectionEnd = metreMap.tick(ofBar: (bar / sectionBars + 1) * sectionBars)
  }

  private var bar: Int { metreMap.bar(at: tick) }

  /// Whether a section begins at the present tick.
  var beginsSection: Bool {
    sectionBars.map { bar % $0 == 0 && metreMap.tick(ofBar: bar) == tick } ?? false
  }

  /// Goes on to a later tick, or to the bound where that comes first; there all notes end, and at the
  /// ends of sections.
  mutating func advance(to later: Int) {
    let later = min(later, boundTick)
    while sectionEnd <= later {
      moveOn(to: sectionEnd)
      silenceAll()
      findSectionEnd()
    }
    moveOn(to: later)
    if later == boundTick { silenceAll() }
  }

  /// Goes on to a later tick, and ends the notes that end on the way.
  private mutating func moveOn(to later: Int) {
    guard later > tick else { return }
    while let next = releases.last, next.tick <= later {
      releases.removeLast()
      guard parts[next.part].sounding[next.pitch] == next.note else { continue }
      move(to: next.tick)
      silence(part: next.part, pitch: next.pitch)
    }
    move(to: later)
  }

  private mutating func silenceAll() {
    for part in parts.indices {
      for pitch in 0..<128 where parts[part].sounding[pitch] >= 0 {
        silence(part: part, pitch: pitch)
      }
    }
    releases.removeAll()
    liftPedals()
  }

  private mutating func move(to later: Int) {
    guard later > tick else { return }
    flush()
    tick = later
  }

  private mutating func flush() {
    let now = seconds
    for message in presentOffs { settled.append(TimedMessage(seconds: now, message: message)) }
    for message in presentMoves { settled.append(TimedMessage(seconds: now, message: message)) }
    for message in present { settled.append(TimedMessage(seconds: now, message: message)) }
    presentOffs.removeAll(keepingCapacity: true)
    presentMoves.removeAll(keepingCapacity: true)
    present.removeAll(keepingCapacity: true)
  }

  private mutating func silence(part: Int, pitch: Int) {
    let note = parts[part].sounding[pitch]
    parts[part].sounding[pitch] = -1
    if polyphony != nil { sounding.removeAll { $0.part == part && $0.pitch == pitch } }
    parts[part].notes[note].duration = tick - parts[part].notes[note].onset
    presentOffs.append(
      .noteOff(channel: parts[part].channel, pitch: UInt8(pitch), velocity: 64))
  }

  private mutating func part(of program: UInt8) -> Int {
    let known = partOfProgram[Int(program)]
    if known >= 0 { return known }
    let (stand, channel) = allocation.allocate(program)
    if stand != program {
      partOfProgram[Int(program)] = partOfProgram[Int(stand)]
      return partOfProgram[Int(program)]
    }
    partOfProgram[Int(program)] = parts.count
    parts.append(Part(program: program, channel: channel))
    if program != drumKit {
      present.append(.programChange(channel: channel, program: program))
    }
    return parts.count - 1
  }

  /// Strikes a note now; without a duration it sounds until it is released.
  ///
  /// A note that already sounds is struck again, unless it was struck at this very tick. One that could
  /// not last a step, as the bound or the section's end is there, is left out.
  mutating func strike(program: UInt8, pitch: UInt8, velocity: UInt8, duration: Int? = nil) {
    guard !hasReachedBound, min(boundTick, sectionEnd) - tick >= stepTicks else { return }
    let part = part(of: program)
    let pitch = Int(pitch)
    let old = parts[part].sounding[pitch]
    if old >= 0 {
      guard parts[part].notes[old].onset < tick else { return }
      silence(part: part, pitch: pitch)
    }
    if let polyphony {
      let voice = Voice(part: part, pitch: pitch, onset: tick)
      guard makeWay(for: voice, polyphony) else { return }
      sounding.append(voice)
    }
    let index = parts[part].notes.count
    noteCount += 1
    parts[part].sounding[pitch] = index
    parts[part].notes.append(
      Note(onset: tick, duration: duration ?? -1, pitch: UInt8(pitch), velocity: velocity))
    present.append(
      .noteOn(channel: parts[part].channel, pitch: UInt8(pitch), velocity: velocity))
    if let length = duration ?? longestNoteTicks {
      let release = Release(
        tick: tick + length, part: part, pitch: pitch, note: index, isLimit: duration == nil)
      var place = releases.count
      while place > 0, releases[place - 1].tick < release.tick { place -= 1 }
      releases.insert(release, at: place)
    }
  }

  /// The longest note at the present tempo, in ticks, at least a step.
  private var longestNoteTicks: Int? {
    guard let longestNoteSeconds, !longestNoteSeconds.isNaN else { return nil }
    let ticks = (longestNoteSeconds / secondsPerTick + 1e-6).rounded(.down)
    return max(stepTicks, Int(min(max(ticks, 0), 1e12)))
  }

  /// Ends or leaves out what the newest note goes before; false where it is the one to be left out.
  private mutating func makeWay(for voice: Voice, _ polyphony: Int) -> Bool {
    while sounding.count >= polyphony {
      let first = sounding.min { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) } ?? voice
      if first.onset < tick {
        silence(part: first.part, pitch: first.pitch)
      } else if first.pitch < voice.pitch {
        unstrike(first)
      } else {
        return false
      }
    }
    return true
  }

  /// Takes back a note that was struck at this very tick.
  private mutating func unstrike(_ voice: Voice) {
    let note = parts[voice.part].sounding[voice.pitch]
    parts[voice.part].sounding[voice.pitch] = -1
    // A note without length is none; those after it keep their places.
    parts[voice.part].notes[note].duration = 0
    noteCount -= 1
    sounding.removeAll { $0 == voice }
    let channel = parts[voice.part].channel
    present.removeAll { message in
      if case .noteOn(channel, UInt8(voice.pitch), _) = message { true } else { false }
    }
  }

  private mutating func findSounding() {
    sounding = []
    guard polyphony != nil else { return }
    for (index, part) in parts.enumerated() {
      for (pitch, note) in part.sounding.enumerated() where note >= 0 {
        sounding.append(Voice(part: index, pitch: pitch, onset: part.notes[note].onset))
      }
    }
  }

  /// Releases a note now; one that is silent or was struck at this very tick is left alone.
  mutating func release(program: UInt8, pitch: UInt8) {
    let part = partOfProgram[Int(program)]
    guard part >= 0 else { return }
    let note = parts[part].sounding[Int(pitch)]
    guard note >= 0, parts[part].notes[note].onset < tick else { return }
    silence(part: part, pitch: Int(pitch))
  }

  /// Moves a pedal or a wheel of a program that has been struck; of two movements at one tick the later counts.
  ///
  /// At the bound nothing is moved any more.
  mutating func move(program: UInt8, _ event: ControllerEvent, _ layout: ControllerLayout) {
    let part = partOfProgram[Int(program)]
    guard part >= 0, tick < boundTick else { return }
    let rank = event.controller.rank
    var place =
      parts[part].positions[rank]
      ?? ControllerPlace(
        position: layout.rest(of: event.controller), before: layout.rest(of: event.controller),
        tick: -1)
    guard place.position != event.position else { return }
    if place.tick == tick {
      if place.position != place.before { takeBackMove(layout.message(event), of: part) }
    } else {
      place.before = place.position
    }
    let isFirst = parts[part].positions[rank] == nil
    (place.position, place.tick) = (event.position, tick)
    parts[part].positions[rank] = place
    if event.controller == .bend, isFirst { layout.reachMessages.forEach { tell($0, of: part) } }
    if place.position != place.before { tell(layout.message(event), of: part) }
  }

  /// Takes back what a controller was told at this very tick.
  private mutating func takeBackMove(_ kind: TrackMessage.Kind, of part: Int) {
    let channel = parts[part].channel
    if let last = parts[part].messages.lastIndex(where: { $0.kind.moves(as: kind) }) {
      let message = parts[part].messages.remove(at: last).kind.message(channel: channel)
      if let told = presentMoves.lastIndex(of: message) { presentMoves.remove(at: told) }
    }
  }

  private mutating func tell(_ kind: TrackMessage.Kind, of part: Int) {
    parts[part].messages.append(TrackMessage(tick: tick, kind: kind))
    presentMoves.append(kind.message(channel: parts[part].channel))
  }

  /// Lifts all pedals: nothing rings on.
  private mutating func liftPedals() {
    let rank = Controller.pedal.rank
    for part in parts.indices where parts[part].isPedalDown {
      if parts[part].positions[rank]?.tick == tick {
        takeBackMove(Self.lift, of: part)
      } else {
        tell(Self.lift, of: part)
      }
      parts[part].positions[rank] = ControllerPlace(position: 0, before: 0, tick: tick)
    }
  }

  private static let lift = TrackMessage.Kind.control(controller: 64, value: 0)

  /// Changes the tempo from now on; at the bound nothing changes any more.
  mutating func changeTempo(microsecondsPerQuarter: Int) {
    guard tick < boundTick else { return }
    tempoSeconds = seconds
    tempoTick = tick
    secondsPerTick = Double(microsecondsPerQuarter) / 1e6 / Double(ticksPerQuarter)
    if tempos.last?.tick == tick { tempos.removeLast() }
    if tempos.last?.microsecondsPerQuarter != microsecondsPerQuarter {
      tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: microsecondsPerQuarter))
    }
    if case .seconds = bound { findBoundTick() }
  }

  /// Changes the metre from now on; at the bound nothing changes any more.
  mutating func changeTimeSignature(numerator: Int, denominator: Int) {
    guard tick < boundTick else { return }
    let signature = TimeSignature(tick: tick, numerator: numerator, denominator: denominator)
    if timeSignatures.last?.tick == tick {
      timeSignatures.removeLast()
      metreMap.removeLast()
    }
    defer { findSectionEnd() }
    if timeSignatures.last?.hasMetre(of: signature) == true { return }
    timeSignatures.append(signature)
    metreMap.append(signature)
    if case .bars = bound { findBoundTick() }
  }

  /// How many bars the score is long, the last in part.
  var barsWritten: Double { metreMap.barsPassed(at: endTick) }

  /// How many bars have passed up to the present.
  var barsPassed: Double { metreMap.barsPassed(at: tick) }

  /// A tick from the present on, in seconds and in bars.
  func place(atTick tick: Int) -> (seconds: Double, bars: Double) {
    (seconds(at: tick), metreMap.barsPassed(at: tick))
  }

  /// Where the score ends: at the present, or where a note that sounds is to end.
  private var endTick: Int {
    parts.reduce(tick) { end, part in
      part.sounding.reduce(end) { $1 < 0 ? $0 : max($0, self.end(of: part.notes[$1])) }
    }
  }

  /// Where a note ends, which is released now where nothing else is known.
  private func end(of note: Note) -> Int {
    note.duration < 0
      ? max(tick, note.onset + stepTicks) : min(note.end, boundTick, sectionEnd)
  }

  /// Ends the piece: lets notes with a duration end, releases the others, settles everything.
  mutating func finish() {
    // Nothing waits for the longest note: what no token has released ends now.
    releases.removeAll(where: \.isLimit)
    var released = tick
    for part in parts.indices {
      for pitch in 0..<128 {
        let note = parts[part].sounding[pitch]
        guard note >= 0, parts[part].notes[note].duration < 0 else { continue }
        let onset = parts[part].notes[note].onset
        let duration = max(tick - onset, stepTicks)
        parts[part].notes[note].duration = duration
        if duration == tick - onset {
          silence(part: part, pitch: pitch)
        } else {
          releases.append(
            Release(
              tick: onset + duration, part: part, pitch: pitch, note: note, isLimit: false))
        }
      }
    }
    releases.sort { $0.tick > $1.tick }
    released = max(released, releases.first?.tick ?? tick)
    advance(to: released)
    liftPedals()
    flush()
  }

  /// Removes and returns the messages before the present tick.
  mutating func takeSettledMessages() -> [TimedMessage] {
    let taken = settled
    settled = []
    return taken
  }

  /// The piece so far.
  var score: Score {
    let endTick = endTick
    let tracks = parts.sorted { $0.program < $1.program }.map { part in
      var notes = part.notes
      for index in notes.indices {
        notes[index].duration = end(of: notes[index]) - notes[index].onset
      }
      if polyphony != nil { notes.removeAll { $0.duration == 0 } }
      notes.sort { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
      var messages =
        part.program == drumKit ? [] : [TrackMessage(tick: 0, kind: .program(part.program))]
      messages += part.messages
      // A pedal that is down now is lifted where the music ends.
      if part.isPedalDown, endTick > 0 {
        if part.positions[Controller.pedal.rank]?.tick == endTick {
          messages.removeAll { $0.tick == endTick && $0.kind.moves(as: Self.lift) }
        } else {
          messages.append(TrackMessage(tick: endTick, kind: Self.lift))
        }
      }
      return Track(channel: part.channel, notes: notes, messages: messages)
    }
    return Score(
      division: .ticksPerQuarter(ticksPerQuarter), tracks: tracks, tempos: tempos,
      timeSignatures: timeSignatures, endTick: endTick)
  }
}

extension TrackMessage.Kind {
  /// Whether the message moves the same controller as another.
  fileprivate func moves(as other: TrackMessage.Kind) -> Bool {
    switch (self, other) {
    case (.control(let controller, _), .control(let same, _)): controller == same
    case (.pitchBend, .pitchBend): true
    default: false
    }
  }
}
