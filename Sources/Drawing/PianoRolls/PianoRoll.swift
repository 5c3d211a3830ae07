public import Music

/// A score as blocks over time: what a piano roll shows.
///
/// Drawn as text for a terminal and as an SVG picture. Its size does not grow with the length of the
/// piece, so that a score with days of silence is drawn as easily as any.
public struct PianoRoll: Hashable, Sendable {
  /// A note as a block.
  struct Block: Hashable, Sendable {
    var startSeconds: Double
    var endSeconds: Double
    var pitch: UInt8
    var velocity: UInt8
    /// The index of its track among the tracks with notes, which chooses the colour.
    var part: Int
  }

  /// The notes.
  var blocks: [Block] = []
  /// The names of the parts, in the order of their colours.
  var parts: [String] = []
  /// The length of the piece.
  public private(set) var seconds: Double
  /// The pitches shown: those played, and at least an octave.
  var pitches: ClosedRange<Int>
  /// Where the bars of music start, where they are few enough to be seen.
  var barSeconds: [Double] = []
  /// The piece's title.
  var title: String

  /// Lays out a score.
  ///
  /// - Parameter score: the score.
  /// - Complexity: O(*n* log *m*) for *n* notes and *m* tempo changes.
  public init(_ score: Score) {
    let map = score.tempoMap
    let endTick = score.tracks.reduce(score.endTick) { max($0, $1.lastNoteEnd) }
    seconds = max(map.seconds(atTick: endTick), 0.001)
    title = score.title
    for track in score.tracks where !track.notes.isEmpty {
      for note in track.notes {
        blocks.append(
          Block(
            startSeconds: map.seconds(atTick: note.onset),
            endSeconds: map.seconds(atTick: note.end),
            pitch: note.pitch, velocity: note.velocity, part: parts.count))
      }
      parts.append(track.isDrums && track.name.isEmpty ? "drums" : track.name)
    }
    let lowest = blocks.reduce(127) { min($0, Int($1.pitch)) }
    let highest = blocks.reduce(0) { max($0, Int($1.pitch)) }
    let bottom = blocks.isEmpty ? 60 : min(lowest, 116)
    pitches = bottom...max(highest, bottom + 11)
    if let metre = score.metreMap, metre.barCount(before: score.endTick) <= 400 {
      barSeconds = metre.barStarts(before: score.endTick).map(map.seconds(atTick:))
    }
  }
}

extension PianoRoll {
  // What the names of pitches take of a line.
  static let textMargin = 5

  /// The roll as lines of text: two dots of time by four pitches in each braille character.
  ///
  /// - Parameters:
  ///   - columns: the width in characters, at least 20.
  ///   - isColoured: whether each part has a colour, by ANSI escape sequences.
  /// - Returns: a line for every four pitches, the highest first, and a line of times.
  public func text(columns: Int, isColoured: Bool) -> [String] {
    let margin = Self.textMargin
    let width = max(columns, 20) - margin
    let lowest = pitches.lowerBound / 4 * 4
    let rows = (pitches.upperBound - lowest) / 4 + 1
    var canvas = PartCanvas(columns: width, rows: rows)
    let dotsPerSecond = Double(2 * width) / seconds
    for block in blocks {
      canvas.stretch(
        from: block.startSeconds * dotsPerSecond, to: block.endSeconds * dotsPerSecond,
        y: 4 * rows - 1 - (Int(block.pitch) - lowest), part: block.part)
    }
    var lines: [String] = []
    for row in 0..<rows {
      let bottom = lowest + (rows - 1 - row) * 4
      // Each C is named beside the line that holds it.
      let label = (bottom..<bottom + 4).first { $0 % 12 == 0 }.map { Pitch($0).name } ?? ""
      lines.append(
        label.leftPadded(to: margin - 1) + " " + canvas.line(row: row, isColoured: isColoured))
    }
    lines.append(String(repeating: " ", count: margin) + timeAxis(width: width))
    return lines
  }

  private func timeAxis(width: Int) -> String {
    var axis = ""
    let ticks = TimeTicks(atLeast: seconds * Double(max(width / 6, 10)) / Double(width))
    for time in ticks.times(from: 0, to: seconds) {
      let column = Int(time * Double(width) / seconds)
      let label = ClockText.minutesAndSeconds(time)
      guard axis.isEmpty || axis.count < column, column + label.count <= width else { continue }
      axis += String(repeating: " ", count: column - axis.count) + label
    }
    return axis
  }
}
