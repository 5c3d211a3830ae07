/// The bytes of a file of format 0 with 96 ticks a quarter note, its one track holding `events`.
func smallFile(_ events: [UInt8], division: [UInt8] = [0, 96]) -> [UInt8] {
  Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1] + division + chunk("MTrk", events)
}

/// The bytes of a chunk.
func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
  let length = UInt32(data.count)
  return Array(type.utf8)
    + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + data
}

/// A note of 96 ticks, and the end of the track.
let oneNote: [UInt8] = [0, 0x90, 60, 80, 96, 0x80, 60, 64, 0, 0xFF, 0x2F, 0]
