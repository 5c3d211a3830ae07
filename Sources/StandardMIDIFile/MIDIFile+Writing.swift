extension MIDIFile {
  /// The file's bytes.
  ///
  /// The same value always gives the same bytes, and reading them gives the same value. Lengths and
  /// delta times take as few bytes as they need.
  ///
  /// - Parameter runningStatus: whether a status byte that repeats the last is left out.
  /// - Returns: the file, header and all.
  /// - Precondition: there are at most 65,535 tracks, and the division lies in its limits.
  public func bytes(runningStatus: Bool = false) -> [UInt8] {
    precondition(tracks.count <= Self.maximumTracks, "a file has at most 65535 tracks")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(14 + tracks.reduce(0) { $0 + 12 + 4 * $1.count })
    bytes.append(contentsOf: "MThd".utf8)
    bytes.append(bigEndian: 6 as UInt32)
    bytes.append(bigEndian: format.rawValue)
    bytes.append(bigEndian: UInt16(tracks.count))
    bytes.append(bigEndian: division.word)
    var chunks = otherChunks[...]
    for (index, track) in tracks.enumerated() {
      while let chunk = chunks.first, chunk.precedingTracks <= index {
        bytes.append(chunk)
        chunks.removeFirst()
      }
      bytes.append(track, runningStatus: runningStatus)
    }
    for chunk in chunks { bytes.append(chunk) }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ chunk: MIDIFile.Chunk) {
    append(contentsOf: chunk.type.utf8)
    append(bigEndian: UInt32(chunk.data.count))
    append(contentsOf: chunk.data)
  }

  fileprivate mutating func append(_ track: MIDIFile.Track, runningStatus: Bool) {
    append(contentsOf: "MTrk".utf8)
    let lengthAt = count
    append(bigEndian: 0 as UInt32)
    var lastStatus: UInt8 = 0
    for event in track.packedEvents {
      append(variableLength: Int(event.delta))
      if event.isChannelMessage {
        let status = UInt8(truncatingIfNeeded: event.content)
        if !runningStatus || status != lastStatus { append(status) }
        lastStatus = status
        append(event.data1)
        // Program change and channel pressure have one data byte.
        if status & 0xE0 != 0xC0 { append(event.data2) }
      } else {
        // Meta and system exclusive events cancel running status.
        lastStatus = 0
        switch event.tag {
        case PackedEvent.metaTag:
          append(0xFF)
          append(track.metaType(event))
        case PackedEvent.escapeTag: append(0xF7)
        default: append(0xF0)
        }
        let data = track.data(event)
        append(variableLength: data.count)
        append(contentsOf: data)
      }
    }
    append(variableLength: track.endDelta)
    append(contentsOf: [0xFF, 0x2F, 0x00])
    let length = count - lengthAt - 4
    precondition(length <= Int(UInt32.max), "a track's chunk has at most 4 GB")
    for byte in 0..<4 {
      self[lengthAt + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * byte))
    }
  }
}
