import Foundation
public import Modeling
public import Recurrent
public import Tensors
public import Tokenization

/// Sequential Monte Carlo over a model's sequences under a constraint: N weighted particles whose
/// distribution goes to the model's, given that the constraint holds to the end.
///
/// Each particle draws its next token from the model among those that keep the constraint, and its
/// weight is multiplied by the probability that the model gave to all of these together: exact
/// importance weights. At the end of a stage, where fewer than half of the particles are effective,
/// those of little weight give way to copies of those of much. So what comes later decides over what
/// came before it, as far as the particles still differ there.
///
/// - Reference: Doucet, de Freitas, Gordon, "Sequential Monte Carlo Methods in Practice" (2001); Lew,
///   Zhi-Xuan, Grand, Mansinghka, "Sequential Monte Carlo Steering of Large Language Models using
///   Probabilistic Programs" (2023).
public final class ParticleFilter<Constraint: TokenConstraint> {
  /// One sequence.
  public struct Particle: Sendable {
    /// The tokens after the start of the piece.
    public internal(set) var tokens: [Token] = []
    /// The logarithm of its importance weight since the last resampling.
    public internal(set) var logWeight = 0.0
    /// The logarithm of the probability that the model, at the temperature, gives to its tokens.
    public internal(set) var logLikelihood = 0.0
    var grammar: any Grammar
    var constraint: Constraint
  }

  /// The particles.
  public private(set) var particles: [Particle]
  /// The logarithm of the estimated probability that the constraint holds so far; its exponential is
  /// right on average.
  public var logEvidence: Double { evidenceBefore + Self.logMean(particles.map(\.logWeight)) }

  private let stepper: Stepper
  private let temperature: Double
  private var random: RandomSource
  private var logits: [Float] = []
  private var distribution = TokenDistribution()
  private var evidenceBefore = 0.0

  /// Puts all particles at the start of a piece.
  ///
  /// - Parameters:
  ///   - model: whose sequences are drawn.
  ///   - constraint: what they keep to.
  ///   - count: the number of particles, 1 to 65,536.
  ///   - told: what the model is told of the piece, of the conditions that it knows.
  ///   - temperature: what logits are divided by, above 0; it is part of the model here.
  ///   - seed: where every random choice comes from.
  /// - Throws: `NetworkError` where there are too many particles for the memory.
  public init(
    model: Model, constraint: Constraint, count: Int, told: PieceAttributes = PieceAttributes(),
    temperature: Double = 1, seed: UInt64
  ) throws(NetworkError) {
    precondition(temperature > 0, "a temperature of \(temperature)")
    stepper = try Stepper(model.network, streams: count, precision: .f32)
    self.temperature = temperature
    random = RandomSource(seed: seed)
    var grammar = model.vocabulary.makeGrammar()
    let opening = model.vocabulary.opening(telling: told)
    for token in opening { grammar.advance(token) }
    particles = Array(
      repeating: Particle(grammar: grammar, constraint: constraint), count: count)
    for token in opening {
      stepper.step(Array(repeating: Int32(token), count: count), logits: &logits)
    }
  }

  /// Whether all particles are at their ends.
  public var isComplete: Bool { particles.allSatisfy(\.constraint.isComplete) }

  /// Takes all particles to the end of the present stage, and resamples them where they need it.
  public func advance() {
    guard !isComplete else { return }
    drawStage()
    resampleIfDegenerate()
  }

  /// Draws a particle by weight.
  public func draw() -> Particle {
    let weights = Resampling.normalized(particles.map(\.logWeight))
    var remaining = random.uniform()
    for (particle, weight) in zip(particles, weights) {
      remaining -= weight
      if remaining < 0 { return particle }
    }
    return particles[weights.lastIndex { $0 > 0 } ?? 0]
  }

  private func drawStage() {
    let stage = particles.map(\.constraint.stage).min() ?? 0
    var active = particles.indices.filter {
      particles[$0].constraint.stage == stage && !particles[$0].constraint.isComplete
    }
    var tokens = [Int32](repeating: 0, count: particles.count)
    // What those remember that wait for the others, whose streams go on with them.
    var waiting: (state: NetworkState, logits: [Float])? =
      active.count < particles.count ? (stepper.state, logits) : nil
    while !active.isEmpty {
      for index in active { tokens[index] = Int32(drawToken(for: index)) }
      stepper.step(tokens, logits: &logits)
      let arrived = active.filter {
        particles[$0].constraint.stage > stage || particles[$0].constraint.isComplete
      }
      if arrived.isEmpty { continue }
      active.removeAll {
        particles[$0].constraint.stage > stage || particles[$0].constraint.isComplete
      }
      keep(arrived, in: &waiting)
    }
    if let waiting {
      stepper.state = waiting.state
      logits = waiting.logits
    }
  }

  private func drawToken(for index: Int) -> Token {
    let size = stepper.configuration.vocabularySize
    let allowed = particles[index].grammar.allowed
    distribution.load(
      logits[index * size..<(index + 1) * size], allowed: allowed, temperature: temperature)
    let drawn = distribution.draw(
      from: particles[index].constraint.wanted, allowed: allowed, using: &random)
    particles[index].logWeight += drawn.logMass
    particles[index].logLikelihood += distribution.logProbability(of: drawn.token)
    particles[index].tokens.append(drawn.token)
    particles[index].grammar.advance(drawn.token)
    particles[index].constraint.advance(drawn.token)
    return drawn.token
  }

  private func keep(_ arrived: [Int], in waiting: inout (state: NetworkState, logits: [Float])?) {
    let state = stepper.state
    guard waiting != nil else {
      waiting = (state, logits)
      return
    }
    let size = stepper.configuration.vocabularySize
    for index in arrived {
      waiting?.state.copy(stream: index, of: state, to: index)
      let row = index * size..<(index + 1) * size
      waiting?.logits.replaceSubrange(row, with: logits[row])
    }
  }

  private func resampleIfDegenerate() {
    let logWeights = particles.map(\.logWeight)
    let weights = Resampling.normalized(logWeights)
    guard Resampling.effectiveSampleSize(weights) < Double(particles.count) / 2 else { return }
    evidenceBefore += Self.logMean(logWeights)
    let sources = Resampling.systematic(weights, using: &random)
    particles = sources.map { particles[$0] }
    for index in particles.indices { particles[index].logWeight = 0 }
    stepper.state = stepper.state.gathering(sources)
    let size = stepper.configuration.vocabularySize
    logits = sources.flatMap { logits[$0 * size..<($0 + 1) * size] }
  }

  private static func logMean(_ logarithms: [Double]) -> Double {
    let largest = logarithms.max() ?? -.infinity
    guard largest > -.infinity else { return -.infinity }
    let sum = logarithms.reduce(0) { $0 + exp($1 - largest) }
    return largest + log(sum / Double(logarithms.count))
  }
}

/// What becomes of weighted particles.
public enum Resampling {
  /// The weights of particles from their logarithms, their sum 1; alike where none is possible.
  public static func normalized(_ logWeights: [Double]) -> [Double] {
    let largest = logWeights.max() ?? 0
    guard largest > -.infinity else {
      return logWeights.map { _ in 1 / Double(logWeights.count) }
    }
    let weights = logWeights.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// The effective sample size: how many particles of one weight would be as good.
  ///
  /// - Reference: Kong, Liu, Wong, "Sequential Imputations and Bayesian Missing Data Problems" (1994).
  public static func effectiveSampleSize(_ weights: [Double]) -> Double {
    1 / weights.reduce(0) { $0 + $1 * $1 }
  }

  /// Which particle each place gets: a particle of weight w gets w · N places, rounded up or down.
  ///
  /// - Parameters:
  ///   - weights: N weights, their sum 1.
  ///   - random: where the one random number comes from.
  /// - Returns: N indices, rising.
  /// - Reference: Kitagawa, "Monte Carlo Filter and Smoother" (1996): systematic resampling.
  public static func systematic(_ weights: [Double], using random: inout RandomSource) -> [Int] {
    let count = weights.count
    let offset = random.uniform()
    var sources: [Int] = []
    sources.reserveCapacity(count)
    var cumulated = 0.0
    for (particle, weight) in weights.enumerated() {
      cumulated += weight * Double(count)
      while sources.count < count, Double(sources.count) + offset < cumulated {
        sources.append(particle)
      }
    }
    // Rounding may leave the last place open.
    let last = weights.lastIndex { $0 > 0 } ?? 0
    while sources.count < count { sources.append(last) }
    return sources
  }
}
