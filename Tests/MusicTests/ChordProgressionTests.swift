import Music
import Testing

/// Chords as they are written over a melody, and progressions of them.
struct ChordProgressionTests {
  // Tones after "The New Real Book" and its like, C as 0.
  @Test(
    arguments: [
      ("C", "C", [0, 4, 7]), ("Dm", "Dm", [2, 5, 9]), ("d", "D", [2, 6, 9]),
      ("G7", "G7", [7, 11, 2, 5]), ("Bb", "Bb", [10, 2, 5]), ("B♭", "Bb", [10, 2, 5]),
      ("bb7", "Bb7", [10, 2, 5, 8]), ("F#m7b5", "F#m7b5", [6, 9, 0, 4]),
      ("F♯ø", "F#m7b5", [6, 9, 0, 4]), ("F#-7(b5)", "F#m7b5", [6, 9, 0, 4]),
      ("Ebmaj7", "Ebmaj7", [3, 7, 10, 2]), ("E♭Δ", "Ebmaj7", [3, 7, 10, 2]),
      ("EbM7", "Ebmaj7", [3, 7, 10, 2]), ("Cm(maj7)", "Cmmaj7", [0, 3, 7, 11]),
      ("Amin7", "Am7", [9, 0, 4, 7]), ("A-7", "Am7", [9, 0, 4, 7]), ("C°", "Cdim", [0, 3, 6]),
      ("Cdim7", "Cdim7", [0, 3, 6, 9]), ("C+", "Caug", [0, 4, 8]), ("C+7", "C7#5", [0, 4, 8, 10]),
      ("Gsus", "Gsus4", [7, 0, 2]), ("G7sus4", "G7sus4", [7, 0, 2, 5]),
      ("Dsus2", "Dsus2", [2, 4, 9]),
      ("C6", "C6", [0, 4, 7, 9]), ("C6/9", "C69", [0, 4, 7, 9, 2]),
      ("Cadd9", "Cadd9", [0, 4, 7, 2]), ("Cmadd9", "Cmadd9", [0, 3, 7, 2]),
      ("C-(add9)", "Cmadd9", [0, 3, 7, 2]), ("Cm(add2)", "Cmadd9", [0, 3, 7, 2]),
      ("C−7", "Cm7", [0, 3, 7, 10]), ("E♭∆7", "Ebmaj7", [3, 7, 10, 2]),
      ("Cº7", "Cdim7", [0, 3, 6, 9]),
      ("B7-5", "B7b5", [11, 3, 5, 9]), ("E7+9", "E7#9", [4, 8, 11, 2, 7]),
      ("F9(#11)", "F9#11", [5, 9, 0, 3, 7, 11]), ("G13sus", "G13sus4", [7, 0, 2, 5, 9, 4]),
      ("A5", "A5", [9, 4]), ("D9", "D9", [2, 6, 9, 0, 4]), ("C13", "C13", [0, 4, 7, 10, 2, 9]),
    ] as [(String, String, [Int])])
  func `a chord symbol has its tones, root first`(text: String, name: String, tones: [Int]) throws {
    let chord = try #require(ChordSymbol(text))
    #expect(chord.description == name)
    #expect(chord.pitchClasses == tones)
    #expect(chord.root == tones[0] && chord.bass == tones[0])
  }

  @Test func `behind a slash stands the bass, which belongs to the chord`() throws {
    let inside = try #require(ChordSymbol("C/E"))
    #expect(inside.root == 0 && inside.bass == 4 && inside.pitchClasses == [0, 4, 7])
    #expect(inside.description == "C/E")
    let outside = try #require(ChordSymbol("Am7/g#"))
    #expect(outside.root == 9 && outside.bass == 8 && outside.pitchClasses == [9, 0, 4, 7, 8])
    #expect(outside.description == "Am7/G#")
  }

  @Test(arguments: [
    "", "H7", "Dmm", "C4", "Gxx", "/E", "C/", "C/H", "7", "maj7", "C7b", "D m", "℃",
  ])
  func `what is no chord is none`(text: String) { #expect(ChordSymbol(text) == nil) }

  private func times(_ text: String, beats: Int = 4) throws -> [String] {
    let progression = try ChordProgression(text)
    let times = progression.times(beatsPerBar: beats)
    return zip(progression.steps, times.starts).map { step, start in
      "\(step.chord?.description ?? "-")@\((start * 12).rounded() / 12)"
    } + ["\((times.bars * 12).rounded() / 12)"]
  }

  @Test func `chords hold for a bar each, for their beats, or share the bars that are written`()
    throws
  {
    #expect(try times("Dm G7 C") == ["Dm@0.0", "G7@1.0", "C@2.0", "3.0"])
    #expect(try times("Dm, G7,C") == ["Dm@0.0", "G7@1.0", "C@2.0", "3.0"])
    #expect(try times("Dm:2 G7:2 C") == ["Dm@0.0", "G7@0.5", "C@1.0", "2.0"])
    #expect(try times("Dm:2 G7:1", beats: 3) == ["Dm@0.0", "G7@\((8.0 / 12))", "1.0"])
    #expect(try times("| Dm | G7 C |") == ["Dm@0.0", "G7@1.0", "C@1.5", "2.0"])
    #expect(try times("Dm|G7:3 C:1") == ["Dm@0.0", "G7@1.0", "C@1.75", "2.0"])
    #expect(
      try times("Dm | % | N.C. || C C7 |") == [
        "Dm@0.0", "Dm@1.0", "-@2.0", "C@3.0", "C7@3.5", "4.0",
      ])
    // A bar without a word is the one before, as on a chart; lines at the ends are no bars.
    #expect(try times("C | | F") == ["C@0.0", "C@1.0", "F@2.0", "3.0"])
    #expect(try times("| C |\t| F |  ") == ["C@0.0", "C@1.0", "F@2.0", "3.0"])
    #expect(try times("C7(b9,#11), F") == ["C7b9#11@0.0", "F@1.0", "2.0"])
    #expect(try times("Dm % nc C") == ["Dm@0.0", "Dm@1.0", "-@2.0", "C@3.0", "4.0"])
  }

  @Test func `a progression is gone through again and again`() throws {
    let times = try ChordProgression("Dm | G7 C").times(beatsPerBar: 4)
    for (bars, index, since) in [
      (-1.0, 0, 0.0), (0, 0, 0), (0.99, 0, 0.99), (1, 1, 0), (1.25, 1, 0.25), (1.5, 2, 0),
      (2, 0, 0),
      (1_000_001.5, 2, 0), (3 - 1e-9, 1, 0),
    ] {
      let found = times.step(at: bars)
      #expect(found.index == index, "\(bars)")
      #expect(abs(found.bars - since) < 1e-5, "\(bars)")
    }
  }

  @Test(
    arguments: [
      ("Dm H7 C", "H7"), ("Dm:0 C", "Dm:0"), ("C:x", "C:x"), ("C:2:3", "C:2:3"), ("C:1e9", "C:1e9"),
      ("% C", "%"), ("| % | C |", "%"), ("C4 E4 G4", "C4"), ("", nil), ("N.C. | N.C.", nil),
      ("|||", nil),
    ] as [(String, String?)])
  func `the word that is no chord is told`(text: String, word: String?) {
    let error = #expect(throws: ChordProgressionError.self) { try ChordProgression(text) }
    #expect(error?.word == word)
    #expect(error?.description.contains("expected chords such as Dm") == true)
  }

  @Test func `repeating a long bar again and again is refused before it takes much`() throws {
    let most = ChordProgression.mostSteps
    #expect(
      try ChordProgression(String(repeating: "C ", count: most)).steps.count == most)
    let bar = "| " + String(repeating: "C ", count: 9_000) + "|"
    for text in [
      String(repeating: "C ", count: most + 1), "C" + String(repeating: " %", count: most),
      "| C |" + String(repeating: " % |", count: most),
      bar + String(repeating: "%|", count: 30_000),
    ] {
      let error = #expect(throws: ChordProgressionError.self) { try ChordProgression(text) }
      #expect(error == ChordProgressionError(word: nil, isTooLong: true))
      #expect(error?.description == "too many chords, expected 10000 at most")
    }
  }

  // What a musician calls them.
  @Test(
    arguments: [
      ("C G Am F", "C major"), ("Dm G7 C", "C major"), ("G D Em C", "G major"),
      ("E A B7", "E major"),
      ("Am Dm E7 Am", "A minor"), ("D A Bm F#m G D G A", "D major"), ("Fm Bbm C7 Fm", "F minor"),
      ("C7 C7 C7 C7 F7 F7 C7 C7 G7 F7 C7 G7", "C major"), ("Bb Gm Eb F", "Bb major"),
      ("Dm7:2 G7:2 Cmaj7", "C major"), ("Em Am D G C F#dim B7", "E minor"),
      ("F# B C#7 F#", "F# major"),
      ("N.C. | C F | G C", "C major"), ("Gm", "G minor"),
    ])
  func `the key is the one that the chords' tones fit`(text: String, key: String) throws {
    #expect(try ChordProgression(text).key?.description == key)
  }
}
