/// Small piano rolls side by side, all over the same pitches and the same time, so that pieces can be
/// compared at a glance.
public struct PianoRollPage: Hashable, Sendable {
  private let rolls: [PianoRoll]
  private let names: [String]
  /// The length of the longest piece.
  private let seconds: Double
  private let pitches: ClosedRange<Int>

  // In characters.
  private static let (narrowest, gap, rows) = (16, 2, 5)
  private static let mostAcross = 4

  /// Lays out rolls.
  ///
  /// - Parameters:
  ///   - rolls: the rolls, at least one, in their order on the page.
  ///   - names: what stands above each.
  public init(_ rolls: [PianoRoll], names: [String]) {
    precondition(!rolls.isEmpty && rolls.count == names.count, "each roll has a name")
    self.rolls = rolls
    self.names = names
    seconds = rolls.reduce(0.001) { max($0, $1.seconds) }
    let lowest = rolls.reduce(127) { min($0, $1.pitches.lowerBound) }
    pitches = lowest...max(rolls.reduce(0) { max($0, $1.pitches.upperBound) }, lowest)
  }

  /// The page as lines of text, in braille characters.
  ///
  /// - Parameters:
  ///   - columns: the width in characters.
  ///   - isColoured: whether each part has a colour, by ANSI escape sequences.
  /// - Returns: the lines, none longer than the width where that is 16 or more.
  public func text(columns: Int, isColoured: Bool) -> [String] {
    let gap = Self.gap
    let across = max(
      1, min(Self.mostAcross, rolls.count, (columns + gap) / (Self.narrowest + gap)))
    let width = max(Self.narrowest, (columns + gap) / across - gap)
    var lines: [String] = []
    for first in stride(from: 0, to: rolls.count, by: across) {
      let row = first..<min(first + across, rolls.count)
      if first > 0 { lines.append("") }
      let heads = row.map { index in
        let name = "\(index + 1) \(names[index])"
        return name.count <= width ? name : name.prefix(width - 1) + "…"
      }
      lines.append(
        heads.map { $0 + String(repeating: " ", count: width - $0.count) }
          .joined(separator: String(repeating: " ", count: gap)).trimmedRight)
      let cells = row.map { cell(rolls[$0], width: width, isColoured: isColoured) }
      for line in 0..<Self.rows {
        lines.append(cells.map { $0[line] }.joined(separator: String(repeating: " ", count: gap)))
      }
    }
    return lines
  }

  private func cell(_ roll: PianoRoll, width: Int, isColoured: Bool) -> [String] {
    var canvas = PartCanvas(columns: width, rows: Self.rows)
    let down = 4 * Self.rows
    let dotsPerSecond = Double(2 * width) / seconds
    for block in roll.blocks {
      let height = pitches.upperBound - Int(block.pitch)
      // Where there is room, a pitch has a row of dots of its own.
      let y = min(height * down / max(pitches.count, down), down - 1)
      canvas.stretch(
        from: block.startSeconds * dotsPerSecond, to: block.endSeconds * dotsPerSecond, y: y,
        part: block.part)
    }
    return (0..<Self.rows).map { canvas.line(row: $0, isColoured: isColoured) }
  }

  /// The page as an SVG picture, four rolls in a row.
  ///
  /// - Returns: the text of the file.
  public func svg() -> String {
    let (cellWidth, cellHeight, margin) = (280.0, 120.0, 20.0)
    let across = min(Self.mostAcross, rolls.count)
    let down = (rolls.count + across - 1) / across
    let width = Double(across) * (cellWidth + margin) + margin
    let height = Double(down) * (cellHeight + 2 * margin) + margin
    var svg = SVGWriter([
      "viewBox": "0 0 \(width.shortened) \(height.shortened)", "width": width.shortened,
      "height": height.shortened, "font-family": "sans-serif", "font-size": "11",
    ])
    svg.add("rect", ["width": "100%", "height": "100%", "fill": "#ffffff"])
    let lane = cellHeight / Double(pitches.count)
    for (index, roll) in rolls.enumerated() {
      let left = margin + Double(index % across) * (cellWidth + margin)
      let top = 2 * margin + Double(index / across) * (cellHeight + 2 * margin)
      svg.add(
        "text", ["x": left.shortened, "y": (top - 5).shortened, "fill": "#555b66"],
        text: "\(index + 1) \(names[index])")
      svg.add(
        "rect",
        [
          "x": left.shortened, "y": top.shortened, "width": cellWidth.shortened,
          "height": cellHeight.shortened, "fill": "#f8f9fb",
        ])
      for block in roll.blocks {
        let start = block.startSeconds / seconds * cellWidth
        let length = (block.endSeconds - block.startSeconds) / seconds * cellWidth
        svg.add(
          "rect",
          [
            "x": (left + start).shortened,
            "y": (top + Double(pitches.upperBound - Int(block.pitch)) * lane).shortened,
            "width": max(length, 0.8).shortened, "height": max(lane, 1).shortened,
            "fill": Palette.part(block.part),
          ])
      }
    }
    return svg.document
  }
}
