import Tensors
import TestSupport
import Testing

struct MatrixTests {
  private func matrix(_ rows: [[Float]]) -> Matrix<Float> {
    let matrix = Matrix<Float>(rows: rows.count, columns: rows[0].count)
    for (row, values) in rows.enumerated() {
      for (column, value) in values.enumerated() { matrix[row, column] = value }
    }
    return matrix
  }

  @Test func `a row is added to every row`() {
    let sums = matrix([[1, 2, 3], [10, 20, 30]])
    sums.addToRows(matrix([[0.5, -2, 4]]))
    #expect(sums.elements == [1.5, 0, 7, 10.5, 18, 34])
  }

  @Test func `a row longer than the limit is shortened to it, another stays`() {
    let rows = matrix([[3, 4], [0.3, 0.4]])
    rows.limitNorm(ofRow: 0, to: 1)
    rows.limitNorm(ofRow: 1, to: 1)
    #expect(abs(rows[0, 0] - 0.6) < 1e-6 && abs(rows[0, 1] - 0.8) < 1e-6)
    #expect(rows[1, 0] == 0.3 && rows[1, 1] == 0.4)
  }

  @Test(arguments: [(1, 1), (3, 3), (5, 40), (33, 37)])
  func `rows become orthonormal, each within the span of those down to it`(
    _ rows: Int, _ columns: Int
  ) {
    var generator = SeededGenerator(seed: 1)
    let matrix = matrix(
      (0..<rows).map { _ in
        (0..<columns).map { _ in Float.random(in: -1...1, using: &generator) }
      })
    let before = matrix.elements
    matrix.orthogonalizeRows()
    func product(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int) -> Double {
      (0..<columns).reduce(0.0) {
        $0 + Double(a[i * columns + $1]) * Double(b[j * columns + $1])
      }
    }
    for i in 0..<rows {
      for j in 0..<i {
        #expect(abs(product(matrix.elements, i, matrix.elements, j)) < 1e-5)
        // An earlier row of what there was has no part along a later row of the result.
        #expect(abs(product(before, j, matrix.elements, i)) < 1e-5)
      }
      #expect(abs(product(matrix.elements, i, matrix.elements, i) - 1) < 1e-5)
      #expect(product(before, i, matrix.elements, i) > 0)
    }
  }
}
