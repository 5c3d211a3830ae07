import Tensors
import Tokenization

/// Reads each piece in another key in each epoch.
///
/// The transposition depends on the seed, the epoch and the piece only, so a run can be resumed
/// anywhere without remembering what was drawn before.
struct Augmentation: Sendable {
  let vocabulary: any Vocabulary
  let transposition: Int
  let seed: UInt64

  /// A piece's tokens as they shall be read in an epoch.
  ///
  /// A transposition that would leave the vocabulary's pitches is not made.
  func apply(to tokens: [Token], piece: Int, epoch: Int) -> [Token] {
    guard transposition > 0 else { return tokens }
    var random = RandomSource(seed: derivedSeed(seed, UInt64(epoch), UInt64(piece) + 2))
    let semitones = Int.random(in: -transposition...transposition, using: &random)
    return vocabulary.transpose(tokens, by: semitones) ?? tokens
  }
}
