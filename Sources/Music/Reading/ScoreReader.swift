import StandardMIDIFile

/// Collects a score from the tracks of a file.
struct ScoreReader {
  var title = ""
  var tracks: [Track] = []
  var tempos: [TempoChange] = []
  var timeSignatures: [TimeSignature] = []
  var keySignatures: [KeySignature] = []
  var texts: [TextEvent] = []
  var endTick = 0
  /// The name of the file track that was read last.
  var lastName = ""

  private var pairing = NotePairing()

  /// Lets a piece that follows another start at 120 quarter notes a minute.
  mutating func resetTempo(at tick: Int) {
    if let last = tempos.last, last.microsecondsPerQuarter != 500_000 {
      tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: 500_000))
    }
  }

  /// Reads a file track that starts at a tick.
  mutating func read(_ fileTrack: MIDIFile.Track, from start: Int, isConductor: Bool) {
    let counts = ChannelCounts(fileTrack.packedEvents)
    var meta = TrackMeta()
    pairing.begin(counts)
    var messages = counts.messages.map { count in
      var messages: [TrackMessage] = []
      messages.reserveCapacity(count)
      return messages
    }
    var tick = start
    for event in fileTrack.packedEvents {
      tick += Int(event.delta)
      switch event.tag {
      case 0x9 where event.data2 > 0: pairing.noteOn(event, at: tick)
      case 0x8, 0x9: pairing.noteOff(event, at: tick)
      case 0xA...0xE:
        messages[Int(event.channel)].append(TrackMessage(tick: tick, kind: .init(event)))
      case PackedEvent.metaTag: readMeta(event, of: fileTrack, at: tick, into: &meta)
      default: break
      }
    }
    tick += fileTrack.endDelta
    endTick = max(endTick, tick)
    lastName = meta.name ?? ""
    let channels = (0..<16).filter { counts.notes[$0] + counts.messages[$0] > 0 }
    if channels.isEmpty {
      if isConductor, meta.channelPrefix == nil {
        title = lastName
        texts = meta.texts
      } else if !meta.isEmpty {
        tracks.append(
          Track(name: lastName, channel: (meta.channelPrefix ?? 0) & 0xF, texts: meta.texts))
      }
    }
    let notes = pairing.finish(at: tick)
    for (index, channel) in channels.enumerated() {
      tracks.append(
        Track(
          name: lastName, channel: UInt8(channel), notes: notes[channel],
          messages: messages[channel], texts: index == 0 ? meta.texts : []))
    }
  }

  /// What a file track's meta events say about the track itself.
  private struct TrackMeta {
    var name: String?
    var channelPrefix: UInt8?
    var texts: [TextEvent] = []
    var isEmpty: Bool { name == nil && channelPrefix == nil && texts.isEmpty }
  }

  private mutating func readMeta(
    _ event: PackedEvent, of fileTrack: MIDIFile.Track, at tick: Int, into meta: inout TrackMeta
  ) {
    switch MetaEvent(type: fileTrack.metaType(event), data: fileTrack.data(event)) {
    case .tempo(let microseconds):
      tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: microseconds))
    case .other(0x51, let data) where data.count > 3:
      // A tempo that is too long: its first three bytes, as its writer will have meant them.
      if case .tempo(let microseconds) = MetaEvent(type: 0x51, data: data.prefix(3)) {
        tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: microseconds))
      }
    case .timeSignature(let numerator, let power, _, _):
      timeSignatures.append(
        TimeSignature(tick: tick, numerator: Int(numerator), denominator: 1 << Int(power)))
    case .keySignature(let sharps, let isMinor):
      keySignatures.append(KeySignature(tick: tick, sharps: Int(sharps), isMinor: isMinor))
    case .text(.trackName, let data) where meta.name == nil:
      meta.name = String(midiText: data)
    case .text(let kind, let data):
      meta.texts.append(TextEvent(tick: tick, kind: kind, text: String(midiText: data)))
    case .channelPrefix(let channel): meta.channelPrefix = channel
    default: break
    }
  }
}

/// How many notes and other messages each channel of a file track has.
struct ChannelCounts {
  var notes = [Int](repeating: 0, count: 16)
  var messages = [Int](repeating: 0, count: 16)

  init(_ events: [PackedEvent]) {
    for event in events where event.isChannelMessage {
      let channel = Int(event.channel)
      switch event.tag {
      case 0x8: break
      case 0x9: if event.data2 > 0 { notes[channel] += 1 }
      default: messages[channel] += 1
      }
    }
  }
}
