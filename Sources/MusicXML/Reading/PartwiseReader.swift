extension PartwiseScore {
  /// Reads a MusicXML document, partwise or timewise, from its bytes; a compressed one (`.mxl`) too.
  ///
  /// Elements that say nothing of the notes, such as lyrics, chord symbols and the page's layout, are left
  /// out.
  ///
  /// - Complexity: O(*n*) in the number of bytes, those of a compressed file once it is unpacked.
  /// - Throws: ``MusicXMLError`` for what is no MusicXML, or is more than a score has.
  public init(bytes: [UInt8]) throws(MusicXMLError) {
    let document = isCompressed(bytes) ? try scoreDocument(of: bytes) : bytes
    var reader = PartwiseReader(try XMLReader(document))
    self = try reader.read()
  }
}

/// Reads a score from the elements of its document.
struct PartwiseReader: ~Copyable {
  var xml: XMLReader
  private var score = PartwiseScore()
  /// The parts' places by their names.
  private var places: [String: Int] = [:]
  /// The divisions of a quarter note in each part, as they were told last.
  private var divisions: [Double] = []
  /// The places of each part's instruments, by their names.
  private var instruments: [[String: Int]] = []
  /// The part and measure that are being read, by their names.
  private var part: String?
  private var measure: String?
  private var measureCount = 0
  private var itemCount = 0

  init(_ xml: consuming XMLReader) { self.xml = xml }

  /// Reads all of it.
  mutating func read() throws(MusicXMLError) -> PartwiseScore {
    do throws(MusicXMLError) {
      guard let root = try xml.nextChild() else { throw MusicXMLError(.empty) }
      switch root {
      case "score-partwise", "score-timewise": try readScore()
      default: throw MusicXMLError(.otherRoot(root))
      }
    } catch {
      var error = error
      error.part = error.part ?? part
      error.measure = error.measure ?? measure
      throw error
    }
    guard score.parts.contains(where: { !$0.measures.isEmpty }) else {
      throw MusicXMLError(.noMeasures)
    }
    return score
  }

  /// Passes over a sign that is left out.
  mutating func skip(_ sign: PartwiseScore.LeftOutSign) throws(MusicXMLError) {
    score.leftOut[sign, default: 0] += 1
    try xml.skip()
  }

  private mutating func readScore() throws(MusicXMLError) {
    var workTitle = ""
    var movementTitle = ""
    while let child = try xml.nextChild() {
      switch child {
      case "work":
        while let child = try xml.nextChild() {
          if child == "work-title" { workTitle = try xml.text() } else { try xml.skip() }
        }
      case "movement-title": movementTitle = try xml.text()
      case "identification": try readIdentification()
      case "part-list": try readPartList()
      case "part":
        let index = try partIndex()
        while let child = try xml.nextChild() {
          if child == "measure" {
            try readMeasure(startMeasure(), ofPart: index)
          } else {
            try xml.skip()
          }
        }
        part = nil
      case "measure":
        // Timewise: a measure of all parts.
        let beginning = try startMeasure()
        while let child = try xml.nextChild() {
          if child == "part" {
            // The part before has ended both.
            (part, measure) = (nil, beginning.number)
            try readMeasure(beginning, ofPart: partIndex())
          } else {
            try xml.skip()
          }
        }
        part = nil
      default: try xml.skip()
      }
    }
    score.title = movementTitle.isEmpty ? workTitle : movementTitle
  }

  private mutating func readIdentification() throws(MusicXMLError) {
    while let child = try xml.nextChild() {
      switch child {
      case "creator":
        let role = xml.attribute("type") ?? ""
        score.creators.append(.init(role: role, name: try xml.text()))
      case "encoding":
        while let child = try xml.nextChild() {
          if child == "software" { score.software = try xml.text() } else { try xml.skip() }
        }
      default: try xml.skip()
      }
    }
  }

  private mutating func readPartList() throws(MusicXMLError) {
    while let child = try xml.nextChild() {
      guard child == "score-part" else {
        try xml.skip()
        continue
      }
      var part = PartwiseScore.Part(id: xml.attribute("id") ?? "")
      var places: [String: Int] = [:]
      while let child = try xml.nextChild() {
        switch child {
        case "part-name": part.name = try xml.text().onOneLine
        case "score-instrument":
          var instrument = PartwiseScore.Instrument(id: xml.attribute("id") ?? "")
          while let child = try xml.nextChild() {
            if child == "instrument-name" {
              instrument.name = try xml.text().onOneLine
            } else {
              try xml.skip()
            }
          }
          places[instrument.id] = places[instrument.id] ?? part.instruments.count
          part.instruments.append(instrument)
        case "midi-instrument":
          let id = xml.attribute("id") ?? ""
          let index = places[id] ?? part.instruments.count
          if index == part.instruments.count {
            places[id] = index
            part.instruments.append(PartwiseScore.Instrument(id: id))
          }
          try readMIDIInstrument(&part.instruments[index])
        default: try xml.skip()
        }
      }
      guard self.places[part.id] == nil else { continue }
      guard score.parts.count < PartwiseScore.mostParts else {
        throw MusicXMLError(.tooMuch("\(PartwiseScore.mostParts) parts"), line: xml.line)
      }
      self.places[part.id] = score.parts.count
      score.parts.append(part)
      divisions.append(1)
      instruments.append(places)
    }
  }

  private mutating func readMIDIInstrument(
    _ instrument: inout PartwiseScore.Instrument
  ) throws(MusicXMLError) {
    while let child = try xml.nextChild() {
      switch child {
      case "midi-channel": instrument.channel = try midiNumber(upTo: 16)
      case "midi-program": instrument.program = try midiNumber(upTo: 128)
      case "midi-unpitched": instrument.drum = try midiNumber(upTo: 128)
      case "volume":
        let percent = min(max(try number(child), 0), 100)
        instrument.volume = UInt8((percent * 1.27).rounded())
      case "pan":
        let degrees = min(max(try number(child), -90), 90)
        instrument.pan = UInt8(min((64 + degrees * 64 / 90).rounded(), 127))
      default: try xml.skip()
      }
    }
  }

  /// The place of the part whose element was entered.
  private mutating func partIndex() throws(MusicXMLError) -> Int {
    let id = xml.attribute("id") ?? ""
    guard let index = places[id] else { throw MusicXMLError(.unknownPart(id), line: xml.line) }
    part = id
    return index
  }

  /// The measure whose element was entered, without what stands in it.
  private mutating func startMeasure() throws(MusicXMLError) -> PartwiseScore.Measure {
    let number = xml.attribute("number") ?? ""
    measure = number
    return PartwiseScore.Measure(
      number: number, isImplicit: xml.attribute("implicit") == "yes", line: xml.line)
  }

  private mutating func readMeasure(
    _ beginning: PartwiseScore.Measure, ofPart part: Int
  ) throws(MusicXMLError) {
    var content = MeasureContent(
      divisions: divisions[part], instruments: instruments[part])
    measureCount += 1
    guard measureCount <= PartwiseScore.mostMeasures else {
      throw MusicXMLError(
        .tooMuch("\(PartwiseScore.mostMeasures) measures"), line: xml.line)
    }
    while let child = try xml.nextChild() { try read(child, into: &content) }
    itemCount += content.items.count
    guard itemCount <= PartwiseScore.mostItems else {
      throw MusicXMLError(.tooMuch("\(PartwiseScore.mostItems) notes and signs"), line: xml.line)
    }
    divisions[part] = content.divisions
    var measure = beginning
    measure.items = content.items
    score.parts[part].measures.append(measure)
    self.measure = nil
  }

  // MARK: Values

  /// A value that is none of its kind.
  func fault(_ element: String, _ found: String, expected: String) -> MusicXMLError {
    MusicXMLError(.value(of: element, found: found, expected: expected), line: xml.line)
  }

  /// The number that is the text of the element that was entered.
  mutating func number(_ element: String) throws(MusicXMLError) -> Double {
    let line = xml.line
    let text = try xml.text()
    guard let number = Double(text), number.isFinite else {
      throw MusicXMLError(.value(of: element, found: text, expected: "a number"), line: line)
    }
    return number
  }

  /// The whole number that is the text of the element that was entered.
  mutating func count(
    _ element: String, in range: ClosedRange<Int>
  ) throws(MusicXMLError) -> Int {
    let line = xml.line
    let text = try xml.text()
    // Some programs write 1.0 and +1.
    guard let number = Double(text)?.rounded(), number.isFinite,
      Double(range.lowerBound)...Double(range.upperBound) ~= number
    else {
      throw MusicXMLError(
        .value(
          of: element, found: text, expected: "\(range.lowerBound) to \(range.upperBound)"),
        line: line)
    }
    return Int(number)
  }

  /// The number of MIDI, counted from 0, that is the text of the element that was entered, where it is counted
  /// from 1; nil for any other, such as the 0 of programs that count otherwise: the notes are what they are.
  mutating func midiNumber(upTo most: Double) throws(MusicXMLError) -> UInt8? {
    guard let number = Double(try xml.text())?.rounded(), 1...most ~= number else { return nil }
    return UInt8(number - 1)
  }

  /// The length that is the text of the element that was entered, in divisions.
  mutating func duration(
    _ element: String, divisions: Double, allowingNegative: Bool = false
  ) throws(MusicXMLError) -> Int {
    let line = xml.line
    let length = try number(element) * Double(PartwiseScore.quarter) / divisions
    let longest = Double(PartwiseScore.longestMeasure * PartwiseScore.quarter)
    guard abs(length) <= longest else { throw MusicXMLError(.longMeasure, line: line) }
    guard length >= 0 || allowingNegative else {
      throw MusicXMLError(
        .value(of: element, found: "a negative number", expected: "0 or more"), line: line)
    }
    return Int(length.rounded())
  }
}

/// What has been read of a measure.
struct MeasureContent {
  /// The divisions of a quarter note.
  var divisions: Double
  /// The places of the part's instruments, by their names.
  let instruments: [String: Int]
  var items: [PartwiseScore.Item] = []
  /// The place that has been reached.
  private var place = 0

  init(divisions: Double, instruments: [String: Int]) {
    self.divisions = divisions
    self.instruments = instruments
  }

  /// Moves the place on, or back, though not before the measure's beginning.
  mutating func move(by length: Int, line: Int) throws(MusicXMLError) {
    place = max(place + length, 0)
    guard place <= PartwiseScore.longestMeasure * PartwiseScore.quarter else {
      throw MusicXMLError(.longMeasure, line: line)
    }
  }
}

extension String {
  /// The text with one space for each stretch of white space.
  var onOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
