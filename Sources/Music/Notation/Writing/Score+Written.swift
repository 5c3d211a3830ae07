public import MusicXML
import StandardMIDIFile

extension Score {
  /// Writes the piece down as a score that a player can read.
  ///
  /// - Consecutive tracks of one channel become one part. What a keyboard plays is divided between two
  ///   staves; on each staff what sounds together in different rhythms is divided into voices.
  /// - Notes stand on the simplest grid of each beat that holds them, triplets and other tuplets among
  ///   them; what was played by hand on the sixteenths, triplets or thirty-seconds that fit each beat best.
  ///   How much earlier or later a note was played than it is written is kept (`attack`, `release`).
  /// - Pitches are spelt by key and context. Where the score tells no key, it is estimated.
  /// - Bars are those of ``MetreMap``; a short first one is a pickup. Bars begin on sixty-fourths.
  /// - Tempo, programs, sustain and sostenuto pedal and each note's velocity are kept, and so are the volume and the
  ///   pan with which each part begins; dynamics are printed where bars differ clearly.
  /// - Drums are unpitched notes.
  /// - A piece in time code, which has no beats, is written at 120 quarter notes a minute.
  ///
  /// - Parameter software: the program that is named as having written it.
  /// - Returns: the score; its notes, read back, are the same.
  /// - Complexity: O(*n* log *n*) in what is written.
  /// - Throws: ``MusicXMLError/Reason/tooMuch(_:)`` for more than 100,000 measures, a million in all parts or
  ///   500 parts, or where notes held over others come to more than 64 tied ones for each and a hundred
  ///   thousand.
  public func written(software: String = "musegen") throws(MusicXMLError) -> PartwiseScore {
    guard case .ticksPerQuarter(let ticksPerQuarter) = division, ticksPerQuarter > 0 else {
      return try resampled(ticksPerQuarter: 480).written(software: software)
    }
    let lastEnd = tracks.reduce(0) { max($0, $1.lastNoteEnd) }
    guard lastEnd / ticksPerQuarter < Self.mostQuarters else {
      throw MusicXMLError(.tooMuch("\(Self.mostQuarters) quarter notes"))
    }
    let writer = try ScoreWriter(sorted(), ticksPerQuarter: ticksPerQuarter, end: lastEnd)
    return try writer.written(software: software)
  }

  /// A hundred thousand bars of the longest metre.
  private static let mostQuarters = 102_000_000
}

/// Writes a score part by part.
private struct ScoreWriter {
  private let score: Score
  private let ticksPerQuarter: Int
  private let plan: BarPlan
  private let drafts: [PartDraft]
  /// The notes of each part's staves.
  private var staves: [[[GridNote]]]
  /// The sharps of the key from a bar on.
  private let keys: [(bar: Int, key: PartwiseScore.WrittenKey)]

  init(_ score: Score, ticksPerQuarter: Int, end: Int) throws(MusicXMLError) {
    let place = { (tick: Int) in Self.place(tick, ticksPerQuarter: ticksPerQuarter) }
    let plan = try BarPlan(score.timeSignatures, until: place(end), place: place)
    var grid = NotationGrid(plan, ticksPerQuarter: ticksPerQuarter, place: place)
    let drafts = try PartDraft.parts(of: score)
    grid.listen(to: score.tracks.map(\.notes))
    staves = drafts.map { $0.staves(on: grid) }
    // What was brought to the grid may end a little later than it did.
    let last = staves.joined().joined().reduce(place(end)) { max($0, $1.end) }
    self.plan =
      last > place(end)
      ? try BarPlan(score.timeSignatures, until: last, place: place) : plan
    self.score = score
    self.ticksPerQuarter = ticksPerQuarter
    self.drafts = drafts
    keys = ScoreWriter.keys(of: score, in: self.plan, place: place)
    spell()
  }

  private func place(_ tick: Int) -> Int { Self.place(tick, ticksPerQuarter: ticksPerQuarter) }

  /// Where a tick is in the score's divisions.
  private static func place(_ tick: Int, ticksPerQuarter: Int) -> Int {
    let (quarters, rest) = tick.quotientAndRemainder(dividingBy: ticksPerQuarter)
    return quarters * PartwiseScore.quarter
      + (rest * PartwiseScore.quarter + ticksPerQuarter / 2) / ticksPerQuarter
  }

  // MARK: Keys and spelling

  private static func keys(
    of score: Score, in plan: BarPlan, place: (Int) -> Int
  ) -> [(bar: Int, key: PartwiseScore.WrittenKey)] {
    var keys: [(bar: Int, key: PartwiseScore.WrittenKey)] = []
    for signature in score.keySignatures where -7...7 ~= signature.sharps {
      let bar = plan.bar(at: place(signature.tick))
      if keys.last?.bar == bar { keys.removeLast() }
      keys.append((bar, .init(fifths: signature.sharps, isMinor: signature.isMinor)))
    }
    if keys.isEmpty, let key = KeyPlan(score)?.key {
      // A minor key has the sharps of the major key three semitones above.
      let fifths = (key.tonic + (key.isMinor ? 3 : 0)) * 7 % 12
      let mostSharps = key.isMinor ? 5 : 6
      keys.append(
        (0, .init(fifths: fifths > mostSharps ? fifths - 12 : fifths, isMinor: key.isMinor)))
    }
    if keys.first?.bar != 0 { keys.insert((0, .init(fifths: 0)), at: 0) }
    return keys
  }

  private mutating func spell() {
    var pitched: [(onset: Int, pitch: UInt8, part: Int, staff: Int, index: Int)] = []
    for (part, draft) in drafts.enumerated() where !draft.isDrums {
      for (staff, notes) in staves[part].enumerated() {
        for (index, note) in notes.enumerated() {
          pitched.append((note.onset, note.pitch, part, staff, index))
        }
      }
    }
    pitched.sort { ($0.onset, $0.pitch) < ($1.onset, $1.pitch) }
    var key = 0
    let sharps = pitched.map { note in
      while key + 1 < keys.count, plan.bars[keys[key + 1].bar].start <= note.onset { key += 1 }
      return keys[key].key.fifths
    }
    let places = PitchSpelling.places(of: pitched.map(\.pitch), sharps: sharps)
    for (note, place) in zip(pitched, places) {
      staves[note.part][note.staff][note.index].spelling = PitchSpelling.spelling(
        note.pitch, place: place)
    }
  }

  // MARK: Parts

  func written(software: String) throws(MusicXMLError) -> PartwiseScore {
    // What is more could not be read again.
    guard drafts.count * plan.bars.count <= PartwiseScore.mostMeasures else {
      throw MusicXMLError(.tooMuch("\(PartwiseScore.mostMeasures) measures in all parts"))
    }
    var written = PartwiseScore(title: score.title, software: software)
    for text in score.texts where text.tick == 0 && text.kind == .text {
      let words = text.text.split(separator: ": ", maxSplits: 1).map { String($0) }
      guard words.count == 2, Self.roles.contains(words[0]) else { continue }
      written.creators.append(.init(role: words[0], name: words[1]))
    }
    let most = Self.mostNotes(of: score)
    var budget = most
    for index in drafts.indices {
      guard let part = part(index, budget: &budget) else {
        throw MusicXMLError(.tooMuch("\(most) notes to write, with their ties"))
      }
      written.parts.append(part)
    }
    if written.parts.isEmpty {
      var part = PartwiseScore.Part(id: "P1", name: "Music")
      for (number, bar) in plan.bars.enumerated() {
        var measure = self.measure(number, ofPart: nil, clefs: [.init(sign: "G", line: 2)])
        measure.items.append(.note(Self.rest(of: bar)))
        part.measures.append(measure)
      }
      written.parts = [part]
    }
    return written
  }

  /// How many notes may be written, those that are tied each for itself: no music that is played needs more, and
  /// notes that are held over very many others would come to the square of their number.
  private static func mostNotes(of score: Score) -> Int {
    100_000 + 64 * score.tracks.reduce(0) { $0 + $1.notes.count }
  }

  private static let roles: Set = ["composer", "lyricist", "arranger", "poet", "translator"]

  /// Writes a part; nil where that takes more notes than the budget has.
  private func part(_ index: Int, budget: inout Int) -> PartwiseScore.Part? {
    let draft = drafts[index]
    let staves = staves[index]
    var part = PartwiseScore.Part(id: "P\(index + 1)", name: draft.name)
    let drums = draft.isDrums ? Set(staves[0].map(\.pitch)).sorted() : []
    part.instruments = instruments(of: draft, drums: drums)
    let drumPlaces = Dictionary(
      uniqueKeysWithValues: drums.enumerated().map { ($0.element, $0.offset) })
    var directions = directions(ofPart: index)[...]
    var voices: [(staff: Int, number: Int, writer: VoiceWriter)] = []
    for (staff, notes) in staves.enumerated() {
      let chosen = VoiceSeparation.voices(of: notes) { plan.bars[plan.bar(at: $0)].start }
      for voice in 0..<VoiceSeparation.mostVoices {
        let own = notes.indices.filter { chosen[$0] == voice }.map { notes[$0] }
        if own.isEmpty, voice > 0 { continue }
        voices.append((staff + 1, VoiceSeparation.mostVoices * staff + voice + 1, VoiceWriter(own)))
      }
    }
    guard voices.allSatisfy({ $0.writer.fits(in: plan.bars, &budget) }) else { return nil }
    let clefs = staves.enumerated().map {
      draft.clef(ofStaff: $0.offset + 1, of: staves.count, $0.element)
    }
    // Written an octave higher than they sound where the lowest would have no octave's number.
    let lowest = staves.joined().compactMap(\.spelling?.octave).min() ?? 4
    let highest = staves.joined().compactMap(\.spelling?.octave).max() ?? 4
    let octaves = lowest < 0 && highest < 9 ? -1 : 0
    for (number, bar) in plan.bars.enumerated() {
      var measure = self.measure(
        number, ofPart: index, clefs: clefs, transposition: octaves == 0 ? nil : 12 * octaves)
      for voice in voices.indices {
        let isFirstOfStaff = voices[voice].number % VoiceSeparation.mostVoices == 1
        let events = voices[voice].writer.events(in: bar)
        if events == nil, !isFirstOfStaff { continue }
        if voice > 0 { measure.items.append(.backup(bar.length)) }
        guard let events else {
          if voice == 0 {
            append(&directions, until: bar.length, in: bar, to: &measure)
          }
          var rest = Self.rest(of: bar)
          rest.voice = voices[voice].number
          rest.staff = voices[voice].staff
          measure.items.append(.note(rest))
          continue
        }
        for event in events {
          if voice == 0 {
            append(
              &directions, until: event.start + event.length, from: event.start, in: bar,
              to: &measure)
          }
          if event.notes.isEmpty, !isFirstOfStaff, !event.isInTuplet {
            measure.items.append(.forward(event.length))
            continue
          }
          append(
            event, of: voices[voice].writer, staff: voices[voice].staff,
            voice: voices[voice].number, in: bar, drums: drumPlaces, octaves: octaves, to: &measure)
        }
      }
      if number == plan.bars.count - 1 {
        // Pedals that are lifted behind the last bar are lifted at its end.
        for next in directions.filter({ $0.direction.pedal != nil }) {
          guard next.direction.pedal == .stop else { break }
          measure.items.append(.direction(next.direction))
        }
        measure.items.append(.barline(.init(isAtEnd: true, style: "light-heavy")))
      }
      part.measures.append(measure)
    }
    return withVelocities(part)
  }

  private static func rest(of bar: BarPlan.Bar) -> PartwiseScore.Note {
    PartwiseScore.Note(.rest(ofMeasure: true), duration: bar.length)
  }

  private func instruments(of draft: PartDraft, drums: [UInt8]) -> [PartwiseScore.Instrument] {
    var instrument = PartwiseScore.Instrument(id: "", name: draft.name, program: draft.program)
    // What holds where the part begins to sound: of several values the last, and many files do not begin with them.
    let start = draft.tracks.compactMap(\.notes.first?.onset).min() ?? 0
    for track in draft.tracks {
      for message in track.messages where message.tick <= start {
        switch message.kind {
        case .control(7, let value): instrument.volume = value
        case .control(10, let value): instrument.pan = value
        default: break
        }
      }
    }
    let channel = draft.tracks.first?.channel ?? 0
    guard draft.isDrums else {
      instrument.channel = channel == 9 ? nil : channel
      instrument.name = GeneralMIDI.name(ofProgram: draft.program)
      return [instrument]
    }
    return drums.map { drum in
      var instrument = instrument
      instrument.name = DrumNotation.name(of: drum)
      instrument.channel = 9
      instrument.drum = drum
      instrument.program = nil
      return instrument
    }
  }

  /// A measure with its attributes, before notes.
  private func measure(
    _ number: Int, ofPart part: Int?, clefs: [PartwiseScore.Clef], transposition: Int? = nil
  ) -> PartwiseScore.Measure {
    let bar = plan.bars[number]
    let hasPickup = plan.bars[0].isPickup
    var measure = PartwiseScore.Measure(
      number: "\(hasPickup ? number : number + 1)", isImplicit: bar.isPickup)
    var attributes = PartwiseScore.Attributes()
    let isDrums = part.map { drafts[$0].isDrums } ?? false
    let index = keys.partitioningIndex { $0.bar >= number }
    if index < keys.count, keys[index].bar == number, !isDrums { attributes.key = keys[index].key }
    if number == 0 || plan.bars[number - 1].metre != bar.metre { attributes.metre = bar.metre }
    if number == 0 {
      attributes.clefs = clefs
      attributes.staves = clefs.count > 1 ? clefs.count : nil
      attributes.transpositions = transposition.map { [.init(semitones: $0)] } ?? []
    }
    if attributes != PartwiseScore.Attributes() { measure.items.append(.attributes(attributes)) }
    return measure
  }

  private func append(
    _ event: VoiceWriter.Event, of writer: VoiceWriter, staff: Int, voice: Int,
    in bar: BarPlan.Bar, drums: [UInt8: Int], octaves: Int, to measure: inout PartwiseScore.Measure
  ) {
    let start = bar.start + event.start
    var note = PartwiseScore.Note(
      .rest(ofMeasure: false), duration: event.length, voice: voice, staff: staff)
    note.value = event.value
    note.startsTuplet = event.startsTuplet
    note.endsTuplet = event.endsTuplet
    if event.notes.isEmpty {
      measure.items.append(.note(note))
      return
    }
    for (place, index) in event.notes.enumerated() {
      let sounding = writer[index]
      if let spelling = sounding.spelling {
        var pitch = spelling
        pitch.octave -= octaves
        note.content = .pitch(pitch)
      } else {
        note.content = .unpitched(DrumNotation.place(of: sounding.pitch))
        note.instrument = drums[sounding.pitch]
      }
      note.isChord = place > 0
      if place > 0 { (note.startsTuplet, note.endsTuplet) = (false, false) }
      note.velocity = max(sounding.velocity, 1)
      note.endsTie = sounding.onset < start
      note.startsTie = sounding.end > start + event.length
      note.attack = note.endsTie ? 0 : sounding.attack
      note.release = note.startsTie ? 0 : sounding.release
      measure.items.append(.note(note))
    }
  }

  // MARK: Directions

  /// What is written beside the notes of a part, by place.
  private func directions(ofPart index: Int) -> [(place: Int, direction: PartwiseScore.Direction)] {
    var directions: [(place: Int, direction: PartwiseScore.Direction)] = []
    if index == 0 { directions += tempos() }
    let notes = staves[index].joined().sorted { $0.onset < $1.onset }
    for mark in DynamicsMarks.marks(of: notes, in: plan) {
      var direction = PartwiseScore.Direction()
      direction.dynamics = mark.name
      direction.sound.velocity = mark.velocity
      directions.append((mark.place, direction))
    }
    for track in drafts[index].tracks {
      var (isPressed, isHeld) = (false, false)
      for message in track.messages {
        var tick = message.tick
        var direction = PartwiseScore.Direction()
        switch message.kind {
        case .control(64, let value) where (value >= 64) != isPressed:
          isPressed = value >= 64
          direction.pedal = isPressed ? .start : .stop
          direction.staff = staves[index].count
        case .control(66, let value) where (value >= 64) != isHeld:
          isHeld = value >= 64
          direction.pedal = isHeld ? .sostenuto : .stop
          direction.pedalNumber = 2
          direction.staff = staves[index].count
          // It is read as pressed a tick behind its sign.
          if isHeld { tick = max(tick - 1, 0) }
        case .program(let program)
        where program != drafts[index].program && !track.isDrums
          || message.tick > 0 && !track.isDrums:
          direction.sound.programs = [.init(instrument: 0, program: program)]
        default: continue
        }
        directions.append((place(tick), direction))
      }
    }
    return directions.enumerated().sorted {
      ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
    }.map(\.element)
  }

  private func tempos() -> [(place: Int, direction: PartwiseScore.Direction)] {
    var printed: Double?
    return score.tempos.enumerated().map { index, change in
      let place = place(change.tick)
      var direction = PartwiseScore.Direction()
      let exact = change.quartersPerMinute
      direction.sound.tempo = Self.shortest(exact, of: change.microsecondsPerQuarter)
      // A tempo that is left at once is a rubato, which nobody counts.
      let next = index + 1 < score.tempos.count ? score.tempos[index + 1].tick : Int.max
      let isKept = next - change.tick >= 4 * ticksPerQuarter
      let isOther = printed.map { abs(exact / $0 - 1) >= 0.05 } ?? true
      if isKept || printed == nil, isOther {
        printed = exact
        let bar = plan.bars[plan.bar(at: place)]
        var beat = NoteValue(denominator: 4)
        if bar.compoundBeat != nil {
          beat = NoteValue(denominator: bar.metre.beatType / 2, dots: 1)
        } else if bar.metre.beatType == 2 {
          beat = NoteValue(denominator: 2)
        }
        let perMinute = exact * Double(PartwiseScore.quarter) / Double(beat.duration)
        direction.metronome = .init(beat: beat, perMinute: max(perMinute.rounded(), 1))
      }
      return (place, direction)
    }
  }

  /// The shortest number that is read as a tempo of some microseconds.
  private static func shortest(_ tempo: Double, of microseconds: Int) -> Double {
    var scale = 1.0
    for _ in 0..<9 {
      let rounded = (tempo * scale).rounded() / scale
      if rounded > 0, Int((60e6 / rounded).rounded()) == microseconds { return rounded }
      scale *= 10
    }
    return tempo
  }

  /// Appends the directions up to a place in a bar, each as far after what follows as it is.
  private func append(
    _ directions: inout ArraySlice<(place: Int, direction: PartwiseScore.Direction)>,
    until end: Int,
    from start: Int = 0, in bar: BarPlan.Bar, to measure: inout PartwiseScore.Measure
  ) {
    while let (place, direction) = directions.first, place < bar.start + end {
      directions = directions.dropFirst()
      var direction = direction
      direction.offset = max(place - bar.start - start, 0)
      measure.items.append(.direction(direction))
    }
  }

  /// The part with velocities at those notes alone whose dynamics do not tell theirs.
  private func withVelocities(_ part: PartwiseScore.Part) -> PartwiseScore.Part {
    var part = part
    var levels: [(place: Int, velocity: UInt8)] = [(-1, 80)]
    for (number, measure) in part.measures.enumerated() {
      var place = plan.bars[number].start
      for item in measure.items {
        switch item {
        case .note(let note) where !note.isChord: place += note.duration
        case .backup(let length): place -= length
        case .forward(let length): place += length
        case .direction(let direction):
          if let velocity = direction.sound.velocity {
            levels.append((place + direction.offset, velocity))
          }
        default: break
        }
      }
    }
    for (number, measure) in part.measures.enumerated() {
      var (place, chordPlace) = (plan.bars[number].start, 0)
      for (index, item) in measure.items.enumerated() {
        switch item {
        case .backup(let length): place -= length
        case .forward(let length): place += length
        case .note(var note):
          if !note.isChord {
            chordPlace = place
            place += note.duration
          }
          let level = levels[max(levels.partitioningIndex { $0.place > chordPlace } - 1, 0)]
          if note.velocity == level.velocity || note.endsTie {
            note.velocity = nil
            part.measures[number].items[index] = .note(note)
          }
        default: break
        }
      }
    }
    return part
  }
}
