import Generation
import Music

/// Whose turn it is.
enum Turn: Hashable {
  case listening
  /// The model's, from a quarter note on and up to one; for ever where that is nil.
  case answering(from: Double, until: Double?)
}

/// What was played since the last answer.
struct Call {
  /// The quarter note of its first strike; nil before.
  private(set) var start: Double?
  /// That of the last key that was pressed or let go.
  private(set) var lastChange = 0.0

  mutating func strike(at quarters: Double) {
    start = start ?? quarters
    lastChange = quarters
  }

  mutating func end(at quarters: Double) { lastChange = quarters }

  /// How many bars it has, from the bar line before it; a note that is a little longer begins no bar.
  func bars(of barQuarters: Double) -> Int {
    guard let start else { return 1 }
    let first = (start / barQuarters + 0.05).rounded(.down) * barQuarters
    let count = ((lastChange - first) / barQuarters - 0.1).rounded(.up)
    return Int(min(max(count, 1), 16))
  }
}

extension Jam {
  /// How long before its first beat an answer is begun, in seconds: so long may it take to read again what
  /// was played.
  private static let thinking = 0.15
  /// How far ahead an answer is written, in quarter notes, and how far one of two who play at once.
  private static let (writingAhead, duetAhead) = (1.0, 0.25)
  /// How long before each beat what accompanies it is written, in seconds: as late as thinking allows, for by then
  /// most is known of what it goes with.
  private static let beatAhead = 0.06
  /// After how many bars without a note an accompaniment falls silent.
  private static let patience = 2.0

  /// Lets the model answer from the next beat on, or stop where it plays.
  ///
  /// - Parameter seconds: the present moment.
  public func answer(at seconds: Double) {
    if turn != .listening { return yield(at: max(now, seconds)) }
    let earliest = quarters(at: max(now, seconds) + 0.02)
    begin(at: (earliest / settings.beatQuarters).rounded(.up) * settings.beatQuarters)
  }

  /// Does what time has come for: begins, writes on or ends an answer.
  func takeTurn() {
    let time = partnerTime(at: now)
    // Keys go on being heard while it reads, and what is written ahead is long enough for that.
    let isReady = partner.read()
    switch turn {
    case .listening:
      partner.listen(until: time)
      beginWhereAsked()
    case .answering(_, let end):
      if settings.mode == .duet { partner.listen(until: time) }
      partner.forget(before: time)
      if settings.mode == .accompany { return accompany() }
      if isReady { write(until: end) }
      if let end, quarters(at: now + Jam.lead) >= end { finish(at: end) }
    }
  }

  private func beginWhereAsked() {
    let present = quarters(at: now)
    let soon = quarters(at: now + Self.thinking)
    let bar = settings.barQuarters
    let line = (present / bar).rounded(.up) * bar
    if settings.mode == .accompany { return beginBesideCall() }
    guard line <= soon else { return }
    if settings.mode == .duet {
      if line >= countInQuarters - 1e-6 { begin(at: line) }
      return
    }
    guard case .silence(let bars) = settings.cue, call.start != nil, keys.isEmpty else { return }
    // Who lets go a little late has still been silent for a bar.
    if line - call.lastChange >= bars * bar - settings.beatQuarters / 2 { begin(at: line) }
  }

  /// Begins an answer at a place of the grid.
  private func begin(at start: Double) {
    let bars = settings.answerBars ?? call.bars(of: settings.barQuarters)
    var end: Double?
    if settings.mode == .answer {
      // The bar in which it begins in part is none of them.
      let line = (start / settings.barQuarters - 1e-6).rounded(.up) * settings.barQuarters
      end = line + Double(bars) * settings.barQuarters
    }
    turn = .answering(from: start, until: end)
    partner.begin(at: partnerTime(at: clock.seconds(at: start)))
    // What has to be read anew before is read by then.
    if partner.read() { write(until: end) }
  }

  /// Begins to accompany who has begun to play, from the next beat on.
  private func beginBesideCall() {
    guard call.start != nil else { return }
    let start = beat(at: now + Self.beatAhead) + settings.beatQuarters
    guard start >= countInQuarters - 1e-6 else { return }
    turn = .answering(from: start, until: nil)
    accompanied = start
    partner.begin(at: partnerTime(at: clock.seconds(at: start)))
    writeBeat(from: start)
  }

  /// Writes the next beat once what comes before it is known, or falls silent.
  private func accompany() {
    let next = beat(at: now + Self.beatAhead)
    // Who thinks aside hands out the beat when it is written.
    guard next > accompanied + 1e-6 else { return writeBeat(from: accompanied) }
    if keys.isEmpty, next - call.lastChange > Self.patience * settings.barQuarters {
      return yield(at: max(now, clock.seconds(at: next)))
    }
    accompanied = next
    takeBack(from: clock.seconds(at: next))
    writeBeat(from: next)
  }

  /// Writes a beat, and what ends in it.
  private func writeBeat(from start: Double) {
    let end = start + settings.beatQuarters
    pending += partner.write(until: partnerTime(at: clock.seconds(at: end)))
  }

  /// The last beat before a moment, in quarter notes.
  private func beat(at seconds: Double) -> Double {
    (quarters(at: seconds) / settings.beatQuarters).rounded(.down) * settings.beatQuarters
  }

  /// Writes on, not beyond an answer's end.
  private func write(until end: Double?) {
    let ahead = settings.mode == .duet ? Self.duetAhead : Self.writingAhead
    var target = quarters(at: now) + ahead
    if let end { target = min(target, end) }
    let limit = end.map { partnerTime(at: clock.seconds(at: $0)) } ?? .infinity
    let written = partner.write(until: partnerTime(at: clock.seconds(at: target)))
    // What ends with the answer is let go there.
    pending += written.filter { $0.seconds < limit - 1e-6 }
  }

  /// Ends an answer that has come to its end.
  private func finish(at end: Double) {
    let moment = clock.seconds(at: end)
    partner.takeBack(from: partnerTime(at: moment), isOver: true)
    pending.removeAll()
    silenceAnswer(at: max(now, moment))
    listen()
  }

  /// Leaves the music to who plays: what was not heard of the answer was never written.
  func yield(at seconds: Double) {
    guard turn != .listening else { return }
    partner.takeBack(from: partnerTime(at: seconds), isOver: true)
    pending.removeAll()
    silenceAnswer(at: seconds)
    listen()
  }

  private func listen() {
    turn = .listening
    call = Call()
  }

  /// Takes back what of a duet has not been heard, before the other's note comes between.
  func takeBack(from seconds: Double) {
    guard turn != .listening else { return }
    let time = partnerTime(at: seconds)
    partner.takeBack(from: time, isOver: false)
    // Of what has been heard the ends are still to come, which the dialogue tells again.
    pending.removeAll { $0.seconds >= time }
  }
}
