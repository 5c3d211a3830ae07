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
  /// its start stand at tick 0, those of a channel in the first of its tracks, and so do the system exclusive
  /// messages before it, from the last reset of each port on.
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
    let resetMoments = tracks.map { track in
      (lastResets[track.port] ?? lastResets[nil]).map { systemExclusives[$0].moment }
        ?? Moment(tick: 0, order: 0)
    }
    for index in tracks.indices {
      score.tracks[index].notes = tracks[index].notes.compactMap { note in
        guard (start..<end).contains(note.onset) else { return nil }
        var note = note
        note.duration = min(note.end, end) - note.onset
        note.onset -= start
        return note
      }
      score.tracks[index].messages = tracks[index].messages
        .filter { $0.moment >= resetMoments[index] }.moved(to: start..<end, tick: \.tick)
      score.tracks[index].texts = tracks[index].texts.moved(to: start..<end)
    }
    for part in tracksOfParts {
      let before = part.flatMap { index in
        tracks[index].messages.filter { $0.tick < start && $0.moment >= resetMoments[index] }
      }
      // At one tick a channel's first track is sent first.
      let setup = before.sortedByTick { $0.moment }.inForce()
      score.tracks[part[0]].messages =
        (setup + score.tracks[part[0]].messages).sortedByTick { $0.moment }
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
  /// What the message sets.
  ///
  /// - Parameter parameter: what data entry sets, which the message may change.
  /// - Returns: a number; messages of one replace each other. Nil where it adds to what others set, as a step of a
  ///   parameter does.
  fileprivate func state(_ parameter: inout ParameterNumber) -> Int? {
    parameter.take(self)
    switch self {
    case .program: return 0
    case .pitchBend: return 1
    case .channelPressure: return 2
    case .control(96, _), .control(97, _): return nil
    case .control(let controller, _):
      guard ParameterNumber.isDataEntry(controller), let number = parameter.number else {
        return 0x100 + Int(controller)
      }
      return 0x1000 + (number << 7 | Int(controller))
    case .polyphonicPressure(let pitch, _): return 0x200 + Int(pitch)
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
  /// Those of a channel's messages, in the order in which they are sent, that leave it as all of them do.
  ///
  /// They stand at tick 0. Each parameter that data entry set is chosen and set again, however many were: that of the
  /// bend wheel's reach is mostly set once, and then none is chosen.
  fileprivate func inForce() -> [TrackMessage] {
    var last: [Int: Int] = [:]
    var parameters: [ParameterNumber] = []
    var parameter = ParameterNumber()
    for index in indices {
      last[self[index].kind.state(&parameter) ?? -1 - index] = index
      parameters.append(parameter)
    }
    var chosen = ParameterNumber()
    var kept: [TrackMessage] = []
    for index in (last.values + replacedBanks).sorted() {
      var message = self[index]
      message.tick = 0
      if case .control(let controller, _) = message.kind, ParameterNumber.isDataEntry(controller),
        parameters[index] != chosen
      {
        kept += parameters[index].choice.map {
          TrackMessage(tick: 0, kind: $0, order: message.order)
        }
        chosen = parameters[index]
      }
      chosen.take(message.kind)
      kept.append(message)
    }
    return kept
  }

  /// The indices of what selected the bank of the last program, where another bank has been selected since, which is
  /// for the next program.
  private var replacedBanks: [Int] {
    let program = lastIndex { message in
      if case .program = message.kind { true } else { false }
    }
    guard let program else { return [] }
    return ([0, 32] as [UInt8]).compactMap { controller -> Int? in
      func selects(_ message: TrackMessage) -> Bool {
        if case .control(controller, _) = message.kind { true } else { false }
      }
      return self[program...].contains(where: selects)
        ? self[..<program].lastIndex(where: selects) : nil
    }
  }
}

extension [TextEvent] {
  fileprivate func moved(to ticks: Range<Int>) -> [TextEvent] { moved(to: ticks, tick: \.tick) }
}
