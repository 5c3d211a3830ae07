import MusicXML

/// What a measure of a part holds, each with its place in the measure.
struct WrittenMeasure {
  /// The sounding notes, by place, those of one place in the file's order; places and durations in `PartwiseScore.quarter`.
  var notes: [WrittenMeasureNote] = []
  /// The tempos, in quarter notes a minute.
  var tempos: [(place: Int, quartersPerMinute: Double)] = []
  /// The changes of program.
  var programs: [(place: Int, change: PartwiseScore.ProgramChange)] = []
  /// What pedals do: which, by its controller, and whether it is pressed.
  var pedals: [(place: Int, controller: UInt8, isPressed: Bool)] = []
  /// How far its notes, rests and moves reach.
  var length = 0
}

/// A sounding note of a measure.
struct WrittenMeasureNote {
  var place: Int
  var duration: Int
  /// How much later than written it begins and ends when it is played.
  var attack: Int
  var release: Int
  /// The MIDI pitch, 0 to 127.
  var pitch: UInt8
  var velocity: UInt8
  var voice: Int
  var startsTie: Bool
  var endsTie: Bool
  /// The part's instrument; nil where the file does not say which.
  var instrument: Int?
  var isDrum: Bool
  /// The times through a repeat at which it is played; empty for all.
  var times: [Int]
  /// Of a grace note, how many grace notes of its voice follow it before the next note, and it itself;
  /// 0 for any other note.
  var graceNotesLeft: Int
  /// Of a grace note, how many of its voice stand before the next note together; 0 for any other note.
  var graceNoteCount: Int
}

/// A part as it is written, measure by measure.
struct WrittenPart {
  /// The part's measures.
  private(set) var measures: [WrittenMeasure] = []
  /// The directions that tell how loud it is played.
  private var loudness: [(place: Int, direction: PartwiseScore.Direction)] = []
  private var transposition = StaffTranspositions()
  /// Where the pedal is lifted if nothing goes on with its line, which broke off: a measure, and which of its pedals.
  private var brokenLine: (measure: Int, index: Int)?
  /// The controllers of the pedals that are pressed and their lines' numbers, the one that was pressed last at the end.
  private var pressed: [(controller: UInt8, number: Int)] = []
  /// The controllers of the two pedals.
  static let (sustain, sostenuto): (UInt8, UInt8) = (64, 66)
  private let instruments: [PartwiseScore.Instrument]

  /// Reads a part.
  ///
  /// - Parameters:
  ///   - part: the part.
  ///   - starts: where each of its measures begins in the piece as it is written.
  init(_ part: PartwiseScore.Part, starts: [Int]) {
    instruments = part.instruments
    var isVelocitySaid: [[Bool]] = []
    measures.reserveCapacity(part.measures.count)
    for (measure, start) in zip(part.measures, starts) {
      isVelocitySaid.append(append(measure, from: start))
    }
    let dynamics = WrittenDynamics(loudness)
    for (index, start) in zip(measures.indices, starts) {
      for note in measures[index].notes.indices where !isVelocitySaid[index][note] {
        measures[index].notes[note].velocity = dynamics.velocity(
          at: start + measures[index].notes[note].place)
      }
      // A tie may lead to a voice that the file has before the one from which it comes.
      measures[index].notes = measures[index].notes.enumerated().sorted {
        ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
      }.map(\.element)
    }
  }

  /// Whether all its notes are drums, and it has some.
  var isDrums: Bool {
    let notes = measures.lazy.flatMap(\.notes)
    return notes.contains(where: \.isDrum) && notes.allSatisfy(\.isDrum)
  }

  /// What misses a bar line by less, a 512th note, was rounded: tuplets in whole divisions need not add up.
  static let rounding = PartwiseScore.quarter / 128

  /// The place to which a move back leads: the measure's beginning where only rounding is between, and never before it.
  private static func place(_ place: Int, movedBackBy length: Int) -> Int {
    place - length < rounding ? 0 : place - length
  }

  /// How far a measure's notes, rests and moves reach.
  static func length(of measure: PartwiseScore.Measure) -> Int {
    var (place, length) = (0, 0)
    for item in measure.items {
      switch item {
      case .note(let note) where !note.isChord: place += note.duration
      case .backup(let back): place = Self.place(place, movedBackBy: back)
      case .forward(let forward): place += forward
      default: break
      }
      length = max(length, place)
    }
    return length
  }

  /// Reads a measure.
  ///
  /// - Returns: of each of its notes, whether the file says how loud it is.
  private mutating func append(_ measure: PartwiseScore.Measure, from start: Int) -> [Bool] {
    var written = WrittenMeasure()
    var isVelocitySaid: [Bool] = []
    var graceNotes: [Int: [Int]] = [:]
    // Where the note before began, for a chord's further notes.
    var (place, chordPlace) = (0, 0)
    for item in measure.items {
      switch item {
      case .backup(let back): place = Self.place(place, movedBackBy: back)
      case .forward(let forward):
        place += forward
        written.length = max(written.length, place)
      case .attributes(let attributes):
        transposition.take(attributes)
      case .direction(let direction):
        let there = max(place + direction.offset, 0)
        if let tempo = direction.sound.tempo ?? direction.metronome?.quartersPerMinute {
          written.tempos.append((there, tempo))
        }
        for change in direction.sound.programs { written.programs.append((there, change)) }
        if let pedal = direction.pedal {
          take(pedal, number: direction.pedalNumber, at: there, in: &written)
        }
        if direction.dynamics != nil || direction.wedge != nil || direction.sound.velocity != nil {
          loudness.append((start + there, direction))
        }
      case .note(let note):
        if !note.isChord {
          chordPlace = place
          place += note.duration
        }
        written.length = max(written.length, place)
        guard !note.isCue else { continue }
        let sounds = sounds(of: note)
        for (number, sound) in sounds.enumerated() {
          let index = written.notes.count
          written.notes.append(
            WrittenMeasureNote(
              place: chordPlace, duration: note.duration, attack: note.attack,
              release: note.release, pitch: sound.pitch, velocity: note.velocity ?? 0,
              voice: note.voice, startsTie: note.startsTie, endsTie: note.endsTie,
              instrument: sound.instrument, isDrum: sound.isDrum, times: note.times,
              graceNotesLeft: 0, graceNoteCount: 0))
          isVelocitySaid.append(note.velocity != nil)
          if note.isGrace {
            let isFirst = number == 0 && !note.isChord
            graceNotes[note.voice, default: []].append(isFirst ? index : -index - 1)
          }
        }
        if !note.isGrace, !sounds.isEmpty,
          let before = graceNotes.removeValue(forKey: note.voice)
        {
          written.numberGraceNotes(before)
        }
      case .barline: break
      }
    }
    for (_, notes) in graceNotes { written.numberGraceNotes(notes) }
    measures.append(written)
    return isVelocitySaid
  }

  /// Takes what is done to a pedal at a place of the measure that is being read.
  private mutating func take(
    _ pedal: PartwiseScore.Pedal, number: Int, at place: Int, in measure: inout WrittenMeasure
  ) {
    let lift = brokenLine
    brokenLine = nil
    // The pedal stays down where its line broke off, if something behind it counts on that.
    if let lift, pedal != .start, pedal != .sostenuto, pedal != .discontinue {
      if lift.measure == measures.count {
        measure.pedals.remove(at: lift.index)
      } else {
        measures[lift.measure].pedals.remove(at: lift.index)
      }
    }
    // Many files number no lines.
    let line = pressed.lastIndex { $0.number == number } ?? pressed.indices.last
    let last = line.map { pressed[$0].controller } ?? Self.sustain
    switch pedal {
    case .start, .sostenuto:
      let controller = pedal == .start ? Self.sustain : Self.sostenuto
      pressed.removeAll { $0.controller == controller }
      pressed.append((controller, number))
      measure.pedals.append((place, controller, true))
    case .stop:
      if let line { pressed.remove(at: line) }
      measure.pedals.append((place, last, false))
    case .change: measure.pedals += [(place, last, false), (place, last, true)]
    case .discontinue:
      brokenLine = (measures.count, measure.pedals.count)
      measure.pedals.append((place, last, false))
    case .resume: if lift == nil { measure.pedals.append((place, last, true)) }
    }
  }

  private typealias Sound = (pitch: UInt8, instrument: Int?, isDrum: Bool)

  /// What sounds of a note, an octave doubled; nothing of a rest, and of what lies outside all pitches.
  private func sounds(of note: PartwiseScore.Note) -> [Sound] {
    let instrument = note.instrument ?? (instruments.count == 1 ? 0 : nil)
    let drum = instrument.flatMap { instruments[$0].drum }
    switch note.content {
    case .rest: return []
    case .unpitched(let place):
      return [(drum ?? DrumNotation.drum(at: place), instrument, true)]
    case .pitch(let pitch):
      if let drum { return [(drum, instrument, true)] }
      let channel = instrument.flatMap { instruments[$0].channel } ?? instruments.first?.channel
      let isDrum = channel == 9
      let transposition = transposition[staff: note.staff]
      let number = pitch.number + transposition.semitones
      let doubled = isDrum ? nil : transposition.doubling.map { number + $0 }
      return [number, doubled].compactMap { number in
        number.flatMap { UInt8(exactly: $0) }.flatMap { $0 < 128 ? ($0, instrument, isDrum) : nil }
      }
    }
  }
}

/// How the staves of a part sound beside what is written, at some place of it.
struct StaffTranspositions {
  private var ofAll = PartwiseScore.Transposition(semitones: 0)
  private var ofStaff: [Int: PartwiseScore.Transposition] = [:]

  /// Takes what changes: what is said of all staves holds for each of them.
  mutating func take(_ attributes: PartwiseScore.Attributes) {
    for transposition in attributes.transpositions {
      if let staff = transposition.staff {
        ofStaff[staff] = transposition
      } else {
        ofAll = transposition
        ofStaff = [:]
      }
    }
  }

  /// How a staff sounds, counted from 1.
  subscript(staff staff: Int) -> PartwiseScore.Transposition { ofStaff[staff] ?? ofAll }
}

extension WrittenMeasure {
  /// Counts the grace notes before a note; those of one chord, below 0, are one.
  fileprivate mutating func numberGraceNotes(_ notes: [Int]) {
    let count = notes.count { $0 >= 0 }
    var left = 0
    for index in notes.reversed() {
      // A chord's notes follow its first, which counts.
      let place = index < 0 ? -index - 1 : index
      self.notes[place].graceNotesLeft = left + 1
      self.notes[place].graceNoteCount = max(count, left + 1)
      if index >= 0 { left += 1 }
    }
  }
}
