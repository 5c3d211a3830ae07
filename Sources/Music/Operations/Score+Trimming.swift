extension Score {
  /// The first bars of the score; all of it where it has no more of them, or is in time code and has none.
  ///
  /// - Parameter count: how many, 1 or more.
  /// - Returns: the score up to the bar line after them.
  public func beginning(bars count: Int) -> Score {
    guard let metre = metreMap, count < metre.barCount(before: endTick) else {
      return trimmed(to: 0..<max(1, endTick))
    }
    return trimmed(to: 0..<max(1, metre.tick(ofBar: count)))
  }

  /// The last seconds of the score before its last note ends, from the beginning of a bar on where it has bars.
  ///
  /// - Parameter seconds: how many at the least, as far as the score has so many.
  /// - Returns: the score from there on.
  public func ending(seconds: Double) -> Score {
    let tempo = tempoMap
    let silent = tempo.seconds(atTick: soundingEnd)
    let begun = tempo.tick(atSeconds: max(0, silent - max(0, seconds)))
    let start = metreMap.map { $0.tick(ofBar: $0.bar(at: begun)) } ?? begun
    return start > 0 ? trimmed(to: start..<max(start, endTick)) : self
  }

  /// The part of the score between two ticks, moved to start at tick 0.
  ///
  /// Notes struck in the range stay, and end with it at the latest; notes struck before it are left
  /// out. Tempo, metre, key, programs, controllers, parameters that data entry set, and bends in force at
  /// its start stand at tick 0, and so do the system exclusive messages before it, from the last reset of
  /// each port on.
  ///
  /// - Parameters:
  ///   - ticks: the range; what lies outside the score is empty.
  ///   - keepsBarLines: whether bars begin where they do in the score: a range that begins within one begins with
  ///     what is left of it. Otherwise one begins with the range.
  /// - Returns: the part, `ticks.count` ticks long or up to the end of the score.
  public func trimmed(to ticks: Range<Int>, keepsBarLines: Bool = false) -> Score {
    let start = max(ticks.lowerBound, 0)
    let end = max(min(ticks.upperBound, endTick), start)
    var score = self
    // What was sent before the start meets there.
    score.numberOrder { max($0, start) }
    let (tracks, systemExclusives) = (score.tracks, score.systemExclusives)
    score.endTick = end - start
    score.tempos = tempos.trimmed(to: start..<end, tick: \.tick) { _ in 0 }
      .lastAtEachTick { $0.tick }
    score.timeSignatures = timeSignatures.trimmed(to: start..<end, tick: \.tick) { _ in 0 }
      .lastAtEachTick { $0.tick }
    if keepsBarLines, let next = signature(ofBarAfter: start), next.tick < end {
      // One that says again what holds begins a bar.
      let place = score.timeSignatures.partitioningIndex { $0.tick > 0 }
      var signature = next
      signature.tick -= start
      score.timeSignatures.insert(signature, at: place)
    }
    score.keySignatures = keySignatures.trimmed(to: start..<end, tick: \.tick) { _ in 0 }
      .lastAtEachTick { $0.tick }
    score.texts = texts.moved(to: start..<end)
    // What came before a reset is no longer in force.
    let lastResets = lastResets(until: start)
    score.systemExclusives = systemExclusives.enumerated().compactMap { index, event in
      guard index >= lastResets[event.port] ?? lastResets[nil] ?? 0,
        event.tick < end || event.tick <= start
      else {
        return nil
      }
      var event = event
      event.tick = max(event.tick - start, 0)
      return event
    }
    let telling = tracks.tracksTelling(until: start)
    for index in tracks.indices {
      score.tracks[index].notes = tracks[index].notes.compactMap { note in
        guard (start..<end).contains(note.onset) else { return nil }
        var note = note
        note.duration = min(note.end, end) - note.onset
        note.onset -= start
        return note
      }
      let reset = lastResets[tracks[index].port] ?? lastResets[nil]
      let resetMoment = reset.map { systemExclusives[$0].moment } ?? Moment(tick: 0, order: 0)
      // What another track of the channel told later holds.
      let others = telling[tracks[index].part]
      let told = tracks[index].messages.filter { $0.moment >= resetMoment }
      let kept = told.trimmed(to: start..<end) { others?[$0]?.index ?? index == index }
      score.tracks[index].messages =
        (told.banksReplaced(before: start) + kept).sortedByTick { $0.moment }
      score.tracks[index].texts = tracks[index].texts.moved(to: start..<end)
    }
    // Some of what told the others apart is left out.
    score.numberOrder()
    return score
  }

  /// The time signature that holds at a tick within a bar, at the next bar line; nil where a bar begins with the
  /// tick, where another signature begins the next one, and in time code, which has no bars.
  private func signature(ofBarAfter tick: Int) -> TimeSignature? {
    guard let metre = metreMap else { return nil }
    let bar = metre.bar(at: tick)
    let line = metre.tick(ofBar: bar + 1)
    guard metre.tick(ofBar: bar) < tick, !timeSignatures.contains(where: { $0.tick == line }) else {
      return nil
    }
    let told = timeSignatures.last { $0.tick <= tick }
    return TimeSignature(
      tick: line, numerator: told?.numerator ?? 4, denominator: told?.denominator ?? 4)
  }

  /// The index of the last reset until a tick of each port that is reset, and of all ports.
  private func lastResets(until tick: Int) -> [UInt8?: Int] {
    var last: [UInt8?: Int] = [:]
    for (index, event) in systemExclusives.enumerated() where event.tick <= tick {
      guard event.reset != nil else { continue }
      if event.port == nil { last = last.mapValues { _ in index } }
      last[event.port] = index
    }
    return last
  }
}

extension TrackMessage.Kind {
  /// What the message sets: messages of one number replace each other.
  ///
  /// - Parameter parameter: what data entry sets, which the message may change.
  fileprivate func state(_ parameter: inout ParameterNumber) -> Int {
    parameter.take(self)
    switch self {
    case .program: return 0
    case .pitchBend: return 1
    case .channelPressure: return 2
    case .control(let controller, _):
      guard ParameterNumber.isDataEntry(controller), let number = parameter.number else {
        return 0x100 + Int(controller)
      }
      return 0x1000 + (number << 7 | Int(controller))
    case .polyphonicPressure(let pitch, _): return 0x200 + Int(pitch)
    }
  }
}

extension [Track] {
  /// For each channel that several tracks play which of them told each of its states last, until a tick.
  fileprivate func tracksTelling(
    until tick: Int
  ) -> [Track.Part: [Int: (moment: Moment, index: Int)]] {
    let shared = Dictionary(grouping: indices, by: { self[$0].part }).filter { $1.count > 1 }
    return shared.mapValues { indices in
      var last: [Int: (moment: Moment, index: Int)] = [:]
      for index in indices {
        var parameter = ParameterNumber()
        for message in self[index].messages where message.tick <= tick {
          let state = message.kind.state(&parameter)
          if let known = last[state], known.moment > message.moment { continue }
          last[state] = (message.moment, index)
        }
      }
      return last
    }
  }
}

extension Array {
  /// The elements in a range of ticks, moved to start at 0, after the last of each state before it.
  fileprivate func trimmed(
    to ticks: Range<Int>, tick: WritableKeyPath<Element, Int>, state: (Element) -> Int
  ) -> [Element] {
    var inForce: [Int: Int] = [:]
    for index in indices where self[index][keyPath: tick] < ticks.lowerBound {
      inForce[state(self[index])] = index
    }
    let before = inForce.values.sorted().map { index in
      var element = self[index]
      element[keyPath: tick] = 0
      return element
    }
    return before + moved(to: ticks, tick: tick)
  }

  fileprivate func moved(
    to ticks: Range<Int>, tick: WritableKeyPath<Element, Int>
  ) -> [Element] {
    compactMap { element in
      guard ticks.contains(element[keyPath: tick]) else { return nil }
      var element = element
      element[keyPath: tick] -= ticks.lowerBound
      return element
    }
  }
}

extension [TrackMessage] {
  /// What selected the bank of the program in force at a tick, where another bank has been selected since, which is for
  /// the next program. At tick 0.
  fileprivate func banksReplaced(before tick: Int) -> [TrackMessage] {
    let program = lastIndex { message in
      if case .program = message.kind { message.tick < tick } else { false }
    }
    guard let program else { return [] }
    return ([0, 32] as [UInt8]).compactMap { controller -> TrackMessage? in
      func selects(_ message: TrackMessage) -> Bool {
        if case .control(controller, _) = message.kind { message.tick < tick } else { false }
      }
      guard self[program...].contains(where: selects),
        var bank = self[..<program].last(where: selects)
      else { return nil }
      bank.tick = 0
      return bank
    }
  }

  /// The messages in a range of ticks, moved to start at 0, after what they set before it.
  ///
  /// Each parameter that data entry set is chosen and set again, however many were: that of the bend wheel's reach
  /// is mostly set once, and then none is chosen.
  ///
  /// - Parameters:
  ///   - ticks: the range.
  ///   - holds: whether what these messages set of a state holds, and not what another track did.
  fileprivate func trimmed(to ticks: Range<Int>, where holds: (Int) -> Bool) -> [TrackMessage] {
    var inForce: [Int: (index: Int, parameter: ParameterNumber)] = [:]
    var parameter = ParameterNumber()
    for index in indices where self[index].tick < ticks.lowerBound {
      let state = self[index].kind.state(&parameter)
      if holds(state) { inForce[state] = (index, parameter) }
    }
    var chosen = ParameterNumber()
    var before: [TrackMessage] = []
    for (index, parameter) in inForce.values.sorted(by: { $0.index < $1.index }) {
      var message = self[index]
      message.tick = 0
      if case .control(let controller, _) = message.kind, ParameterNumber.isDataEntry(controller),
        parameter != chosen
      {
        before += parameter.choice.map { TrackMessage(tick: 0, kind: $0, order: message.order) }
        chosen = parameter
      }
      chosen.take(message.kind)
      before.append(message)
    }
    return before + moved(to: ticks, tick: \.tick)
  }
}

extension [TextEvent] {
  fileprivate func moved(to ticks: Range<Int>) -> [TextEvent] { moved(to: ticks, tick: \.tick) }
}
