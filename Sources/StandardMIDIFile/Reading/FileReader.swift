extension MIDIFile {
  /// What a reader does about faults.
  public enum ReadingMode: Hashable, Sendable {
    /// Goes on past what can be repaired, and lists it as a warning.
    case lenient
    /// Throws the first fault.
    case strict
  }

  /// Reads a file.
  ///
  /// Accepts formats 0 to 2, headers longer than six bytes, chunks of unknown type, and the RIFF
  /// (RMID) and MacBinary wrappers. The data of meta and system exclusive events is not copied.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, less than 4 GB.
  ///   - mode: whether faults are repaired and listed as ``warnings``, or thrown.
  /// - Throws: in strict mode the first fault; in lenient mode only that there is no header to
  ///   read: ``MIDIFileError/Reason/empty``, `noHeader`, `shortHeader` or `tooLarge`.
  /// - Complexity: O(*n*) in the number of bytes; at most about eight times their memory.
  public init(bytes: [UInt8], mode: ReadingMode = .lenient) throws(MIDIFileError) {
    guard bytes.count <= Int(UInt32.max) else { throw MIDIFileError(.tooLarge, offset: 0) }
    var reader = FileReader(storage: bytes, mode: mode)
    self = try reader.read(bytes.span)
  }
}

/// Reads the chunks of one file and collects its faults.
struct FileReader {
  /// The file's bytes, which the tracks that are read share.
  let storage: [UInt8]
  let mode: MIDIFile.ReadingMode
  var warnings: [MIDIFileError] = []
  var omittedWarnings = 0
  /// Whether the file stands in a RIFF wrapper.
  var isWrapped = false
  /// The track that is being read.
  var track: Int?
  /// Whether the track that was read last is as long as it announces and ends as it should.
  var lastTrackIsWhole = true
  /// How many bytes were searched for a track chunk.
  private(set) var searchedBytes = 0
  /// From where the next track chunk was looked for, and where it stands.
  private var trackSearch: ClosedRange<Int>?

  init(storage: [UInt8], mode: MIDIFile.ReadingMode) {
    self.storage = storage
    self.mode = mode
  }

  /// Throws a fault in strict mode, lists it in lenient mode.
  mutating func report(_ reason: MIDIFileError.Reason, at offset: Int) throws(MIDIFileError) {
    let error = MIDIFileError(reason, offset: offset, track: track)
    if mode == .strict { throw error }
    if warnings.count < MIDIFile.maximumWarnings {
      warnings.append(error)
    } else {
      omittedWarnings += 1
    }
  }

  /// The offset of the next track chunk, or the end.
  ///
  /// Searches go forwards, and each begins where the one before ended or is answered by it: however
  /// many chunks are misspelt or overlong, the file is searched once.
  mutating func nextTrack(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    if let trackSearch, trackSearch.contains(start) { return min(trackSearch.upperBound, end) }
    let found = bytes.nextTrack(from: start, to: end)
    trackSearch = start...max(found, start)
    searchedBytes += max(found - start, 0)
    return found
  }

  mutating func read(_ bytes: Span<UInt8>) throws(MIDIFileError) -> MIDIFile {
    let (start, end) = try findHeader(bytes)
    let length = bytes.doubleWord(at: start + 4)
    guard length >= 6, end - start >= 14 else {
      throw MIDIFileError(.shortHeader(length: min(length, end - start - 8)), offset: start + 4)
    }
    var file = MIDIFile()
    let formatWord = bytes.word(at: start + 8)
    let announcedTracks = Int(bytes.word(at: start + 10))
    let divisionWord = bytes.word(at: start + 12)
    if let format = MIDIFile.Format(rawValue: formatWord) {
      file.format = format
    } else {
      try report(.undefinedFormat(formatWord), at: start + 8)
    }
    file.division = try division(divisionWord, at: start + 12)
    try readChunks(
      bytes, from: start + 8, headerLength: length, announcedTracks: announcedTracks, to: end,
      into: &file)
    if file.tracks.count != announcedTracks {
      try report(
        .trackCount(announced: announcedTracks, found: file.tracks.count), at: start + 10)
    } else if file.format == .singleTrack, file.tracks.count != 1 {
      try report(.singleTrackFormat(tracks: file.tracks.count), at: start + 8)
    }
    file.warnings = warnings
    file.omittedWarnings = omittedWarnings
    return file
  }

  private mutating func division(_ word: UInt16, at offset: Int) throws(MIDIFileError) -> Division {
    guard let division = Division(word: word) else {
      try report(.noTicks(division: word), at: offset)
      return Division(word: word | (word & 0x8000 == 0 ? 480 : 40)) ?? .ticksPerQuarter(480)
    }
    if case .timeCode(let rate, _) = division, ![24, 25, 29, 30].contains(rate) {
      try report(.undefinedFrameRate(rate), at: offset)
    }
    return division
  }
}

extension Span<UInt8> {
  /// The 16 bits at an offset, high byte first.
  func word(at offset: Int) -> UInt16 { UInt16(self[offset]) << 8 | UInt16(self[offset + 1]) }

  /// The 32 bits at an offset, highest byte first.
  func doubleWord(at offset: Int) -> Int {
    Int(word(at: offset)) << 16 | Int(word(at: offset + 2))
  }

  /// Whether the characters of an ASCII text stand at an offset.
  func matches(_ text: StaticString, at offset: Int) -> Bool {
    guard offset >= 0, offset + text.utf8CodeUnitCount <= count else { return false }
    var place = offset
    for byte in text.description.utf8 {
      if self[place] != byte { return false }
      place += 1
    }
    return true
  }
}

extension FileReader {
  /// Finds the header chunk: at the start, in a RIFF or MacBinary wrapper, or after other bytes.
  ///
  /// - Returns: the offset of `MThd`, and that of the end of the MIDI data.
  mutating func findHeader(
    _ bytes: Span<UInt8>
  ) throws(MIDIFileError) -> (start: Int, end: Int) {
    guard !bytes.isEmpty else { throw MIDIFileError(.empty, offset: 0) }
    if bytes.isHeader(at: 0) { return (0, bytes.count) }
    if bytes.matches("RIFF", at: 0), bytes.matches("RMID", at: 8) {
      return try findHeaderInRIFF(bytes)
    }
    // MacBinary: a header of 128 bytes, the first of them 0, its second the length of a file name.
    if bytes[0] == 0, bytes.isHeader(at: 128), 1...63 ~= bytes[1] { return (128, bytes.count) }
    guard let start = bytes.firstOffset(from: 0, where: { $0.isHeader(at: $1) }) else {
      throw MIDIFileError(.noHeader, offset: 0)
    }
    try report(.bytesBeforeHeader(count: start), at: 0)
    return (start, bytes.count)
  }

  /// Walks a RIFF file's chunks, whose sizes have their low byte first, to the one named `data`.
  private mutating func findHeaderInRIFF(
    _ bytes: Span<UInt8>
  ) throws(MIDIFileError) -> (start: Int, end: Int) {
    var sizesMatch =
      bytes.littleEndian(at: 4) + 8 <= bytes.count + 1 && bytes.littleEndian(at: 4) >= 4
    var position = 12
    while position + 8 <= bytes.count {
      let size = bytes.littleEndian(at: position + 4)
      if bytes.matches("data", at: position), bytes.isHeader(at: position + 8) {
        sizesMatch = sizesMatch && size >= 14 && position + 8 + size <= bytes.count
        if !sizesMatch { try report(.wrapperSize, at: 4) }
        isWrapped = true
        return (position + 8, sizesMatch ? position + 8 + size : bytes.count)
      }
      // Chunks are padded to an even size.
      position += 8 + size + size & 1
    }
    guard let start = bytes.firstOffset(from: 12, where: { $0.isHeader(at: $1) }) else {
      throw MIDIFileError(.noHeader, offset: 0)
    }
    try report(.wrapperSize, at: 4)
    return (start, bytes.count)
  }
}

extension Span<UInt8> {
  /// Whether a header chunk's type and length could stand here.
  fileprivate func isHeader(at offset: Int) -> Bool {
    matches("MThd", at: offset) && offset + 8 <= count
  }

  private func littleEndianByte(_ index: Int, at offset: Int) -> Int {
    Int(self[offset + index]) << (8 * index)
  }

  fileprivate func littleEndian(at offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | littleEndianByte($1, at: offset) }
  }

  /// The first offset from `start` at which a capital M stands and a condition holds.
  func firstOffset(from start: Int, where holds: (Span<UInt8>, Int) -> Bool) -> Int? {
    var position = start
    while position + 4 <= count {
      if self[position] == UInt8(ascii: "M"), holds(self, position) { return position }
      position += 1
    }
    return nil
  }
}
