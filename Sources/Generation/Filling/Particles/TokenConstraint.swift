public import Tokenization

/// What a sequence of tokens must keep to, told one token ahead.
///
/// It must have no dead ends: whatever wanted tokens came so far, a token that is wanted and that the
/// grammar allows can follow, until ``isComplete``.
public protocol TokenConstraint: Sendable {
  /// The tokens that keep the constraint; those that the grammar forbids do not matter.
  var wanted: TokenMask { get }
  /// How many stages are complete, such as frames: particles are compared at the ends of stages.
  var stage: Int { get }
  /// Whether the sequence is at its end.
  var isComplete: Bool { get }
  /// Takes the token that came.
  mutating func advance(_ token: Token)
}
