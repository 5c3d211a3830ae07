extension PianoRoll {
  /// The roll as an SVG picture, with the white and black keys as lanes and lines for measures.
  ///
  /// - Returns: the text of the file.
  public func svg() -> String {
    let lane = 8.0
    let margin = 40.0
    let width = min(max(seconds * 40, 600), 12_000)
    let scale = width / seconds
    let height = Double(pitches.count) * lane
    func y(_ pitch: Int) -> Double { margin + Double(pitches.upperBound - pitch) * lane }
    func x(_ seconds: Double) -> Double { margin + seconds * scale }
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width + margin * 2)) \
      \(number(height + margin * 2))" width="\(number(width + margin * 2))" \
      height="\(number(height + margin * 2))" font-family="sans-serif" font-size="10">
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(number(margin))" y="24" font-size="14">\(escaped(title))</text>

      """
    for pitch in pitches {
      let isBlack = [1, 3, 6, 8, 10].contains(pitch % 12)
      svg += rectangle(
        margin, y(pitch), width, lane, fill: isBlack ? "#eef0f3" : "#f8f9fb")
      if pitch % 12 == 0 {
        svg += label(margin - 6, y(pitch) + lane, anchor: "end", noteName(pitch))
      }
    }
    for start in measureSeconds {
      svg += rectangle(x(start), margin, 0.5, height, fill: "#c4c9d1")
    }
    let step = max(1, (seconds / (width / 80)).rounded(.up))
    for tick in 0...Int(min(seconds / step, 1000)) {
      svg += label(
        x(Double(tick) * step), margin + height + 14, anchor: "middle", clock(Double(tick) * step))
    }
    for bar in bars {
      let length = max((bar.endSeconds - bar.startSeconds) * scale, 0.8)
      svg += rectangle(
        x(bar.startSeconds), y(Int(bar.pitch)) + 0.5, length, lane - 1,
        fill: Self.colours[bar.part % Self.colours.count],
        extra: " fill-opacity=\"\(number(0.35 + 0.65 * Double(bar.velocity) / 127))\" rx=\"1\"")
    }
    for (part, name) in parts.prefix(16).enumerated() {
      let at = margin + Double(part) * 110
      svg += rectangle(at, margin + height + 22, 8, 8, fill: Self.colours[part % 8])
      svg += label(at + 12, margin + height + 30, anchor: "start", String(name.prefix(18)))
    }
    return svg + "</svg>\n"
  }

  private static let colours = [
    "#2b7de0", "#e88c00", "#22a050", "#d8365f", "#8250d0", "#0f9fb0", "#8a6a3c", "#666c76",
  ]

  private func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, extra: String = ""
  ) -> String {
    """
    <rect x="\(number(x))" y="\(number(y))" width="\(number(width))" height="\(number(height))" \
    fill="\(fill)"\(extra)/>

    """
  }

  private func label(_ x: Double, _ y: Double, anchor: String, _ text: String) -> String {
    """
    <text x="\(number(x))" y="\(number(y))" text-anchor="\(anchor)" fill="#555b66">\
    \(escaped(text))</text>

    """
  }

  /// A number with at most two decimals.
  private func number(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
    if rest == 0 { return "\(whole)" }
    return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// A text for XML: its special characters replaced, its control characters left out.
  private func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": escaped += " "
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
