import Foundation
import MusicXML
import TestSupport
import Testing

/// A document of one part whose first measure begins with some music.
func document(_ music: String, parts: String = "") -> [UInt8] {
  Array(
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Flute</part-name>\
    </score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions>\
    </attributes>\(music)</measure></part>\(parts)</score-partwise>
    """.utf8)
}

func read(_ text: String) throws(MusicXMLError) -> PartwiseScore {
  try PartwiseScore(bytes: Array(text.utf8))
}

let quarterNote =
  "<note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration></note>"

struct ReadingTests {
  let quarter = PartwiseScore.quarter

  /// The error that reading throws.
  func fault(_ bytes: [UInt8]) -> MusicXMLError? {
    do throws(MusicXMLError) {
      _ = try PartwiseScore(bytes: bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test func `signs that are left out are counted`() throws {
    let note = { (signs: String) in
      quarterNote.replacingOccurrences(of: "</note>", with: signs + "</note>")
    }
    let slur = { (type: String) in "<notations><slur type=\"\(type)\"/></notations>" }
    let lyric = "<lyric><text>la</text></lyric>"
    let score = try PartwiseScore(
      bytes: document(
        "<harmony><root><root-step>C</root-step></root></harmony>" + note(slur("start") + lyric)
          + note(slur("stop") + lyric + lyric)
          + note("<notations><articulations><staccato/></articulations></notations>")))
    #expect(score.leftOut == [.chordSymbol: 1, .slur: 1, .lyric: 3, .articulation: 1])
    #expect(try PartwiseScore(bytes: score.bytes()).leftOut.isEmpty)
  }

  @Test func `a note has its pitch, length, voice, staff and ties`() throws {
    let score = try PartwiseScore(
      bytes: document(
        """
        <note dynamics="71.11"><pitch><step>B</step><alter>-1</alter><octave>3</octave></pitch>\
        <duration>3</duration><tie type="start"/><voice>5</voice><type>quarter</type><dot/>\
        <staff>2</staff></note>
        """))
    guard case .note(let note) = try #require(score.parts[0].measures[0].items.first) else {
      Issue.record("no note")
      return
    }
    #expect(note.content == .pitch(WrittenPitch(step: .b, alter: -1, octave: 3)))
    #expect(WrittenPitch(step: .b, alter: -1, octave: 3).number == 58)
    #expect(note.duration == 3 * quarter / 2)
    #expect(note.voice == 5)
    #expect(note.staff == 2)
    #expect(note.startsTie && !note.endsTie)
    #expect(note.velocity == 64)
    #expect(note.value == NoteValue(denominator: 4, dots: 1))
    #expect(note.value?.duration == note.duration)
  }

  @Test func `a timewise score is read as a partwise one`() throws {
    let timewise = """
      <score-timewise><part-list><score-part id="A"><part-name>a</part-name></score-part>\
      <score-part id="B"><part-name>b</part-name></score-part></part-list>\
      <measure number="1"><part id="A">\(quarterNote)</part><part id="B">\(quarterNote)\(quarterNote)</part>\
      </measure><measure number="2"><part id="A"/><part id="B">\(quarterNote)</part></measure>\
      </score-timewise>
      """
    let score = try read(timewise)
    #expect(score.parts.map(\.name) == ["a", "b"])
    #expect(score.parts.map { $0.measures.map(\.items.count) } == [[1, 0], [2, 1]])
    #expect(score.parts[1].measures.map(\.number) == ["1", "2"])
  }

  @Test func `a compressed file is read by its container`() throws {
    let container = """
      <container><rootfiles><rootfile full-path="scores/piece.xml"/></rootfiles></container>
      """
    let archive = ArchiveBytes.zip([
      .init("other.xml", Array("<nothing/>".utf8)),
      .init("META-INF/container.xml", Array(container.utf8)),
      .init("scores/piece.xml", document(quarterNote)),
    ])
    #expect(try PartwiseScore(bytes: archive) == PartwiseScore(bytes: document(quarterNote)))
    let empty = ArchiveBytes.zip([.init("META-INF/container.xml", Array(container.utf8))])
    #expect(
      fault(empty)?.description == "found no scores/piece.xml in the compressed file")
    #expect(fault(Array(archive.prefix(archive.count / 2))) != nil)
  }

  @Test func `UTF-16 and Latin-1 are read as they declare themselves`() throws {
    let text = String(decoding: document(quarterNote), as: UTF8.self)
      .replacing("Flute", with: "Flöte")
    let little: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big: [UInt8] = [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let latin = text.replacing("UTF-8", with: "ISO-8859-1").unicodeScalars.map { UInt8($0.value) }
    for bytes: [UInt8] in [Array(text.utf8), little, big, latin] {
      #expect(try PartwiseScore(bytes: bytes).parts[0].name == "Flöte")
    }
  }

  @Test func `a fault tells its line, part and measure`() throws {
    let text = """
      <score-partwise><part-list><score-part id="P7"><part-name/></score-part></part-list>
      <part id="P7">
      <measure number="12">
      <note><pitch>
      <step>H</step><octave>4</octave></pitch><duration>1</duration></note>
      </measure></part></score-partwise>
      """
    #expect(
      fault(Array(text.utf8))?.description
        == "line 5, part P7, measure 12: found step \"H\", expected A to G")
    let timewise = """
      <score-timewise><part-list><score-part id="A"><part-name/></score-part>
      <score-part id="B"><part-name/></score-part></part-list>
      <measure number="12"><part id="A"/><part id="B">
      <note><pitch><step>H</step><octave>4</octave></pitch><duration>1</duration></note>
      </part></measure></score-timewise>
      """
    #expect(
      fault(Array(timewise.utf8))?.description
        == "line 4, part B, measure 12: found step \"H\", expected A to G")
  }

  @Test(arguments: [
    ("", "the file is empty, expected MusicXML"),
    (
      "<html><body/></html>",
      "found XML of <html>, expected MusicXML: <score-partwise> or <score-timewise>"
    ),
    ("<score-partwise/>", "found no measures, expected at least one"),
    (
      "<score-partwise><part id=\"P9\"/></score-partwise>",
      "line 1: the list of parts has no part P9"
    ),
  ])
  func `what is no score is told`(text: String, words: String) {
    #expect(fault(Array(text.utf8))?.description == words)
  }

  @Test(
    arguments: [("0", nil), ("1", 0), ("128", 127), ("129", nil), ("piano", nil)]
      as [(String, UInt8?)])
  func `a program that there is not is left out`(text: String, program: UInt8?) throws {
    let list = """
      <part-name>Flute</part-name><midi-instrument id="I"><midi-program>\(text)</midi-program></midi-instrument>
      """
    let bytes = String(decoding: document(quarterNote), as: UTF8.self)
      .replacing("<part-name>Flute</part-name>", with: list)
    #expect(try read(bytes).parts[0].instruments.map(\.program) == [program])
  }

  @Test func `XML that breaks off is no score`() throws {
    let bytes = document(quarterNote)
    for length in stride(from: 1, to: bytes.count - 1, by: 7) {
      #expect(fault(Array(bytes.prefix(length))) != nil, "\(length) bytes")
    }
  }
}

/// Documents that are made to hurt.
struct HostileDocumentTests {
  func reason(_ text: String) -> MusicXMLError.Reason? {
    do throws(MusicXMLError) {
      _ = try read(text)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func `a document that declares entities is refused`() {
    var bomb = "<?xml version=\"1.0\"?><!DOCTYPE score-partwise [<!ENTITY a \"aaaaaaaaaa\">"
    for (name, before) in zip("bcdefghij", "abcdefghi") {
      bomb += "<!ENTITY \(name) \"\(String(repeating: "&\(before);", count: 10))\">"
    }
    bomb += "]><score-partwise><part-list>&j;</part-list></score-partwise>"
    #expect(reason(bomb) == .entities)
    let file = """
      <!DOCTYPE score-partwise [<!ENTITY file SYSTEM "file:///etc/passwd">]>
      <score-partwise><movement-title>&file;</movement-title></score-partwise>
      """
    #expect(reason(file) == .entities)
    let parameter = """
      <!DOCTYPE score-partwise [<!ENTITY % more SYSTEM "http://127.0.0.1:1/more.dtd"> %more;]>
      <score-partwise/>
      """
    #expect(reason(parameter) == .entities)
    let hidden = """
      <!DOCTYPE score-partwise [<!NOTATION n SYSTEM "<!--"><!ENTITY a "a"><!-- -->]>
      <score-partwise/>
      """
    #expect(reason(hidden) == .entities)
  }

  @Test func `an external DTD is not loaded`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "score.dtd")
    try Data("<!ENTITY part \"P1\">".utf8).write(to: file)
    let text =
      "<!DOCTYPE score-partwise SYSTEM \"\(file.path())\">"
      + String(decoding: document(quarterNote), as: UTF8.self)
      .drop { $0 != "\n" }.replacing("<part id=\"P1\">", with: "<part id=\"&part;\">")
    // Were it loaded, the part would be found.
    guard case .unknownPart = reason(text) else {
      Issue.record("found \(String(describing: reason(text)))")
      return
    }
  }

  @Test(arguments: ["<!--", "<?", "<a '"])
  func `what a DOCTYPE quotes hides no attributes`(quoted: String) {
    let attributes = (0..<100).map { " a\($0)=\"\"" }.joined()
    let text =
      "<!DOCTYPE score-partwise SYSTEM \"\(quoted)\"><score-partwise\(attributes)></score-partwise>"
    #expect(reason(text) == .attributes(most: 64))
  }

  @Test func `elements in elements end somewhere`() {
    let deep = String(repeating: "<a>", count: 100_000)
    guard case .malformed = reason("<score-partwise>" + deep) else {
      Issue.record("a hundred thousand elements deep")
      return
    }
  }

  @Test func `an element of very many attributes is refused before they are compared`() {
    let attributes = (0..<200_000).map { " a\($0)=\"\"" }.joined()
    #expect(reason("<score-partwise\(attributes)/>") == .attributes(most: 64))
    let spaces = (0..<200).map { "<a xmlns:n\($0)=\"x\">" }.joined()
    #expect(reason("<score-partwise>" + spaces) == .attributes(most: 64))
  }

  @Test func `an encoding that hides what is a tag is refused`() {
    for space in [" ", String(repeating: " ", count: 2000)] {
      let text = "<?xml version=\"1.0\"\(space)encoding=\"UTF-7\"?><score-partwise/>"
      #expect(reason(text) == .encoding("UTF-7"))
    }
  }

  @Test(arguments: ["1e300", "-1", "99999999999", "nan", "", "1/2"])
  func `a length that no note has is refused`(length: String) {
    let note = quarterNote.replacing(">2<", with: ">\(length)<")
    #expect(reason(String(decoding: document(note), as: UTF8.self)) != nil)
  }

  @Test func `a measure of very many long notes is refused`() {
    let notes = String(repeating: quarterNote.replacing(">2<", with: ">2000<"), count: 3)
    #expect(reason(String(decoding: document(notes), as: UTF8.self)) == .longMeasure)
  }
}
