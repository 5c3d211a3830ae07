extension MIDIFile {
  /// Something that happens in a track, and how long after the event before it.
  public struct Event: Hashable, Sendable {
    /// Ticks since the event before, 0 to 268,435,455.
    public var delta: Int
    /// What happens.
    public var message: Message

    /// Creates an event.
    public init(delta: Int = 0, _ message: Message) {
      self.delta = delta
      self.message = message
    }
  }

  /// What happens in a track.
  public enum Message: Hashable, Sendable {
    /// A channel message.
    case channel(ChannelMessage)
    /// A meta event; the end of the track is not among them.
    case meta(MetaEvent)
    /// A system exclusive message or its first packet (status 0xF0), without the leading 0xF0.
    case systemExclusive(ArraySlice<UInt8>)
    /// A further packet of a system exclusive message, or any bytes to be sent (status 0xF7).
    case escape(ArraySlice<UInt8>)
  }
}

extension MIDIFile {
  /// A track: its events in order, and the delta time of the End of Track event that closes it.
  ///
  /// A collection of ``MIDIFile/Event``s. Each is stored in eight bytes, and the data of meta and
  /// system exclusive events is not copied from the file that was read.
  public struct Track: Sendable {
    /// The events, packed.
    public private(set) var packedEvents: [PackedEvent]
    /// What the packed events' offsets point into: the bytes of the file that was read, or those
    /// appended here.
    @usableFromInline package private(set) var storage: [UInt8]
    /// Ticks from the last event to the End of Track event, 0 to 268,435,455.
    public var endDelta: Int

    /// Creates a track from its events.
    public init(_ events: some Sequence<Event> = EmptyCollection(), endDelta: Int = 0) {
      packedEvents = []
      storage = []
      self.endDelta = endDelta
      for event in events { append(event) }
    }

    /// Creates a track from events that a reader has checked.
    init(packedEvents: [PackedEvent], storage: [UInt8], endDelta: Int) {
      self.packedEvents = packedEvents
      self.storage = storage
      self.endDelta = endDelta
    }

    /// The tick at which the track ends.
    ///
    /// - Complexity: O(*n*) in the number of events.
    public var endTick: Int {
      packedEvents.reduce(endDelta) { $0 + Int($1.delta) }
    }
  }
}

extension MIDIFile.Track {
  /// Appends an event.
  ///
  /// - Precondition: the delta time is below 2^28, the channel below 16, data bytes and meta types
  ///   below 128; the event is not the End of Track, which every track has.
  public mutating func append(_ event: MIDIFile.Event) {
    precondition(
      0...largestVariableLength ~= event.delta, "a delta time lies in 0...\(largestVariableLength)")
    let delta = UInt32(event.delta)
    switch event.message {
    case .channel(let message): packedEvents.append(message.packed(delta: delta))
    case .meta(let meta):
      precondition(meta.type < 0x80, "a meta event's type lies in 0...127")
      precondition(meta.type != 0x2F, "the end of a track is its endDelta, not an event of it")
      appendData(meta.data, type: meta.type, delta: delta, tag: PackedEvent.metaTag)
    case .systemExclusive(let data):
      appendData(data, type: nil, delta: delta, tag: PackedEvent.systemExclusiveTag)
    case .escape(let data):
      appendData(data, type: nil, delta: delta, tag: PackedEvent.escapeTag)
    }
  }

  /// Appends a message `delta` ticks after the last event.
  public mutating func append(delta: Int = 0, _ message: MIDIFile.Message) {
    append(MIDIFile.Event(delta: delta, message))
  }

  /// Appends a channel message `delta` ticks after the last event.
  public mutating func append(delta: Int = 0, _ message: ChannelMessage) {
    append(MIDIFile.Event(delta: delta, .channel(message)))
  }

  /// Appends a packed channel message that its maker has checked.
  package mutating func append(_ packed: PackedEvent) { packedEvents.append(packed) }

  private mutating func appendData(
    _ data: ArraySlice<UInt8>, type: UInt8?, delta: UInt32, tag: UInt32
  ) {
    precondition(
      data.count <= largestVariableLength, "an event's data has at most 2^28 - 1 bytes")
    precondition(storage.count <= Int(UInt32.max), "a track's data has at most 4 GB")
    packedEvents.append(
      PackedEvent(delta: delta, tag: tag, offset: UInt32(storage.count)))
    if let type { storage.append(type) }
    storage.append(variableLength: data.count)
    storage.append(contentsOf: data)
  }
}

extension MIDIFile.Track: RandomAccessCollection {
  /// The first index, 0.
  public var startIndex: Int { 0 }
  /// The number of events.
  public var endIndex: Int { packedEvents.count }

  /// The event at an index.
  public subscript(index: Int) -> MIDIFile.Event {
    let packed = packedEvents[index]
    let message: MIDIFile.Message =
      switch packed.tag {
      case PackedEvent.metaTag: .meta(MetaEvent(type: metaType(packed), data: data(packed)))
      case PackedEvent.systemExclusiveTag: .systemExclusive(data(packed))
      case PackedEvent.escapeTag: .escape(data(packed))
      default: .channel(ChannelMessage(packed))
      }
    return MIDIFile.Event(delta: Int(packed.delta), message)
  }

  /// The type of a packed meta event.
  @inlinable package func metaType(_ packed: PackedEvent) -> UInt8 { storage[Int(packed.content)] }

  /// The microseconds of a quarter note that a packed meta event tells; nil where it is no tempo, or a
  /// malformed one.
  ///
  /// Some files change their tempo with every note: this spares them a ``MetaEvent`` each.
  @inlinable package func tempo(_ packed: PackedEvent) -> Int? {
    let at = Int(packed.content)
    guard storage[at] == 0x51, storage[at + 1] == 3 else { return nil }
    let tempo = Int(storage[at + 2]) << 16 | Int(storage[at + 3]) << 8 | Int(storage[at + 4])
    return tempo == 0 ? nil : tempo
  }

  /// The data of a packed meta or system exclusive event.
  package func data(_ packed: PackedEvent) -> ArraySlice<UInt8> {
    var position = Int(packed.content) + (packed.tag == PackedEvent.metaTag ? 1 : 0)
    var length = 0
    while true {
      let byte = storage[position]
      position += 1
      length = Swift.min(length << 7 | Int(byte & 0x7F), largestVariableLength)
      if byte < 0x80 { break }
    }
    return storage[position..<position + length]
  }
}

extension MIDIFile.Track: Hashable {
  /// Whether two tracks have the same events and end at the same tick.
  public static func == (left: Self, right: Self) -> Bool {
    left.endDelta == right.endDelta && left.packedEvents.count == right.packedEvents.count
      && left.packedEvents.indices.allSatisfy { index in
        let (one, other) = (left.packedEvents[index], right.packedEvents[index])
        guard one.timeAndTag == other.timeAndTag else { return false }
        if one.isChannelMessage { return one.content == other.content }
        return (one.tag != PackedEvent.metaTag || left.metaType(one) == right.metaType(other))
          && left.data(one) == right.data(other)
      }
  }

  /// Feeds the events to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(endDelta)
    hasher.combine(packedEvents.count)
    for packed in packedEvents {
      hasher.combine(packed.timeAndTag)
      if packed.isChannelMessage {
        hasher.combine(packed.content)
      } else {
        hasher.combine(data(packed))
      }
    }
  }
}
