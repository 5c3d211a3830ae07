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
