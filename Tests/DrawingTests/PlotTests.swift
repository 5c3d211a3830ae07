import Drawing
import Testing

struct PlotTests {
  @Test func `texts in a picture are escaped, and lose what could steer a terminal`() {
    let plot = LinePlot(
      title: "a < b & \u{1B}[31m", horizontalName: "step", verticalName: "loss",
      curves: [.init(name: "run \"1\"", points: [(0, 1), (1, 2)], colour: 0)])
    let svg = plot.svg()
    #expect(svg.contains(">a &lt; b &amp;  [31m</text>"))
    #expect(!svg.contains("\u{1B}"))
  }

  @Test func `a line plot has its lowest and highest values at its labels`() {
    let plot = LinePlot(
      title: "loss", horizontalName: "step", verticalName: "nats",
      curves: [
        .init(name: "falling", points: [(0, 10), (5, 5), (10, 0), (7, .nan)], colour: 0)
      ])
    let lines = plot.text(width: 40, rows: 5).split(separator: "\n").map(String.init)
    #expect(lines[0] == "nats")
    // The first dot stands in the upper left corner, the last in the lower right one.
    #expect(lines[1].hasPrefix("10 │⠉"))
    #expect(lines[5].hasPrefix(" 0 │") && lines[5].hasSuffix("⢄"))
    #expect(lines[7].hasSuffix("step 10"))
    #expect(lines[8] == "  falling: ends at 0.000, lowest 0.000")
  }

  @Test func `a value that falls by equal factors is a straight line on a logarithmic scale`() {
    let values = (0...10).map { 1 / Double(1 << $0) }
    let plot = LogarithmicPlot(
      title: "", horizontalName: "", verticalName: "",
      curves: [.init(legend: "halves", values: values)])
    let svg = plot.svg()
    let points = svg.matches(of: /([0-9.]+),([0-9.]+)/).compactMap { match in
      Double(match.1).flatMap { x in Double(match.2).map { (x: x, y: $0) } }
    }
    #expect(points.count == 11)
    let steps = zip(points, points.dropFirst()).map { ($1.x - $0.x, $1.y - $0.y) }
    // Coordinates have one decimal.
    #expect(steps.allSatisfy { abs($0.0 - steps[0].0) < 0.21 && abs($0.1 - steps[0].1) < 0.21 })
    #expect(steps[0].0 > 60 && steps[0].1 > 20)
    let text = plot.text(caption: "what", width: 60)
    #expect(text.hasPrefix("what\n    1e0 |a"))
    #expect(text.hasSuffix("  a  halves\n"))
  }

  @Test func `a curve that begins beyond all numbers is drawn beside one that does not`() {
    let plot = LogarithmicPlot(
      title: "", horizontalName: "", verticalName: "",
      curves: [
        .init(legend: "beyond", values: [.infinity, 1]), .init(legend: "falls", values: [1, 0.1]),
      ])
    let lines = plot.text(caption: "", width: 60).split(separator: "\n").map(String.init)
    // From 1 at the top, where what is above sticks, to a tenth at the bottom.
    #expect(lines[0].hasPrefix("    1e0 |a"))
    #expect(lines[19].hasPrefix("   1e-1 |") && lines[19].hasSuffix("b"))
  }

  @Test func `no two of many curves are drawn alike`() {
    let plot = LogarithmicPlot(
      title: "", horizontalName: "", verticalName: "",
      curves: (0..<16).map { .init(legend: "curve \($0)", values: [1, 0.5]) })
    let drawn = plot.svg().split(separator: "\n").filter { $0.hasPrefix("<polyline") }.map {
      $0.replacing(/points="[^"]*"/, with: "")
    }
    #expect(drawn.count == 16 && Set(drawn).count == 16)
  }
}
