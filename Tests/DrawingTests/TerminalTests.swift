import Drawing
import Music
import StandardMIDIFile
import Testing

struct TerminalTests {
  @Test func `notes of one pitch that overlap end in the order in which they were struck`() throws {
    func at(_ seconds: Double, isStrike: Bool) -> TimedMessage {
      TimedMessage(
        seconds: seconds,
        message: isStrike
          ? .noteOn(channel: 0, pitch: 60, velocity: 64)
          : .noteOff(channel: 0, pitch: 60, velocity: 64))
    }
    let timeline = NoteTimeline()
    timeline.append([
      at(0, isStrike: true), at(1, isStrike: true), at(2, isStrike: false), at(3, isStrike: false),
    ])
    var roll = ScrollingPianoRoll()
    let lines = roll.lines(timeline, now: 2.5, rows: 12, columns: 100)
    let row = try #require(lines.first { $0.contains("▀") || $0.contains("▄") })
    // At 2.5 s the first note has ended and is dim; the second, struck at 1 s, is bright.
    let styles = row.matches(of: /\u{1B}\[([0-9;]*)m/).map { String($0.1) }
    #expect(styles == ["0", "0;31", "0;91", "0", "0"])
    var plain = ScrollingPianoRoll(isColoured: false)
    let same = try #require(
      plain.lines(timeline, now: 2.5, rows: 12, columns: 100)
        .first { $0.contains("▀") || $0.contains("▄") })
    // Without colour what sounds is bold, and the characters are the same.
    #expect(same.matches(of: /\u{1B}\[([0-9;]*)m/).map { String($0.1) } == ["0", "0;1", "0", "0"])
    #expect(
      same.replacing(/\u{1B}\[[0-9;]*m/, with: "") == row.replacing(/\u{1B}\[[0-9;]*m/, with: ""))
  }

  @Test func `a reset ends all notes that are held`() throws {
    let timeline = NoteTimeline()
    timeline.append([
      TimedMessage(seconds: 0, message: .noteOn(channel: 0, pitch: 60, velocity: 64)),
      TimedMessage(seconds: 1, content: .systemExclusive([0x7E, 0x7F, 9, 1, 0xF7])),
    ])
    var roll = ScrollingPianoRoll()
    let lines = roll.lines(timeline, now: 2.5, rows: 12, columns: 100)
    let row = try #require(lines.first { $0.contains("▀") || $0.contains("▄") })
    // What has ended is dim: no bright red.
    #expect(!row.contains("\u{1B}[0;91m"))
  }

  @Test(
    arguments: [
      (-1e300, "-"), (-5, "0 s"), (59.6, "1:00"), (3_723, "1:02:03"), (1e300, "-"), (.nan, "-"),
    ])
  func `a length of time is shown whatever it is`(seconds: Double, text: String) {
    #expect(ClockText.duration(seconds) == text)
  }

  @Test(
    arguments: [(0, "0:00"), (59.99, "0:59"), (187.2, "3:07"), (7_500, "125:00"), (-3, "0:00")])
  func `a time is shown as minutes and seconds`(seconds: Double, text: String) {
    #expect(ClockText.minutesAndSeconds(seconds) == text)
  }

  @Test func `a sparkline joins pairs of values rather than grow`() {
    var line = Sparkline(width: 4)
    for value in [1.0, 1, 3, 3] { line.append(value) }
    #expect(line.text == "▁▁██")
    for value in [5.0, 5, 9, 9, .nan] { line.append(value) }
    // Means of pairs: 1, 3, 5, 9 on a scale of seven steps from 1 to 9.
    #expect(line.text == "▁▂▄█")
  }
}
