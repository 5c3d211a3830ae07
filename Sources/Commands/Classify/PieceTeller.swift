import MuseGen
import Safetensors

/// What tells pieces apart, as a model's file has it: a classifier, or a model that writes music in styles.
struct PieceTeller {
  /// What tells them apart.
  let classifier: any PieceClassifier
  /// The vocabulary of the pieces that it reads.
  let vocabulary: any Vocabulary
  /// How many of the pieces that it learned from had each label, or a number in proportion.
  let learnedCounts: [Double]
  /// The pieces that it learned from, by the hexadecimal hashes of their notes; nil where it does not say.
  let learned: Set<String>?
  /// The pieces by which its epoch was chosen, by the same hashes; empty where it does not say.
  let choosing: Set<String>
  /// Digests of the music that it and its base were trained on, what was held out among it, as far as it does not say so
  /// of each piece.
  let trainingDigests: [String]
  /// Counted n-grams of the same pieces; nil where there are none.
  let ngrams: NgramClassifier?

  /// Takes what a file holds.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - path: its path.
  /// - Throws: ``Failure`` where it is neither, or is damaged.
  init(_ file: SafetensorsFile, path: String) throws {
    if file.purpose == .model {
      let model = try ModelOptions.model(in: file, path: path)
      guard let classifier = GenerativeClassifier(model) else {
        throw Failure(
          .data,
          "\(path): a model that knows no styles, expected a classifier, which musegen train --classify "
            + "makes, or a model of --conditions style")
      }
      self.classifier = classifier
      vocabulary = model.vocabulary
      learnedCounts = classifier.priors
      let provenance = model.provenance
      learned = provenance.learned.map { Set($0) }
      // Where it says so of each piece, the whole tells nothing more; of its base's pieces it says nothing.
      trainingDigests =
        provenance.learned == nil
        ? provenance.trainingDigests : [provenance.base?.corpusDigest].compactMap { $0 }
      ngrams = nil
      choosing = []
      return
    }
    let classifier: Classifier
    do {
      classifier = try Classifier(file)
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
    self.classifier = classifier
    vocabulary = classifier.vocabulary
    learnedCounts = classifier.provenance.trainingPieces.map(Double.init)
    learned = Set(classifier.provenance.learned)
    choosing = Set(classifier.provenance.choosing ?? [])
    // It says of each piece whether it learned from it.
    trainingDigests = []
    ngrams = classifier.ngrams
  }

  /// The labels, in the order of the answers.
  var labels: [String] { classifier.labels }

  /// The probabilities of each piece's labels.
  ///
  /// - Parameters:
  ///   - pieces: their tokens, of ``vocabulary``.
  ///   - terminal: where progress is shown; nil to show none.
  /// - Returns: for each piece the probability of each label.
  /// - Throws: ``Failure`` where memory would not suffice.
  func answers(for pieces: [ArraySlice<Token>], terminal: Terminal?) throws -> [[Double]] {
    do {
      return try classifier.probabilities(of: pieces) { done in
        terminal?.transient("\(Int((100 * done).rounded())) %")
      }
    } catch let error as NetworkError {
      throw Failure(.unavailable, "\(error)")
    } catch let error as EvaluationError {
      throw Failure(error)
    }
  }
}
