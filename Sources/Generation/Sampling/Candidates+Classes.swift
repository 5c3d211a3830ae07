import Foundation
import Tokenization

extension Candidates {
  /// Draws anew, within each class that has a temperature of its own, at that temperature.
  ///
  /// How likely a class is as a whole stays: a temperature for pitch makes pitches bolder without
  /// making notes rarer. Softmax over classes and within them; logits may be shifted freely.
  mutating func reheat(
    _ logits: ArraySlice<Float>, bias: [Float], _ classes: TokenClasses, pitch: Float?, time: Float?
  ) {
    for (kind, temperature) in [(TokenClasses.Kind.pitch, pitch), (.time, time)] {
      guard let temperature else { continue }
      func logit(_ index: Int) -> Float {
        let token = tokens[index]
        return logits[logits.startIndex + token] + (bias.isEmpty ? 0 : bias[token])
      }
      var mass: Float = 0
      var best = -1
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        mass += values[index]
        if best < 0 || logit(index) > logit(best) { best = index }
      }
      guard best >= 0, mass > 0, logit(best).isFinite else { continue }
      let largest = logit(best)
      var sum: Float = 0
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        values[index] =
          temperature > 0
          ? exp((logit(index) - largest) / temperature) : index == best ? 1 : 0
        sum += values[index]
      }
      for index in tokens.indices where classes.kinds[tokens[index]] == kind {
        values[index] *= mass / sum
        exponents[index] = log(values[index])
      }
      // The others' are brought to the same constant.
      for index in tokens.indices where classes.kinds[tokens[index]] != kind {
        exponents[index] = log(values[index])
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
      for (index, word) in unsteered.words.enumerated() {
        var bits = word
        while bits != 0 {
          let token = index * 64 + bits.trailingZeroBitCount
          bits &= bits - 1
          guard token < logits.count else { break }
          if classes.kinds[token] == kind { before.add(logits[logits.startIndex + token]) }
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
