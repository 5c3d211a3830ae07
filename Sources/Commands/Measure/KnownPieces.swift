import MuseGen
import Reproducibility

/// What of a corpus a model was trained on, as far as its file says.
struct KnownPieces {
  /// The pieces.
  let corpus: Corpus
  /// The places of those that it was trained on; nil where its file does not say of each piece.
  let learned: Set<Int>?
  /// Whether these are the files that it or its base was trained on, what was held out among them.
  let isTrainingMusic: Bool

  /// Looks at what a model says of itself.
  ///
  /// - Parameters:
  ///   - corpus: the pieces.
  ///   - model: the model.
  ///   - digests: those by which it may know the pieces as what it was trained on.
  init(in corpus: Corpus, to model: Model, by digests: Set<String>) {
    self.corpus = corpus
    isTrainingMusic = model.provenance.trainingDigests.contains(where: digests.contains)
    guard let hashes = model.provenance.learned.map({ Set($0) }) else {
      learned = nil
      return
    }
    learned = Set(
      corpus.pieces.indices.filter { hashes.contains(corpus.pieces[$0].noteHash.hexadecimal) })
  }

  /// How many of some files it was trained on; nil where its file does not say of each piece.
  ///
  /// - Parameter files: the files' paths; the same one more than once counts once.
  /// - Returns: the count.
  func learnedCount(among files: [String]) -> Int? {
    guard let learned else { return nil }
    // Names are bytes.
    let paths = Set(learned.map { Array(corpus.pieces[$0].path.utf8) })
    return Set(files.map { Array($0.utf8) }).intersection(paths).count
  }
}

extension Provenance {
  /// The digests of the music that a model and its base were trained on, what was held out among it.
  var trainingDigests: [String] { [corpusDigest, base?.corpusDigest].compactMap { $0 } }
}
