extension PianoRoll {
  /// The roll as lines of text: two dots of time by four pitches in each braille character.
  ///
  /// - Parameters:
  ///   - columns: the width in characters, at least 20.
  ///   - isColoured: whether each part has a colour, by ANSI escape sequences.
  /// - Returns: a line for every four pitches, the highest first, and a line of times.
  public func text(columns: Int, isColoured: Bool) -> [String] {
    let margin = 5
    let width = max(columns, 20) - margin
    let lowest = pitches.lowerBound / 4 * 4
    let rows = (pitches.upperBound - lowest) / 4 + 1
    var cells = [Cell](repeating: Cell(), count: rows * width)
    let dotsPerSecond = Double(2 * width) / seconds
    for bar in bars {
      let first = min(Int(bar.startSeconds * dotsPerSecond), 2 * width - 1)
      let last = min(max(Int((bar.endSeconds * dotsPerSecond).rounded()) - 1, first), 2 * width - 1)
      let level = Int(bar.pitch) - lowest
      for dot in first...last {
        let cell = (rows - 1 - level / 4) * width + dot / 2
        cells[cell].dots |= Self.brailleDot(column: dot % 2, level: level % 4)
        cells[cell].part = bar.part
      }
    }
    var lines: [String] = []
    for row in 0..<rows {
      let bottom = lowest + (rows - 1 - row) * 4
      // Each C is named beside the line that holds it.
      let named = (bottom..<bottom + 4).first { $0 % 12 == 0 }
      let label = named.map(noteName) ?? ""
      var line = String(repeating: " ", count: margin - 1 - label.count) + label + " "
      line += Self.line(cells[row * width..<(row + 1) * width], isColoured: isColoured)
      lines.append(line)
    }
    lines.append(String(repeating: " ", count: margin) + timeAxis(width: width))
    return lines
  }

  /// A character's dots and the part that colours it.
  private struct Cell {
    var dots: UInt8 = 0
    var part = 0
  }

  /// The bit of a dot in the Unicode block Braille Patterns, levels counted from below.
  private static func brailleDot(column: Int, level: Int) -> UInt8 {
    let bits: [[UInt8]] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]]
    return bits[column][level]
  }

  private static func line(_ cells: ArraySlice<Cell>, isColoured: Bool) -> String {
    var line = ""
    var colour: Int?
    for cell in cells {
      let wanted = cell.dots == 0 ? nil : Self.terminalColours[cell.part % 8]
      if isColoured, wanted != colour {
        line += wanted.map { "\u{1B}[38;5;\($0)m" } ?? "\u{1B}[0m"
        colour = wanted
      }
      line.unicodeScalars.append(Unicode.Scalar(0x2800 + UInt32(cell.dots)) ?? " ")
    }
    return colour == nil ? line : line + "\u{1B}[0m"
  }

  /// Colours of the 256 of a terminal, near those of the picture.
  private static let terminalColours = [75, 214, 78, 204, 141, 80, 180, 248]

  private func timeAxis(width: Int) -> String {
    var axis = ""
    for column in stride(from: 0, to: width, by: max(width / 5, 12)) {
      if column > 0 { axis += String(repeating: " ", count: max(column - axis.count, 1)) }
      axis += clock(seconds * Double(column) / Double(width))
    }
    return axis
  }
}
