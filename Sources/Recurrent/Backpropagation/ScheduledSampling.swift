import Glibc
import Tensors

/// Passages in which a network that is trained reads what it draws itself in place of the piece's tokens, so that it
/// learns to go on from its own mistakes.
///
/// A window is read twice. The first time, without gradients, the network reads the piece and tells the logits of each
/// step; in some passages each token is then drawn by those of the step before it. The second time, with gradients, it
/// reads what was drawn. Targets stay the piece's, and nothing is derived of the draw. What is recalled stays the
/// piece's, too, candidates and lengths of matches alike, and so does what is heard again: both are looked up in the
/// piece before anything is drawn.
///
/// Only tokens of one family stand for each other, so that notes stay notes and positions positions. As all are drawn
/// at once, none knows of the one drawn before it. Passages are chosen anew in each window, also one that began before
/// it, so that nothing need be kept; what is drawn depends on the seed and the place in the window alone.
///
/// - Reference: Bengio et al., "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks" (2015); in
///   two passes Mihaylova and Martins, "Scheduled Sampling for Transformers" (2019).
package struct ScheduledSampling: Sendable {
  /// The share of passages that are drawn, 0 to 1.
  package let rate: Float
  /// How much of a passage passes with each token: the next begins with the one that fills it.
  package let shares: [Double]
  private let families: [[Int32]]
  /// The number of each token's family; −1 where it stays.
  private let familyNumbers: [Int]

  /// Sums of shares of a whole may come out a little below it.
  private static let whole = 1 - 1e-6

  /// What chance is asked for.
  private enum Purpose: Int { case choice, token }

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - rate: the share of passages that are drawn.
  ///   - families: tokens that may stand for each other; others, and those of a family of one, stay.
  ///   - shares: how much of a passage passes with each token of the vocabulary.
  package init(rate: Float, families: [[Int32]], shares: [Double]) {
    self.rate = rate
    self.families = families
    self.shares = shares
    var numbers = [Int](repeating: -1, count: shares.count)
    for (number, family) in families.enumerated() where family.count > 1 {
      for token in family { numbers[Int(token)] = number }
    }
    familyNumbers = numbers
  }

  /// The tokens that may stand in the place of one, itself among them; none where it stays.
  package func family(of token: Int32) -> [Int32] {
    let number = familyNumbers[Int(token)]
    return number < 0 ? [] : families[number]
  }

  /// The rows of a shard's window whose tokens are drawn.
  ///
  /// None is of the window's first step or a piece's first token, before which no step stands that foretells them.
  ///
  /// - Parameters:
  ///   - window: the window, which has the piece's tokens.
  ///   - streams: how many of its streams are real.
  ///   - seed: chooses the passages.
  /// - Returns: the rows, stream after stream.
  func rows(of window: WindowInput, streams: Int, seed: UInt64) -> [Int] {
    var rows: [Int] = []
    for stream in 0..<streams {
      var passed = 0.0
      var isChosen = false
      for step in 0..<window.length {
        let row = step * window.rows + stream
        let token = Int(window.lookups[0][row, 0])
        let isFirst = step == 0 || window.resets[row, 0] != 0
        passed += shares[token]
        if isFirst || passed >= Self.whole {
          passed = 0
          isChosen = Self.chance(.choice, row, of: window, seed: seed) < Double(rate)
        }
        if isChosen, !isFirst, familyNumbers[token] >= 0 { rows.append(row) }
      }
    }
    return rows
  }

  /// Draws what stands in the place of a token.
  ///
  /// - Parameters:
  ///   - row: its row in a shard's window.
  ///   - window: the window.
  ///   - logits: those of the window's steps, without bias.
  ///   - bias: the bias of the logits, [1, V].
  ///   - seed: chooses among the tokens.
  /// - Returns: a token of its family; itself where logits are no numbers any more.
  func draw(
    _ row: Int, of window: WindowInput, logits: Matrix<Float>, bias: Matrix<Float>, seed: UInt64
  ) -> Int32 {
    let token = window.lookups[0][row, 0]
    let family = family(of: token)
    let before = row - window.rows
    let values = family.map { Double(logits[before, Int($0)] + bias[0, Int($0)]) }
    let most = values.max() ?? 0
    let weights = values.map { exp($0 - most) }
    var rest = Self.chance(.token, row, of: window, seed: seed) * weights.reduce(0, +)
    guard rest.isFinite else { return token }
    for (other, weight) in zip(family, weights) {
      rest -= weight
      if rest < 0 { return other }
    }
    return token
  }

  // Of each place by itself, whichever shard has it.
  private static func chance(
    _ purpose: Purpose, _ row: Int, of window: WindowInput, seed: UInt64
  ) -> Double {
    let (step, stream) = row.quotientAndRemainder(dividingBy: window.rows)
    let place = step * window.streams + window.firstStream + stream
    var random = RandomSource(
      seed: seed &+ UInt64(2 * place + purpose.rawValue) &* 0xD1B5_4A32_D192_ED03)
    return random.uniform()
  }
}
