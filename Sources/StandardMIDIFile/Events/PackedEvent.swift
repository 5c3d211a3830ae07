/// One event in eight bytes, for loops over many.
///
/// Public, because only public code is compiled into the loops of other modules.
///
/// The first word holds the delta time (28 bits) and a tag (4 bits); the second the three bytes of a
/// channel message, or the offset into the track's bytes at which the event's data stands in the
/// form it has in a file: for a meta event its type, then for all a length and that many bytes.
public struct PackedEvent: Hashable, Sendable, BitwiseCopyable {
  /// The delta time, shifted up by four bits, and the tag.
  public var timeAndTag: UInt32
  /// A channel message's bytes, the status lowest, or an offset.
  public var content: UInt32

  /// Packs a channel message: the status byte lowest, then the data bytes.
  @inlinable
  public init(delta: UInt32, status: UInt8, data1: UInt8, data2: UInt8) {
    timeAndTag = delta << 4 | UInt32(status >> 4)
    content = UInt32(status) | UInt32(data1) << 8 | UInt32(data2) << 16
  }

  /// Packs an event whose data stands at an offset of the track's bytes.
  @inlinable
  public init(delta: UInt32, tag: UInt32, offset: UInt32) {
    timeAndTag = delta << 4 | tag
    content = offset
  }

  /// The ticks since the event before.
  @inlinable public var delta: UInt32 { timeAndTag >> 4 }
  /// The upper half of a channel message's status byte (8 to 14), or one of the tags below.
  @inlinable public var tag: UInt32 { timeAndTag & 0xF }

  /// The tag of a system exclusive message.
  @inlinable public static var systemExclusiveTag: UInt32 { 0 }
  /// The tag of a further packet or an escape.
  @inlinable public static var escapeTag: UInt32 { 7 }
  /// The tag of a meta event.
  @inlinable public static var metaTag: UInt32 { 15 }

  /// Whether the event is a channel message.
  @inlinable public var isChannelMessage: Bool { 8...14 ~= tag }
  /// Whether a channel message is a controller of the numbers 120 to 127, which are no controllers but
  /// tell a channel's mode.
  @inlinable public var isChannelMode: Bool { content & 0x78F0 == 0x78B0 }
  /// A channel message's channel.
  @inlinable public var channel: UInt8 { UInt8(truncatingIfNeeded: content) & 0xF }
  /// A channel message's first data byte.
  @inlinable public var data1: UInt8 { UInt8(truncatingIfNeeded: content >> 8) }
  /// A channel message's second data byte, 0 where it has one.
  @inlinable public var data2: UInt8 { UInt8(truncatingIfNeeded: content >> 16) }
}

/// The largest delta time and the largest length that four bytes of a file can say.
package let largestVariableLength = 0x0FFF_FFFF

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
