public import Music
public import StandardMIDIFile
public import Tokenization

/// A message of a jam, where it stands in the music, and whose it is.
public struct RecordedMessage: Hashable, Sendable {
  /// Who sent it.
  public enum Side: String, Hashable, Sendable {
    /// Who plays.
    case played
    /// The model.
    case answered
  }

  /// How many quarter notes come before it.
  public var quarters: Double
  /// Whose it is.
  public var side: Side
  /// The message.
  public var message: ChannelMessage

  /// Creates a recorded message.
  public init(quarters: Double, side: Side, message: ChannelMessage) {
    self.quarters = quarters
    self.side = side
    self.message = message
  }
}

/// A jam as it is written down: both sides as parts of one score, on the grid of beats that both kept.
public struct JamRecording: Sendable {
  private var parts: [Part: Track] = [:]
  private var open: [Key: Int] = [:]
  private var tempos: [TempoChange] = []
  private let metre: PieceAttributes.Metre
  private var lastTick = 0

  private struct Part: Hashable {
    var side: RecordedMessage.Side
    var channel: UInt8
  }

  private struct Key: Hashable {
    var part: Part
    var pitch: UInt8
  }

  private static let ticksPerQuarter = 480

  /// Begins a recording.
  ///
  /// - Parameter metre: the metre of all bars.
  public init(metre: PieceAttributes.Metre) { self.metre = metre }

  /// Whether no note was struck.
  public var isEmpty: Bool { parts.values.allSatisfy(\.notes.isEmpty) }

  /// Notes the tempo from a place on; a place may lie before the last one, where the beat was moved back.
  public mutating func setTempo(quartersPerMinute: Double, at quarters: Double) {
    let tempo = TempoChange(
      tick: tick(quarters), quartersPerMinute: min(max(quartersPerMinute, 4), 1_000))
    // What was noted from there on holds no longer, and tempos stay in order.
    while let last = tempos.last, last.tick >= tempo.tick { tempos.removeLast() }
    guard tempos.last?.microsecondsPerQuarter != tempo.microsecondsPerQuarter else { return }
    tempos.append(tempo)
  }

  /// Takes the next message; what comes before the last one is put beside it.
  public mutating func append(_ recorded: RecordedMessage) {
    let tick = tick(recorded.quarters)
    lastTick = max(lastTick, tick)
    let channel = recorded.message.channel & 15
    let part = Part(side: recorded.side, channel: channel)
    switch recorded.message {
    case .noteOn(_, let pitch, let velocity) where velocity > 0:
      let key = Key(part: part, pitch: pitch & 127)
      close(key, at: tick)
      open[key] = parts[part]?.notes.count ?? 0
      track(part) { track in
        track.notes.append(
          Note(onset: tick, duration: -1, pitch: pitch & 127, velocity: min(velocity, 127)))
      }
    case .noteOn(_, let pitch, _), .noteOff(_, let pitch, _):
      close(Key(part: part, pitch: pitch & 127), at: tick)
    case .controlChange(_, let controller, let value):
      add(.control(controller: controller & 127, value: value & 127), to: part, at: tick)
    case .programChange(_, let program): add(.program(program & 127), to: part, at: tick)
    case .pitchBend(_, let value): add(.pitchBend(min(value, 16_383)), to: part, at: tick)
    case .channelPressure(_, let pressure):
      add(.channelPressure(pressure & 127), to: part, at: tick)
    case .polyphonicPressure(_, let pitch, let pressure):
      add(
        .polyphonicPressure(pitch: pitch & 127, pressure: pressure & 127), to: part, at: tick)
    }
  }

  /// The score so far: the parts of who plays first; what sounds is let go at its end.
  public var score: Score {
    let ordered = parts.sorted { left, right in
      (left.key.side == .answered ? 1 : 0, left.key.channel)
        < (right.key.side == .answered ? 1 : 0, right.key.channel)
    }
    var tracks: [Track] = []
    for (_, var track) in ordered {
      for index in track.notes.indices where track.notes[index].duration < 0 {
        track.notes[index].duration = max(1, lastTick - track.notes[index].onset)
      }
      track.notes.sort { ($0.onset, $0.pitch, $0.end) < ($1.onset, $1.pitch, $1.end) }
      track.messages.sort { $0.tick < $1.tick }
      tracks.append(track)
    }
    let end = tracks.reduce(lastTick) { max($0, $1.lastNoteEnd) }
    return Score(
      division: .ticksPerQuarter(Self.ticksPerQuarter), tracks: tracks, tempos: tempos,
      timeSignatures: [
        TimeSignature(tick: 0, numerator: metre.numerator, denominator: metre.denominator)
      ], endTick: end)
  }

  private func tick(_ quarters: Double) -> Int {
    Int((min(max(0, quarters), 1e9) * Double(Self.ticksPerQuarter)).rounded())
  }

  private mutating func track(_ part: Part, _ body: (inout Track) -> Void) {
    let name = part.side == .played ? "Played" : "Answered"
    body(&parts[part, default: Track(name: name, channel: part.channel)])
  }

  private mutating func add(_ kind: TrackMessage.Kind, to part: Part, at tick: Int) {
    track(part) { $0.messages.append(TrackMessage(tick: tick, kind: kind)) }
  }

  private mutating func close(_ key: Key, at tick: Int) {
    guard let index = open.removeValue(forKey: key) else { return }
    track(key.part) { track in
      track.notes[index].duration = max(1, tick - track.notes[index].onset)
    }
  }
}
