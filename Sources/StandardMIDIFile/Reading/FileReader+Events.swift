/// What reading a run of events gave.
struct EventPass {
  enum End { case endOfTrack, limit, cutEvent }

  var events: [PackedEvent] = []
  /// Ticks from the last event to the end of the track.
  var endDelta: UInt32 = 0
  /// The first byte that was not read, or that of an event that is cut.
  var position: Int
  var end = End.limit
}

extension FileReader {
  /// Reads events up to an End of Track or a limit.
  mutating func readEvents(
    _ bytes: Span<UInt8>, from start: Int, limit: Int
  ) throws(MIDIFileError) -> EventPass {
    var pass = EventPass(position: start)
    // An event takes two bytes or more.
    pass.events = try [PackedEvent](capacity: (limit - start) / 2) {
      (events: inout OutputSpan<PackedEvent>) throws(MIDIFileError) in
      try readEvents(bytes, limit: limit, pass: &pass, into: &events)
    }
    if pass.events.capacity > 64, pass.events.count < pass.events.capacity / 8 {
      // A track that announced far more than it has gives back the room.
      let events = pass.events
      pass.events = [PackedEvent](capacity: events.count) { (room: inout OutputSpan) in
        for event in events { room.append(event) }
      }
    }
    return pass
  }

  private mutating func readEvents(
    _ bytes: Span<UInt8>, limit: Int, pass: inout EventPass,
    into events: inout OutputSpan<PackedEvent>
  ) throws(MIDIFileError) {
    var position = pass.position
    var status: UInt8 = 0
    var statusIsCancelled = false
    // Ticks since the last event that was kept.
    var delta: UInt32 = 0
    while position < limit {
      if delta == 0 {
        var plain = PlainEvents(
          position: position, status: status, statusIsCancelled: statusIsCancelled)
        plain.read(bytes, limit: limit, into: &events)
        (position, status, statusIsCancelled) =
          (plain.position, plain.status, plain.statusIsCancelled)
        if position >= limit { break }
      }
      let eventStart = position
      let firstByte = bytes[position]
      position += 1
      if firstByte < 0x80 {
        delta += UInt32(firstByte)
      } else {
        guard
          let value = try readVariableLength(
            bytes, first: firstByte, position: &position, limit: limit)
        else {
          pass.endDelta = min(delta, UInt32(largestVariableLength))
          (pass.position, pass.end) = (eventStart, .cutEvent)
          return
        }
        delta += value
      }
      if delta > UInt32(largestVariableLength) {
        try report(.longVariableLength, at: eventStart)
        delta = UInt32(largestVariableLength)
      }
      guard position < limit else {
        (pass.endDelta, pass.position, pass.end) = (delta, eventStart, .cutEvent)
        return
      }
      var byte = bytes[position]
      if byte < 0x80, status == 0 {
        try report(.noStatus(byte: byte), at: position)
        repeat { position += 1 } while position < limit && bytes[position] < 0x80
        guard position < limit else { break }
        byte = bytes[position]
      }
      if byte < 0x80 {
        if statusIsCancelled {
          try report(.runningStatusAfterMeta, at: position)
          statusIsCancelled = false
        }
      } else if byte < 0xF0 {
        status = byte
        statusIsCancelled = false
        position += 1
      } else {
        // Copies are passed on: a variable whose place is known elsewhere is kept in memory, not in a
        // register, and what is read next waits for where it stands.
        var (place, ticks) = (position, delta)
        let outcome = try readOther(
          bytes, position: &place, limit: limit, delta: &ticks, into: &events)
        (position, delta) = (place, ticks)
        if outcome == .kept { statusIsCancelled = status != 0 }
        if outcome.ends(&pass, delta: delta, at: position, eventStart: eventStart) { return }
        continue
      }
      // Program change and channel pressure have one data byte, the others two.
      let dataCount = status & 0xE0 == 0xC0 ? 1 : 2
      guard position + dataCount <= limit else {
        (pass.endDelta, pass.position, pass.end) = (delta, eventStart, .cutEvent)
        return
      }
      var data1 = bytes[position]
      var data2 = dataCount == 2 ? bytes[position + 1] : 0
      if (data1 | data2) >= 0x80 {
        let faultAt = position + (data1 >= 0x80 ? 0 : 1)
        if bytes.isMetaEventOfFixedLength(at: faultAt, end: limit) {
          try report(.interruptedEvent(status: 0xFF), at: faultAt)
          var (place, ticks) = (faultAt, delta)
          let outcome = try readOther(
            bytes, position: &place, limit: limit, delta: &ticks, into: &events)
          (position, delta) = (place, ticks)
          statusIsCancelled = true
          if outcome.ends(&pass, delta: delta, at: position, eventStart: eventStart) { return }
          continue
        }
        try report(.dataByte(max(data1, data2)), at: faultAt)
        data1 = min(data1, 0x7F)
        data2 = min(data2, 0x7F)
      }
      position += dataCount
      events.append(PackedEvent(delta: delta, status: status, data1: data1, data2: data2))
      delta = 0
    }
    (pass.endDelta, pass.position) = (delta, position)
  }

  private enum Outcome {
    case kept, skipped, endOfTrack, cut

    /// Whether the track ends here; what is known of its end is noted in the pass.
    func ends(_ pass: inout EventPass, delta: UInt32, at position: Int, eventStart: Int) -> Bool {
      switch self {
      case .kept, .skipped: return false
      case .endOfTrack: (pass.position, pass.end) = (position, .endOfTrack)
      case .cut: (pass.position, pass.end) = (eventStart, .cutEvent)
      }
      pass.endDelta = delta
      return true
    }
  }

  /// Reads an event whose status is 0xF0 or above.
  private mutating func readOther(
    _ bytes: Span<UInt8>, position: inout Int, limit: Int, delta: inout UInt32,
    into events: inout OutputSpan<PackedEvent>
  ) throws(MIDIFileError) -> Outcome {
    let statusAt = position
    let status = bytes[position]
    position += 1
    let contentAt = position
    switch status {
    case 0xFF:
      guard position < limit else { return .cut }
      position += 1
    case 0xF0, 0xF7: break
    default:
      // System common and real-time messages are not allowed in a file; their data goes with them.
      try report(.undefinedStatus(status), at: statusAt)
      let dataCount = [0xF1: 1, 0xF2: 2, 0xF3: 1][status] ?? 0
      guard position + dataCount <= limit else { return .cut }
      for _ in 0..<dataCount where bytes[position] < 0x80 { position += 1 }
      return .skipped
    }
    guard position < limit else { return .cut }
    let lengthAt = position
    position += 1
    guard
      let value = try readVariableLength(
        bytes, first: bytes[lengthAt], position: &position, limit: limit)
    else { return .cut }
    let length = Int(value)
    if status == 0xFF, bytes[contentAt] == 0x2F {
      if length != 0 {
        try report(.metaLength(type: 0x2F, found: length, expected: 0), at: statusAt)
        position = min(position + length, limit)
      }
      return .endOfTrack
    }
    guard length <= limit - position else { return .cut }
    let dataAt = position
    position += length
    var tag = PackedEvent.metaTag
    switch status {
    case 0xFF:
      guard bytes[contentAt] < 0x80 else {
        try report(.metaType(bytes[contentAt]), at: contentAt)
        return .skipped
      }
      try checkMeta(bytes, type: bytes[contentAt], at: statusAt, data: dataAt, length: length)
    case 0xF0: tag = PackedEvent.systemExclusiveTag
    default: tag = PackedEvent.escapeTag
    }
    events.append(PackedEvent(delta: delta, tag: tag, offset: UInt32(contentAt)))
    delta = 0
    return .kept
  }

  /// Reads the rest of a variable-length quantity; nil where the limit cuts it.
  @inline(__always)
  private mutating func readVariableLength(
    _ bytes: Span<UInt8>, first: UInt8, position: inout Int, limit: Int
  ) throws(MIDIFileError) -> UInt32? {
    let start = position - 1
    var byte = first
    var value = UInt32(byte & 0x7F)
    while byte >= 0x80 {
      guard position < limit else { return nil }
      byte = bytes[position]
      position += 1
      value = value << 7 | UInt32(byte & 0x7F)
      if position - start > 4 {
        var place = position
        let long = try readLongVariableLength(bytes, start: start, position: &place, limit: limit)
        position = place
        return long
      }
    }
    return value
  }

  /// Reads a variable-length quantity of more than four bytes, at most the largest of four.
  private mutating func readLongVariableLength(
    _ bytes: Span<UInt8>, start: Int, position: inout Int, limit: Int
  ) throws(MIDIFileError) -> UInt32? {
    try report(.longVariableLength, at: start)
    position = start
    var value = 0
    while position < limit {
      let byte = bytes[position]
      position += 1
      value = min(value << 7 | Int(byte & 0x7F), largestVariableLength)
      if byte < 0x80 { return UInt32(value) }
    }
    return nil
  }
}

extension FileReader {
  /// Reports a meta event that is malformed for its type; it is kept all the same.
  mutating func checkMeta(
    _ bytes: Span<UInt8>, type: UInt8, at offset: Int, data: Int, length: Int
  ) throws(MIDIFileError) {
    // A sequence number of no bytes stands for the track's own number (format 2).
    guard let expected = MetaEvent.dataLength(ofType: type), type != 0 || length != 0 else {
      return
    }
    let isTimeSignature =
      type == 0x58 && 2...4 ~= length && bytes[data] > 0 && bytes[data + 1] < 32
    guard length == expected || type == 0x58 && 2...3 ~= length && !isTimeSignature else {
      return try report(.metaLength(type: type, found: length, expected: expected), at: offset)
    }
    switch type {
    case 0x51:
      if bytes[data] == 0, bytes[data + 1] == 0, bytes[data + 2] == 0 {
        try report(.zeroTempo, at: offset)
      }
    case 0x58:
      if !isTimeSignature {
        try report(
          .timeSignature(numerator: bytes[data], denominatorPower: bytes[data + 1]), at: offset)
      }
    case 0x59:
      let sharps = Int8(bitPattern: bytes[data])
      if !(-7...7 ~= sharps) || bytes[data + 1] > 1 {
        try report(.keySignature(sharps: sharps, mode: bytes[data + 1]), at: offset)
      }
    default: break
    }
  }
}

extension Span<UInt8> {
  /// Whether a whole meta event of a kind that has a fixed length stands here.
  ///
  /// Such a sequence of bytes hardly comes about by chance: where an event's data should be, it says
  /// that the event was cut short.
  fileprivate func isMetaEventOfFixedLength(at offset: Int, end: Int) -> Bool {
    guard offset + 3 <= end, self[offset] == 0xFF else { return false }
    let type = self[offset + 1]
    let length = type == 0x2F ? 0 : MetaEvent.dataLength(ofType: type)
    guard let length, self[offset + 2] == length else { return false }
    return offset + 3 + length <= end
  }
}
