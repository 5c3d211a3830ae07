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

  @Test func `the picture has a cell for each pair, as dark as its share, and escapes labels`() {
    let svg = matrix.svg(title: "x < y")
    #expect(svg.components(separatedBy: "fill-opacity").count == 5)
    #expect(svg.contains("fill-opacity=\"0.750\""))
    #expect(svg.contains("fill-opacity=\"0.250\""))
    #expect(svg.contains("Bach &amp; Sons"))
    #expect(svg.contains("x &lt; y"))
    #expect(svg.hasSuffix("</svg>\n"))
  }
}
