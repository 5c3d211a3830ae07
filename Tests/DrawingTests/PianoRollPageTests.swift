import Drawing
import Music
import Testing

struct PianoRollPageTests {
  /// A piece of so many seconds with one long note.
  private func roll(_ seconds: Int, pitch: UInt8, noteSeconds: Int? = nil) -> PianoRoll {
    PianoRoll(
      Score(
        tracks: [
          Track(
            notes: [Note(onset: 0, duration: (noteSeconds ?? seconds) * 960, pitch: pitch)])
        ], endTick: seconds * 960))
  }

  private func page(_ count: Int) -> PianoRollPage {
    PianoRollPage(
      (0..<count).map { roll(4, pitch: UInt8(48 + 3 * $0)) },
      names: (1...count).map { "try-\($0).mid" })
  }

  @Test(arguments: [(200, 4), (80, 4), (60, 3), (40, 2), (20, 1)])
  func `as many rolls stand side by side as fit the width`(_ columns: Int, _ across: Int) {
    let lines = page(8).text(columns: columns, isColoured: false)
    #expect(lines.allSatisfy { $0.count <= columns })
    let heads = lines.filter { $0.contains("try-") }
    #expect(heads.count == (8 + across - 1) / across)
    #expect(heads[0].matches(of: /try-/).count == across)
    for number in 1...8 { #expect(heads.contains { $0.contains("\(number) try-\(number).mid") }) }
    // A line of names and five of notes for each row of rolls, an empty one between.
    #expect(lines.count == heads.count * 7 - 1)
  }

  @Test func `where the terminal is narrower than a roll nothing fails`() {
    for columns in [-1, 0, 1, 15, 16] {
      #expect(!page(3).text(columns: columns, isColoured: true).isEmpty)
    }
  }

  @Test func `all pieces are drawn over the same time and the same pitches`() {
    let page = PianoRollPage(
      [roll(8, pitch: 60), roll(4, pitch: 79), roll(8, pitch: 41)], names: ["a", "b", "c"])
    let lines = page.text(columns: 80, isColoured: false)
    let width = (80 + 2) / 3 - 2
    func drawn(_ index: Int) -> [[Int]] {
      lines[1...5].map { line in
        let cell = Array(line)[(width + 2) * index..<(width + 2) * index + width]
        return cell.enumerated().filter { $0.element != "\u{2800}" }.map(\.offset)
      }
    }
    // The second lasts half as long, and is the highest; the third is the lowest.
    let rows = (0..<3).map { index in drawn(index).firstIndex { !$0.isEmpty } ?? -1 }
    #expect(rows[1] < rows[0] && rows[0] < rows[2] && rows[2] == 4)
    #expect((0..<3).allSatisfy { index in drawn(index).count { !$0.isEmpty } == 1 })
    #expect(drawn(1)[rows[1]] == Array(0..<13))
    #expect(drawn(0)[rows[0]] == Array(0..<width) && drawn(2)[4] == Array(0..<width))
  }

  @Test func `colours are there where they are wanted`() {
    #expect(page(2).text(columns: 80, isColoured: true).contains { $0.contains("\u{1B}[38;5;") })
    #expect(page(2).text(columns: 80, isColoured: false).allSatisfy { !$0.contains("\u{1B}") })
  }

  @Test func `the picture has a frame and the notes of each piece, and its names are texts`() {
    let page = PianoRollPage([roll(4, pitch: 60), roll(2, pitch: 72)], names: ["a<b>&", "c"])
    let lines = page.svg().split(separator: "\n")
    // The paper, two frames and two notes.
    #expect(lines.count { $0.contains("<rect") } == 1 + 2 + 2)
    #expect(lines.contains { $0.contains(">1 a&lt;b>&amp;</text>") })
    #expect(lines.contains { $0.contains(">2 c</text>") })
  }
}
