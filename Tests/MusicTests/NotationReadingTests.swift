import Foundation
import Music
import MusicXML
import StandardMIDIFile
import Testing

/// Scores that are played out from MusicXML.
struct NotationReadingTests {
  /// A document and what music21 plays of it: for each part pitch, onset and duration in quarter notes.
  struct Reference: Decodable {
    var document: String
    var parts: [[[Double]]]
  }

  static let references: [String: Reference] = {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/notation.json")
    guard let data = try? Data(contentsOf: file) else { return [:] }
    return (try? JSONDecoder().decode([String: Reference].self, from: data)) ?? [:]
  }()

  @Test(arguments: references.keys.sorted())
  func `a document is played as music21 plays it`(name: String) throws {
    let reference = try #require(Self.references[name])
    let score = try Score(PartwiseScore(bytes: Array(reference.document.utf8)))
    guard case .ticksPerQuarter(let ticks) = score.division else {
      Issue.record("a score in time code")
      return
    }
    #expect(score.tracks.count == reference.parts.count)
    for (track, notes) in zip(score.tracks, reference.parts) {
      let expected = notes.map {
        [$0[0], ($0[1] * Double(ticks)).rounded(), ($0[2] * Double(ticks)).rounded()]
      }
      let found = track.notes.map { [Double($0.pitch), Double($0.onset), Double($0.duration)] }
      #expect(found == expected)
    }
  }

  @Test func `there are references`() { #expect(Self.references.count == 11) }

  /// A piece of one part whose measures hold some music.
  func score(_ measures: String..., list: String = "") throws -> Score {
    let body = measures.enumerated().map {
      "<measure number=\"\($0.offset + 1)\">"
        + ($0.offset == 0
          ? "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
          : "")
        + $0.element + "</measure>"
    }.joined()
    return try Score(
      PartwiseScore(
        bytes: Array(
          """
          <score-partwise><part-list><score-part id="P1"><part-name>One</part-name>\(list)</score-part>\
          </part-list><part id="P1">\(body)</part></score-partwise>
          """.utf8)))
  }

  func note(_ step: String, _ duration: Int, _ more: String = "", before: String = "") -> String {
    "<note>\(before)<pitch><step>\(step)</step><octave>4</octave></pitch>"
      + (duration > 0 ? "<duration>\(duration)</duration>" : "") + more + "</note>"
  }

  @Test func `a first ending without a second is left out the second time`() throws {
    let first = "<barline location=\"left\"><ending number=\"1\" type=\"start\"/></barline>"
    let back =
      "<barline location=\"right\"><ending number=\"1\" type=\"stop\"/>"
      + "<repeat direction=\"backward\"/></barline>"
    let again = "<barline location=\"right\"><repeat direction=\"backward\"/></barline>"
    let score = try score(
      note("C", 8), first + note("D", 8) + back, note("E", 8), note("F", 8) + again)
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 60, 64, 65, 64, 65])
  }

  @Test func `an ending behind a repeat without one is played when the repeats are over`() throws {
    let again = "<barline location=\"right\"><repeat direction=\"backward\" times=\"3\"/></barline>"
    let third =
      "<barline location=\"left\"><ending number=\"3\" type=\"start\"/></barline>" + note("E", 8)
      + "<barline location=\"right\"><ending number=\"3\" type=\"discontinue\"/></barline>"
    let score = try score(note("C", 8), note("D", 8) + again, third, note("F", 8))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 60, 62, 60, 62, 64, 65])
  }

  @Test func `a repeat begins where the sound says so, as at a trio without a sign`() throws {
    let again = "<barline location=\"right\"><repeat direction=\"backward\"/></barline>"
    let score = try score(
      note("C", 8), "<sound forward-repeat=\"yes\"/>" + note("D", 8), note("E", 8) + again,
      note("F", 8))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 64, 62, 64, 65])
  }

  @Test func `a tie leads to a voice that the file has before its own`() throws {
    let score = try score(
      note("D", 4) + note("C", 4, "<tie type=\"stop\"/><voice>1</voice>")
        + "<backup><duration>8</duration></backup>"
        + note("C", 4, "<tie type=\"start\"/><voice>2</voice>"))
    #expect(score.tracks[0].notes.filter { $0.pitch == 60 }.map(\.onset) == [0])
    #expect(score.tracks[0].notes.filter { $0.pitch == 60 }.map(\.duration) == [4 * 480])
  }

  @Test func `a da capo leads to the beginning of its movement, and its fine ends that alone`()
    throws
  {
    let measures = [
      (1, note("C", 1)), (2, note("D", 1)), (1, note("E", 1)),
      (2, note("F", 1) + "<sound fine=\"yes\"/>"), (3, note("G", 1) + "<sound dacapo=\"yes\"/>"),
      (1, note("A", 1)),
    ].map { "<measure number=\"\($0.0)\">\($0.1)</measure>" }.joined()
    let document =
      "<score-partwise><part-list><score-part id=\"P\"><part-name/></score-part></part-list>"
      + "<part id=\"P\">\(measures)</part></score-partwise>"
    let score = try Score(PartwiseScore(bytes: Array(document.utf8)))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 64, 65, 67, 64, 65, 69])
  }

  @Test func `metre and key stand anew where a movement begins, and once where it is repeated`()
    throws
  {
    let signs =
      "<attributes><divisions>1</divisions><key><fifths>1</fifths></key>"
      + "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
    let again = "<barline location=\"right\"><repeat direction=\"backward\"/></barline>"
    // The first movement ends with three beats, the second begins with a fourth, which is no part of that bar.
    let measures = [
      (1, signs + note("C", 4)), (2, note("D", 3)), (0, signs + note("E", 1)), (1, note("F", 4)),
      (2, note("G", 3) + again),
    ].map { "<measure number=\"\($0.0)\">\($0.1)</measure>" }.joined()
    let document =
      "<score-partwise><part-list><score-part id=\"P\"><part-name/></score-part></part-list>"
      + "<part id=\"P\">\(measures)</part></score-partwise>"
    let score = try Score(PartwiseScore(bytes: Array(document.utf8)))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 64, 65, 67, 64, 65, 67])
    let start = 7 * 480
    #expect(score.keySignatures.map(\.tick) == [0, start])
    #expect(
      score.timeSignatures.prefix(4) == [
        TimeSignature(tick: 0, numerator: 4, denominator: 4),
        TimeSignature(tick: 4 * 480, numerator: 3, denominator: 4),
        TimeSignature(tick: start, numerator: 1, denominator: 4),
        TimeSignature(tick: start + 480, numerator: 4, denominator: 4),
      ])
    // The repeat's three beats and its first are one bar.
    #expect(score.timeSignatures.map(\.tick).allSatisfy { $0 <= start + 480 || $0 > 14 * 480 })
  }

  @Test func `each staff is transposed as the file says of it`() throws {
    let transposed =
      "<attributes><staves>2</staves><transpose><chromatic>-2</chromatic></transpose>"
      + "<transpose number=\"2\"><chromatic>-9</chromatic></transpose></attributes>"
    let score = try score(
      transposed + note("C", 4, "<staff>1</staff>") + note("C", 4, "<staff>2</staff>"),
      // What is said of all staves holds for the second again.
      "<attributes><transpose><chromatic>0</chromatic></transpose></attributes>"
        + note("C", 8, "<staff>2</staff>"))
    #expect(score.tracks[0].notes.map(\.pitch) == [58, 51, 60])
  }

  @Test func `an octave that is doubled sounds too`() throws {
    func transposed(_ more: String) -> String {
      "<attributes><transpose><chromatic>0</chromatic>\(more)</transpose></attributes>"
    }
    let score = try score(
      transposed("<octave-change>-1</octave-change><double/>")
        + note("C", 8, "<tie type=\"start\"/>"),
      note("C", 8, "<tie type=\"stop\"/>"),
      transposed("<double above=\"yes\"/>") + note("D", 0, before: "<grace/>") + note("E", 8),
      transposed("") + note("F", 8))
    let notes = score.tracks[0].notes
    #expect(
      notes.map { [Int($0.pitch), $0.duration] } == [
        [36, 8 * 480], [48, 8 * 480], [62, 60], [74, 60], [64, 4 * 480], [76, 4 * 480],
        [65, 4 * 480],
      ])
    #expect(notes[2].onset == notes[3].onset)
  }

  @Test func `a note is played at the times through a repeat that it names`() throws {
    func timed(_ step: String, _ times: String) -> String {
      note(step, 8).replacing("<note>", with: "<note time-only=\"\(times)\">")
    }
    let back = "<backup><duration>8</duration></backup>"
    let again = "<barline location=\"right\"><repeat direction=\"backward\"/></barline>"
    let alternatives = timed("C", "1") + back + timed("D", "2") + back + timed("B", "1, 2")
    #expect(
      try score(alternatives + again, note("G", 8)).tracks[0].notes.map(\.pitch)
        == [60, 71, 62, 71, 67])
    // A jump without repeats leads to what was played the last time, or to what is there for it alone.
    let capo = note("G", 8) + "<sound dacapo=\"yes\"/>"
    #expect(
      try score(alternatives + again, capo).tracks[0].notes.map(\.pitch)
        == [60, 71, 62, 71, 67, 62, 71, 67])
    #expect(
      try score(alternatives + back + timed("A", "3") + again, capo).tracks[0].notes.map(\.pitch)
        == [60, 71, 62, 71, 67, 69, 67])
    // What is played the first time alone is not heard after it.
    #expect(
      try score(timed("C", "1") + again, capo).tracks[0].notes.map(\.pitch) == [60, 67, 67])
    let afterJump = again.replacing("direction", with: "after-jump=\"yes\" direction")
    #expect(
      try score(alternatives + afterJump, capo).tracks[0].notes.map(\.pitch)
        == [60, 71, 62, 71, 67, 60, 71, 62, 71, 67])
  }

  @Test func `grace notes sound before their note, cue notes not at all`() throws {
    let score = try score(
      note("C", 2) + note("D", 0, before: "<grace/>") + note("E", 0, before: "<grace/>")
        + note("F", 2) + note("B", 4, before: "<cue/>"))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 64, 65])
    #expect(score.tracks[0].notes.map(\.onset) == [0, 360, 420, 480])
    #expect(score.endTick == 4 * 480)
  }

  @Test func `many grace notes share half a quarter note, one after the other`() throws {
    let run = ["D", "E", "F", "G", "A", "B", "A", "G"].map { note($0, 0, before: "<grace/>") }
    let score = try score(note("C", 2) + run.joined() + note("F", 6))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 64, 65, 67, 69, 71, 69, 67, 65])
    #expect(
      score.tracks[0].notes.map(\.onset) == [0, 240, 270, 300, 330, 360, 390, 420, 450, 480])
    #expect(score.tracks[0].notes[1..<9].allSatisfy { $0.duration == 30 })
  }

  @Test func `grace notes that nothing precedes take their time from the note behind them`()
    throws
  {
    let score = try score(
      note("D", 0, before: "<grace/>") + note("E", 0, before: "<grace/>") + note("F", 8)
        + note("A", 8, before: "<chord/>"))
    let notes = score.tracks[0].notes
    #expect(notes.map(\.pitch) == [62, 64, 65, 69])
    #expect(notes.map(\.onset) == [0, 60, 120, 120])
    #expect(notes.map(\.end) == [60, 120, 4 * 480, 4 * 480])
  }

  @Test func `dynamics and hairpins become velocities`() throws {
    let direction = { (mark: String) in
      "<direction><direction-type>\(mark)</direction-type></direction>"
    }
    let score = try score(
      note("C", 2) + direction("<dynamics><p/></dynamics>") + note("C", 2)
        + direction("<wedge type=\"crescendo\"/>") + note("C", 2) + note("C", 2),
      direction("<wedge type=\"stop\"/>") + direction("<dynamics><f/></dynamics>") + note("C", 4)
        + direction("<dynamics><sfz/></dynamics>") + note("C", 2) + note("C", 2))
    #expect(score.tracks[0].notes.map(\.velocity) == [80, 49, 49, 73, 96, 112, 96])
  }

  @Test func `dynamics hold from their place on, whichever voice or staff the file tells first`()
    throws
  {
    let direction = { (mark: String) in
      "<direction><direction-type><dynamics>\(mark)</dynamics></direction-type></direction>"
    }
    let score = try score(
      note("C", 4) + direction("<f/>") + note("C", 4) + "<backup><duration>8</duration></backup>"
        + direction("<p/>") + note("E", 8, "<staff>2</staff>"),
      note("C", 8))
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 64, 60, 60])
    #expect(score.tracks[0].notes.map(\.velocity) == [49, 49, 96, 96])
  }

  @Test func `dynamics that stand at a chord's upper note hold for the chord`() throws {
    let forte = "<notations><dynamics><f/></dynamics></notations>"
    let score = try score(
      note("C", 4) + note("E", 4, forte, before: "<chord/>") + note("G", 4))
    #expect(score.tracks[0].notes.map(\.velocity) == [96, 96, 96])
  }

  @Test func `words beside dynamics do not hide them`() throws {
    let dynamics = "<dynamics><other-dynamics>più</other-dynamics><f/></dynamics>"
    let score = try score(
      "<direction><direction-type>\(dynamics)</direction-type></direction>" + note("C", 8))
    #expect(score.tracks[0].notes.map(\.velocity) == [96])
  }

  @Test func `drums do not tell the key where another part does`() throws {
    let document =
      "<score-partwise><part-list><score-part id=\"D\"><part-name>Drums</part-name></score-part>"
      + "<score-part id=\"C\"><part-name>Clarinet</part-name></score-part></part-list>"
      + "<part id=\"D\"><measure number=\"1\"><attributes><key><fifths>0</fifths></key></attributes>"
      + "<note><unpitched/><duration>4</duration></note></measure></part>"
      // B major on the page is A major that sounds.
      + "<part id=\"C\"><measure number=\"1\"><attributes><key><fifths>5</fifths></key>"
      + "<transpose><chromatic>-2</chromatic></transpose></attributes>\(note("B", 4))</measure></part>"
      + "</score-partwise>"
    let score = try Score(PartwiseScore(bytes: Array(document.utf8)))
    #expect(score.keySignatures == [KeySignature(tick: 0, sharps: 3, isMinor: false)])
  }

  @Test(arguments: [
    // G sharp major sounds as A flat major, F flat major as E major; the aeolian mode on A is A minor.
    (8, "major", -4, false), (-8, "major", 4, false), (0, "aeolian", 0, true),
  ])
  func `a key that no signature tells is the one that sounds so`(
    fifths: Int, mode: String, sharps: Int, isMinor: Bool
  ) throws {
    let key =
      "<attributes><key><fifths>\(fifths)</fifths><mode>\(mode)</mode></key></attributes>"
    let signatures = try score(key + note("C", 8)).keySignatures
    #expect(signatures == [KeySignature(tick: 0, sharps: sharps, isMinor: isMinor)])
  }

  @Test func `tempo is what the sound says, else the metronome`() throws {
    let mark =
      "<direction><direction-type><metronome><beat-unit>half</beat-unit><per-minute>ca. 50</per-minute>"
      + "</metronome></direction-type></direction>"
    let score = try score(
      "<sound tempo=\"90\"/>" + note("C", 8), mark + note("C", 8))
    #expect(score.tempos.map(\.tick) == [0, 1920])
    #expect(score.tempos.map(\.microsecondsPerQuarter) == [666_667, 600_000])
  }

  /// When the sustain pedal of the first track moves, and to where.
  private func pedals(of score: Score) -> [[Int]] {
    score.tracks[0].messages.compactMap { message in
      guard case .control(64, let value) = message.kind else { return nil }
      return [message.tick, Int(value)]
    }
  }

  private func pedal(_ type: String) -> String {
    "<direction><direction-type><pedal type=\"\(type)\"/></direction-type></direction>"
  }

  @Test func `a pedal stays down where its line breaks off and goes on`() throws {
    let score = try score(
      pedal("start") + note("C", 4) + pedal("discontinue") + note("C", 4),
      pedal("resume") + note("C", 4) + pedal("change") + note("C", 4),
      note("C", 4) + pedal("discontinue") + note("C", 4), pedal("stop") + note("C", 8))
    #expect(pedals(of: score) == [[0, 127], [2880, 0], [2880, 127], [5760, 0]])
  }

  @Test func `a pedal's line that nothing goes on with ends, and one may begin anywhere`() throws {
    let score = try score(
      pedal("start") + note("C", 4) + pedal("discontinue") + note("C", 4),
      pedal("start") + note("C", 4) + pedal("stop") + note("C", 4),
      pedal("resume") + note("C", 4) + pedal("discontinue") + note("C", 4))
    #expect(
      pedals(of: score) == [
        [0, 127], [960, 0], [1920, 127], [2880, 0], [3840, 127], [4800, 0],
      ])
  }

  @Test
  func `a sostenuto pedal holds what is struck with it, and the sustain pedal goes on beside it`()
    throws
  {
    let score = try score(
      pedal("sostenuto") + note("C", 2) + pedal("start") + note("D", 2) + pedal("stop")
        + note("E", 2) + note("F", 2), pedal("stop") + note("G", 8))
    let messages = score.tracks[0].messages.compactMap { message -> [Int]? in
      guard case .control(let controller, let value) = message.kind else { return nil }
      return [message.tick, Int(controller), Int(value)]
    }
    // The sostenuto pedal is controller 66; it is down when the note sounds.
    #expect(messages == [[1, 66, 127], [480, 64, 127], [960, 64, 0], [1920, 66, 0]])
    #expect(score.foldingPedals().tracks[0].notes.map(\.duration) == [1920, 480, 480, 480, 1920])
  }

  @Test func `a note within another of its pitch is told apart from it in a file`() throws {
    let score = try score(
      note("C", 8, "<voice>1</voice>") + "<backup><duration>6</duration></backup>"
        + note("C", 2, "<voice>2</voice>"))
    let again = Score(try MIDIFile(bytes: score.midiFile().bytes()))
    #expect(again.tracks.map { $0.notes.map(\.onset) } == [[0], [480]])
    #expect(again.tracks.map { $0.notes.map(\.duration) } == [[1920], [480]])
    #expect(Set(again.tracks.map(\.part)).count == 1)
  }

  @Test func `an unpitched note is the drum of its instrument`() throws {
    let score = try score(
      "<note><unpitched><display-step>C</display-step><display-octave>5</display-octave></unpitched>"
        + "<duration>8</duration></note>",
      list:
        "<score-instrument id=\"I\"><instrument-name>Cowbell</instrument-name></score-instrument>"
        + "<midi-instrument id=\"I\"><midi-channel>10</midi-channel><midi-unpitched>57</midi-unpitched>"
        + "</midi-instrument>")
    #expect(score.tracks[0].isDrums)
    #expect(score.tracks[0].notes.map(\.pitch) == [56])
  }

  @Test func `a note is a drum where its own instrument is on channel 10`() throws {
    let instruments = [("T", 1, 57), ("D", 10, 1)].map { id, channel, program in
      "<midi-instrument id=\"\(id)\"><midi-channel>\(channel)</midi-channel>"
        + "<midi-program>\(program)</midi-program></midi-instrument>"
    }
    let score = try score(
      note("C", 4, "<instrument id=\"T\"/>") + note("D", 4, "<instrument id=\"D\"/>"),
      list: instruments.joined())
    #expect(score.tracks.map(\.isDrums) == [false, true])
    #expect(score.tracks.map { $0.notes.map(\.pitch) } == [[60], [62]])
    // A trumpet's number would be another kit.
    #expect(score.tracks.map { $0.programs.map(\.program) } == [[56], [0]])
  }

  @Test func `a pickup and a divided measure give bars as they are counted`() throws {
    let score = try score(
      note("C", 2), note("C", 8), note("C", 6), note("C", 2), note("C", 8))
    #expect(
      score.timeSignatures == [
        TimeSignature(tick: 0, numerator: 1, denominator: 4),
        TimeSignature(tick: 480, numerator: 4, denominator: 4),
      ])
  }

  @Test func `tuplets whose rounded lengths do not add up end with their measure`() throws {
    // A quintuplet in 256 divisions a quarter note: five of 51.
    let score = try score(
      "<attributes><divisions>256</divisions></attributes>" + note("C", 768)
        + [note("D", 51), note("D", 51), note("D", 51), note("D", 51)].joined()
        + note("E", 51, "<tie type=\"start\"/>"),
      note("E", 1024, "<tie type=\"stop\"/>"))
    #expect(score.division == .ticksPerQuarter(512))
    #expect(score.timeSignatures == [TimeSignature(tick: 0, numerator: 4, denominator: 4)])
    #expect(score.tracks[0].notes.map(\.pitch) == [60, 62, 62, 62, 62, 64])
    #expect(score.tracks[0].notes.last?.end == 8 * 512)
    #expect(score.endTick == 8 * 512)
  }

  @Test func `a voice behind tuplets that were rounded up begins with the measure`() throws {
    // A septuplet in 480 divisions: seven of 69 are three more than a quarter note, by which no voice goes back.
    let septuplet = String(repeating: note("D", 69), count: 7)
    let score = try score(
      "<attributes><divisions>480</divisions></attributes>" + note("C", 1440) + septuplet
        + "<backup><duration>1920</duration></backup>" + note("A", 1920, "<voice>2</voice>"),
      note("E", 1920))
    let notes = score.tracks[0].notes
    #expect(score.timeSignatures == [TimeSignature(tick: 0, numerator: 4, denominator: 4)])
    #expect(notes.filter { $0.pitch == 69 }.map(\.onset) == [0])
    #expect(notes.filter { $0.pitch == 62 }.map(\.end).last == notes.last?.onset)
    #expect(score.duration == 4)
  }

  @Test func `jumps that lead on without end are refused`() throws {
    let jump = "<sound dacapo=\"yes\"/>"
    let measures = String(
      repeating: "<measure number=\"1\">\(note("C", 1))\(jump)</measure>", count: 200)
    let document =
      "<score-partwise><part-list><score-part id=\"P\"><part-name/></score-part></part-list>"
      + "<part id=\"P\">\(measures)</part></score-partwise>"
    let written = try PartwiseScore(bytes: Array(document.utf8))
    #expect(throws: MusicXMLError(.playsTooLong(measures: 16 * 200 + 1000))) {
      try Score(written)
    }
  }

  @Test func `each part has a channel of its own, and the seventeenth a port`() throws {
    let list = (1...17).map {
      "<score-part id=\"P\($0)\"><part-name>\($0)</part-name></score-part>"
    }
    let parts = (1...17).map {
      "<part id=\"P\($0)\"><measure number=\"1\">\(note("C", 1))</measure></part>"
    }
    let document =
      "<score-partwise><part-list>\(list.joined())</part-list>\(parts.joined())</score-partwise>"
    let score = try Score(PartwiseScore(bytes: Array(document.utf8)))
    #expect(Set(score.tracks.map(\.part)).count == 17)
    #expect(score.tracks.allSatisfy { !$0.isDrums })
    #expect(score.tracks.map(\.port) == Array(repeating: 0, count: 15) + [1, 1])
  }
}
