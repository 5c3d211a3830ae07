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
