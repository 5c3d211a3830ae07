import Tensors
import TestSupport
import Testing

struct ProductTests {
  private func random(_ rows: Int, _ columns: Int, _ generator: inout SeededGenerator) -> Matrix<
    Float
  > {
    let matrix = Matrix<Float>(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = .random(in: -1...1, using: &generator) }
    }
    return matrix
  }

  private func expected(
    _ a: Matrix<Float>, _ b: Matrix<Float>, isTransposed: Bool
  ) -> [Double] {
    let rows = isTransposed ? a.columns : a.rows
    var result: [Double] = []
    for row in 0..<rows {
      for column in 0..<b.columns {
        result.append(
          (0..<b.rows).reduce(0.0) {
            $0 + Double(isTransposed ? a[$1, row] : a[row, $1]) * Double(b[$1, column])
          })
      }
    }
    return result
  }

  private func error(_ found: [Float], _ expected: [Double]) -> Double {
    var difference = 0.0
    var size = 0.0
    for (x, y) in zip(found, expected) {
      difference += (Double(x) - y) * (Double(x) - y)
      size += y * y
    }
    return (difference / size).squareRoot()
  }

  static let shapes = [
    (1, 7, 5), (1, 64, 33), (2, 96, 100), (3, 16, 16), (17, 31, 40), (32, 256, 64),
  ]

  @Test(arguments: shapes)
  func `packed products of floats and bfloat16 equal sums in double`(
    _ m: Int, _ n: Int, _ k: Int
  ) {
    var generator = SeededGenerator(seed: UInt64(m + n + k))
    let a = random(m, k, &generator)
    let b = random(k, n, &generator)
    let shape = ProductShape(rows: m, columns: n, inner: k)
    let expected = expected(a, b, isTransposed: false)
    var transposed = [Float](repeating: 0, count: n * k)
    for row in 0..<k { for column in 0..<n { transposed[column * k + row] = b[row, column] } }
    let result = Matrix<Float>(rows: m, columns: n)

    let product = Product<Float>(shape, packsRight: true)
    let packed = product.packedRight()
    for (values, isTransposed) in [(b.elements, false), (transposed, true)] {
      packed.pack(values.span, transposed: isTransposed)
      product.multiply(a, by: packed, into: result)
      #expect(error(result.elements, expected) < 1e-6)
    }

    let halves = Product<BFloat16>(shape, packsRight: true)
    let packedHalves = halves.packedRight()
    let left = Matrix<BFloat16>(rows: m, columns: k)
    a.convert(rows: 0..<m, into: left, row: 0)
    for (values, isTransposed) in [(b.elements, false), (transposed, true)] {
      packedHalves.pack(values.span, transposed: isTransposed)
      halves.multiply(left, by: packedHalves, into: result)
      #expect(error(result.elements, expected) < 6e-3)
    }
  }

  @Test(arguments: shapes + [(1, 40, 512), (2, 40, 512), (4, 33, 512), (8, 16, 1024)])
  func `no element of a product is further from the sum in double than a few units of last place`(
    _ m: Int, _ n: Int, _ k: Int
  ) {
    var generator = SeededGenerator(seed: UInt64(7 * m + n + k))
    let shape = ProductShape(rows: m, columns: n, inner: k)
    func round(_ matrix: Matrix<Float>) -> Matrix<Float> {
      let rounded = Matrix<Float>(rows: matrix.rows, columns: matrix.columns)
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns {
          rounded[row, column] = Float(BFloat16(matrix[row, column]))
        }
      }
      return rounded
    }
    // Factors that bfloat16 holds exactly: what is measured is the sum.
    let a = round(random(m, k, &generator))
    let b = round(random(k, n, &generator))
    let expected = expected(a, b, isTransposed: false)
    // Units of last place of the sum without its signs: where terms cancel, no order of adding does better.
    func ulps(_ result: Matrix<Float>) -> Double {
      var worst = 0.0
      for row in 0..<m {
        for column in 0..<n {
          let size = (0..<k).reduce(0.0) { $0 + abs(Double(a[row, $1]) * Double(b[$1, column])) }
          let miss = abs(Double(result[row, column]) - expected[row * n + column])
          worst = max(worst, miss / Double(Float(size).ulp))
        }
      }
      return worst
    }
    let result = Matrix<Float>(rows: m, columns: n)
    let product = Product<Float>(shape, packsRight: true)
    let packed = product.packedRight()
    packed.pack(b.elements.span, transposed: false)
    product.multiply(a, by: packed, into: result)
    #expect(ulps(result) <= 4, "floats: \(ulps(result))")

    let halves = Product<BFloat16>(shape, packsRight: true)
    let packedHalves = halves.packedRight()
    packedHalves.pack(b.elements.span, transposed: false)
    let left = Matrix<BFloat16>(rows: m, columns: k)
    a.convert(rows: 0..<m, into: left, row: 0)
    halves.multiply(left, by: packedHalves, into: result)
    #expect(ulps(result) <= 4, "bfloat16: \(ulps(result))")
  }

  @Test(arguments: shapes + [(6, 130, 67), (13, 64, 128)])
  func `products of bytes are exact sums of the rounded factors`(_ m: Int, _ n: Int, _ k: Int) {
    var generator = SeededGenerator(seed: UInt64(m + 3 * n + k))
    let a = random(m, k, &generator)
    let b = random(k, n, &generator)
    // Rounded states reach both ends, and beyond.
    a[0, 0] = -3
    a[m - 1, k - 1] = 1.5
    let left = Matrix<Int8>(rows: m, columns: k)
    a.convert(rows: 0..<m, into: left, row: 0)
    for row in 0..<m {
      for column in 0..<k { #expect(left[row, column] == Int8.nearest(a[row, column])) }
    }
    let product = Product<Int8>(ProductShape(rows: m, columns: n, inner: k), packsRight: true)
    let packed = product.packedRight()
    packed.pack(b.elements.span, transposed: false)
    let result = Matrix<Float>(rows: m, columns: n)
    product.multiply(left, by: packed, into: result)
    for column in 0..<n {
      let scale = (0..<k).map { abs(b[$0, column]) }.reduce(0, max) / 127
      for row in 0..<m {
        let sum = (0..<k).reduce(0) {
          $0 + Int(left[row, $1]) * Int((b[$1, column] / scale).rounded(.toNearestOrEven))
        }
        #expect(result[row, column] == Float(sum) * (scale / 127))
      }
    }
  }

  @Test(arguments: [0x1p-149, 0x1p-146, 0x1p-126, 0x1p126] as [Float])
  func `weights at the ends of what floats hold are packed as bytes without a wrong sign`(
    _ size: Float
  ) {
    let product = Product<Int8>(ProductShape(rows: 1, columns: 2, inner: 2), packsRight: true)
    let packed = product.packedRight()
    packed.pack([size, -size, size * 0.5, .nan].span, transposed: false)
    let left = Matrix<Int8>(rows: 1, columns: 2)
    left[0, 0] = 127
    let result = Matrix<Float>(rows: 1, columns: 2)
    product.multiply(left, by: packed, into: result)
    #expect(result[0, 0] >= 0 && result[0, 0] <= size * 1.5)
    #expect(result[0, 1] <= 0 && result[0, 1] >= -size * 1.5)
  }

  @Test(arguments: shapes)
  func `transposed and adding products equal sums in double`(_ m: Int, _ n: Int, _ k: Int) {
    var generator = SeededGenerator(seed: UInt64(m * n * k))
    let a = random(k, m, &generator)
    let b = random(k, n, &generator)
    let expected = expected(a, b, isTransposed: true)
    let product = Product<Float>(
      ProductShape(rows: m, columns: n, inner: k, isLeftTransposed: true, accumulates: true),
      packsRight: false)
    let result = Matrix<Float>(rows: 1, columns: m * n + 3)
    product.multiply(a, by: b, into: result, offset: 3)
    product.multiply(a, by: b, into: result, offset: 3)
    #expect(error(Array(result.elements.dropFirst(3)), expected.map { 2 * $0 }) < 1e-6)
    #expect(result.elements.prefix(3).allSatisfy { $0 == 0 })
  }

  @Test func `bfloat16 is the nearest, ties to even, and NaN stays NaN`() {
    // 1 + 2^-8 lies half-way between 1 and 1 + 2^-7; 1 + 3 * 2^-8 between that and 1 + 2^-6.
    let cases: [(Float, Float)] = [
      (1, 1), (1 + 0x1p-8, 1), (1 + 0x3p-8, 1 + 0x1p-6), (1 + 0x1p-8 + 0x1p-20, 1 + 0x1p-7),
      (-0.0, -0.0), (.infinity, .infinity), (.greatestFiniteMagnitude, .infinity),
    ]
    let from = Matrix<Float>(rows: 1, columns: cases.count + 1)
    for (index, item) in cases.enumerated() {
      #expect(Float(BFloat16(item.0)) == item.1)
      from[0, index] = item.0
    }
    from[0, cases.count] = Float(bitPattern: 0x7F80_0001)
    #expect(Float(BFloat16(from[0, cases.count])).isNaN)
    let to = Matrix<BFloat16>(rows: 1, columns: cases.count + 1)
    from.convert(rows: 0..<1, into: to, row: 0)
    for (index, item) in cases.enumerated() { #expect(Float(to[0, index]) == item.1) }
    #expect(Float(to[0, cases.count]).isNaN)
  }
}
