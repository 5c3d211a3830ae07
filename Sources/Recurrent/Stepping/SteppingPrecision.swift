import Tensors

/// The type in which a ``Stepper``'s products read their factors.
public enum SteppingPrecision: String, Codable, CaseIterable, Sendable {
  /// The fastest that the processor does in hardware.
  case auto
  /// 32-bit floats.
  case f32
  /// Bfloat16: the upper half of a 32-bit float.
  case bf16
  /// Bytes: weights in 127ths of the largest of their output, hidden states in 127ths of 1. Sums are
  /// exact, so that logits depend neither on the number of threads nor on that of streams.
  ///
  /// Only where hidden states are bounded by 1: networks whose layers' outputs are rectified,
  /// normalised or added to their inputs step in `bf16` instead.
  case int8

  /// What runs on this machine for a network: `f32`, `bf16` or `int8`.
  public func resolved(for configuration: NetworkConfiguration) -> SteppingPrecision {
    let isBounded =
      !configuration.layerNormalization && !configuration.residual
      && configuration.cell.isBounded(activation: configuration.activation)
    switch self {
    case .auto where isBounded && InstructionSet.multipliesInt8: return .int8
    case .auto: return InstructionSet.multipliesBFloat16 ? .bf16 : .f32
    case .int8 where !isBounded: return .bf16
    default: return self
    }
  }
}
