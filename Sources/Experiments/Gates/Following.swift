/// How well units follow a feature: the sums that tell it, for all units of a layer and one feature.
///
/// A feature of k columns is fitted to a unit's state by least squares on every other stretch of the
/// piece; told is the correlation of that fit with the state on the stretches between, so that what
/// fits by chance is not told.
package struct Following {
  /// How many events are in a stretch.
  static let stretch = 64

  private let columns: Int
  private let units: Int
  // For each half: the count, sums of features, of their products, of states, of their squares, and of
  // features times states, [k], [k, k], [H], [H], [k, H].
  private var halves: [Sums]

  private struct Sums {
    var count = 0.0
    var feature: [Double]
    var products: [Double]
    var state: [Double]
    var squares: [Double]
    var mixed: [Double]
  }

  package init(columns: Int, units: Int) {
    self.columns = columns
    self.units = units
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    let sums = Sums(
      feature: zeros(columns), products: zeros(columns * columns), state: zeros(units),
      squares: zeros(units), mixed: zeros(columns * units))
    halves = [sums, sums]
  }

  /// Takes one event.
  ///
  /// - Parameters:
  ///   - event: its number in the piece.
  ///   - feature: the feature's columns there.
  ///   - state: the layer's state after it, [H].
  package mutating func add(event: Int, feature: [Float], state: ArraySlice<Float>) {
    let half = event / Self.stretch % 2
    halves[half].count += 1
    for (unit, value) in zip(0..<units, state) {
      halves[half].state[unit] += Double(value)
      halves[half].squares[unit] += Double(value) * Double(value)
    }
    for column in 0..<columns {
      let value = Double(feature[column])
      guard value != 0 else { continue }
      halves[half].feature[column] += value
      for other in 0..<columns {
        halves[half].products[column * columns + other] += value * Double(feature[other])
      }
      for (unit, state) in zip(0..<units, state) {
        halves[half].mixed[column * units + unit] += value * Double(state)
      }
    }
  }

  /// Each unit's correlation with the feature, −1 to 1; 0 where one of them does not change.
  package var correlations: [Double] { (0..<units).map(correlation) }

  private func correlation(ofUnit unit: Int) -> Double {
    guard halves.allSatisfy({ $0.count > 1 }) else { return 0 }
    let fitted = covariance(halves[0])
    guard
      let weights = solve(
        fitted, (0..<columns).map { covariance(halves[0], $0, unit: unit) })
    else { return 0 }
    let told = halves[1]
    let matrix = covariance(told)
    var (shared, variance) = (0.0, 0.0)
    for column in 0..<columns {
      shared += weights[column] * covariance(told, column, unit: unit)
      for other in 0..<columns {
        variance += weights[column] * weights[other] * matrix[column * columns + other]
      }
    }
    let mean = told.state[unit] / told.count
    let spread = told.squares[unit] / told.count - mean * mean
    guard variance > 1e-12, spread > 1e-12 else { return 0 }
    return shared / (variance * spread).squareRoot()
  }

  private func covariance(_ sums: Sums) -> [Double] {
    (0..<columns * columns).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      return sums.products[index] / sums.count
        - sums.feature[row] * sums.feature[column] / (sums.count * sums.count)
    }
  }

  private func covariance(_ sums: Sums, _ column: Int, unit: Int) -> Double {
    sums.mixed[column * units + unit] / sums.count
      - sums.feature[column] * sums.state[unit] / (sums.count * sums.count)
  }

  // Gauss-Jordan with pivots; a hundredth of the mean diagonal is added to it, as columns may depend on each
  // other. Nil where nothing changes.
  private func solve(_ matrix: [Double], _ values: [Double]) -> [Double]? {
    let size = values.count
    let ridge = (0..<size).reduce(0) { $0 + matrix[$1 * size + $1] } / Double(size) / 100
    guard ridge > 1e-12 else { return nil }
    var rows = (0..<size).map { row in
      Array(matrix[row * size..<(row + 1) * size]) + [values[row]]
    }
    for row in 0..<size { rows[row][row] += ridge }
    for column in 0..<size {
      let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      guard abs(rows[column][column]) > 1e-15 else { return nil }
      let scale = rows[column][column]
      rows[column] = rows[column].map { $0 / scale }
      for other in 0..<size where other != column {
        let factor = rows[other][column]
        for index in column...size { rows[other][index] -= factor * rows[column][index] }
      }
    }
    return rows.map { $0[size] }
  }
}
