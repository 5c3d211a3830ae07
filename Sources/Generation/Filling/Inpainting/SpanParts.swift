import Music
import Tokenization

/// The parts of a piece while notes are taken out of spans and others put in.
struct SpanParts {
  /// A note of a part.
  private struct Entry {
    var note: Note
    var isNew: Bool
  }
  /// The notes that a part lost in a span.
  private struct Loss {
    var pitches = 0
    var velocities = 0
    var count = 0
  }

  private var score: Score
  private let configuration: VocabularyConfiguration
  private let programs: ChannelPrograms
  private var entries: [[Entry]]
  /// What was lost in each span, by part.
  private var losses: [[Int: Loss]]
  /// The parts that play each instrument at some note, whether or not they lost any.
  private var players: [Instrument: [Int]] = [:]
  /// The parts that were added, by their instruments.
  private var added: [Instrument: Int] = [:]
  private var isChanged: [Bool]

  /// Creates the parts of a piece, without their notes.
  init(_ score: Score, configuration: VocabularyConfiguration, spans: Int) {
    self.score = score
    self.configuration = configuration
    programs = ChannelPrograms(score)
    entries = score.tracks.map { _ in [] }
    isChanged = score.tracks.map { _ in false }
    losses = Array(repeating: [:], count: spans)
  }

  /// Leaves a note where it was.
  mutating func keep(_ note: Note, in part: Int) {
    entries[part].append(Entry(note: note, isNew: false))
  }

  /// Takes a note out of a span.
  mutating func remove(_ note: Note, from part: Int, span: Int) {
    losses[span][part, default: Loss()].pitches += Int(note.pitch)
    losses[span][part, default: Loss()].velocities += Int(note.velocity)
    losses[span][part, default: Loss()].count += 1
    isChanged[part] = true
  }

  /// Puts a note into a span, where a part can play it.
  ///
  /// What no part of the piece plays goes to one that lost notes there; where none did, a part is added.
  ///
  /// - Parameters:
  ///   - note: the note.
  ///   - instrument: what plays it.
  ///   - track: what a new part is made after.
  ///   - span: the span's number.
  mutating func add(_ note: Note, playedBy instrument: Instrument, as track: Track, span: Int) {
    var note = note
    var part =
      bereftPart(for: note, span: span) {
        plays(instrument, part: $0, atTick: note.onset) ? 0 : nil
      }
      ?? player(of: instrument, atTick: note.onset)
      ?? bereftPart(for: note, span: span) {
        strangeness(of: instrument, to: $0, atTick: note.onset)
      }
    if let part, let loss = losses[span][part], !configuration.tellsVelocities {
      note.velocity = UInt8(max(1, min(127, loss.velocities / loss.count)))
    }
    part = part ?? addedPart(for: instrument, as: track)
    guard let part else { return }
    entries[part].append(Entry(note: note, isNew: true))
    isChanged[part] = true
  }

  /// Puts a note into a span of one part, as loud as what the part lost there where tokens do not say.
  mutating func add(_ note: Note, to part: Int, span: Int) {
    var note = note
    if let loss = losses[span][part], !configuration.tellsVelocities {
      note.velocity = UInt8(max(1, min(127, loss.velocities / loss.count)))
    }
    entries[part].append(Entry(note: note, isNew: true))
    isChanged[part] = true
  }

  /// Of the parts that lost notes in a span the one that is least strange, of several the one whose lost notes are
  /// nearest in pitch.
  ///
  /// - Parameters:
  ///   - note: what is to be played.
  ///   - span: the span's number.
  ///   - strangeness: how little a part suits, from 0; nil where it does not.
  /// - Returns: the part; nil where none suits.
  private func bereftPart(for note: Note, span: Int, _ strangeness: (Int) -> Int?) -> Int? {
    func distance(_ loss: Loss) -> Double {
      abs(Double(loss.pitches) / Double(loss.count) - Double(note.pitch))
    }
    return losses[span].compactMap { part, loss in
      strangeness(part).map { (strangeness: $0, distance: distance(loss), part: part) }
    }
    .min { $0 < $1 }?.part
  }

  /// How little a part suits an instrument that it does not play: 0 where its own is of the same family; nil where
  /// one of them is drums.
  private func strangeness(of instrument: Instrument, to part: Int, atTick tick: Int) -> Int? {
    let track = score.tracks[part]
    guard case .program(let program) = instrument, !track.isDrums else { return nil }
    let own = programs.program(of: track, atTick: tick)
    return InstrumentFamily(program: own) == InstrumentFamily(program: program) ? 0 : 1
  }

  private func plays(_ instrument: Instrument, part: Int, atTick tick: Int) -> Bool {
    let track = score.tracks[part]
    guard case .program(let program) = instrument, !track.isDrums else {
      return instrument == .drums && track.isDrums
    }
    return !configuration.tellsPrograms || programs.program(of: track, atTick: tick) == program
  }

  /// The first part of the piece that plays an instrument, and sounds as it at a tick; nil where none does.
  private mutating func player(of instrument: Instrument, atTick tick: Int) -> Int? {
    let parts = players[instrument] ?? self.parts(playing: instrument)
    players[instrument] = parts
    // A track may change its program in the middle of the piece.
    return parts.first { plays(instrument, part: $0, atTick: tick) }
  }

  /// The parts of the piece of which some note is played by an instrument.
  private func parts(playing instrument: Instrument) -> [Int] {
    score.tracks.indices.filter { index in
      score.tracks[index].notes.contains { plays(instrument, part: index, atTick: $0.onset) }
    }
  }

  /// A part of an instrument's own; nil where no channel is free for one.
  private mutating func addedPart(for instrument: Instrument, as track: Track) -> Int? {
    if let known = added[instrument] { return known }
    let used = Set(score.tracks.map(\.channel))
    let channel =
      instrument == .drums ? 9 : (0..<16).first { $0 != 9 && !used.contains($0) }
    guard let channel else { return nil }
    score.tracks.append(Track(name: track.name, channel: channel, messages: track.messages))
    entries.append([])
    isChanged.append(true)
    added[instrument] = score.tracks.count - 1
    return score.tracks.count - 1
  }

  /// The piece with all notes; a new one gives way to one of its pitch that was kept.
  func joined() -> Score {
    var result = score
    for part in entries.indices where isChanged[part] {
      result.tracks[part].notes = Self.withoutOverlaps(entries[part])
    }
    return result.sorted()
  }

  private static func withoutOverlaps(_ entries: [Entry]) -> [Note] {
    var joined: [Entry] = []
    /// The last note of each pitch, as an index.
    var last = [Int?](repeating: nil, count: 256)
    let sorted = entries.sorted {
      ($0.note.onset, $0.isNew ? 1 : 0, $0.note.pitch) < (
        $1.note.onset, $1.isNew ? 1 : 0, $1.note.pitch
      )
    }
    for entry in sorted {
      let pitch = Int(entry.note.pitch)
      if let index = last[pitch], joined[index].note.end > entry.note.onset {
        if entry.isNew && (!joined[index].isNew || joined[index].note.onset == entry.note.onset) {
          continue
        }
        if joined[index].isNew {
          joined[index].note.duration = entry.note.onset - joined[index].note.onset
        }
      }
      last[pitch] = joined.count
      joined.append(entry)
    }
    return joined.filter { !$0.isNew || $0.note.duration > 0 }.map(\.note)
  }
}

extension VocabularyConfiguration {
  /// Whether tokens tell what plays a note.
  var tellsPrograms: Bool {
    switch self {
    case .performance(let settings): settings.programs
    case .pianoroll: false
    case .tsd(let settings), .remi(let settings): settings.programs
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.tellsPrograms
    }
  }

  /// Whether tokens tell how loud a note is.
  fileprivate var tellsVelocities: Bool {
    switch self {
    case .performance(let settings): settings.velocityBins > 0
    case .pianoroll: false
    case .tsd(let settings), .remi(let settings): settings.velocityBins > 0
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.tellsVelocities
    }
  }
}
