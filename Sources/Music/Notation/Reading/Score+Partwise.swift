public import MusicXML
import StandardMIDIFile

extension Score {
  /// Plays out a piece that is written in MusicXML.
  ///
  /// - Each part becomes a track of its own channel; one whose notes are said to be of several instruments
  ///   becomes one for each. Unpitched notes and those of a drum kit go to channel 10 (9 from 0). Sixteen
  ///   channels of a port have fifteen such tracks, then a further port is taken.
  /// - Repeats, endings, da capo, dal segno, coda and fine are played out, each movement for itself: where
  ///   measures are counted from 1 again, one begins.
  /// - Tied notes are one. Grace notes sound before their note, in the time of what is before it, at most an
  ///   eighth of a quarter note each and half a quarter note together; where nothing is before it, they
  ///   take the time from it. Cue notes are left out.
  /// - Notes sound at their pitch, wherever a transposing instrument reads them. They last as long as they
  ///   are written, whatever dots and slurs say, but where the file says how they were played (`attack`,
  ///   `release`).
  /// - A note is as loud as the file says of it, else as dynamics and hairpins make it, from mezzo forte,
  ///   velocity 80, on.
  /// - A note that is played at some times through a repeat only (`time-only`) is left out at the others; where a
  ///   jump leads back to it without repeats, it is played as the last time.
  /// - What an instrument doubles an octave above or below (`double`) sounds there too.
  /// - A measure lasts as long as what stands in it, but for rounding: programs write tuplets in whole divisions,
  ///   which may not add up. One that is shorter or longer than its metre has a time signature of its own, but for
  ///   two that a repeat sign or a bar line divides, which are one bar.
  /// - Where a movement begins, metre and key stand anew, the first time that it is played from there.
  /// - Notes of several voices of a part stay as they are written, on one pitch too. One that is struck and
  ///   let go while another of its pitch sounds on goes to a further track of the channel: in one track a
  ///   MIDI file cannot tell which of the two a release ends.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes as they are played.
  /// - Throws: ``MusicXMLError/Reason/playsTooLong(measures:)`` where repeats play it out to more than
  ///   sixteen times its measures.
  public init(_ written: PartwiseScore) throws(MusicXMLError) {
    var player = try NotationPlayer(written)
    self = player.played()
  }
}

/// Plays a piece out, as it is written.
private struct NotationPlayer {
  private let written: PartwiseScore
  private let order: [Int]
  /// Which time through its repeat each measure of the order is played.
  private let times: [Int]
  /// The places in the order with which a movement begins that is not the first.
  private let movementStarts: Set<Int>
  /// The length of each measure, and where it begins in the piece as it is written.
  private let lengths: [Int]
  private let starts: [Int]
  private let metres: [PartwiseScore.WrittenMetre]
  private let parts: [WrittenPart]
  private let ticksPerQuarter: Int

  init(_ written: PartwiseScore) throws(MusicXMLError) {
    self.written = written
    let count = written.parts.map(\.measures.count).max() ?? 0
    let metres = NotationPlayer.metres(of: written, count: count)
    var lengths = [Int](repeating: 0, count: count)
    var signs: [JumpSigns] = []
    var lastNumber = 0
    for index in 0..<count {
      let measures = written.parts.compactMap {
        index < $0.measures.count ? $0.measures[index] : nil
      }
      signs.append(JumpSigns(measures))
      if let number = measures.first.flatMap({ Int($0.number) }) {
        signs[index].startsMovement = number <= 1 && lastNumber > 1
        lastNumber = number
      }
      lengths[index] = measures.map(WrittenPart.length(of:)).max() ?? 0
      // A measure in which nothing stands is as long as its metre.
      if lengths[index] == 0 || abs(lengths[index] - metres[index].duration) < WrittenPart.rounding
      {
        lengths[index] = metres[index].duration
      }
    }
    var starts: [Int] = []
    starts.reserveCapacity(count)
    var end = 0
    for length in lengths {
      starts.append(end)
      end += length
    }
    (self.metres, self.lengths, self.starts) = (metres, lengths, starts)
    let order = try PlayingOrder(signs)
    (self.order, times) = (order.measures, order.times)
    var begun: Set<Int> = []
    movementStarts = Set(
      order.measures.indices.filter { place in
        let measure = order.measures[place]
        return signs[measure].startsMovement && begun.insert(measure).inserted
      })
    parts = written.parts.map { WrittenPart($0, starts: starts) }
    ticksPerQuarter = NotationPlayer.ticksPerQuarter(of: parts, lengths: lengths)
  }

  /// The metre of each measure: the last that a part has told.
  private static func metres(
    of written: PartwiseScore, count: Int
  ) -> [PartwiseScore.WrittenMetre] {
    var told = [PartwiseScore.WrittenMetre?](repeating: nil, count: count)
    for part in written.parts {
      for (index, measure) in part.measures.enumerated() where told[index] == nil {
        for case .attributes(let attributes) in measure.items where told[index] == nil {
          told[index] = attributes.metre
        }
      }
    }
    var metre = PartwiseScore.WrittenMetre(beats: 4, beatType: 4)
    return told.map {
      metre = $0 ?? metre
      return metre
    }
  }

  /// The ticks with which every place of the piece is a whole number, as near to 480 as may be; 10,080
  /// where there are no such.
  private static func ticksPerQuarter(of parts: [WrittenPart], lengths: [Int]) -> Int {
    var step = PartwiseScore.quarter
    for length in lengths { step = greatestCommonDivisor(step, length) }
    for part in parts {
      for measure in part.measures {
        for note in measure.notes {
          step = greatestCommonDivisor(step, note.place)
          step = greatestCommonDivisor(step, note.duration)
          step = greatestCommonDivisor(step, note.attack)
          step = greatestCommonDivisor(step, note.release)
        }
      }
    }
    let needed = PartwiseScore.quarter / step
    return needed > 10_080 ? 10_080 : (480 + needed - 1) / needed * needed
  }

  private func ticks(_ place: Int) -> Int {
    let (quarters, rest) = place.quotientAndRemainder(dividingBy: PartwiseScore.quarter)
    return quarters * ticksPerQuarter
      + (rest * ticksPerQuarter + PartwiseScore.quarter / 2) / PartwiseScore.quarter
  }

  /// Ticks that a note is played beside its place.
  private func deviation(_ length: Int) -> Int { length < 0 ? -ticks(-length) : ticks(length) }

  mutating func played() -> Score {
    var score = Score(title: written.title, division: .ticksPerQuarter(ticksPerQuarter))
    var starts: [Int] = []
    starts.reserveCapacity(order.count)
    var end = 0
    for measure in order {
      starts.append(end)
      end += lengths[measure]
    }
    score.endTick = ticks(end)
    score.timeSignatures = timeSignatures(starts: starts)
    score.keySignatures = keySignatures(starts: starts)
    score.tempos = tempos(starts: starts)
    var channels = ChannelAllotment()
    for index in written.parts.indices {
      score.tracks += tracks(ofPart: index, starts: starts, channels: &channels)
    }
    for creator in written.creators where creator.role == "rights" || !creator.name.isEmpty {
      let name = creator.name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      score.texts.append(TextEvent(tick: 0, kind: .text, text: "\(creator.role): \(name)"))
    }
    return score.sorted()
  }

  // MARK: Time

  /// The time signatures with which bars are the measures that are played.
  private func timeSignatures(starts: [Int]) -> [TimeSignature] {
    var signatures: [TimeSignature] = []
    var index = 0
    var isCut = false
    while index < order.count {
      let metre = metres[order[index]]
      var bar = lengths[order[index]]
      var next = index + 1
      // The parts of a measure that a bar line divides.
      while bar < metre.duration, next < order.count, next < index + 8,
        !movementStarts.contains(next), metres[order[next]] == metre,
        bar + lengths[order[next]] <= metre.duration
      {
        bar += lengths[order[next]]
        next += 1
      }
      if bar < metre.duration || next - index == 8 {
        bar = lengths[order[index]]
        next = index + 1
      }
      let tick = ticks(starts[index])
      var signature = TimeSignature(tick: tick, numerator: metre.beats, denominator: metre.beatType)
      let isWhole = bar % metre.duration == 0
      let own = isWhole ? nil : TimeSignature(tick: tick, lasting: bar, atLeast: metre.beatType)
      if let own { signature = own }
      let isTold = signatures.last.map(signature.hasMetre) ?? false
      if isCut || !isTold || movementStarts.contains(index) {
        signatures.append(signature)
      }
      // A bar that no signature can tell is cut short by the next one.
      isCut = !isWhole && own == nil
      index = next
    }
    return signatures
  }

  private func keySignatures(starts: [Int]) -> [KeySignature] {
    // A part that sounds as it is written tells the key; else the first, whose key is transposed too. Programs write
    // no sharps or flats for drums, whatever the key is.
    var told: [[(place: Int, key: PartwiseScore.WrittenKey)]] = []
    var best: (index: Int, rank: Int)?
    for (number, part) in written.parts.enumerated() {
      var keys = [(place: Int, key: PartwiseScore.WrittenKey)]()
      var transpositions = StaffTranspositions()
      // Of several keys that of the first staff is read.
      var transposition: Int { transpositions[staff: 1].semitones }
      for (index, measure) in part.measures.enumerated() {
        for case .attributes(let attributes) in measure.items {
          transpositions.take(attributes)
          guard var key = attributes.key else { continue }
          if transposition % 12 != 0 {
            let fifths = key.fifths + transposition * 7
            key.fifths = ((fifths + 5) % 12 + 12) % 12 - 5
          }
          keys.append((index, key))
        }
      }
      let rank = parts[number].isDrums ? 0 : transposition % 12 == 0 ? 2 : 1
      if !keys.isEmpty, rank > best?.rank ?? -1 { best = (told.count, rank) }
      told.append(keys)
    }
    guard let best else { return [] }
    var keys = [PartwiseScore.WrittenKey?](repeating: nil, count: lengths.count)
    for (measure, key) in told[best.index] { keys[measure] = key }
    var key: PartwiseScore.WrittenKey?
    keys = keys.map {
      key = $0 ?? key
      return key
    }
    var signatures: [KeySignature] = []
    for (place, measure) in order.enumerated() {
      guard let key = keys[measure] else { continue }
      let signature = KeySignature(
        tick: ticks(starts[place]), sharps: key.fifths, isMinor: key.isMinor ?? false)
      if let last = signatures.last, last.sharps == signature.sharps,
        last.isMinor == signature.isMinor, !movementStarts.contains(place)
      {
        continue
      }
      signatures.append(signature)
    }
    return signatures
  }

  private func tempos(starts: [Int]) -> [TempoChange] {
    var inMeasures = [[(place: Int, quartersPerMinute: Double)]](
      repeating: [], count: lengths.count)
    for part in parts {
      for (index, measure) in part.measures.enumerated() { inMeasures[index] += measure.tempos }
    }
    for index in inMeasures.indices { inMeasures[index].sort { $0.place < $1.place } }
    var before: [Double] = []
    var tempo = 120.0
    for measure in inMeasures {
      before.append(tempo)
      tempo = measure.last?.quartersPerMinute ?? tempo
    }
    var changes: [TempoChange] = []
    var current = 120.0
    func change(to quartersPerMinute: Double, at place: Int) {
      guard quartersPerMinute != current || changes.isEmpty else { return }
      current = quartersPerMinute
      changes.append(TempoChange(tick: ticks(place), quartersPerMinute: current))
    }
    for (index, measure) in order.enumerated() {
      // After a jump the tempo is that of the place that it leads to.
      if index > 0, order[index - 1] + 1 != measure {
        change(to: before[measure], at: starts[index])
      }
      for tempo in inMeasures[measure] {
        change(to: tempo.quartersPerMinute, at: starts[index] + min(tempo.place, lengths[measure]))
      }
    }
    return changes
  }

  // MARK: Tracks

  /// The tracks of a part: one for each instrument that it says of notes, and one for drums.
  private func tracks(
    ofPart index: Int, starts: [Int], channels: inout ChannelAllotment
  ) -> [Track] {
    let part = written.parts[index]
    var makers: [Int: TrackMaker] = [:]
    var keys: [Int] = []
    func key(of note: WrittenMeasureNote) -> Int {
      note.isDrum ? -1 : note.instrument ?? 0
    }
    for (place, measure) in order.enumerated()
    where measure < parts[index].measures.count {
      let written = parts[index].measures[measure]
      for note in written.notes
      where note.times.isEmpty || note.times.contains(times[place]) {
        let key = key(of: note)
        // A tie leads to the next measure only from its bar line.
        let (end, length) = (note.place + note.duration, lengths[measure])
        let isAtBarLine = abs(end - length) < WrittenPart.rounding
        if makers[key] == nil {
          keys.append(key)
          makers[key] = TrackMaker(ticksPerQuarter: ticksPerQuarter)
        }
        makers[key]?.append(
          note, from: ticks(starts[place] + note.place),
          to: ticks(starts[place] + (isAtBarLine ? length : end)),
          inMeasureFrom: ticks(starts[place]),
          played: (deviation(note.attack), deviation(note.release)))
      }
    }
    if keys.isEmpty { keys = [0] }
    let signed = order.indices.filter { place in
      guard order[place] < parts[index].measures.count else { return false }
      let measure = parts[index].measures[order[place]]
      return !measure.programs.isEmpty || !measure.pedals.isEmpty
    }
    var tracks: [Track] = []
    for key in keys {
      let isDrums = key < 0
      let place = channels.next(isDrums: isDrums)
      let layers = makers[key]?.layers() ?? []
      var track = Track(
        name: part.name, channel: place.channel, notes: layers.first ?? [], port: place.port)
      if keys.count > 1, !isDrums, key < part.instruments.count {
        let name = part.instruments[key].name
        if !name.isEmpty { track.name = name }
      }
      track.messages = messages(
        ofPart: index, instrument: isDrums ? nil : key, at: signed, starts: starts)
      tracks.append(track)
      for notes in layers.dropFirst() {
        tracks.append(
          Track(name: track.name, channel: track.channel, notes: notes, port: track.port))
      }
    }
    return tracks
  }

  /// The programs, volume and pedals of a part's instrument, or of its drum kit.
  ///
  /// - Parameters:
  ///   - index: the part.
  ///   - instrument: its place in the part; nil for drums.
  ///   - places: where in the order of playing measures stand that change programs or use pedals.
  ///   - starts: where the measures begin, in that order.
  /// - Returns: the messages.
  private func messages(
    ofPart index: Int, instrument: Int?, at places: [Int], starts: [Int]
  ) -> [TrackMessage] {
    let instruments = written.parts[index].instruments
    let drum = instruments.first { $0.drum != nil || $0.channel == 9 } ?? instruments.first
    let sound = instrument.map { $0 < instruments.count ? instruments[$0] : nil } ?? drum
    var messages: [TrackMessage] = []
    if let program = sound?.program { messages.append(.init(tick: 0, kind: .program(program))) }
    if let volume = sound?.volume {
      messages.append(.init(tick: 0, kind: .control(controller: 7, value: volume)))
    }
    if let pan = sound?.pan {
      messages.append(.init(tick: 0, kind: .control(controller: 10, value: pan)))
    }
    for place in places {
      let written = parts[index].measures[order[place]]
      for (there, change) in written.programs where change.instrument == instrument ?? 0 {
        messages.append(
          .init(tick: ticks(starts[place] + there), kind: .program(change.program)))
      }
      for (there, controller, isPressed) in written.pedals {
        // What is struck where the sostenuto pedal is pressed is held: at one tick, notes come last.
        let delay = controller == WrittenPart.sostenuto && isPressed ? 1 : 0
        messages.append(
          .init(
            tick: ticks(starts[place] + there) + delay,
            kind: .control(controller: controller, value: isPressed ? 127 : 0)))
      }
    }
    return messages
  }
}

/// Gives tracks their channels, and further ports when a port's are taken.
private struct ChannelAllotment {
  private var melodic = 0
  private var drums = 0

  mutating func next(isDrums: Bool) -> (port: UInt8, channel: UInt8) {
    if isDrums {
      drums += 1
      return (UInt8((drums - 1) % 128), 9)
    }
    let (port, channel) = melodic.quotientAndRemainder(dividingBy: 15)
    melodic += 1
    return (UInt8(port % 128), UInt8(channel < 9 ? channel : channel + 1))
  }
}

extension TimeSignature {
  /// The signature of a bar of a length in `PartwiseScore.quarter`; nil where there is none.
  fileprivate init?(tick: Int, lasting length: Int, atLeast denominator: Int) {
    let whole = 4 * PartwiseScore.quarter
    for power in 0...6 where 1 << power >= denominator {
      let (beats, rest) = (length << power).quotientAndRemainder(dividingBy: whole)
      if rest == 0, 1...255 ~= beats {
        self.init(tick: tick, numerator: beats, denominator: 1 << power)
        return
      }
    }
    return nil
  }
}

/// Euclid's algorithm.
private func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
  var (first, second) = (abs(first), abs(second))
  while second != 0 { (first, second) = (second, first % second) }
  return first
}
