extension PartwiseReader {
  /// Reads an element of a measure.
  mutating func read(_ element: String, into content: inout MeasureContent) throws(MusicXMLError) {
    switch element {
    case "note": try readNote(into: &content)
    case "backup":
      let length = try readMove(divisions: content.divisions)
      try content.move(by: -length, line: xml.line)
      if length > 0 { content.items.append(.backup(length)) }
    case "forward":
      let length = try readMove(divisions: content.divisions)
      try content.move(by: length, line: xml.line)
      if length > 0 { content.items.append(.forward(length)) }
    case "attributes": try readAttributes(into: &content)
    case "direction":
      let direction = try readDirection(in: content)
      if direction != PartwiseScore.Direction() { content.items.append(.direction(direction)) }
    case "sound":
      var direction = PartwiseScore.Direction()
      direction.offset = try readSound(into: &direction.sound, in: content) ?? 0
      content.items.append(.direction(direction))
    case "barline":
      let barline = try readBarline()
      content.items.append(.barline(barline))
    case "harmony": try skip(.chordSymbol)
    default: try xml.skip()
    }
  }

  private mutating func readMove(divisions: Double) throws(MusicXMLError) -> Int {
    var length = 0
    while let child = try xml.nextChild() {
      if child == "duration" {
        length = try duration(child, divisions: divisions)
      } else {
        try xml.skip()
      }
    }
    return length
  }

  // MARK: Attributes

  private mutating func readAttributes(into content: inout MeasureContent) throws(MusicXMLError) {
    var attributes = PartwiseScore.Attributes()
    while let child = try xml.nextChild() {
      switch child {
      case "divisions":
        let line = xml.line
        let divisions = try number(child)
        guard 1e-3...1e9 ~= divisions else {
          throw MusicXMLError(
            .value(of: child, found: "\(divisions)", expected: "a number above 0"), line: line)
        }
        content.divisions = divisions
      case "key":
        let isOfFirstStaff = (xml.attribute("number") ?? "1") == "1"
        let key = try readKey()
        if isOfFirstStaff, let key { attributes.key = key }
      case "time":
        let isOfFirstStaff = (xml.attribute("number") ?? "1") == "1"
        let metre = try readMetre()
        if isOfFirstStaff, let metre { attributes.metre = metre }
      case "staves": attributes.staves = try count(child, in: 1...64)
      case "clef":
        let staff = Int(xml.attribute("number") ?? "1") ?? 1
        let clef = try readClef(staff: staff)
        attributes.clefs.append(clef)
      case "transpose":
        let transposition = try readTransposition()
        if attributes.transpositions.count < 64 { attributes.transpositions.append(transposition) }
      default: try xml.skip()
      }
    }
    if attributes != PartwiseScore.Attributes() { content.items.append(.attributes(attributes)) }
  }

  private mutating func readTransposition() throws(MusicXMLError) -> PartwiseScore.Transposition {
    var transposition = PartwiseScore.Transposition(
      semitones: 0, staff: xml.attribute("number").flatMap { Int($0) })
    while let child = try xml.nextChild() {
      switch child {
      case "chromatic": transposition.semitones += try count(child, in: -127...127)
      case "octave-change": transposition.semitones += 12 * (try count(child, in: -10...10))
      case "double":
        transposition.doubling = xml.attribute("above") == "yes" ? 12 : -12
        try xml.skip()
      default: try xml.skip()
      }
    }
    return transposition
  }

  private mutating func readKey() throws(MusicXMLError) -> PartwiseScore.WrittenKey? {
    var fifths: Int?
    var isMinor: Bool?
    while let child = try xml.nextChild() {
      switch child {
      case "fifths":
        let told = try count(child, in: -14...14)
        // With eight sharps or more a key sounds as one with flats: G sharp major as A flat major.
        fifths = abs(told) > 7 ? told - 12 * told.signum() : told
      case "mode":
        switch try xml.text() {
        case "major", "ionian": isMinor = false
        case "minor", "aeolian": isMinor = true
        default: break
        }
      default: try xml.skip()
      }
    }
    return fifths.map { PartwiseScore.WrittenKey(fifths: $0, isMinor: isMinor) }
  }

  /// Reads a metre, whose parts may be of several note values, as in 2/4 + 3/8; nil for none.
  private mutating func readMetre() throws(MusicXMLError) -> PartwiseScore.WrittenMetre? {
    var sums: [Int] = []
    var types: [Int] = []
    while let child = try xml.nextChild() {
      switch child {
      case "beats":
        let line = xml.line
        let text = try xml.text()
        let parts = text.split(separator: "+").map { Int(String($0).trimmed) ?? 0 }
        guard !parts.isEmpty, parts.count < 64, parts.allSatisfy({ 1...255 ~= $0 }) else {
          throw MusicXMLError(.value(of: child, found: text, expected: "1 to 255"), line: line)
        }
        sums.append(parts.reduce(0, +))
      case "beat-type":
        let line = xml.line
        let text = try xml.text()
        guard let type = Int(text), [1, 2, 4, 8, 16, 32, 64, 128].contains(type) else {
          throw MusicXMLError(
            .value(of: child, found: text, expected: "1, 2, 4, 8, up to 128"), line: line)
        }
        types.append(type)
      default: try xml.skip()
      }
    }
    guard let finest = types.max(), sums.count == types.count, sums.count <= 16 else { return nil }
    let beats = zip(sums, types).reduce(0) { $0 + $1.0 * (finest / $1.1) }
    guard 1...255 ~= beats else { return nil }
    return PartwiseScore.WrittenMetre(beats: beats, beatType: finest)
  }

  private mutating func readClef(staff: Int) throws(MusicXMLError) -> PartwiseScore.Clef {
    var clef = PartwiseScore.Clef(sign: "G", staff: staff)
    while let child = try xml.nextChild() {
      switch child {
      case "sign": clef.sign = try xml.text()
      case "line": clef.line = Int(try xml.text())
      case "clef-octave-change": clef.octaveChange = try count(child, in: -10...10)
      default: try xml.skip()
      }
    }
    return clef
  }

  // MARK: Directions

  private mutating func readDirection(
    in content: MeasureContent
  ) throws(MusicXMLError) -> PartwiseScore.Direction {
    var direction = PartwiseScore.Direction()
    while let child = try xml.nextChild() {
      switch child {
      case "direction-type":
        while let child = try xml.nextChild() { try readType(child, into: &direction) }
      case "offset":
        // The others move the sign on the page only.
        if xml.attribute("sound") == "yes" {
          direction.offset = try duration(
            child, divisions: content.divisions, allowingNegative: true)
        } else {
          try xml.skip()
        }
      case "staff": direction.staff = try count(child, in: 1...64)
      case "sound":
        if let offset = try readSound(into: &direction.sound, in: content) {
          direction.offset = offset
        }
      default: try xml.skip()
      }
    }
    return direction
  }

  private mutating func readType(
    _ element: String, into direction: inout PartwiseScore.Direction
  ) throws(MusicXMLError) {
    switch element {
    case "words": direction.words.append(try xml.text())
    case "dynamics": direction.dynamics = try readDynamics() ?? direction.dynamics
    case "segno":
      direction.hasSegno = true
      try xml.skip()
    case "coda":
      direction.hasCoda = true
      try xml.skip()
    case "wedge":
      let number = Int(xml.attribute("number") ?? "1") ?? 1
      switch xml.attribute("type") {
      case "crescendo": direction.wedge = .crescendo(number: number)
      case "diminuendo": direction.wedge = .diminuendo(number: number)
      case "stop": direction.wedge = .stop(number: number)
      default: break
      }
      try xml.skip()
    case "pedal":
      direction.pedalNumber = xml.attribute("number").flatMap { Int($0) } ?? 1
      switch xml.attribute("type") {
      case "start": direction.pedal = .start
      case "sostenuto": direction.pedal = .sostenuto
      case "stop": direction.pedal = .stop
      case "change": direction.pedal = .change
      case "discontinue": direction.pedal = .discontinue
      case "resume": direction.pedal = .resume
      default: break
      }
      try xml.skip()
    case "metronome": direction.metronome = try readMetronome() ?? direction.metronome
    default: try xml.skip()
    }
  }

  mutating func readDynamics() throws(MusicXMLError) -> String? {
    var mark: String?
    var other: String?
    while let child = try xml.nextChild() {
      let text = try xml.text()
      // Words may stand beside a mark: "più" and f.
      if child == "other-dynamics" { other = other ?? text } else { mark = mark ?? child }
    }
    return mark ?? other
  }

  /// Reads a metronome mark; nil for one that compares two note values.
  private mutating func readMetronome() throws(MusicXMLError) -> PartwiseScore.Metronome? {
    var beat: NoteValue?
    var perMinute: Double?
    while let child = try xml.nextChild() {
      switch child {
      case "beat-unit":
        let name = try xml.text()
        beat = NoteValue.names.first { $0.name == name }.map { NoteValue(denominator: $0.0) }
      case "beat-unit-dot":
        if let dots = beat?.dots, dots < 4 { beat?.dots = dots + 1 }
        try xml.skip()
      case "per-minute":
        // It is a text: "ca. 120", "120-132".
        let digits = try xml.text().drop { !$0.isASCII || !$0.isNumber }
          .prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        perMinute = Double(digits)
      default: try xml.skip()
      }
    }
    guard let beat, let perMinute, perMinute > 0, perMinute < 1e6 else { return nil }
    return PartwiseScore.Metronome(beat: beat, perMinute: perMinute)
  }

  /// Reads what is said of the sound.
  ///
  /// - Returns: how far after its place it holds; nil where it does not say.
  private mutating func readSound(
    into sound: inout PartwiseScore.Sound, in content: MeasureContent
  ) throws(MusicXMLError) -> Int? {
    if let tempo = xml.attribute("tempo").flatMap({ Double($0) }), tempo > 0, tempo < 1e6 {
      sound.tempo = tempo
    }
    sound.velocity = xml.attribute("dynamics").flatMap { velocity(ofPercent: $0) }
    sound.isDaCapo = xml.attribute("dacapo") == "yes"
    sound.dalSegno = xml.attribute("dalsegno")
    sound.segno = xml.attribute("segno")
    sound.toCoda = xml.attribute("tocoda")
    sound.coda = xml.attribute("coda")
    sound.startsRepeat = xml.attribute("forward-repeat") == "yes"
    sound.isFine = xml.attribute("fine").map { $0 != "no" } ?? false
    var offset: Int?
    while let child = try xml.nextChild() {
      switch child {
      case "midi-instrument":
        var instrument = PartwiseScore.Instrument(id: xml.attribute("id") ?? "")
        while let child = try xml.nextChild() {
          if child == "midi-program" {
            instrument.program = try midiNumber(upTo: 128)
          } else {
            try xml.skip()
          }
        }
        let index = content.instruments[instrument.id] ?? 0
        if let program = instrument.program {
          sound.programs.append(.init(instrument: index, program: program))
        }
      case "offset":
        offset = try duration(child, divisions: content.divisions, allowingNegative: true)
      default: try xml.skip()
      }
    }
    return offset
  }

  // MARK: Bar lines

  /// The times through a repeat that an attribute lists, such as `1,2`; none where it does not.
  func times(_ attribute: String) -> [Int] {
    (xml.attribute(attribute) ?? "").split { !$0.isNumber }.prefix(64).compactMap { Int($0) }
  }

  private mutating func readBarline() throws(MusicXMLError) -> PartwiseScore.Barline {
    var barline = PartwiseScore.Barline(isAtEnd: xml.attribute("location") != "left")
    while let child = try xml.nextChild() {
      switch child {
      case "bar-style": barline.style = try xml.text()
      case "repeat":
        if xml.attribute("direction") == "forward" {
          barline.repeatSign = .forward
        } else {
          barline.repeatSign = .backward(
            times: xml.attribute("times").flatMap { Int($0) },
            afterJump: xml.attribute("after-jump") == "yes")
        }
        try xml.skip()
      case "ending":
        let numbers = times("number")
        barline.ending = xml.attribute("type") == "start" ? .start(numbers: numbers) : .stop
        try xml.skip()
      default: try xml.skip()
      }
    }
    return barline
  }
}

/// A loudness in percent of a forte, whose velocity is 90, as a velocity; nil where it is none.
func velocity(ofPercent text: String) -> UInt8? {
  guard let percent = Double(text), percent.isFinite, percent >= 0 else { return nil }
  return UInt8(min(max((percent * 0.9).rounded(), 1), 127))
}
