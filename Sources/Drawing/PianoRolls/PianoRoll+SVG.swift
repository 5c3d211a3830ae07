import Music

extension PianoRoll {
  /// The roll as an SVG picture: systems one below the other, as on a page of music, with the white
  /// and black keys as lanes and lines for bars.
  ///
  /// - Parameter strips: curves over the same time, below each system.
  /// - Returns: the text of the file.
  public func svg(over strips: [Strip] = []) -> String {
    let page = Page(self, strips: strips)
    let (width, height) = (page.width.shortened, page.height.shortened)
    var svg = SVGWriter([
      "viewBox": "0 0 \(width) \(height)", "width": width, "height": height,
      "font-family": "sans-serif", "font-size": "10",
    ])
    svg.add("rect", ["width": "100%", "height": "100%", "fill": "#ffffff"])
    svg.add(
      "text", ["x": Page.margin.shortened, "y": "24", "font-size": "14"], text: title)
    for system in 0..<page.systems { addPaper(of: page, system: system, to: &svg) }
    for block in blocks { add(block, on: page, to: &svg) }
    for system in 0..<page.systems {
      for (index, strip) in strips.enumerated() {
        add(strip, top: page.stripTop(index, in: system), system: system, on: page, to: &svg)
      }
    }
    for entry in page.legend.entries {
      let (x, y) = (Page.margin + entry.x, page.legendTop(ofRow: entry.row))
      if let part = entry.part { svg.addRectangle(x, y, 8, 8, fill: Palette.part(part)) }
      svg.addLabel(x + Legend.indent, y + 8, anchor: "start", entry.text)
    }
    return svg.document
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
    let legend: Legend
    private let stripCount: Int

    init(_ roll: PianoRoll, strips: [Strip]) {
      stripCount = strips.count
      // Half a minute a system, longer where that would be more than a few pages.
      secondsPerSystem = max(min(roll.seconds, 30), roll.seconds / 40)
      systems = max(Int((roll.seconds / secondsPerSystem).rounded(.up)), 1)
      pitches = roll.pitches
      scale = Self.length / secondsPerSystem
      legend = Legend(roll.parts, width: Self.length)
    }

    /// How long a system is.
    private static let length = 1200.0

    var width: Double { Self.length + 2 * Self.margin }
    var systemHeight: Double { Double(pitches.count) * Self.lane }
    var height: Double {
      Self.margin * 2 + Double(systems) * systemPitch
        + Double(legend.rowCount - 1) * Legend.rowHeight
    }

    func legendTop(ofRow row: Int) -> Double {
      height - 20 - Double(legend.rowCount - 1 - row) * Legend.rowHeight
    }

    // From the top of a system to that of the next.
    private var systemPitch: Double { systemHeight + 30 + Double(stripCount) * Self.stripPitch }

    private static let stripPitch = Strip.height + Strip.gap

    func stripTop(_ index: Int, in system: Int) -> Double {
      Self.margin + Double(system) * systemPitch + systemHeight + 18 + Strip.gap
        + Double(index) * Self.stripPitch
    }

    func system(at seconds: Double) -> Int {
      min(max(Int(seconds / secondsPerSystem), 0), systems - 1)
    }

    func x(_ seconds: Double, in system: Int) -> Double {
      Self.margin + (seconds - Double(system) * secondsPerSystem) * scale
    }

    func y(_ pitch: Int, in system: Int) -> Double {
      Self.margin + Double(system) * systemPitch
        + Double(pitches.upperBound - pitch) * Self.lane
    }
  }

  /// The lanes of a system, its bars and its times.
  private func addPaper(of page: Page, system: Int, to svg: inout SVGWriter) {
    let start = Double(system) * page.secondsPerSystem
    let length = min(page.secondsPerSystem, seconds - start)
    let top = page.y(page.pitches.upperBound, in: system)
    svg.addRectangle(
      Page.margin, top, length * page.scale, page.systemHeight, fill: "#f8f9fb")
    for pitch in page.pitches.map(Pitch.init) {
      let lane = page.y(pitch.number, in: system)
      if pitch.isBlackKey {
        svg.addRectangle(Page.margin, lane, length * page.scale, Page.lane, fill: "#eceff3")
      } else if pitch.pitchClass == 0 {
        svg.addLabel(Page.margin - 6, lane + Page.lane, anchor: "end", pitch.name)
      }
    }
    for bar in barSeconds where page.system(at: bar) == system {
      svg.addRectangle(page.x(bar, in: system), top, 0.5, page.systemHeight, fill: "#c4c9d1")
    }
    let ticks = TimeTicks(atLeast: page.secondsPerSystem / 6)
    for time in ticks.times(from: start, to: start + length) {
      svg.addLabel(
        page.x(time, in: system), top + page.systemHeight + 12, anchor: "middle",
        ClockText.minutesAndSeconds(time))
    }
  }

  /// A strip's part in a system.
  private func add(
    _ strip: Strip, top: Double, system: Int, on page: Page, to svg: inout SVGWriter
  ) {
    let start = Double(system) * page.secondsPerSystem
    let length = min(page.secondsPerSystem, seconds - start)
    let width = length * page.scale
    svg.addRectangle(Page.margin, top, width, Strip.height, fill: "#f8f9fb")
    svg.addLabel(Page.margin, top - 3, anchor: "start", strip.title)
    svg.addLabel(Page.margin - 6, top + 8, anchor: "end", strip.bounds.high)
    svg.addLabel(Page.margin - 6, top + Strip.height, anchor: "end", strip.bounds.low)
    let shares = strip.shares(max(1, Int(width / 2)), from: start, to: start + length)
    // Of a level stretch the ends are enough.
    let bends = shares.indices.filter {
      $0 == 0 || $0 == shares.count - 1 || shares[$0 - 1] != shares[$0]
        || shares[$0 + 1] != shares[$0]
    }
    let points = bends.map {
      let x = Page.margin + Double($0) * width / Double(shares.count)
      return "\(x.shortened),\((top + Strip.height * (1 - shares[$0])).shortened)"
    }
    svg.add(
      "polyline",
      [
        "fill": "none", "stroke": Palette.curve(strip.colour),
        "points": points.joined(separator: " "),
      ])
  }

  /// A note's block, in each system that it reaches.
  private func add(_ block: Block, on page: Page, to svg: inout SVGWriter) {
    let first = page.system(at: block.startSeconds)
    let last = max(page.system(at: block.endSeconds), first)
    for system in first...last {
      let start = max(block.startSeconds, Double(system) * page.secondsPerSystem)
      let end = min(block.endSeconds, Double(system + 1) * page.secondsPerSystem)
      let opacity = 0.35 + 0.65 * Double(block.velocity) / 127
      svg.add(
        "rect",
        [
          "x": page.x(start, in: system).shortened,
          "y": (page.y(Int(block.pitch), in: system) + 0.5).shortened,
          "width": max((end - start) * page.scale, 0.8).shortened,
          "height": (Page.lane - 1).shortened, "fill": Palette.part(block.part),
          "fill-opacity": opacity.shortened, "rx": "1",
        ])
    }
  }
}

extension SVGWriter {
  fileprivate mutating func addRectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String
  ) {
    add(
      "rect",
      [
        "x": x.shortened, "y": y.shortened, "width": width.shortened,
        "height": height.shortened, "fill": fill,
      ])
  }

  fileprivate mutating func addLabel(
    _ x: Double, _ y: Double, anchor: String, _ text: String
  ) {
    add(
      "text",
      [
        "x": x.shortened, "y": y.shortened, "text-anchor": anchor,
        "fill": "#555b66",
      ], text: text)
  }
}
