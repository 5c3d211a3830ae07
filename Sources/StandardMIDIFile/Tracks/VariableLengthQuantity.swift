extension [UInt8] {
  /// Appends a variable-length quantity in as few bytes as it needs.
  mutating func append(variableLength value: Int) {
    precondition(
      0...largestVariableLength ~= value, "a variable-length quantity lies in 0...2^28 - 1")
    var shift = 21
    while shift > 0, value >> shift == 0 { shift -= 7 }
    while shift > 0 {
      append(UInt8(truncatingIfNeeded: value >> shift) | 0x80)
      shift -= 7
    }
    append(UInt8(truncatingIfNeeded: value) & 0x7F)
  }

  /// Appends a word, its high byte first.
  mutating func append(bigEndian value: UInt16) {
    append(UInt8(value >> 8))
    append(UInt8(value & 0xFF))
  }

  /// Appends a double word, its highest byte first.
  mutating func append(bigEndian value: UInt32) {
    append(bigEndian: UInt16(value >> 16))
    append(bigEndian: UInt16(value & 0xFFFF))
  }
}
