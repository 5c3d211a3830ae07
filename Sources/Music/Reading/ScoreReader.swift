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
    let played = pairing.read(fileTrack, from: start)
    endTick = max(endTick, played.endTick)
    var meta = TrackMeta()
    for (tick, event) in played.metaEvents {
      readMeta(event, of: fileTrack, at: tick, into: &meta)
    }
    lastName = meta.name ?? ""
    let channels = played.channels
    if channels.isEmpty {
      if isConductor, meta.channelPrefix == nil {
        title = lastName
        texts = meta.texts
      } else if !meta.isEmpty {
        tracks.append(
          Track(name: lastName, channel: (meta.channelPrefix ?? 0) & 0xF, texts: meta.texts))
      }
    }
    for (index, channel) in channels.enumerated() {
      tracks.append(
        Track(
          name: lastName, channel: UInt8(channel), notes: played.notes(ofChannel: channel),
          messages: played.messages(ofChannel: channel), texts: index == 0 ? meta.texts : []))
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
    _ event: PackedEvent, of fileTrack: MIDIFile.Track, at tick: Int, into contents: inout TrackMeta
  ) {
    let meta = MetaEvent(type: fileTrack.metaType(event), data: fileTrack.data(event))
    switch meta.ignoringExcessData {
    case .tempo(let microseconds):
      tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: microseconds))
    case .timeSignature(let numerator, let power, _, _):
      timeSignatures.append(
        TimeSignature(tick: tick, numerator: Int(numerator), denominator: 1 << Int(power)))
    case .keySignature(let sharps, let isMinor):
      keySignatures.append(KeySignature(tick: tick, sharps: Int(sharps), isMinor: isMinor))
    case .text(.trackName, let data) where contents.name == nil:
      contents.name = String(midiText: data)
    case .text(let kind, let data):
      contents.texts.append(TextEvent(tick: tick, kind: kind, text: String(midiText: data)))
    case .channelPrefix(let channel): contents.channelPrefix = channel
    default: break
    }
  }
}
