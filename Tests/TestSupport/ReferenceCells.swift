import Glibc

/// The recurrent cells written for reading: scalar, gate by gate, in whatever `Real` is.
///
/// Each takes x [D] and its state and returns the next state. Weights are rows of [gates · H, D]
/// and [gates · H, H] in PyTorch's order.
public struct ReferenceWeights<Real: BinaryFloatingPoint> {
  public var inputWeights: [[Real]]
  public var recurrentWeights: [[Real]]
  public var inputBias: [Real]
  public var recurrentBias: [Real]
  /// Of an RRU: its second product, that one's bias, and what scales its memory and its candidate.
  public var innerWeights: [[Real]] = []
  public var innerBias: [Real] = []
  public var retention: [Real] = []
  public var candidateScale: [Real] = []

  public init(
    inputWeights: [[Real]], recurrentWeights: [[Real]], inputBias: [Real], recurrentBias: [Real]
  ) {
    self.inputWeights = inputWeights
    self.recurrentWeights = recurrentWeights
    self.inputBias = inputBias
    self.recurrentBias = recurrentBias
  }

  func input(_ row: Int, _ x: [Real]) -> Real { dot(inputWeights[row], x) + inputBias[row] }

  func recurrent(_ row: Int, _ h: [Real]) -> Real {
    dot(recurrentWeights[row], h) + recurrentBias[row]
  }

  func dot(_ a: [Real], _ b: [Real]) -> Real {
    var sum: Real = 0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }
}

/// h′ = φ(W x + b + U h + d).
public struct ReferenceElman<Real: BinaryFloatingPoint> {
  public var weights: ReferenceWeights<Real>
  public var isRectified: Bool

  public init(_ weights: ReferenceWeights<Real>, isRectified: Bool) {
    self.weights = weights
    self.isRectified = isRectified
  }

  public func step(_ x: [Real], hidden h: [Real]) -> [Real] {
    h.indices.map { j in
      let sum = weights.input(j, x) + weights.recurrent(j, h)
      return isRectified ? max(0, sum) : hyperbolicTangent(sum)
    }
  }
}

/// n = tanh(x_n + r·(U_n h + d_n)), h′ = (1 − z)·n + z·h.
public struct ReferenceGRU<Real: BinaryFloatingPoint> {
  public var weights: ReferenceWeights<Real>

  public init(_ weights: ReferenceWeights<Real>) { self.weights = weights }

  public func step(_ x: [Real], hidden h: [Real]) -> [Real] {
    let size = h.count
    return h.indices.map { j in
      let r = logistic(weights.input(j, x) + weights.recurrent(j, h))
      let z = logistic(weights.input(size + j, x) + weights.recurrent(size + j, h))
      let n = hyperbolicTangent(
        weights.input(2 * size + j, x) + r * weights.recurrent(2 * size + j, h))
      return (1 - z) * n + z * h[j]
    }
  }
}

/// c′ = f·c + i·g, h′ = o·tanh(c′).
public struct ReferenceLSTM<Real: BinaryFloatingPoint> {
  public var weights: ReferenceWeights<Real>

  public init(_ weights: ReferenceWeights<Real>) { self.weights = weights }

  public func step(_ x: [Real], hidden h: [Real], cell c: [Real]) -> (hidden: [Real], cell: [Real])
  {
    let size = h.count
    func sum(_ gate: Int, _ j: Int) -> Real {
      weights.input(gate * size + j, x) + weights.recurrent(gate * size + j, h)
    }
    let cell = c.indices.map { j in
      logistic(sum(1, j)) * c[j] + logistic(sum(0, j)) * hyperbolicTangent(sum(2, j))
    }
    let hidden = c.indices.map { j in logistic(sum(3, j)) * hyperbolicTangent(cell[j]) }
    return (hidden, cell)
  }
}

/// c′ = f·c + (1 − f)·z, h′ = o·c′.
public struct ReferenceQRNN<Real: BinaryFloatingPoint> {
  public var weights: ReferenceWeights<Real>

  public init(_ weights: ReferenceWeights<Real>) { self.weights = weights }

  public func step(_ x: [Real], cell c: [Real]) -> (hidden: [Real], cell: [Real]) {
    let size = c.count
    let cell = c.indices.map { j in
      let f = logistic(weights.input(size + j, x))
      return f * c[j] + (1 - f) * hyperbolicTangent(weights.input(j, x))
    }
    return (c.indices.map { logistic(weights.input(2 * size + $0, x)) * cell[$0] }, cell)
  }
}

/// s = W x + U m + b, j = max(0, s / √(mean of s² + 10⁻⁶)), (c, o) = V j + d, m′ = σ(10 S)·m + Z·c.
public struct ReferenceRRU<Real: BinaryFloatingPoint> {
  public var weights: ReferenceWeights<Real>

  public init(_ weights: ReferenceWeights<Real>) { self.weights = weights }

  public func step(_ x: [Real], memory m: [Real]) -> (hidden: [Real], memory: [Real]) {
    let sums = weights.inputBias.indices.map {
      weights.input($0, x) + weights.dot(weights.recurrentWeights[$0], m)
    }
    let squares = sums.reduce(0) { $0 + $1 * $1 } / Real(sums.count)
    let inner = sums.map { max(0, $0 / (squares + 1e-6).squareRoot()) }
    let outer = weights.innerBias.indices.map {
      weights.dot(weights.innerWeights[$0], inner) + weights.innerBias[$0]
    }
    let memory = m.indices.map {
      logistic(10 * weights.retention[$0]) * m[$0] + weights.candidateScale[$0] * outer[$0]
    }
    return (Array(outer.suffix(m.count)), memory)
  }
}

/// One step of the cell that has a name in files: from the states before, the hidden one first, to
/// those after.
public func referenceStep<Real: BinaryFloatingPoint>(
  ofCell name: String, _ weights: ReferenceWeights<Real>, isRectified: Bool, _ x: [Real],
  states: [[Real]]
) -> [[Real]] {
  switch name {
  case "rnn":
    return [ReferenceElman(weights, isRectified: isRectified).step(x, hidden: states[0])]
  case "gru":
    return [ReferenceGRU(weights).step(x, hidden: states[0])]
  case "lstm":
    let next = ReferenceLSTM(weights).step(x, hidden: states[0], cell: states[1])
    return [next.hidden, next.cell]
  case "qrnn":
    let next = ReferenceQRNN(weights).step(x, cell: states[1])
    return [next.hidden, next.cell]
  case "rru":
    let next = ReferenceRRU(weights).step(x, memory: states[1])
    return [next.hidden, next.memory]
  default:
    preconditionFailure("no reference for the cell \(name)")
  }
}

/// The gradient of a function by central differences.
public func centralDifferences(
  at point: [Double], step: Double = 1e-6, of function: ([Double]) -> Double
) -> [Double] {
  var moved = point
  return point.indices.map { index in
    moved[index] = point[index] + step
    let above = function(moved)
    moved[index] = point[index] - step
    let below = function(moved)
    moved[index] = point[index]
    return (above - below) / (2 * step)
  }
}

public func logistic<Real: BinaryFloatingPoint>(_ x: Real) -> Real {
  Real(1 / (1 + exp(-Double(x))))
}

public func hyperbolicTangent<Real: BinaryFloatingPoint>(_ x: Real) -> Real {
  Real(tanh(Double(x)))
}

public func naturalLogarithm<Real: BinaryFloatingPoint>(_ x: Real) -> Real { Real(log(Double(x))) }

public func exponential<Real: BinaryFloatingPoint>(_ x: Real) -> Real { Real(exp(Double(x))) }
