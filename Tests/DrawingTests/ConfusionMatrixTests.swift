import Foundation
import Drawing
import Testing

struct ConfusionMatrixTests {
  private let matrix = ConfusionMatrix(
    labels: ["Bach & Sons", "B"], counts: [[3, 1], [0, 0]])

  @Test func `the table has a row and a column for each label, and what share was right`() {
    #expect(
      matrix.rows == [
        ["is \\ taken for", "Bach & S", "B", "right"], ["Bach & Sons", "3", "1", "75 %"],
        ["B", ".", ".", "-"],
      ])
  }

  @Test func `a table of many labels tells its columns by numbers`() {
    #expect(
      matrix.numberedRows == [
        ["", "is \\ taken for", "1", "2", "right"], ["1", "Bach & Sons", "3", "1", "75 %"],
        ["2", "B", ".", ".", "-"],
      ])
  }

  @Test func `the picture has a cell for each pair, as dark as its share, and escapes labels`() {
    let svg = matrix.svg(title: "x < y")
    #expect(svg.components(separatedBy: "fill-opacity").count == 5)
    #expect(svg.contains("fill-opacity=\"0.750\""))
    #expect(svg.contains("fill-opacity=\"0.250\""))
    #expect(svg.contains("Bach &amp; Sons"))
    #expect(svg.contains("x &lt; y"))
    #expect(svg.contains(">is</text>") && svg.contains(">is taken for</text>"))
    #expect(svg.hasSuffix("</svg>\n"))
  }

  @Test func `a picture has room for its title, and very long labels are cut short`() throws {
    let name = String(repeating: "Johann ", count: 9) + "Bach"
    let matrix = ConfusionMatrix(labels: [name, "B"], counts: [[1, 0], [0, 1]])
    let title = String(repeating: "W", count: 70)
    let svg = matrix.svg(title: title)
    func width(_ svg: String) throws -> Double {
      let box = try #require(svg.firstMatch(of: /viewBox="0 0 ([0-9.]+) [0-9.]+"/))
      return try #require(Double(box.1))
    }
    // A letter of this size is some nine units wide.
    #expect(try width(svg) >= 9 * 70)
    #expect(!svg.contains(name))
    #expect(svg.components(separatedBy: ">\(name.prefix(39))…</text>").count == 3)
    // The title does not widen a picture that has room for it.
    #expect(try width(matrix.svg(title: "W")) < 9 * 70)
  }
}
