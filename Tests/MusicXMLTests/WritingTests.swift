import MusicXML
import Testing

struct WritingTests {
  /// A score with something of everything that is written.
  var score: PartwiseScore {
    let quarter = PartwiseScore.quarter
    var attributes = PartwiseScore.Attributes()
    attributes.key = .init(fifths: -3, isMinor: true)
    attributes.metre = .init(beats: 3, beatType: 4)
    attributes.staves = 2
    attributes.clefs = [
      .init(sign: "G", line: 2), .init(sign: "F", line: 4, octaveChange: -1, staff: 2),
    ]
    attributes.transpositions = [
      .init(semitones: -2), .init(semitones: -12, doubling: -12, staff: 2),
      .init(semitones: 0, doubling: 12, staff: 1),
    ]
    var direction = PartwiseScore.Direction()
    direction.words = ["Allegro & <so on>"]
    direction.metronome = .init(beat: NoteValue(denominator: 4, dots: 1), perMinute: 80)
    direction.sound.tempo = 120
    direction.pedal = .resume
    direction.offset = quarter / 2
    var loud = PartwiseScore.Direction()
    loud.dynamics = "mf"
    loud.wedge = .crescendo(number: 1)
    loud.pedal = .discontinue
    loud.sound.velocity = 80
    var jump = PartwiseScore.Direction()
    jump.sound.programs = [.init(instrument: 1, program: 40)]
    jump.sound.isDaCapo = true
    jump.pedal = .sostenuto
    jump.pedalNumber = 3
    var note = PartwiseScore.Note(
      .pitch(WrittenPitch(step: .e, alter: -1, octave: 5)), duration: 2 * quarter / 3)
    note.value = NoteValue(denominator: 4, actualNotes: 3, normalNotes: 2)
    (note.startsTie, note.startsTuplet, note.velocity, note.instrument) = (true, true, 101, 1)
    (note.attack, note.release) = (-quarter / 48, quarter / 24)
    note.times = [1, 3]
    var drum = PartwiseScore.Note(
      .unpitched(WrittenPitch(step: .c, octave: 5)), duration: quarter, voice: 2, staff: 2)
    drum.endsTie = true
    drum.instrument = 0
    drum.isChord = false
    let rest = PartwiseScore.Note(.rest(ofMeasure: true), duration: 3 * quarter)
    var written = note
    written.isChord = true
    return PartwiseScore(
      title: "A \"title\"", creators: [.init(role: "composer", name: "J. S. Bach")],
      software: "none",
      parts: [
        .init(
          id: "P1", name: "Piano",
          instruments: [
            .init(id: "P1-I1", name: "Snare", channel: 9, drum: 38),
            .init(id: "P1-I2", name: "Piano", channel: 0, program: 0, volume: 100, pan: 64),
          ],
          measures: [
            .init(
              number: "0", isImplicit: true,
              items: [
                .attributes(attributes), .direction(direction), .direction(loud), .note(note),
                .note(written), .backup(quarter / 3), .note(drum),
              ]),
            .init(
              number: "1",
              items: [
                .barline(
                  .init(isAtEnd: false, repeatSign: .forward, ending: .start(numbers: [1, 2]))),
                .direction(jump), .note(rest), .forward(quarter),
                .barline(
                  .init(
                    isAtEnd: true, repeatSign: .backward(times: 3, afterJump: false), ending: .stop,
                    style: "light-heavy")),
              ]),
          ])
      ])
  }

  /// A score as it is but for the lines in which its measures begin.
  func withoutLines(_ score: PartwiseScore) -> PartwiseScore {
    var score = score
    for part in score.parts.indices {
      for measure in score.parts[part].measures.indices {
        score.parts[part].measures[measure].line = 0
      }
    }
    return score
  }

  @Test func `what is written is read as it was, plain and compressed`() throws {
    #expect(withoutLines(try PartwiseScore(bytes: score.bytes())) == score)
    #expect(withoutLines(try PartwiseScore(bytes: score.compressedBytes())) == score)
  }

  @Test func `the same score has the same bytes`() throws {
    #expect(score.bytes() == score.bytes())
    #expect(try score.compressedBytes() == score.compressedBytes())
  }
}
