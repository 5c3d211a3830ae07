import Foundation
public import Tokenization

/// Draws tokens from logits: mask, temperature, top-k, top-p, min-p, then one random number.
public struct Sampler: Sendable {
  /// The settings; they may change between two tokens.
  public var settings: SamplingSettings
  private var probabilities: [Float] = []
  private var order: [Int] = []

  /// Creates a sampler.
  ///
  /// - Parameter settings: valid settings.
  public init(_ settings: SamplingSettings) { self.settings = settings }

  /// Draws a token.
  ///
  /// - Parameters:
  ///   - logits: one number a token.
  ///   - allowed: the tokens that may be drawn, at least one.
  ///   - generator: where the random number comes from.
  /// - Returns: an allowed token.
  public mutating func sample(
    logits: ArraySlice<Float>, allowed: TokenMask, using generator: inout some RandomNumberGenerator
  ) -> Token {
    computeDistribution(logits: logits, allowed: allowed)
    var remaining = Float.random(in: 0..<1, using: &generator)
    var last = 0
    for (token, probability) in probabilities.enumerated() where probability > 0 {
      last = token
      remaining -= probability
      if remaining < 0 { break }
    }
    return Token(last)
  }

  /// The distribution that ``sample(logits:allowed:using:)`` draws from.
  ///
  /// - Parameters:
  ///   - logits: one number a token.
  ///   - allowed: the tokens that may be drawn, at least one.
  /// - Returns: a probability for each token, their sum 1.
  public func distribution(logits: ArraySlice<Float>, allowed: TokenMask) -> [Float] {
    var copy = self
    copy.computeDistribution(logits: logits, allowed: allowed)
    return copy.probabilities
  }

  private mutating func computeDistribution(logits: ArraySlice<Float>, allowed: TokenMask) {
    // NaN never survives a comparison, so a broken network still yields an allowed token.
    var largest = -Float.infinity
    var likeliest = -1
    for (token, logit) in logits.enumerated() where allowed[Token(token)] {
      if likeliest < 0 || logit > largest {
        largest = logit.isNaN ? -.infinity : logit
        likeliest = token
      }
    }
    precondition(likeliest >= 0, "sample: no token is allowed")

    probabilities.removeAll(keepingCapacity: true)
    probabilities.append(contentsOf: repeatElement(0, count: logits.count))
    guard settings.temperature > 0, largest.isFinite else {
      probabilities[likeliest] = 1
      return
    }
    var sum: Float = 0
    for (token, logit) in logits.enumerated() where allowed[Token(token)] && !logit.isNaN {
      let weight = exp((logit - largest) / settings.temperature)
      probabilities[token] = weight
      sum += weight
    }
    for token in probabilities.indices { probabilities[token] /= sum }

    if let topK = settings.topK, topK < probabilities.count { keepLikeliest(topK) }
    if settings.topP < 1 { keepNucleus(settings.topP) }
    if settings.minP > 0 { keepAbove(settings.minP * (probabilities.max() ?? 0)) }
  }

  private mutating func keepLikeliest(_ count: Int) {
    sortByProbability()
    for token in order.dropFirst(count) { probabilities[token] = 0 }
    normalize()
  }

  private mutating func keepNucleus(_ mass: Float) {
    sortByProbability()
    var sum: Float = 0
    for token in order {
      if sum >= mass { probabilities[token] = 0 }
      sum += probabilities[token]
    }
    normalize()
  }

  private mutating func keepAbove(_ threshold: Float) {
    for token in probabilities.indices where probabilities[token] < threshold {
      probabilities[token] = 0
    }
    normalize()
  }

  /// Orders the possible tokens from the likeliest; equal ones by number, so that ties are stable.
  private mutating func sortByProbability() {
    let probabilities = probabilities
    order = probabilities.indices.filter { probabilities[$0] > 0 }
    order.sort { (probabilities[$1], $0) < (probabilities[$0], $1) }
  }

  private mutating func normalize() {
    let sum = probabilities.reduce(0, +)
    for token in probabilities.indices { probabilities[token] /= sum }
  }
}
