extension PartwiseReader {
  /// Reads a note or rest.
  mutating func readNote(into content: inout MeasureContent) throws(MusicXMLError) {
    let line = xml.line
    var note = PartwiseScore.Note(.rest(ofMeasure: false), duration: 0)
    note.velocity = xml.attribute("dynamics").flatMap { velocity(ofPercent: $0) }
    note.attack = deviation("attack", divisions: content.divisions)
    note.release = deviation("release", divisions: content.divisions)
    note.isPrinted = xml.attribute("print-object") != "no"
    note.times = times("time-only").filter { $0 > 0 }
    var hasContent = false
    var type: String?
    var value = NoteValue(denominator: 4)
    while let child = try xml.nextChild() {
      switch child {
      case "pitch", "unpitched":
        let pitch = try readPitch()
        note.content = child == "pitch" ? .pitch(pitch) : .unpitched(pitch)
        hasContent = true
      case "rest":
        note.content = .rest(ofMeasure: xml.attribute("measure") == "yes")
        hasContent = true
        try xml.skip()
      case "chord":
        note.isChord = true
        try xml.skip()
      case "grace":
        note.isGrace = true
        try xml.skip()
      case "cue":
        note.isCue = true
        try xml.skip()
      case "duration": note.duration = try duration(child, divisions: content.divisions)
      case "tie":
        switch xml.attribute("type") {
        case "start": note.startsTie = true
        case "stop": note.endsTie = true
        default: break
        }
        try xml.skip()
      case "voice": note.voice = voice(named: try xml.text())
      case "staff": note.staff = try count(child, in: 1...64)
      case "type": type = try xml.text()
      case "dot":
        value.dots = min(value.dots + 1, 4)
        try xml.skip()
      case "time-modification":
        while let child = try xml.nextChild() {
          switch child {
          case "actual-notes": value.actualNotes = try count(child, in: 1...1024)
          case "normal-notes": value.normalNotes = try count(child, in: 1...1024)
          default: try xml.skip()
          }
        }
      case "instrument":
        note.instrument = content.instruments[xml.attribute("id") ?? ""]
        try xml.skip()
      case "notations":
        while let child = try xml.nextChild() {
          try readNotation(child, of: &note, into: &content)
        }
      case "lyric": try skip(.lyric)
      default: try xml.skip()
      }
    }
    guard hasContent else { return }
    if let denominator = NoteValue.names.first(where: { $0.name == type })?.denominator {
      value.denominator = denominator
      note.value = value
    }
    if note.isGrace { note.duration = 0 }
    if !note.isChord { try content.move(by: note.duration, line: line) }
    content.items.append(.note(note))
  }

  /// How far a note is played beside its place; 0 where the file does not say, or says nonsense.
  private func deviation(_ attribute: String, divisions: Double) -> Int {
    guard let text = xml.attribute(attribute), let number = Double(text) else { return 0 }
    let length = number * Double(PartwiseScore.quarter) / divisions
    let longest = Double(PartwiseScore.longestMeasure * PartwiseScore.quarter)
    return abs(length) <= longest ? Int(length.rounded()) : 0
  }

  private mutating func readNotation(
    _ element: String, of note: inout PartwiseScore.Note, into content: inout MeasureContent
  ) throws(MusicXMLError) {
    switch element {
    case "tied":
      // A tie that is written and not said to sound is one all the same.
      switch xml.attribute("type") {
      case "start": note.startsTie = true
      case "stop": note.endsTie = true
      default: break
      }
      try xml.skip()
    case "tuplet":
      switch xml.attribute("type") {
      case "start": note.startsTuplet = true
      case "stop": note.endsTuplet = true
      default: break
      }
      try xml.skip()
    case "dynamics":
      var direction = PartwiseScore.Direction()
      direction.dynamics = try readDynamics()
      direction.staff = note.staff
      // The place has moved on from a chord's first note.
      if note.isChord { direction.offset = -note.duration }
      content.items.append(.direction(direction))
    case "slur" where xml.attribute("type") == "start": try skip(.slur)
    case "articulations": try skip(.articulation)
    case "ornaments", "arpeggiate": try skip(.ornament)
    default: try xml.skip()
    }
  }

  private mutating func readPitch() throws(MusicXMLError) -> WrittenPitch {
    // A drum without a place stands on the middle line.
    var pitch = WrittenPitch(step: .b, octave: 4)
    while let child = try xml.nextChild() {
      switch child {
      case "step", "display-step":
        let line = xml.line
        let letter = try xml.text()
        guard let step = WrittenPitch.Step(letter: letter) else {
          throw MusicXMLError(.value(of: child, found: letter, expected: "A to G"), line: line)
        }
        pitch.step = step
      case "alter":
        // Of a quarter tone what is nearer to the letter stays.
        let alter = try number(child).rounded(.towardZero)
        guard -3...3 ~= alter else {
          throw fault(child, "\(alter)", expected: "-3 to 3")
        }
        pitch.alter = Int(alter)
      case "octave", "display-octave": pitch.octave = try count(child, in: -1...10)
      default: try xml.skip()
      }
    }
    return pitch
  }

  /// A voice's number; most are called so.
  private func voice(named name: String) -> Int {
    if let number = Int(name), 1...1_000_000 ~= number { return number }
    // Others are told apart by their bytes.
    return 1_000_001 + Int(name.utf8.reduce(UInt32(7)) { ($0 &* 31 &+ UInt32($1)) & 0xFFFF })
  }
}
