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

  private let isColoured: Bool

  /// Creates a picture that shows two octaves until others are played.
  ///
  /// - Parameter isColoured: whether each channel has a colour; else what sounds is bold.
  public init(isColoured: Bool = true) { self.isColoured = isColoured }

  /// Draws the notes around a moment.
  ///
  /// - Parameters:
  ///   - timeline: the notes.
  ///   - now: the moment that is heard, in seconds.
  ///   - rows: the picture's height.
  ///   - columns: its width.
  /// - Returns: a line a row, in ANSI styles: a colour for each channel, bright while it sounds.
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
        case (0, 0) where !isColoured: (TerminalLine.plain, column == playhead ? "│" : " ")
        case (let top, let bottom) where !isColoured:
          (
            max(top, bottom) > 8 ? "\u{1B}[0;1m" : TerminalLine.plain,
            bottom == 0 ? "▀" : top == 0 ? "▄" : "█"
          )
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

  private let state = Mutex(State())

  /// Creates a timeline without notes.
  public init() {}

  /// Adds messages in playing order.
  ///
  /// Notes are paired as a file's are: first in, first out, and All Notes Off ends its channel's.
  public func append(_ messages: some Sequence<TimedMessage>) {
    state.withLock { state in
      for timed in messages { state.take(timed) }
    }
  }

  /// Forgets what comes after a moment.
  public func truncate(at seconds: Double) {
    state.withLock { state in
      state.change { note in
        note.end = min(note.end, seconds)
        return note.onset < seconds
      }
    }
  }

  /// Forgets what ended before a moment, so that music without end fits.
  public func forget(before seconds: Double) {
    state.withLock { state in state.change { $0.end >= seconds } }
  }

  /// How many notes are struck in a stretch of time.
  public func strikes(in range: Range<Double>) -> Int {
    state.withLock { state in state.notes.count { range.contains($0.onset) } }
  }

  /// The notes that sound in a stretch of time, in the order in which they were struck.
  func notes(in range: Range<Double>) -> [PlacedNote] {
    state.withLock { state in
      state.notes.filter { $0.onset < range.upperBound && $0.end > range.lowerBound }
    }
  }
}

extension NoteTimeline {
  /// The notes, in the order in which they were struck, and which of them are held.
  private struct State {
    private(set) var notes: [PlacedNote] = []
    /// The indices of the held notes of each channel and pitch, the oldest first.
    private var held: [Int: ArraySlice<Int>] = [:]

    private func key(_ channel: UInt8, _ pitch: UInt8) -> Int { Int(channel) << 8 | Int(pitch) }

    mutating func take(_ timed: TimedMessage) {
      if case .systemExclusive(let data, let port) = timed.content,
        SystemExclusiveEvent(tick: 0, data: data).reset != nil
      {
        for (key, ended) in held where port.map({ Int($0) == key >> 12 }) ?? true {
          for note in ended { notes[note].end = timed.seconds }
          held[key] = nil
        }
        return
      }
      switch timed.message {
      case .noteOn(let channel, let pitch, let velocity) where velocity > 0:
        held[key(channel, pitch), default: []].append(notes.count)
        notes.append(
          PlacedNote(onset: timed.seconds, end: .infinity, pitch: pitch, channel: channel))
      case .noteOn(let channel, let pitch, _), .noteOff(let channel, let pitch, _):
        if let oldest = held[key(channel, pitch)]?.popFirst() { notes[oldest].end = timed.seconds }
      case .controlChange(let channel, _, _) where timed.message?.endsAllNotes == true:
        for pitch in UInt8(0)..<128 {
          for note in held.removeValue(forKey: key(channel, pitch)) ?? [] {
            notes[note].end = timed.seconds
          }
        }
      default: break
      }
    }

    /// Changes all notes, and leaves out those for which the change says so.
    mutating func change(_ isKept: (inout PlacedNote) -> Bool) {
      var kept: [PlacedNote] = []
      held = [:]
      for var note in notes where isKept(&note) {
        if note.end == .infinity {
          held[key(note.channel, note.pitch), default: []].append(kept.count)
        }
        kept.append(note)
      }
      notes = kept
    }
  }
}
