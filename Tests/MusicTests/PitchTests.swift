import Music
import Testing

struct PitchTests {
  @Test(
    arguments: [
      ("C4", 60), ("A4", 69), ("C-1", 0), ("G9", 127), ("F#4", 66), ("gb4", 66), ("B♭3", 58),
      ("E♯4", 65), ("Cb4", 59), ("F##2", 43), ("B#3", 60),
    ])
  func `a name in scientific pitch notation is a number`(name: String, number: Int) {
    #expect(Pitch(name: name)?.number == number)
  }

  @Test(arguments: ["", "H4", "C", "4", "60", "C#b#4", "G#9", "Cb-1", "C11", "C4 ", "C#x4"])
  func `other names name no pitch`(name: String) {
    #expect(Pitch(name: name) == nil)
  }

  @Test func `the name of every pitch is read as that pitch`() {
    for number in 0..<128 { #expect(Pitch(name: Pitch(number).name)?.number == number) }
    #expect(Pitch(60).name == "C4")
    #expect(Pitch(UInt8(21)).description == "A0")
    #expect((0..<12).filter { Pitch($0).isBlackKey } == [1, 3, 6, 8, 10])
  }

  @Test(
    arguments: [
      (0, false, "C major", 0), (0, true, "A minor", 9), (-3, false, "E flat major", 3),
      (7, false, "C sharp major", 1), (-7, false, "C flat major", 11),
      (4, true, "C sharp minor", 1),
      (7, true, "A sharp minor", 10), (-7, true, "A flat minor", 8), (-1, false, "F major", 5),
      (6, false, "F sharp major", 6),
    ])
  func `sharps and flats make a key`(sharps: Int, isMinor: Bool, name: String, tonic: Int) {
    let signature = KeySignature(tick: 0, sharps: sharps, isMinor: isMinor)
    #expect(signature.name == name)
    #expect(signature.key == Key(tonic: tonic, isMinor: isMinor))
  }

  @Test(
    arguments: [
      ("C-major", [0, 2, 4, 5, 7, 9, 11]), ("D", [1, 2, 4, 6, 7, 9, 11]),
      ("A-minor", [0, 2, 4, 5, 7, 8, 9, 11]), ("Bb-Dorian", [0, 1, 3, 5, 7, 8, 10]),
      ("f#-pentatonic", [1, 3, 6, 8, 10]), ("E-whole-tone", [0, 2, 4, 6, 8, 10]),
    ])
  func `a scale has the pitch classes of its mode from its tonic on`(name: String, classes: [Int])
    throws
  {
    let scale = try #require(Scale(name))
    #expect((0..<12).filter { scale.contains(UInt8($0)) } == classes)
    #expect((60..<72).filter { scale.contains(UInt8($0)) }.map { $0 % 12 } == classes)
  }

  @Test func `a scale is read however its name is written`() {
    for (name, spellings) in [
      ("D-minor", ["D-minor", "D minor", "Dm", "dm", "dminor", "D min", "d_MINOR", " D-Minor "]),
      ("D-major", ["D", "d", "D-", "DM", "Dmaj", "D major", "dmajor"]),
      ("Bb-minor", ["bbm", "Bb minor", "B♭ minor", "B flat minor", "b-flat-minor", "Bbmin"]),
      ("F#-dorian", ["F#dorian", "f# Dorian", "F♯-dorian", "F sharp dorian"]),
      ("B-blues", ["bblues", "B blues"]), ("Bb-blues", ["bbblues", "Bb-blues"]),
      ("E-whole-tone", ["E whole tone", "e-wholetone"]), ("Ebb-major", ["Ebb"]),
    ] {
      for spelling in spellings { #expect(Scale(spelling)?.name == name, "\(spelling)") }
    }
    #expect(Scale("Dm")?.pitchClasses == Scale("D-minor")?.pitchClasses)
    #expect(Scale("Dm").flatMap { Key($0) } == Key(tonic: 2, isMinor: true))
  }

  @Test(
    arguments: [
      "", "H-major", "C-jazz", "-minor", "C4-major", "m", "minor", "D moll", "b-moll", "Dmm",
      "D-m-m",
      "C####", "sharp",
    ])
  func `other names name no scale`(name: String) { #expect(Scale(name) == nil) }

  @Test func `keys are spelt as musicians do, and read in either spelling`() {
    let names = [true, false].map { isMinor in
      (0..<12).map { String(Key(tonic: $0, isMinor: isMinor).description.prefix { $0 != " " }) }
    }
    #expect(names[0] == ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"])
    #expect(names[1] == ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"])
    for (one, other) in [("C# minor", "Db minor"), ("G# minor", "Ab minor"), ("Db", "C#-major")] {
      let key = Scale(one).flatMap { Key($0) }
      #expect(key != nil && key == Scale(other).flatMap { Key($0) })
    }
  }

  @Test func `a distribution of pitch classes that is a key's profile has that key`() throws {
    // Krumhansl and Kessler's profile of the minor keys, its keynote at D.
    let minor = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]
    let onD = (0..<12).map { minor[($0 + 10) % 12] }
    let estimate = try #require(KeyEstimate(pitchClasses: onD))
    #expect(estimate.key == Key(tonic: 2, isMinor: true))
    #expect(estimate.description == "D minor")
    #expect(abs(estimate.correlation - 1) < 1e-12)
    #expect(KeyEstimate(pitchClasses: Array(repeating: 1, count: 12)) == nil)
  }

  @Test func `a motif has notes, chords and rests`() throws {
    let notes = try Score(motif: "C4 R/8 F#4+Bb4/2").tracks[0].notes
    #expect(notes.map(\.pitch) == [60, 66, 70])
    #expect(notes.map(\.onset) == [0, 720, 720])
    #expect(notes.map(\.duration) == [480, 960, 960])
    for word in ["H4", "C4/0", "C", "C99", "C4+", "C4/4/4", "60"] {
      #expect(throws: MotifError(word: word)) { try Score(motif: "C4 \(word)") }
    }
  }

  // Which triad stands on the tonic of each mode.
  @Test(
    arguments: [
      ("A-dorian", "A minor"), ("E-phrygian", "E minor"), ("A-aeolian", "A minor"),
      ("C-blues", "C minor"),
      ("F-lydian", "F major"), ("G-mixolydian", "G major"), ("Eb-pentatonic", "Eb major"),
      ("B-locrian", "B minor"), ("C-whole-tone", nil), ("C-chromatic", nil), ("D-minor", "D minor"),
      ("D-major", "D major"),
    ] as [(String, String?)])
  func `a mode has a nearest key on its tonic, if it has one triad there`(
    name: String, key: String?
  )
    throws
  {
    let scale = try #require(Scale(name))
    #expect(Key(nearestTo: scale)?.description == key)
  }
}
