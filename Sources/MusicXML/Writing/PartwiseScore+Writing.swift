import Archives

extension PartwiseScore {
  /// The score as a MusicXML document, partwise, in UTF-8.
  ///
  /// Parts and instruments are named anew: `P1`, `P1-I1`. The same score has the same bytes.
  ///
  /// - Complexity: O(*n*) in the number of notes and signs.
  public func bytes() -> [UInt8] {
    var xml = XMLText(
      declarations: """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" \
        "http://www.musicxml.org/dtds/partwise.dtd">

        """)
    xml.element("score-partwise", [("version", "3.1")]) { xml in
      if !title.isEmpty {
        xml.element("work") { $0.text("work-title", title) }
      }
      xml.element("identification") { xml in
        for creator in creators {
          xml.text(
            "creator", creator.name, creator.role.isEmpty ? [] : [("type", creator.role)])
        }
        if !software.isEmpty { xml.element("encoding") { $0.text("software", software) } }
      }
      xml.element("part-list") { xml in
        for (index, part) in parts.enumerated() { write(part, number: index + 1, to: &xml) }
      }
      let step = shortestStep
      for (index, part) in parts.enumerated() {
        xml.element("part", [("id", "P\(index + 1)")]) { xml in
          var writer = MeasureWriter(
            part: index + 1, instruments: part.instruments.count, step: step)
          for measure in part.measures { writer.write(measure, to: &xml) }
        }
      }
    }
    return xml.bytes
  }

  /// The score as a compressed MusicXML file (`.mxl`).
  ///
  /// - Throws: ``MusicXMLError`` where there is no memory for it.
  public func compressedBytes() throws(MusicXMLError) -> [UInt8] {
    var container = XMLText(declarations: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    container.element("container") { xml in
      xml.element("rootfiles") { xml in
        xml.empty(
          "rootfile",
          [
            ("full-path", "score.musicxml"),
            ("media-type", "application/vnd.recordare.musicxml+xml"),
          ])
      }
    }
    do {
      return try zipArchive(of: [
        ("META-INF/container.xml", container.bytes), ("score.musicxml", bytes()),
      ])
    } catch {
      throw MusicXMLError(.container("\(error.reason)"))
    }
  }

  /// The greatest length of which all lengths are multiples.
  private var shortestStep: Int {
    var step = PartwiseScore.quarter
    func add(_ length: Int) {
      var (first, second) = (step, abs(length))
      while second != 0 { (first, second) = (second, first % second) }
      step = first
    }
    for part in parts {
      for measure in part.measures {
        for item in measure.items {
          switch item {
          case .note(let note):
            add(note.duration)
            add(note.attack)
            add(note.release)
          case .backup(let length), .forward(let length): add(length)
          case .direction(let direction): add(direction.offset)
          default: break
          }
        }
      }
    }
    return step
  }

  private func write(_ part: Part, number: Int, to xml: inout XMLText) {
    xml.element("score-part", [("id", "P\(number)")]) { xml in
      xml.text("part-name", part.name)
      for (index, instrument) in part.instruments.enumerated() {
        xml.element("score-instrument", [("id", "P\(number)-I\(index + 1)")]) {
          $0.text("instrument-name", instrument.name)
        }
      }
      for (index, instrument) in part.instruments.enumerated() {
        xml.element("midi-instrument", [("id", "P\(number)-I\(index + 1)")]) { xml in
          if let channel = instrument.channel { xml.number("midi-channel", Int(channel) + 1) }
          if let program = instrument.program { xml.number("midi-program", Int(program) + 1) }
          if let drum = instrument.drum { xml.number("midi-unpitched", Int(drum) + 1) }
          if let volume = instrument.volume {
            xml.text("volume", decimal((Double(volume) / 1.27 * 100).rounded() / 100))
          }
          if let pan = instrument.pan {
            xml.text("pan", decimal(((Double(pan) - 64) * 90 / 64 * 100).rounded() / 100))
          }
        }
      }
    }
  }
}

/// Writes the measures of a part.
private struct MeasureWriter {
  let part: Int
  let instruments: Int
  /// The length of a division.
  let step: Int
  private var hasDivisions = false

  init(part: Int, instruments: Int, step: Int) {
    self.part = part
    self.instruments = instruments
    self.step = step
  }

  mutating func write(_ measure: PartwiseScore.Measure, to xml: inout XMLText) {
    var attributes = [("number", measure.number)]
    if measure.isImplicit { attributes.append(("implicit", "yes")) }
    xml.begin("measure", attributes)
    if !hasDivisions {
      var items = measure.items[...]
      // Divisions stand with the first key and metre, if those come first.
      if case .attributes(let first) = items.first {
        write(first, to: &xml)
        items = items.dropFirst()
      } else {
        write(PartwiseScore.Attributes(), to: &xml)
      }
      for item in items { write(item, to: &xml) }
    } else {
      for item in measure.items { write(item, to: &xml) }
    }
    xml.end()
  }

  private mutating func write(_ item: PartwiseScore.Item, to xml: inout XMLText) {
    switch item {
    case .note(let note): write(note, to: &xml)
    case .backup(let length): xml.element("backup") { $0.number("duration", length / step) }
    case .forward(let length): xml.element("forward") { $0.number("duration", length / step) }
    case .attributes(let attributes): write(attributes, to: &xml)
    case .direction(let direction): write(direction, to: &xml)
    case .barline(let barline): write(barline, to: &xml)
    }
  }

  private mutating func write(_ attributes: PartwiseScore.Attributes, to xml: inout XMLText) {
    xml.begin("attributes")
    if !hasDivisions { xml.number("divisions", PartwiseScore.quarter / step) }
    hasDivisions = true
    if let key = attributes.key {
      xml.element("key") { xml in
        xml.number("fifths", key.fifths)
        if let isMinor = key.isMinor { xml.text("mode", isMinor ? "minor" : "major") }
      }
    }
    if let metre = attributes.metre {
      xml.element("time") { xml in
        xml.number("beats", metre.beats)
        xml.number("beat-type", metre.beatType)
      }
    }
    if let staves = attributes.staves { xml.number("staves", staves) }
    for clef in attributes.clefs {
      xml.element("clef", [("number", "\(clef.staff)")]) { xml in
        xml.text("sign", clef.sign)
        if let line = clef.line { xml.number("line", line) }
        if clef.octaveChange != 0 { xml.number("clef-octave-change", clef.octaveChange) }
      }
    }
    for transposition in attributes.transpositions {
      xml.element("transpose", transposition.staff.map { [("number", "\($0)")] } ?? []) { xml in
        xml.number("chromatic", transposition.semitones)
        if let doubling = transposition.doubling {
          xml.empty("double", doubling > 0 ? [("above", "yes")] : [])
        }
      }
    }
    xml.end()
  }

  private func write(_ note: PartwiseScore.Note, to xml: inout XMLText) {
    var attributes: [(String, String)] = []
    if let velocity = note.velocity { attributes.append(("dynamics", percent(velocity))) }
    if note.attack != 0 { attributes.append(("attack", "\(note.attack / step)")) }
    if note.release != 0 { attributes.append(("release", "\(note.release / step)")) }
    if !note.isPrinted { attributes.append(("print-object", "no")) }
    if !note.times.isEmpty {
      attributes.append(("time-only", note.times.map(String.init).joined(separator: ",")))
    }
    xml.element("note", attributes) { xml in
      if note.isGrace { xml.empty("grace") }
      if note.isCue { xml.empty("cue") }
      if note.isChord { xml.empty("chord") }
      switch note.content {
      case .rest(let ofMeasure): xml.empty("rest", ofMeasure ? [("measure", "yes")] : [])
      case .pitch(let pitch):
        xml.element("pitch") { xml in
          xml.text("step", pitch.step.letter)
          if pitch.alter != 0 { xml.number("alter", pitch.alter) }
          xml.number("octave", pitch.octave)
        }
      case .unpitched(let pitch):
        xml.element("unpitched") { xml in
          xml.text("display-step", pitch.step.letter)
          xml.number("display-octave", pitch.octave)
        }
      }
      if !note.isGrace { xml.number("duration", note.duration / step) }
      if note.endsTie { xml.empty("tie", [("type", "stop")]) }
      if note.startsTie { xml.empty("tie", [("type", "start")]) }
      if instruments > 1, let instrument = note.instrument {
        xml.empty("instrument", [("id", "P\(part)-I\(instrument + 1)")])
      }
      xml.number("voice", note.voice)
      if let value = note.value, let name = value.name {
        xml.text("type", name)
        for _ in 0..<value.dots { xml.empty("dot") }
        if value.actualNotes != value.normalNotes {
          xml.element("time-modification") { xml in
            xml.number("actual-notes", value.actualNotes)
            xml.number("normal-notes", value.normalNotes)
          }
        }
      }
      xml.number("staff", note.staff)
      if note.endsTie || note.startsTie || note.startsTuplet || note.endsTuplet {
        xml.element("notations") { xml in
          if note.endsTie { xml.empty("tied", [("type", "stop")]) }
          if note.startsTie { xml.empty("tied", [("type", "start")]) }
          if note.endsTuplet { xml.empty("tuplet", [("type", "stop")]) }
          if note.startsTuplet { xml.empty("tuplet", [("type", "start")]) }
        }
      }
    }
  }

  private func percent(_ velocity: UInt8) -> String {
    decimal((Double(velocity) / 0.9 * 100).rounded() / 100)
  }

  private func write(_ direction: PartwiseScore.Direction, to xml: inout XMLText) {
    let types = directionTypes(direction)
    guard !types.isEmpty else {
      // What nobody reads is only heard.
      return write(direction.sound, offset: direction.offset, to: &xml)
    }
    xml.element("direction", [("placement", direction.metronome == nil ? "below" : "above")]) {
      xml in
      for type in types { xml.element("direction-type", [], type) }
      if direction.offset != 0 {
        xml.text("offset", "\(direction.offset / step)", [("sound", "yes")])
      }
      xml.number("staff", direction.staff)
      if direction.sound != PartwiseScore.Sound() { write(direction.sound, offset: 0, to: &xml) }
    }
  }

  private func directionTypes(
    _ direction: PartwiseScore.Direction
  ) -> [(inout XMLText) -> Void] {
    var types: [(inout XMLText) -> Void] = []
    for words in direction.words { types.append { $0.text("words", words) } }
    if let dynamics = direction.dynamics {
      types.append { xml in
        xml.element("dynamics") { xml in
          if Self.dynamics.contains(dynamics) {
            xml.empty(dynamics)
          } else {
            xml.text("other-dynamics", dynamics)
          }
        }
      }
    }
    if direction.hasSegno { types.append { $0.empty("segno") } }
    if direction.hasCoda { types.append { $0.empty("coda") } }
    switch direction.wedge {
    case .crescendo(let number):
      types.append { $0.empty("wedge", [("type", "crescendo"), ("number", "\(number)")]) }
    case .diminuendo(let number):
      types.append { $0.empty("wedge", [("type", "diminuendo"), ("number", "\(number)")]) }
    case .stop(let number):
      types.append { $0.empty("wedge", [("type", "stop"), ("number", "\(number)")]) }
    case nil: break
    }
    if let pedal = direction.pedal {
      var attributes = [("type", pedal.type), ("line", "yes")]
      if direction.pedalNumber != 1 { attributes.append(("number", "\(direction.pedalNumber)")) }
      types.append { [attributes] in $0.empty("pedal", attributes) }
    }
    if let metronome = direction.metronome, let name = metronome.beat.name {
      types.append { xml in
        xml.element("metronome") { xml in
          xml.text("beat-unit", name)
          for _ in 0..<metronome.beat.dots { xml.empty("beat-unit-dot") }
          xml.text("per-minute", decimal(metronome.perMinute))
        }
      }
    }
    return types
  }

  /// The dynamics that MusicXML has elements for.
  private static let dynamics: Set = [
    "p", "pp", "ppp", "pppp", "ppppp", "pppppp", "f", "ff", "fff", "ffff", "fffff", "ffffff", "mp",
    "mf", "sf", "sfp", "sfpp", "fp", "rf", "rfz", "sfz", "sffz", "fz", "n", "pf", "sfzp",
  ]

  private func write(_ sound: PartwiseScore.Sound, offset: Int, to xml: inout XMLText) {
    var attributes: [(String, String)] = []
    if let tempo = sound.tempo { attributes.append(("tempo", decimal(tempo))) }
    if let velocity = sound.velocity { attributes.append(("dynamics", percent(velocity))) }
    if sound.isDaCapo { attributes.append(("dacapo", "yes")) }
    if let segno = sound.segno { attributes.append(("segno", segno)) }
    if let segno = sound.dalSegno { attributes.append(("dalsegno", segno)) }
    if let coda = sound.coda { attributes.append(("coda", coda)) }
    if let coda = sound.toCoda { attributes.append(("tocoda", coda)) }
    if sound.startsRepeat { attributes.append(("forward-repeat", "yes")) }
    if sound.isFine { attributes.append(("fine", "yes")) }
    guard !sound.programs.isEmpty || offset != 0 else { return xml.empty("sound", attributes) }
    xml.element("sound", attributes) { xml in
      for change in sound.programs {
        xml.element("midi-instrument", [("id", "P\(part)-I\(change.instrument + 1)")]) {
          $0.number("midi-program", Int(change.program) + 1)
        }
      }
      if offset != 0 { xml.number("offset", offset / step) }
    }
  }

  private func write(_ barline: PartwiseScore.Barline, to xml: inout XMLText) {
    xml.element("barline", [("location", barline.isAtEnd ? "right" : "left")]) { xml in
      if let style = barline.style { xml.text("bar-style", style) }
      switch barline.ending {
      case .start(let numbers):
        let list = numbers.map { "\($0)" }.joined(separator: ", ")
        xml.empty("ending", [("number", list), ("type", "start")])
      case .stop: xml.empty("ending", [("number", "1"), ("type", "stop")])
      case nil: break
      }
      switch barline.repeatSign {
      case .forward: xml.empty("repeat", [("direction", "forward")])
      case .backward(let times, let afterJump):
        var attributes = [("direction", "backward")]
        if let times { attributes.append(("times", "\(times)")) }
        if afterJump { attributes.append(("after-jump", "yes")) }
        xml.empty("repeat", attributes)
      case nil: break
      }
    }
  }
}

extension PartwiseScore.Pedal {
  /// MusicXML's word for it.
  fileprivate var type: String {
    switch self {
    case .start: "start"
    case .sostenuto: "sostenuto"
    case .stop: "stop"
    case .change: "change"
    case .discontinue: "discontinue"
    case .resume: "resume"
    }
  }
}
