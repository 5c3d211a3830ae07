/// Who is taken for whom: how many of each label (rows) were given each label (columns).
public struct ConfusionMatrix: Sendable {
  private let labels: [String]
  private let counts: [[Int]]

  /// Lays out a matrix.
  ///
  /// - Parameters:
  ///   - labels: the labels.
  ///   - counts: a row for each label, with as many numbers.
  public init(labels: [String], counts: [[Int]]) {
    precondition(counts.count == labels.count && counts.allSatisfy { $0.count == labels.count })
    self.labels = labels
    self.counts = counts
  }

  /// A table of cells: above each column its label, cut short; before each row its label, behind it the
  /// share that was told right.
  public var rows: [[String]] {
    [["is \\ taken for"] + labels.map { String($0.prefix(8)) } + ["right"]]
      + counts.enumerated().map { place, row in
        let sum = row.reduce(0, +)
        let right = sum == 0 ? "-" : "\((100 * Double(row[place]) / Double(sum)).decimals(0)) %"
        return [labels[place]] + row.map { $0 == 0 ? "." : $0.grouped } + [right]
      }
  }

  /// The same with numbers above the columns, which stand before the rows' labels too: a table for many labels.
  public var numberedRows: [[String]] {
    [["", "is \\ taken for"] + labels.indices.map { "\($0 + 1)" } + ["right"]]
      + rows.dropFirst().enumerated().map { ["\($0 + 1)"] + $1 }
  }

  /// The matrix as a scalable picture: the fuller a cell of its row, the darker it is; labels are cut where they
  /// are very long.
  ///
  /// - Parameter title: what stands above it.
  /// - Returns: the text of the file.
  public func svg(title: String) -> String {
    let cell = 34.0
    let labels = labels.map { $0.count > 40 ? String($0.prefix(39)) + "…" : $0 }
    // Some seven units a letter of this size, and nine of the title's.
    let margin = 42 + 7 * Double(labels.map(\.count).max() ?? 0)
    let top = 44 + margin
    let side = cell * Double(labels.count)
    let width = max(margin + side + 60, 32 + 9 * Double(title.count))
    var svg = SVGWriter([
      "viewBox": "0 0 \(width.shortened) \((top + side + 30).shortened)",
      "font-family": "sans-serif", "font-size": "12",
    ])
    svg.add("rect", ["width": "100%", "height": "100%", "fill": "white"])
    svg.add("text", ["x": "16", "y": "24", "font-size": "15"], text: title)
    svg.add(
      "text",
      ["x": (margin + side / 2).shortened, "y": "48", "text-anchor": "middle", "fill": "#555"],
      text: "is taken for")
    svg.add(
      "text",
      [
        "transform": "translate(20 \((top + side / 2).shortened)) rotate(-90)",
        "text-anchor": "middle", "fill": "#555",
      ], text: "is")
    for (place, label) in labels.enumerated() {
      let middle = (Double(place) + 0.5) * cell
      svg.add(
        "text",
        ["x": (margin - 8).shortened, "y": (top + middle + 4).shortened, "text-anchor": "end"],
        text: label)
      svg.add(
        "text",
        [
          "transform":
            "translate(\((margin + middle + 4).shortened) \((top - 8).shortened)) rotate(-90)"
        ],
        text: label)
    }
    for (row, numbers) in counts.enumerated() {
      let sum = max(1, numbers.reduce(0, +))
      for (column, number) in numbers.enumerated() {
        let share = Double(number) / Double(sum)
        let (x, y) = (margin + Double(column) * cell, top + Double(row) * cell)
        svg.add(
          "rect",
          [
            "x": x.shortened, "y": y.shortened, "width": cell.shortened, "height": cell.shortened,
            "fill": Palette.curve(0), "fill-opacity": share.decimals(3), "stroke": "#ddd",
          ])
        guard number > 0 else { continue }
        svg.add(
          "text",
          [
            "x": (x + cell / 2).shortened, "y": (y + cell / 2 + 4).shortened,
            "text-anchor": "middle", "fill": share > 0.5 ? "white" : "black",
          ], text: number.grouped)
      }
    }
    return svg.document
  }
}
