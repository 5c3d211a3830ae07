extension FileReader {
  /// Reads all chunks after the header's fixed six bytes.
  ///
  /// Once the announced tracks have been read and the last of them is whole, the first thing that is
  /// no chunk ends the file: what some programs leave behind it, parts of other files among them, is
  /// no music of this one. Before that, what is no chunk is damage, and the next track is sought.
  mutating func readChunks(
    _ bytes: Span<UInt8>, from header: Int, headerLength: Int, announcedTracks: Int, to end: Int,
    into file: inout MIDIFile
  ) throws(MIDIFileError) {
    var position = header + headerLength
    if position > end {
      try report(.chunkPastEnd(announced: headerLength, available: end - header), at: header - 4)
      position = nextTrack(bytes, from: header + 6, to: end)
    }
    // A chunk takes eight bytes or more.
    file.tracks.reserveCapacity(min(announcedTracks, max(end - position, 0) / 8))
    while position < end {
      // Some writers of RIFF files count a padding byte to the MIDI data.
      if isWrapped, position == end - 1, bytes[position] == 0 { break }
      guard file.tracks.count < MIDIFile.maximumTracks else {
        try report(.bytesBetweenChunks(count: end - position), at: position)
        break
      }
      let isWhole =
        announcedTracks > 0 && file.tracks.count >= announcedTracks && lastTrackIsWhole
      let isChunk = bytes.isPlausibleChunk(at: position, end: end)
      if isWhole, !isChunk || bytes.isOverlongChunk(at: position, end: end) {
        try report(.bytesBetweenChunks(count: end - position), at: position)
        break
      }
      guard isChunk else {
        position = try skipToNextTrack(bytes, from: position, to: end)
        continue
      }
      let length = bytes.doubleWord(at: position + 4)
      if bytes.isTrackChunk(at: position) {
        track = file.tracks.count
        if !bytes.matches("MTrk", at: position) { try report(.misspeltTrackChunk, at: position) }
        let (read, next) = try readTrack(
          bytes, from: position + 8, announcedLength: length, fileEnd: end)
        file.tracks.append(read)
        track = nil
        position = next
      } else if length <= end - position - 8 {
        let type = String(decoding: storage[position..<position + 4], as: UTF8.self)
        file.otherChunks.append(
          MIDIFile.Chunk(
            type: type, data: storage[position + 8..<position + 8 + length],
            precedingTracks: file.tracks.count))
        position += 8 + length
      } else {
        try report(
          .chunkPastEnd(announced: length, available: end - position - 8), at: position + 4)
        position = nextTrack(bytes, from: position + 8, to: end)
      }
    }
  }

  private mutating func skipToNextTrack(
    _ bytes: Span<UInt8>, from position: Int, to end: Int
  ) throws(MIDIFileError) -> Int {
    let next = nextTrack(bytes, from: position, to: end)
    try report(.bytesBetweenChunks(count: next - position), at: position)
    return next
  }
}

extension Span<UInt8> {
  /// Whether a chunk's type, in printable characters, and length stand here.
  func isPlausibleChunk(at offset: Int, end: Int) -> Bool {
    guard offset + 8 <= end else { return false }
    for index in offset..<offset + 4 where !(0x20...0x7E ~= self[index]) { return false }
    // A second header starts no chunk of this file.
    return !matches("MThd", at: offset)
  }

  /// Whether a chunk that stands here, other than a track, says that it is longer than the file.
  fileprivate func isOverlongChunk(at offset: Int, end: Int) -> Bool {
    !isTrackChunk(at: offset) && doubleWord(at: offset + 4) > end - offset - 8
  }

  /// Whether a track chunk's type stands here, in capital or small letters.
  func isTrackChunk(at offset: Int) -> Bool {
    self[offset] | 0x20 == UInt8(ascii: "m") && self[offset + 1] | 0x20 == UInt8(ascii: "t")
      && self[offset + 2] | 0x20 == UInt8(ascii: "r")
      && self[offset + 3] | 0x20 == UInt8(ascii: "k")
  }

  /// The offset of the next track chunk, or the end.
  ///
  /// A misspelt one counts where the file holds all that it announces.
  func nextTrack(from start: Int, to end: Int) -> Int {
    for offset in Swift.min(start, end)..<end where self[offset] | 0x20 == UInt8(ascii: "m") {
      guard offset + 8 <= end else { break }
      if matches("MTrk", at: offset)
        || isTrackChunk(at: offset) && doubleWord(at: offset + 4) <= end - offset - 8
      {
        return offset
      }
    }
    return end
  }
}

extension FileReader {
  /// Reads a track's events and finds where the next chunk starts.
  ///
  /// A track whose announced length is wrong is read as far as its events go: to its End of Track,
  /// or to what looks like a chunk.
  mutating func readTrack(
    _ bytes: Span<UInt8>, from start: Int, announcedLength: Int, fileEnd: Int
  ) throws(MIDIFileError) -> (track: MIDIFile.Track, next: Int) {
    let announcedEnd = start + announcedLength
    // A track that claims more than there is ends where the next begins, if not before.
    var limit = announcedEnd <= fileEnd ? announcedEnd : nextTrack(bytes, from: start, to: fileEnd)
    let warningsBefore = (warnings.count, omittedWarnings)
    var pass = try readEvents(bytes, from: start, limit: limit)
    if pass.end != .endOfTrack, limit < fileEnd,
      !bytes.isPlausibleChunk(at: limit, end: fileEnd)
    {
      // The announced length cuts the track short: what follows is no chunk.
      warnings.removeLast(warnings.count - warningsBefore.0)
      omittedWarnings = warningsBefore.1
      limit = nextTrack(bytes, from: limit, to: fileEnd)
      pass = try readEvents(bytes, from: start, limit: limit)
    }
    let lengthIsWrong = limit != announcedEnd
    if lengthIsWrong {
      try report(
        .trackLength(announced: announcedLength, found: pass.position - start), at: start - 4)
    }
    switch pass.end {
    case .endOfTrack: break
    case .limit: try report(.noEndOfTrack, at: pass.position)
    case .cutEvent:
      try report(.cutEvent, at: pass.position)
    }
    var next = limit
    if pass.end == .endOfTrack, pass.position < limit {
      if lengthIsWrong || bytes.isTrackStart(at: pass.position, end: fileEnd) {
        // Where the length is wrong, the next chunk follows the End of Track event.
        if !lengthIsWrong {
          try report(
            .trackLength(announced: announcedLength, found: pass.position - start), at: start - 4)
        }
        next = pass.position
      } else {
        try report(.bytesAfterEndOfTrack(count: limit - pass.position), at: pass.position)
      }
    }
    lastTrackIsWhole = !lengthIsWrong && pass.end == .endOfTrack && next == limit
    let track = MIDIFile.Track(
      packedEvents: pass.events, storage: storage, endDelta: Int(pass.endDelta))
    return (track, next)
  }
}

extension Span<UInt8> {
  /// Whether a track chunk that the file can hold starts here.
  fileprivate func isTrackStart(at offset: Int, end: Int) -> Bool {
    offset + 8 <= end && matches("MTrk", at: offset)
      && doubleWord(at: offset + 4) <= end - offset - 8
  }
}
