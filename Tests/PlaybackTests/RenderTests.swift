import FileStorage
import Foundation
import Music
import Playback
import PlaybackTestSupport
import StandardMIDIFile
import Testing
import TestSupport

@Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
struct RenderTests {
  let soundFont: SoundFont

  init() throws { soundFont = try #require(Pieces.soundFont) }

  private func listen(
    _ piece: Performance, _ settings: SynthesizerSettings = Pieces.dry
  ) throws -> Listening {
    Listening(
      interleaved: try piece.samples(soundFont: soundFont, settings: settings),
      sampleRate: settings.sampleRate)
  }

  @Test(arguments: [44_100, 48_000, 22_050])
  func `notes sound when and as high as they are written`(sampleRate: Int) throws {
    let pitches: [UInt8] = [57, 60, 64, 69, 76, 81]
    var settings = Pieces.dry
    settings.sampleRate = sampleRate
    let heard = try listen(Pieces.melody(pitches), settings)
    let onsets = heard.onsets()
    try #require(onsets.count == pitches.count)
    for (index, pitch) in pitches.enumerated() {
      // An ocarina takes some milliseconds to speak; the steps of the clock are 3 ms at 22 kHz.
      let written = Pieces.start + Double(index) * 0.5
      #expect((-0.002..<0.018).contains(onsets[index] - written))
      #expect(heard.pitch(onsets[index]..<onsets[index] + 0.2) == Int(pitch))
    }
  }

  @Test func `louder notes and gains are louder`() throws {
    let soft = try listen(Pieces.melody([69], velocity: 40)).peak(0..<1)
    let loud = try listen(Pieces.melody([69], velocity: 120)).peak(0..<1)
    #expect(loud > 3 * soft)
    var settings = Pieces.dry
    settings.gain /= 2
    let half = try listen(Pieces.melody([69], velocity: 120), settings).peak(0..<1)
    #expect(abs(half / loud - 0.5) < 0.01)
  }

  @Test func `rendering twice gives the same samples`() throws {
    let piece = Pieces.melody([60, 64, 67], program: 0)
    let first = try piece.samples(soundFont: soundFont)
    #expect(try piece.samples(soundFont: soundFont) == first)
  }

  @Test func `a program that is imposed is heard whatever the piece says`() throws {
    var imposed = Pieces.dry
    imposed.program = 79
    let ocarina = try Pieces.melody([69], program: 79).samples(
      soundFont: soundFont, settings: Pieces.dry)
    let piano = Pieces.melody([69], program: 0)
    #expect(try piano.samples(soundFont: soundFont, settings: imposed) == ocarina)
    #expect(try piano.samples(soundFont: soundFont, settings: Pieces.dry) != ocarina)
  }

  @Test func `channel 10 plays drums, which have no pitch of their own`() throws {
    let drum = Performance(
      messages: [
        TimedMessage(seconds: 0.25, message: .noteOn(channel: 9, pitch: 42, velocity: 110))
      ], duration: 1)
    let heard = try listen(drum)
    #expect(heard.peak(0.25..<0.35) > 0.01)
    // A closed hi-hat is over when a piano's low note would still ring.
    #expect(heard.peak(0.6..<0.9) < heard.peak(0.25..<0.35) / 20)
  }

  @Test func `a note that is never released ends with the piece`() throws {
    let stuck = Performance(
      messages: [
        TimedMessage(seconds: 0, message: .programChange(channel: 0, program: 19)),
        TimedMessage(seconds: 0, message: .noteOn(channel: 0, pitch: 60, velocity: 100)),
      ], duration: 1)
    let heard = try listen(stuck)
    #expect(heard.peak(0.5..<1) > 0.01)
    #expect(heard.seconds < 5)
    #expect(heard.peak(heard.seconds - 0.1..<heard.seconds) < 0.000_2)
  }

  @Test func `times before the start or that are no numbers are played at the start`() throws {
    var piece = Pieces.melody([69])
    piece.messages[0].seconds = -.infinity
    piece.messages[1].seconds = .nan
    let heard = try listen(piece)
    #expect(try #require(heard.onsets().first) < 0.02)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, -1])
  func `a piece whose length is no number ends with its last message`(duration: Double) throws {
    var piece = Pieces.melody([69, 72])
    piece.messages.append(
      TimedMessage(seconds: .infinity, message: .noteOn(channel: 0, pitch: 60, velocity: 90)))
    piece.duration = duration
    let heard = try listen(piece)
    #expect(heard.onsets().count == 2)
    #expect(heard.seconds < 3)
  }

  @Test func `an empty piece is a short silence`() throws {
    let heard = try listen(Performance())
    #expect(heard.seconds < 0.5)
    #expect(heard.peak(0..<1) == 0)
  }

  @Test(arguments: [
    (-1, "sampleRate is -1, expected 8000 to 96000"),
    (100_000, "sampleRate is 100000, expected 8000 to 96000"),
  ])
  func `a setting out of range is refused by name`(sampleRate: Int, message: String) {
    let error = #expect(throws: PlaybackError.self) {
      try Performance().samples(
        soundFont: soundFont, settings: SynthesizerSettings(sampleRate: sampleRate))
    }
    #expect(error?.description == message)
  }
}
