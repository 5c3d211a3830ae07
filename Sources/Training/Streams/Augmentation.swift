import Tensors
import Tokenization

/// Reads each piece in another key, and if so set at another tempo and loudness, in each epoch.
///
/// The augmentation depends on the seed, the epoch and the piece only, so a run can be resumed anywhere
/// without remembering what was drawn before.
struct PieceAugmenter: Sendable {
  let vocabulary: any Vocabulary
  let range: Augmentation.Range
  let seed: UInt64

  /// A piece's tokens as they shall be read in an epoch.
  func apply(to tokens: [Token], piece: Int, epoch: Int) -> [Token] {
    guard range != Augmentation.Range() else { return tokens }
    var random = RandomSource(seed: derivedSeed(seed, UInt64(epoch), UInt64(piece) + 2))
    return vocabulary.augment(tokens, by: .random(in: range, using: &random))
  }
}
