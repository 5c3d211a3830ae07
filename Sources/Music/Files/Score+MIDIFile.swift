public import StandardMIDIFile

extension Score {
  /// Reads the score of a file.
  ///
  /// - Each channel of each file track becomes a ``Track``. A file track with no channel message
  ///   becomes an empty one where it has a name, texts or a channel prefix, but for the first of
  ///   format 1, whose name and texts are the piece's.
  /// - A note-off ends the oldest note of its channel and pitch that sounds in its file track
  ///   (first in, first out). All Sound Off, All Notes Off and the mode messages 124 to 127 end what
  ///   sounds on their channel, in whichever track. A note that is never ended lasts to the end of its
  ///   file track.
  /// - Tempo, time and key signatures are taken from all tracks. Malformed ones are left out; of
  ///   several of a kind at one tick the last in the file counts.
  /// - What a file track plays has the port that the track named last, 0 where it names none; what
  ///   stands before the first name has that one. A file track of several ports becomes several tracks.
  /// - A track plays drums where the synthesizer is told to: see ``SystemMessage/drumPart(channel:isDrums:)``
  ///   and the banks of XG and General MIDI 2. What a channel plays before and after such a change
  ///   becomes two tracks.
  /// - A karaoke file's title is the first of its texts that begin with `@T`.
  /// - Tracks of format 2, which are pieces of their own, follow one another, each from 120 quarter notes a
  ///   minute and the beginning of a bar of 4/4 on.
  /// - A system exclusive message in several packets stands where its last one does; what is none is
  ///   left out. A reset ends all notes that sound (see ``SystemReset``).
  /// - What is sent at one tick keeps its order in the file track; of several file tracks the first goes
  ///   first. Notes are struck last.
  /// - Sequencer-specific and unknown meta events stay in the `MIDIFile`.
  ///
  /// - Complexity: O(*n*) in the number of events, but for chords, which are sorted.
  public init(_ file: MIDIFile) {
    self.init(division: file.division)
    var reader = ScoreReader()
    reader.tracks.reserveCapacity(file.tracks.count)
    for (index, fileTrack) in file.tracks.enumerated() {
      let start = file.format == .sequential ? reader.endTick : 0
      if file.format == .sequential, index > 0 { reader.resetTime(at: start) }
      let isConductor = index == 0 && file.format == .simultaneous
      reader.read(fileTrack, from: start, isConductor: isConductor)
      if index == 0, file.format == .singleTrack { reader.title = reader.lastName }
    }
    title = reader.title
    tracks = reader.tracks
    tempos = reader.tempos.lastAtEachTick { $0.tick }
    timeSignatures = reader.timeSignatures.lastAtEachTick { $0.tick }
    keySignatures = reader.keySignatures.lastAtEachTick { $0.tick }
    texts = reader.texts
    systemExclusives = reader.systemExclusives
    numberOrder(fileTracks: reader.fileTracks)
    systemExclusives = systemExclusives.sortedByTick { $0.moment }
    if reader.namesPorts { sortSystemExclusivesByPort() }
    endTick = reader.endTick
    if reader.endsChannels { endNotesWithTheirChannels() }
    endNotesAtResets()
    findDrums()
    if let karaokeTitle { title = karaokeTitle }
  }

  /// Puts those system exclusive messages of a moment first that are sent to all ports, then by port.
  ///
  /// A file of one port says of all its messages what they would mean without it.
  private mutating func sortSystemExclusivesByPort() {
    let hasPorts =
      tracks.contains { $0.port != 0 } || systemExclusives.contains { $0.port ?? 0 != 0 }
    guard hasPorts else {
      for index in systemExclusives.indices { systemExclusives[index].port = nil }
      return
    }
    systemExclusives = systemExclusives.enumerated().sorted {
      ($0.element.moment, $0.element.port.map { Int($0) } ?? -1, $0.offset)
        < ($1.element.moment, $1.element.port.map { Int($0) } ?? -1, $1.offset)
    }.map(\.element)
  }
}

/// Collects a score from the tracks of a file.
struct ScoreReader {
  var title = ""
  var tracks: [Track] = []
  var tempos: [TempoChange] = []
  var timeSignatures: [TimeSignature] = []
  var keySignatures: [KeySignature] = []
  var texts: [TextEvent] = []
  var systemExclusives: [SystemExclusiveEvent] = []
  /// Where the tracks and system exclusive messages stand.
  var fileTracks = Score.FileTracks()
  var endTick = 0
  /// Whether a message ends all notes of a channel.
  var endsChannels = false
  /// The name of the file track that was read last.
  var lastName = ""
  /// Whether a file track names a port.
  var namesPorts = false

  private var pairing = NotePairing()
  /// How many file tracks, or parts of them, have been read.
  private var fileTrackCount = 0

  /// Lets a piece that follows another start at 120 quarter notes a minute and with a bar of 4/4.
  mutating func resetTime(at tick: Int) {
    timeSignatures.append(TimeSignature(tick: tick, numerator: 4, denominator: 4))
    if let last = tempos.last, last.microsecondsPerQuarter != 500_000 {
      tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: 500_000))
    }
  }

  /// Reads a file track that starts at a tick.
  mutating func read(_ fileTrack: MIDIFile.Track, from start: Int, isConductor: Bool) {
    var played = pairing.read(fileTrack, from: start)
    guard fileTrack.changesPort(among: played.metaEvents) else {
      add(&played, of: fileTrack, isConductor: isConductor)
      return
    }
    for (index, part) in fileTrack.splitByPort().enumerated() {
      var played = pairing.read(part, from: start)
      add(
        &played, of: part, isConductor: isConductor && index == 0,
        name: index == 0 ? nil : lastName)
    }
  }

  /// Adds what a file track, or what it sends to one port, plays, and takes its notes and messages.
  ///
  /// `name` is the track's name where it does not tell it itself.
  private mutating func add(
    _ played: inout PlayedEvents, of fileTrack: MIDIFile.Track, isConductor: Bool,
    name: String? = nil
  ) {
    endTick = max(endTick, played.endTick)
    endsChannels = endsChannels || played.endsChannels
    var meta = TrackMeta()
    for (tick, event) in played.metaEvents {
      if let tempo = fileTrack.tempo(event) {
        tempos.append(TempoChange(tick: tick, microsecondsPerQuarter: tempo))
      } else {
        readMeta(event, of: fileTrack, at: tick, into: &meta)
      }
    }
    if meta.port != nil { namesPorts = true }
    systemExclusives += played.systemExclusives.map {
      SystemExclusiveEvent(tick: $0.tick, data: $0.data, port: meta.port, order: $0.order)
    }
    fileTracks.ofSystemExclusives += played.systemExclusives.map { _ in fileTrackCount }
    lastName = meta.name ?? name ?? ""
    let trackCount = tracks.count
    for channel in 0..<16 where played.plays(channel) {
      tracks.append(
        Track(
          name: lastName, channel: UInt8(channel), notes: played.takeNotes(ofChannel: channel),
          messages: played.takeMessages(ofChannel: channel),
          texts: tracks.count == trackCount ? meta.texts : [], port: meta.port ?? 0))
    }
    if tracks.count == trackCount {
      if isConductor, meta.channelPrefix == nil {
        title = lastName
        texts = meta.texts
      } else if !meta.isEmpty {
        tracks.append(
          Track(
            name: lastName, channel: (meta.channelPrefix ?? 0) & 0xF, texts: meta.texts,
            port: meta.port ?? 0))
      }
    }
    fileTracks.ofTracks += (trackCount..<tracks.count).map { _ in fileTrackCount }
    fileTrackCount += 1
  }

  /// What a file track's meta events say about the track itself.
  private struct TrackMeta {
    var name: String?
    var channelPrefix: UInt8?
    var port: UInt8?
    var texts: [TextEvent] = []
    var isEmpty: Bool { name == nil && channelPrefix == nil && texts.isEmpty }
  }

  private mutating func readMeta(
    _ event: PackedEvent, of fileTrack: MIDIFile.Track, at tick: Int, into contents: inout TrackMeta
  ) {
    let meta = MetaEvent(type: fileTrack.metaType(event), data: fileTrack.data(event))
    switch meta.ignoringExcessData.completingTimeSignature {
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
    case .port(let port) where contents.port == nil: contents.port = port & 0x7F
    default: break
    }
  }
}
