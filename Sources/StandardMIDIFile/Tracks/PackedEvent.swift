/// One event in eight bytes.
///
/// The first word holds the delta time (28 bits) and a tag (4 bits); the second the three bytes of a
/// channel message, or the offset into the track's bytes at which the event's data stands in the
/// form it has in a file: for a meta event its type, then for all a length and that many bytes.
package struct PackedEvent: Hashable, Sendable, BitwiseCopyable {
  package var timeAndTag: UInt32
  package var content: UInt32

  @inlinable
  package init(timeAndTag: UInt32, content: UInt32) {
    self.timeAndTag = timeAndTag
    self.content = content
  }

  /// Packs a channel message: the status byte lowest, then the data bytes.
  @inlinable
  package init(delta: UInt32, status: UInt8, data1: UInt8, data2: UInt8) {
    timeAndTag = delta << 4 | UInt32(status >> 4)
    content = UInt32(status) | UInt32(data1) << 8 | UInt32(data2) << 16
  }

  /// Packs an event whose data stands at an offset of the track's bytes.
  @inlinable
  package init(delta: UInt32, tag: UInt32, offset: UInt32) {
    timeAndTag = delta << 4 | tag
    content = offset
  }

  /// The ticks since the event before.
  @inlinable package var delta: UInt32 { timeAndTag >> 4 }
  /// The upper half of a channel message's status byte (8 to 14), or one of the tags below.
  @inlinable package var tag: UInt32 { timeAndTag & 0xF }

  @inlinable package static var systemExclusiveTag: UInt32 { 0 }
  @inlinable package static var escapeTag: UInt32 { 7 }
  @inlinable package static var metaTag: UInt32 { 15 }

  @inlinable package var isChannelMessage: Bool { 8...14 ~= tag }
  @inlinable package var channel: UInt8 { UInt8(truncatingIfNeeded: content) & 0xF }
  @inlinable package var data1: UInt8 { UInt8(truncatingIfNeeded: content >> 8) }
  @inlinable package var data2: UInt8 { UInt8(truncatingIfNeeded: content >> 16) }
}

/// The largest delta time and the largest length that four bytes of a file can say.
package let largestVariableLength = 0x0FFF_FFFF
