import Tensors

/// The type in which products read their factors; parameters, sums and states are always floats.
public enum Precision: String, Codable, CaseIterable, Sendable {
  /// Bfloat16 where the processor multiplies it in hardware, else `f32`.
  case auto
  /// 32-bit floats.
  case f32
  /// Bfloat16: the upper half of a 32-bit float.
  case bf16

  /// What runs on this machine: `f32` or `bf16`.
  public var resolved: Precision {
    self == .auto ? (InstructionSet.multipliesBFloat16 ? .bf16 : .f32) : self
  }
}
