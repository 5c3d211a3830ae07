import Foundation
import StandardMIDIFile
import Testing

/// The pieces of `midi/`: each bar adds up, and each `.mid` plays what its source says.
@Suite struct TuneBookTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("midi")

  static func names(_ subfolder: String, _ suffix: String) -> [String] {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent(subfolder).path)
    return (files ?? []).filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
      .sorted()
  }

  static let sources = names("sources", ".abc")

  static func tune(_ name: String) throws -> Tune {
    let file = folder.appendingPathComponent("sources/\(name).abc")
    return try Tune(String(contentsOf: file, encoding: .utf8))
  }

  @Test func `there are at least sixty pieces, each with its source and its .mid`() {
    #expect(Self.sources.count >= 60)
    #expect(Self.sources == Self.names("", ".mid"))
  }

  @Test(arguments: sources) func `every bar adds up`(name: String) throws {
    let defects = try Self.tune(name).defects
    #expect(defects.isEmpty, "\(name): \(defects.joined(separator: "; "))")
  }

  @Test(arguments: sources) func `all voices have the same bars`(name: String) throws {
    let tune = try Self.tune(name)
    let lengths = tune.voices.indices.map { tune.played($0).map(\.length) }
    #expect(!lengths.isEmpty)
    for voice in lengths.dropFirst() { #expect(voice == lengths[0], "\(name)") }
  }

  @Test(arguments: sources) func `every piece says what it is`(name: String) throws {
    let fields = try Self.tune(name).fields
    for field in "XTCOHNMLQK" { #expect(fields[field]?.isEmpty == false, "\(name): \(field):") }
    let table = try String(
      contentsOf: Self.folder.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(table.contains("(sources/\(name).abc)"), "\(name) is missing in midi/README.md")
  }

  /// Compares onsets, in ticks of 480 to the quarter note, and pitches, voice by voice.
  @Test(arguments: sources) func `each .mid plays the notes of its source`(name: String) throws {
    let tune = try Self.tune(name)
    let bytes = try Data(contentsOf: Self.folder.appendingPathComponent("\(name).mid"))
    let file = try MIDIFile(bytes: Array(bytes), mode: .strict)
    // Track 0 holds the tempo; a track of strummed chords may follow the voices.
    #expect(file.tracks.count > tune.voices.count)
    for (voice, track) in zip(tune.voices.indices, file.tracks.dropFirst()) {
      let expected = tune.playedNotes(voice).map { note in
        Strike(tick: note.onset.numerator * 1920 / note.onset.denominator, pitch: note.pitch)
      }
      let found = Self.strikes(track)
      #expect(found.count == expected.count, "\(name), voice \(voice + 1)")
      // abc2midi ends notes a tick early, and so strikes some of them a tick late.
      let differences = zip(found.sorted(), expected.sorted()).filter { found, expected in
        found.pitch != expected.pitch || abs(found.tick - expected.tick) > 2
      }
      #expect(
        differences.isEmpty,
        "\(name), voice \(voice + 1): \(differences.prefix(3)); run make midi")
    }
  }

  private struct Strike: Comparable, CustomStringConvertible {
    var tick: Int
    var pitch: Int
    var description: String { "pitch \(pitch) at tick \(tick)" }
    /// Chords are compared as sets, with ticks that may differ by rounding.
    private var sortKey: (Int, Int) { ((tick + 8) / 20, pitch) }
    static func < (a: Strike, b: Strike) -> Bool { a.sortKey < b.sortKey }
  }

  private static func strikes(_ track: MIDIFile.Track) -> [Strike] {
    var (tick, strikes) = (0, [Strike]())
    for event in track {
      tick += event.delta
      if case .channel(.noteOn(_, let pitch, let velocity)) = event.message, velocity > 0 {
        strikes.append(Strike(tick: tick, pitch: Int(pitch)))
      }
    }
    return strikes
  }
}

/// The reader of ABC that the suite above relies on.
@Suite struct TuneTests {
  private func tune(_ music: String, metre: String = "2/4", key: String = "C") throws -> Tune {
    try Tune("X:1\nT:t\nM:\(metre)\nL:1/8\nK:\(key)\n\(music)\n")
  }

  @Test(arguments: [
    "CDEF|G2A2|", "(3CDEF2|G>AB<c|", "[CE]2z2|C4-|C4|", "C/D/E3/2F/G|C//D//E/F3|",
    "\"G7\"!mf!C2(DE)|C4|]", "C|DEFG|ABc:|", "C|:DEFG|ABc2|[1DEFG:|[2DEF|]",
    "C|DEFG|ABc:|:c|d4|e3:|", "f|:g4|a3f:|",
  ]) func `bars that add up have no defect`(music: String) throws {
    #expect(try tune(music).defects.isEmpty)
  }

  @Test(arguments: [
    ("CDEF|GAB|CDEF|", "voice 1, played bar 2: lasts 3/8, expected 1/2"),
    ("CDEF|GABcd|", "voice 1, played bar 2: lasts 5/8, expected 1/2"),
    ("C|DEFG|ABcd:|", "voice 1, played bar 4: lasts 1/8, expected 1/2"),
    ("CDEF|GAB:|C|DEFG|ABcd|", "voice 1, played bar 3: lasts 7/8, expected 1/2"),
    ("V:1\nCDEF|\nV:2\nC2|C4|C2E|", "voice 2, played bar 3: lasts 3/8, expected 1/2"),
  ]) func `a bar that does not add up is named`(music: String, defect: String) throws {
    #expect(try tune(music).defects.contains(defect))
  }

  @Test(arguments: [
    ("|:C4|D4:|", [60, 62, 60, 62]),
    ("C4|:D4|[1E4:|[2F4||G4:|", [60, 62, 64, 62, 65, 67, 67]),
    ("|:C4|[1D4:|[2E4|:F4:|", [60, 62, 60, 64, 65, 65]),
  ]) func `repeats and endings are played`(music: String, pitches: [Int]) throws {
    #expect(try tune(music).playedNotes(0).map(\.pitch) == pitches)
  }

  @Test(arguments: [
    ("G", "F^GG=F|F2G2|", [66, 68, 68, 65, 66, 67]),
    ("DDor", "BcB,c'|", [71, 72, 59, 84]),
    ("Bm", "fcf2|", [78, 73, 78]),
    ("F", "B_Ac2|", [70, 68, 72]),
    ("DMix", "fcf2|", [78, 72, 78]),
    ("Eb", "EABC|", [63, 68, 70, 60]),
  ]) func `keys and accidentals give the pitches`(
    key: String, music: String, pitches: [Int]
  ) throws {
    #expect(try tune(music, key: key).playedNotes(0).map(\.pitch) == pitches)
  }

  @Test func `ties join notes, broken rhythm and tuplets place them`() throws {
    let notes = try tune("C2D2-|D>E(3FGA|").playedNotes(0)
    #expect(notes.map(\.pitch) == [60, 62, 64, 65, 67, 69])
    #expect(notes[1].length == WholeNotes(7, 16))
    #expect(
      notes.map(\.onset) == [
        .zero, WholeNotes(1, 4), WholeNotes(11, 16), WholeNotes(3, 4), WholeNotes(5, 6),
        WholeNotes(11, 12),
      ])
  }

  @Test(arguments: ["CDEF|CD", "CD?F|", ">CDEF|", "\"G CDEF|", "[CE"])
  func `what cannot be read is refused`(music: String) {
    #expect(throws: Tune.Defect.self) { try tune(music) }
  }
}
