import Foundation
public import Tokenization

/// What a vocabulary's tokens tell first, so that pitch and time can have temperatures of their own and
/// steering does not make notes rarer.
public struct TokenClasses: Sendable {
  /// What a token tells first.
  public enum Kind: Sendable { case pitch, time, program, other }

  let kinds: [Kind]

  /// Sorts a vocabulary's tokens; a merged token belongs where its first event does.
  public init(_ vocabulary: any Vocabulary) {
    kinds = (0..<vocabulary.count).map { token in
      switch vocabulary.events(of: Token(token)).first {
      case .note, .drum: .pitch
      case .time, .frame, .position, .bar: .time
      case .program: .program
      default: .other
      }
    }
  }

  /// Creates classes, a token each.
  public init(_ kinds: [Kind]) { self.kinds = kinds }
}

extension Candidates {
  /// Draws anew, within each class that has a temperature of its own, at that temperature.
  ///
  /// How likely a class is as a whole stays: a temperature for pitch makes pitches bolder without
  /// making notes rarer. It follows ``softmax(temperature:)``, whose temperature it is told.
  mutating func reheat(_ classes: TokenClasses, from common: Float, pitch: Float?, time: Float?) {
    for (kind, temperature) in [(TokenClasses.Kind.pitch, pitch), (.time, time)] {
      guard let temperature, temperature != common else { continue }
      var mass: Float = 0
      var largest = -Float.infinity
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        mass += values[index]
        largest = max(largest, exponents[index])
      }
      guard mass > 0, largest.isFinite else { continue }
      let constant = surpriseOffset
      var sum: Float = 0
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        let difference = exponents[index] - largest
        if temperature > 0 {
          exponents[index] = difference * (common / temperature)
        } else {
          exponents[index] = difference == 0 && sum == 0 ? 0 : -.infinity
        }
        values[index] = exp(exponents[index])
        sum += values[index]
      }
      // So that exponents differ from the probabilities' logarithms by one constant for all.
      let shift = log(mass / sum) + constant
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        values[index] *= mass / sum
        exponents[index] += shift
      }
    }
  }

  /// Gives the pitches together, and the programs together, the weight that they have among all tokens
  /// that could be drawn without steering, so that steering changes which notes come, not how many.
  ///
  /// It works on logits, before ``softmax(temperature:)``; a class of which nothing is left stays so.
  mutating func keepWeights(
    of unsteered: TokenMask, _ logits: ArraySlice<Float>, _ classes: TokenClasses,
    temperature: Float
  ) {
    for kind in [TokenClasses.Kind.pitch, .program] {
      var before = LogSum(temperature: temperature)
      unsteered.forEachIndex { token in
        if token < logits.count, classes.kinds[token] == kind {
          before.add(logits[logits.startIndex + token])
        }
      }
      var after = LogSum(temperature: temperature)
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        after.add(values[index])
      }
      let difference = before.value - after.value
      guard difference.isFinite, difference != 0 else { continue }
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        values[index] += difference
      }
    }
  }
}

/// The logit that weighs as much as some together: T · log Σ exp(x / T), the largest where T is 0.
private struct LogSum {
  let temperature: Float
  private var largest = -Float.infinity
  private var sum: Float = 0

  init(temperature: Float) { self.temperature = temperature }

  mutating func add(_ logit: Float) {
    guard logit.isFinite else { return }
    if logit > largest {
      if temperature > 0 { sum *= exp((largest - logit) / temperature) }
      largest = logit
    }
    if temperature > 0 { sum += exp((logit - largest) / temperature) }
  }

  var value: Float { temperature > 0 ? largest + temperature * log(sum) : largest }
}
