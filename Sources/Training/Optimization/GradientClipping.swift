/// Keeps gradients from exploding.
///
/// - Reference: Pascanu, Mikolov and Bengio, "On the Difficulty of Training Recurrent Neural
///   Networks" (2013).
public enum GradientClipping: Codable, Hashable, Sendable {
  /// Scales all gradients by one factor, so that their norm is at most this.
  case globalNorm(Float)
  /// Cuts each gradient to within ± this.
  case value(Float)

  /// Clips gradients and returns their norm before.
  ///
  /// NaN and infinity stay as they are: the caller sees them in the norm.
  @discardableResult
  public func clip(_ gradients: inout [Float]) -> Float {
    let norm = Self.norm(gradients)
    guard norm.isFinite else { return norm }
    switch self {
    case .globalNorm(let limit):
      guard norm > limit else { return norm }
      let factor = limit / norm
      for index in gradients.indices { gradients[index] *= factor }
    case .value(let limit):
      for index in gradients.indices {
        gradients[index] = min(max(gradients[index], -limit), limit)
      }
    }
    return norm
  }

  /// Whether gradients of a norm are made smaller; never said of single values' clipping.
  package func changes(_ norm: Float) -> Bool {
    if case .globalNorm(let limit) = self { norm > limit } else { false }
  }

  /// The root of the sum of squares, summed in double precision in a fixed order.
  public static func norm(_ gradients: [Float]) -> Float {
    var sums = SIMD8<Double>()
    let whole = gradients.count / 8 * 8
    for index in stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 {
        let value = Double(gradients[index + lane])
        sums[lane] += value * value
      }
    }
    var sum = sums.sum()
    for index in whole..<gradients.count {
      sum += Double(gradients[index]) * Double(gradients[index])
    }
    return Float(sum.squareRoot())
  }
}
