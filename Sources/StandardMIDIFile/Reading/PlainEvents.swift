/// Reads what nearly all of a file is made of: whole, well-formed channel messages and tempos at the usual delta
/// times.
///
/// The loop calls nothing and reports nothing, so that all it works with stays in registers; what is not plain it
/// leaves where it stands to the ``FileReader``.
struct PlainEvents {
  /// The first byte that was not read.
  var position: Int
  /// The status that was read last; 0 before the first.
  var status: UInt8
  /// Whether a meta event has cancelled it since.
  var statusIsCancelled: Bool

  /// The most bytes that such an event takes: two of delta time, and the six of a tempo.
  private static let longest = 8

  /// Reads events up to the first that is not plain, or to where the limit might cut one.
  mutating func read(
    _ bytes: Span<UInt8>, limit: Int, into events: inout OutputSpan<PackedEvent>
  ) {
    var position = position
    // What a data byte in the place of a status goes with; 0 is no status.
    var running = statusIsCancelled ? 0 : status
    while position <= limit &- Self.longest {
      let first = bytes[position]
      var next = position &+ 1
      var delta = UInt32(first)
      if first >= 0x80 {
        let second = bytes[next]
        if second >= 0x80 { break }
        delta = (delta & 0x7F) << 7 | UInt32(second)
        next &+= 1
      }
      // Whether a status runs on is hard to foretell: a sum costs less than a branch that is guessed wrong.
      let byte = bytes[next]
      let current = byte >= 0x80 ? byte : running
      next &+= Int(byte >> 7)
      let data1 = bytes[next]
      var data2: UInt8 = 0
      // Program change and channel pressure have one data byte, the others two.
      let dataCount = current & 0xE0 == 0xC0 ? 1 : 2
      if dataCount == 2 { data2 = bytes[next &+ 1] }
      guard (data1 | data2) < 0x80, 0x80..<0xF0 ~= current else {
        guard byte == 0xFF, bytes.isTempo(at: next) else { break }
        events.append(
          PackedEvent(
            delta: delta, tag: PackedEvent.metaTag, offset: UInt32(truncatingIfNeeded: next)))
        if running != 0 { status = running }
        running = 0
        position = next &+ 5
        continue
      }
      events.append(PackedEvent(delta: delta, status: current, data1: data1, data2: data2))
      running = current
      position = next &+ dataCount
    }
    self.position = position
    if running != 0 { status = running }
    statusIsCancelled = running == 0 && status != 0
  }
}

extension Span<UInt8> {
  /// Whether the type, the length and the data of a tempo stand at an offset, and it is not 0.
  fileprivate func isTempo(at offset: Int) -> Bool {
    self[offset] == 0x51 && self[offset &+ 1] == 3
      && (self[offset &+ 2] | self[offset &+ 3] | self[offset &+ 4]) != 0
  }
}
