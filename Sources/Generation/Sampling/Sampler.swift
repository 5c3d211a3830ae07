public import Tokenization

/// Draws tokens from logits: bias, mask, temperature, top-k, typical, top-p, min-p, then one random
/// number.
public struct Sampler: Sendable {
  /// The settings; they may change between two tokens.
  public var settings: SamplingSettings
  /// How much of the piece is written, 0 to 1, for a temperature that changes on the way.
  public var progress: Float = 0
  /// What is added to each logit before anything else; empty for nothing.
  public var bias: [Float] = []
  /// Tokens whose logits are changed, too, behind all that steers, and by how much.
  var changes: [(token: Token, logit: Float)] = []
  private let classes: TokenClasses?
  private var candidates = Candidates()

  /// Creates a sampler.
  ///
  /// - Parameters:
  ///   - settings: valid settings.
  ///   - classes: which tokens tell pitch and time; without them neither has a temperature of its own.
  public init(_ settings: SamplingSettings, classes: TokenClasses? = nil) {
    self.settings = settings
    self.classes = classes
  }

  /// Draws a token.
  ///
  /// - Parameters:
  ///   - logits: one number a token.
  ///   - allowed: the tokens that may be drawn, at least one.
  ///   - unsteered: the tokens that could be drawn if nobody steered: pitches together, and programs
  ///     together, stay as likely as they are among these; nil to leave that as it falls.
  ///   - generator: where the random number comes from.
  /// - Returns: an allowed token.
  public mutating func sample(
    logits: ArraySlice<Float>, allowed: TokenMask, unsteered: TokenMask? = nil,
    using generator: inout some RandomNumberGenerator
  ) -> Token {
    filter(logits: logits, allowed: allowed, unsteered: unsteered)
    var remaining = Float.random(in: 0..<1, using: &generator)
    var last = candidates.tokens[0]
    for index in candidates.tokens.indices where candidates.values[index] > 0 {
      last = candidates.tokens[index]
      remaining -= candidates.values[index]
      if remaining < 0 { break }
    }
    return Token(last)
  }

  /// The distribution that ``sample(logits:allowed:unsteered:using:)`` draws from.
  ///
  /// - Parameters:
  ///   - logits: one number a token.
  ///   - allowed: the tokens that may be drawn, at least one.
  ///   - unsteered: the tokens that could be drawn if nobody steered; nil to leave that as it falls.
  /// - Returns: a probability for each token, their sum 1.
  public func distribution(
    logits: ArraySlice<Float>, allowed: TokenMask, unsteered: TokenMask? = nil
  ) -> [Float] {
    var copy = self
    copy.filter(logits: logits, allowed: allowed, unsteered: unsteered)
    var probabilities = [Float](repeating: 0, count: logits.count)
    for (token, value) in zip(copy.candidates.tokens, copy.candidates.values) {
      probabilities[token] = value
    }
    return probabilities
  }

  /// The so many likeliest tokens of that distribution and their probabilities, the likeliest first.
  mutating func likeliest(
    _ count: Int, logits: ArraySlice<Float>, allowed: TokenMask, unsteered: TokenMask?
  ) -> [(token: Token, probability: Float)] {
    filter(logits: logits, allowed: allowed, unsteered: unsteered)
    if count < candidates.tokens.count {
      candidates.orderByProbability()
      candidates.keepLeading(.count, until: Double(count))
    }
    return zip(candidates.tokens, candidates.values).filter { $0.1 > 0 }
      .map { (Token($0.0), $0.1) }
      .sorted { ($1.probability, $0.token) < ($0.probability, $1.token) }
  }

  private mutating func filter(
    logits: ArraySlice<Float>, allowed: TokenMask, unsteered: TokenMask?
  ) {
    let temperature = settings.temperature(at: progress)
    candidates.load(logits, bias: bias, allowed: allowed)
    if let classes, let unsteered {
      candidates.keepWeights(of: unsteered, logits, classes, temperature: temperature)
    }
    // What is to come again does so whether it is a note or time that passes.
    for change in changes {
      guard let index = candidates.tokens.firstIndex(of: Int(change.token)) else { continue }
      candidates.values[index] += change.logit
    }
    candidates.softmax(temperature: temperature)
    if let classes, settings.pitchTemperature != nil || settings.timeTemperature != nil {
      candidates.reheat(
        classes, from: temperature, pitch: settings.pitchTemperature, time: settings.timeTemperature
      )
    }
    if let topK = settings.topK { candidates.keepLikeliest(topK) }
    if settings.typicalP < 1 { candidates.keepTypical(settings.typicalP) }
    if settings.topP < 1 { candidates.keepNucleus(settings.topP) }
    if settings.minP > 0 { candidates.keepAbove(settings.minP) }
  }
}
