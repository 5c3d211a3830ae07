public import Music
import StandardMIDIFile
import Synchronization

/// A picture of notes in characters: time runs to the right, pitch upwards, two pitches a row.
public struct ScrollingPianoRoll: Sendable {
  /// Seconds a column stands for.
  private static let secondsPerColumn = 0.06
  /// How much of the width lies before the moment that is heard.
  private static let playhead = 0.6

  /// The pitches shown; they widen to all that have come.
  private var pitches = 55...79

  /// Creates a picture that shows two octaves until others are played.
  public init() {}

  /// Draws the notes around a moment.
  ///
  /// - Parameters:
  ///   - timeline: the notes.
  ///   - now: the moment that is heard, in seconds.
  ///   - rows: the picture's height.
  ///   - columns: its width.
  /// - Returns: a line a row, with ANSI colours: one for each channel, bright while it sounds.
  public mutating func lines(
    _ timeline: NoteTimeline, now: Double, rows: Int, columns: Int
  ) -> [String] {
    guard rows > 0, columns > 0 else { return [] }
    let before = Int(Double(columns) * ScrollingPianoRoll.playhead)
    let start = now - Double(before) * ScrollingPianoRoll.secondsPerColumn
    let end = start + Double(columns) * ScrollingPianoRoll.secondsPerColumn
    let notes = timeline.notes(in: start..<end)
    for note in notes {
      let pitch = Int(note.pitch)
      pitches = min(pitches.lowerBound, pitch)...max(pitches.upperBound, pitch)
    }
    // Half rows are pitches, or several where the compass is wider than the screen.
    let halfRows = rows * 2
    let perHalfRow = (pitches.count + halfRows - 1) / halfRows
    var cells = [UInt8](repeating: 0, count: halfRows * columns)
    for note in notes {
      let halfRow = min(halfRows - 1, (pitches.upperBound - Int(note.pitch)) / perHalfRow)
      let first = max(0, Int((note.onset - start) / ScrollingPianoRoll.secondsPerColumn))
      let last = min(
        columns - 1, Int((min(note.end, end) - start) / ScrollingPianoRoll.secondsPerColumn))
      let isSounding = note.onset <= now && note.end > now
      let colour = UInt8(1 + note.channel % 6) + (isSounding ? 8 : 0)
      guard first <= last else { continue }
      for column in first...last { cells[halfRow * columns + column] = colour }
    }
    return (0..<rows).map { row in
      line(
        upper: cells[(2 * row) * columns..<(2 * row + 1) * columns],
        lower: cells[(2 * row + 1) * columns..<(2 * row + 2) * columns], playhead: before)
    }
  }

  private func line(upper: ArraySlice<UInt8>, lower: ArraySlice<UInt8>, playhead: Int) -> String {
    var line = TerminalLine(style: "")
    for (column, (top, bottom)) in zip(upper, lower).enumerated() {
      let (style, character): (String, Character) =
        switch (top, bottom) {
        case (0, 0): column == playhead ? ("\u{1B}[0;90m", "│") : (TerminalLine.plain, " ")
        case (let top, 0): ("\u{1B}[0;\(ScrollingPianoRoll.code(top))m", "▀")
        case (0, let bottom): ("\u{1B}[0;\(ScrollingPianoRoll.code(bottom))m", "▄")
        case (let top, let bottom):
          ("\u{1B}[0;\(ScrollingPianoRoll.code(top));\(ScrollingPianoRoll.code(bottom) + 10)m", "▀")
        }
      line.append(character, style: style)
    }
    return line.text + TerminalLine.plain
  }

  /// The SGR code of a cell's colour: 31 to 36, or the bright 91 to 96.
  private static func code(_ colour: UInt8) -> Int {
    colour > 8 ? 90 + Int(colour) - 8 : 30 + Int(colour)
  }
}

/// The notes around the moment that is heard, for a ``ScrollingPianoRoll``.
public final class NoteTimeline: Sendable {
  /// A note of the picture, in seconds.
  struct PlacedNote: Sendable {
    var onset: Double
    /// Infinite while the note is held.
    var end: Double
    var pitch: UInt8
    var channel: UInt8
  }

  private let notes = Mutex<[PlacedNote]>([])

  /// Creates a timeline without notes.
  public init() {}

  /// Adds messages in playing order.
  public func append(_ messages: some Sequence<TimedMessage>) {
    notes.withLock { notes in
      for timed in messages {
        switch timed.message {
        case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
          notes.append(
            PlacedNote(onset: timed.seconds, end: .infinity, pitch: pitch, channel: channel))
        case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
          // First in, first out, as a file's notes are paired.
          let held = notes.firstIndex {
            $0.pitch == pitch && $0.channel == channel && $0.end == .infinity
          }
          if let held { notes[held].end = timed.seconds }
        default: break
        }
      }
    }
  }

  /// Forgets what comes after a moment.
  public func truncate(at seconds: Double) {
    notes.withLock { notes in
      notes.removeAll { $0.onset >= seconds }
      for index in notes.indices { notes[index].end = min(notes[index].end, seconds) }
    }
  }

  /// Forgets what ended before a moment, so that music without end fits.
  public func forget(before seconds: Double) {
    notes.withLock { notes in notes.removeAll { $0.end < seconds } }
  }

  /// The notes that sound in a stretch of time.
  func notes(in range: Range<Double>) -> [PlacedNote] {
    notes.withLock { notes in
      notes.filter { $0.onset < range.upperBound && $0.end > range.lowerBound }
    }
  }
}
