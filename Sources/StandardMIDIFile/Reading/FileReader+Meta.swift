extension FileReader {
  /// Reports a meta event that is malformed for its type; it is kept all the same.
  mutating func checkMeta(
    _ bytes: Span<UInt8>, type: UInt8, at offset: Int, data: Int, length: Int
  ) throws(MIDIFileError) {
    // A sequence number of no bytes stands for the track's own number (format 2).
    guard let expected = MetaEvent.dataLength(ofType: type), type != 0 || length != 0 else {
      return
    }
    guard length == expected else {
      return try report(.metaLength(type: type, found: length, expected: expected), at: offset)
    }
    switch type {
    case 0x51:
      if bytes[data] == 0, bytes[data + 1] == 0, bytes[data + 2] == 0 {
        try report(.zeroTempo, at: offset)
      }
    case 0x58:
      if bytes[data] == 0 || bytes[data + 1] >= 32 {
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
