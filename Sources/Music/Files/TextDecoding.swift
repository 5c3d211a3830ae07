import Foundation

extension String {
  /// Decodes a text of a MIDI file, which does not say its encoding.
  ///
  /// Valid UTF-8 is taken as UTF-8. Other bytes are Shift-JIS where they form words of it (see
  /// `looksLikeShiftJIS`), and Windows-1252, the superset of Latin-1, where they do not.
  /// Foundation is used for the tables of these two only.
  public init(midiText bytes: ArraySlice<UInt8>) {
    // Bytes that are no UTF-8 come back as others; comparing is faster than String(validating:as:).
    let text = String(decoding: bytes, as: UTF8.self)
    if text.utf8.elementsEqual(bytes) {
      self = text
    } else if looksLikeShiftJIS(bytes),
      let text = String(data: Data(bytes), encoding: .shiftJIS)
    {
      self = text
    } else if !bytes.contains(where: { 0x80...0x9F ~= $0 }) {
      // Windows-1252 is Latin-1, and so Unicode's first 256 scalars, but for these bytes.
      self = String(latin1: bytes)
    } else if let text = String(data: Data(bytes), encoding: .windowsCP1252) {
      self = text
    } else {
      self = String(latin1: bytes)
    }
  }

  private init(latin1 bytes: ArraySlice<UInt8>) {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + bytes.count / 4)
    for byte in bytes {
      if byte < 0x80 {
        text.append(byte)
      } else {
        text.append(0xC0 | byte >> 6)
        text.append(0x80 | byte & 0x3F)
      }
    }
    self.init(decoding: text, as: UTF8.self)
  }
}

/// Whether bytes are well-formed Shift-JIS that could not as well be accented Latin letters.
///
/// Latin-1 has its accented letters one by one among plain ones, so that pairs such as `é` + `s`
/// can look like one kanji. What decides is therefore kana in two bytes, two kanji side by side
/// whose first bytes are control characters in Latin-1, or three half-width kana in a row.
private func looksLikeShiftJIS(_ bytes: ArraySlice<UInt8>) -> Bool {
  var position = bytes.startIndex
  var halfWidthRun = 0
  var pairRun = 0
  var isCertain = false
  while position < bytes.endIndex {
    let lead = bytes[position]
    position += 1
    switch lead {
    case 0x00...0x7F: (halfWidthRun, pairRun) = (0, 0)
    case 0xA1...0xDF:
      halfWidthRun += 1
      pairRun = 0
      if halfWidthRun >= 3 { isCertain = true }
    case 0x81...0x9F, 0xE0...0xFC:
      guard position < bytes.endIndex else { return false }
      let trail = bytes[position]
      position += 1
      guard 0x40...0xFC ~= trail, trail != 0x7F else { return false }
      halfWidthRun = 0
      pairRun = lead <= 0x9F ? pairRun + 1 : 0
      let isKana = lead == 0x82 && trail >= 0x9F || lead == 0x83 && trail <= 0x96
      if isKana && trail >= 0x80 || pairRun >= 2 { isCertain = true }
    default: return false
    }
  }
  return isCertain
}
