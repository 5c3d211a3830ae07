extension PianoRoll {
  /// The roll as an SVG picture: systems one below the other, as on a page of music, with the white
  /// and black keys as lanes and lines for measures.
  ///
  /// - Returns: the text of the file.
  public func svg() -> String {
    let page = Page(self)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(page.width)) \
      \(number(page.height))" width="\(number(page.width))" height="\(number(page.height))" \
      font-family="sans-serif" font-size="10">
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(number(Page.margin))" y="24" font-size="14">\(escaped(title))</text>

      """
    for system in 0..<page.systems { svg += paper(of: page, system: system) }
    for bar in bars { svg += rectangles(of: bar, on: page) }
    for (part, name) in parts.prefix(10).enumerated() {
      let at = Page.margin + Double(part) * 110
      svg += rectangle(at, page.height - 20, 8, 8, fill: Self.colours[part % 8])
      svg += label(
        at + 12, page.height - 12, anchor: "start",
        name.isEmpty ? "part \(part + 1)" : String(name.prefix(18)))
    }
    return svg + "</svg>\n"
  }

  /// Where things stand in the picture.
  private struct Page {
    static let margin = 40.0
    static let lane = 6.0
    /// How many systems, and how long each lasts.
    let systems: Int
    let secondsPerSystem: Double
    let pitches: ClosedRange<Int>
    let scale: Double

    init(_ roll: PianoRoll) {
      // Half a minute a system, longer where that would be more than a few pages.
      secondsPerSystem = max(min(roll.seconds, 30), roll.seconds / 40)
      systems = max(Int((roll.seconds / secondsPerSystem).rounded(.up)), 1)
      pitches = roll.pitches
      scale = 1200 / secondsPerSystem
    }

    var width: Double { 1200 + 2 * Self.margin }
    var systemHeight: Double { Double(pitches.count) * Self.lane }
    var height: Double { Self.margin * 2 + Double(systems) * (systemHeight + 30) }

    func system(at seconds: Double) -> Int {
      min(max(Int(seconds / secondsPerSystem), 0), systems - 1)
    }

    func x(_ seconds: Double, in system: Int) -> Double {
      Self.margin + (seconds - Double(system) * secondsPerSystem) * scale
    }

    func y(_ pitch: Int, in system: Int) -> Double {
      Self.margin + Double(system) * (systemHeight + 30)
        + Double(pitches.upperBound - pitch) * Self.lane
    }
  }

  private static let colours = [
    "#2b7de0", "#e88c00", "#22a050", "#d8365f", "#8250d0", "#0f9fb0", "#8a6a3c", "#666c76",
  ]

  /// The lanes of a system, its measures and its times.
  private func paper(of page: Page, system: Int) -> String {
    let start = Double(system) * page.secondsPerSystem
    let length = min(page.secondsPerSystem, seconds - start)
    let top = page.y(page.pitches.upperBound, in: system)
    var svg = rectangle(
      Page.margin, top, length * page.scale, page.systemHeight, fill: "#f8f9fb")
    for pitch in page.pitches {
      if [1, 3, 6, 8, 10].contains(pitch % 12) {
        svg += rectangle(
          Page.margin, page.y(pitch, in: system), length * page.scale, Page.lane, fill: "#eceff3")
      } else if pitch % 12 == 0 {
        svg += label(
          Page.margin - 6, page.y(pitch, in: system) + Page.lane, anchor: "end", noteName(pitch))
      }
    }
    for measure in measureSeconds where page.system(at: measure) == system {
      svg += rectangle(page.x(measure, in: system), top, 0.5, page.systemHeight, fill: "#c4c9d1")
    }
    for sixth in 0..<6 {
      let at = start + page.secondsPerSystem * Double(sixth) / 6
      if at < start + length {
        svg += label(
          page.x(at, in: system), top + page.systemHeight + 12, anchor: "middle", clock(at))
      }
    }
    return svg
  }

  /// A note's bar, in each system that it reaches.
  private func rectangles(of bar: Bar, on page: Page) -> String {
    let first = page.system(at: bar.startSeconds)
    let last = max(page.system(at: bar.endSeconds), first)
    return (first...last).reduce(into: "") { svg, system in
      let start = max(bar.startSeconds, Double(system) * page.secondsPerSystem)
      let end = min(bar.endSeconds, Double(system + 1) * page.secondsPerSystem)
      svg += rectangle(
        page.x(start, in: system), page.y(Int(bar.pitch), in: system) + 0.5,
        max((end - start) * page.scale, 0.8), Page.lane - 1,
        fill: Self.colours[bar.part % Self.colours.count],
        extra: " fill-opacity=\"\(number(0.35 + 0.65 * Double(bar.velocity) / 127))\" rx=\"1\"")
    }
  }
}

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
