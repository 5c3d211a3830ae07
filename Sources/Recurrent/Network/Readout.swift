/// What a network answers with that says what a whole sequence is: labels, in place of the next token.
///
/// The output matrix gives each step a number for each label; pooling makes one answer of those of all
/// steps. A matrix is linear and the weights of the steps add up to 1, so that this is the same as a matrix
/// over the pooled outputs of the last layer.
public struct Readout: Codable, Hashable, Sendable {
  /// The number of labels.
  public var labelCount: Int
  /// How the steps' numbers become one.
  public var pooling: Pooling

  /// Creates a readout.
  public init(labelCount: Int, pooling: Pooling) {
    self.labelCount = labelCount
    self.pooling = pooling
  }

  private enum CodingKeys: String, CodingKey, CaseIterable { case labelCount, pooling }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// The most labels.
  static let mostLabels = 1 << 12

  /// The numbers that the output matrix gives each step: one for each label, and for attention the step's
  /// own weight, last.
  var outputCount: Int { labelCount + (pooling == .attention ? 1 : 0) }
}

/// How what a network says at each step of a sequence becomes one answer.
public enum Pooling: String, Codable, CaseIterable, Sendable {
  /// What it says at the last step, when it has read all.
  case last
  /// The mean of what it says at all steps.
  case mean
  /// A mean whose weights the network chooses: step t has the weight softmax(a)_t, where a_t is linear in
  /// the last layer's output.
  ///
  /// - Reference: Felbo et al., "Using Millions of Emoji Occurrences to Learn Any-Domain Representations"
  ///   (2017), equations 1 to 3.
  case attention
}

extension NetworkConfiguration {
  /// The numbers that the output matrix gives each step: a logit for each token, or what the readout needs.
  public var outputCount: Int { readout?.outputCount ?? vocabularySize }
}
