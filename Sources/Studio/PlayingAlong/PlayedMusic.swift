import MuseGen

/// What somebody played and a model answered, on a grid: the player's track first, then the model's.
struct PlayedMusic: Sendable {
  /// Notes of one instrument that a model answers with, their ticks counted from the answer's start.
  struct Part: Sendable {
    var program: UInt8
    var isDrums: Bool
    var notes: [Note]

    /// What plays the notes, whose ticks are the grid's, on a channel.
    func messages(on channel: UInt8, in grid: BeatGrid) -> [TimedMessage] {
      notes.flatMap { note -> [TimedMessage] in
        let (onset, end) = (grid.seconds(of: note.onset), grid.seconds(of: note.end))
        return [
          TimedMessage(
            seconds: onset,
            message: .noteOn(channel: channel, pitch: note.pitch, velocity: note.velocity)),
          // A little early, so that the same pitch can be struck again.
          TimedMessage(
            seconds: max(end - Self.releaseLead, (onset + end) / 2),
            message: .noteOff(channel: channel, pitch: note.pitch, velocity: 64)),
        ]
      }
    }

    private static let releaseLead = 0.001
  }

  let grid: BeatGrid
  private let companion: String
  private(set) var score: Score
  /// The tick from which on what the player strikes is a new call.
  private var callStart = 0
  /// The keys that are held: when they were struck, and how.
  private var held: [UInt8: (tick: Int, velocity: UInt8)] = [:]

  /// The most bars that a model hears before it answers, and the most that it answers with.
  private static let (heardBars, answeredBars) = (32, 8)
  /// The most notes of a session.
  static let mostNotes = 50_000

  /// Nothing is played yet.
  ///
  /// - Parameters:
  ///   - grid: where bars and beats are.
  ///   - program: what the player plays.
  ///   - companion: the model's name.
  init(_ grid: BeatGrid, program: UInt8, companion: String) {
    self.grid = grid
    self.companion = companion
    score = Score(
      division: .ticksPerQuarter(BeatGrid.quarter),
      tracks: [
        Track(
          name: "You", channel: 0, messages: [TrackMessage(tick: 0, kind: .program(program))])
      ],
      tempos: [grid.tempo], timeSignatures: [grid.metre])
  }

  /// How many notes there are.
  var noteCount: Int { score.tracks.reduce(held.count) { $0 + $1.notes.count } }
  /// Whether a key is held.
  var isHeld: Bool { !held.isEmpty }
  /// The pitches that are held.
  var heldPitches: [UInt8] { held.keys.sorted() }

  mutating func strike(_ pitch: UInt8, velocity: UInt8, at tick: Int) {
    release(pitch, at: tick)
    held[pitch] = (tick, velocity)
  }

  /// Lets go of a key; whether it was held.
  @discardableResult
  mutating func release(_ pitch: UInt8, at tick: Int) -> Bool {
    guard let struck = held.removeValue(forKey: pitch) else { return false }
    score.tracks[0].notes.append(
      Note(
        onset: struck.tick, duration: max(1, tick - struck.tick), pitch: pitch,
        velocity: struck.velocity))
    score.endTick = max(score.endTick, tick, struck.tick + 1)
    return true
  }

  mutating func releaseAll(at tick: Int) {
    for pitch in heldPitches { release(pitch, at: tick) }
  }

  /// How many bars the present call has, at most as many as are answered; nil where nothing was played.
  var callBars: Int? {
    let notes = score.tracks[0].notes.filter { $0.onset >= callStart }
    guard let first = notes.map(\.onset).min(), let last = notes.map(\.onset).max() else {
      return nil
    }
    return min(Self.answeredBars, last / grid.bar - first / grid.bar + 1)
  }

  /// The music that the model goes on from: the last bars in which something is struck, one after the other.
  var primer: Score {
    let sorted = score.tracks.map { $0.notes.sorted { $0.onset < $1.onset } }
    let bars = Set(sorted.joined().map { $0.onset / grid.bar }).sorted().suffix(Self.heardBars)
    let places = Dictionary(uniqueKeysWithValues: zip(bars, 0...))
    var primer = score
    for index in primer.tracks.indices {
      primer.tracks[index].notes = sorted[index].compactMap { note in
        let bar = note.onset / grid.bar
        guard let place = places[bar] else { return nil }
        var note = note
        // What is silent is left out, and nothing sounds into it.
        var last = bar
        while last < note.end / grid.bar, places[last + 1] != nil { last += 1 }
        note.duration = max(1, min(note.end, (last + 1) * grid.bar) - note.onset)
        note.onset += (place - bar) * grid.bar
        return note
      }
    }
    primer.tracks.removeAll { $0.notes.isEmpty }
    primer.endTick = bars.count * grid.bar
    return primer
  }

  /// Closes the call: what is struck from now on belongs to the next.
  mutating func closeCall(at tick: Int) {
    releaseAll(at: tick)
    callStart = max(tick, (score.tracks[0].notes.map(\.onset).max() ?? -1) + 1)
  }

  /// Takes in an answer.
  ///
  /// - Returns: its parts, with the channel that each plays on, on the grid.
  mutating func add(_ parts: [Part], at start: Int) -> [(channel: UInt8, part: Part)] {
    parts.map { part in
      var part = part
      for index in part.notes.indices { part.notes[index].onset += start }
      let track = track(for: part)
      score.tracks[track].notes += part.notes
      score.endTick = part.notes.reduce(score.endTick) { max($0, $1.end) }
      return (score.tracks[track].channel, part)
    }
  }

  /// Ends what is answered at a tick.
  mutating func cutAnswers(at tick: Int) {
    for index in score.tracks.indices.dropFirst() {
      score.tracks[index].notes = score.tracks[index].notes.compactMap { note in
        guard note.onset < tick else { return nil }
        var note = note
        note.duration = max(1, min(note.end, tick) - note.onset)
        return note
      }
    }
    score.endTick = score.tracks.reduce(tick) { max($0, $1.lastNoteEnd) }
  }

  private mutating func track(for part: Part) -> Int {
    let known = score.tracks.indices.dropFirst().first { index in
      let track = score.tracks[index]
      return part.isDrums
        ? track.isDrums : !track.isDrums && track.programs.first?.program == part.program
    }
    if let known { return known }
    let taken = Set(score.tracks.map(\.channel))
    let free = (UInt8(1)..<16).first { $0 != 9 && !taken.contains($0) }
    let channel = part.isDrums ? 9 : free ?? 1
    let name = part.isDrums ? "Drums" : GeneralMIDI.name(ofProgram: part.program)
    score.tracks.append(
      Track(
        name: "\(companion): \(name)", channel: channel,
        messages: part.isDrums ? [] : [TrackMessage(tick: 0, kind: .program(part.program))]))
    return score.tracks.count - 1
  }

  /// All of it as a piece, from the bar of the first note on.
  var piece: Score {
    var piece = score.sorted()
    let first = piece.tracks.compactMap { $0.notes.first?.onset }.min() ?? 0
    let start = first / grid.bar * grid.bar
    for index in piece.tracks.indices {
      for note in piece.tracks[index].notes.indices {
        piece.tracks[index].notes[note].onset -= start
      }
    }
    piece.endTick = max(0, piece.endTick - start)
    return piece
  }
}
