import Batching
import Corpora
import Evaluation
import Modeling
import Music
import Recurrent
import Reproducibility
import Tensors
import Tokenization

/// A run's pieces: those it learns from, as they are read in each epoch, and those held out.
struct TrainingPieces {
  let corpus: Corpus
  let vocabulary: any Vocabulary
  /// How the pieces are parted.
  let split: Split
  /// The pieces held out; of very many that were held out by lot, those that are measured on.
  let heldOut: EvaluationSet
  /// What counting reaches on those; nil when there are none.
  let baselines: Baselines?
  /// The predictions in one epoch, the pieces in their own keys.
  let tokensPerEpoch: Int

  /// Of more tokens than these frequencies are known from so many, some seconds sooner.
  private static let mostCounted = 1 << 24

  /// - Throws: ``TrainingError`` where nothing is left to learn from.
  init(_ corpus: Corpus, for settings: TrainingSettings) throws(TrainingError) {
    vocabulary = corpus.vocabulary
    split = try corpus.split(for: settings)
    guard !split.train.isEmpty else { throw TrainingError(.emptyCorpus) }
    self.corpus = corpus
    var measured = split.valid
    if case .fraction = settings.heldOut, let most = settings.mostMeasured {
      measured = corpus.evenlyChosen(from: measured, mostTokens: most)
    }
    heldOut = EvaluationSet(pieces: measured, of: corpus, vocabulary: vocabulary)
    func tokens(of pieces: [Int]) -> some Sequence<ArraySlice<Token>> {
      pieces.lazy.map(corpus.tokensWithoutConditions(ofPiece:))
    }
    baselines = Baselines(
      training: tokens(
        of: corpus.evenlyChosen(from: split.train, mostTokens: Self.mostCounted)),
      heldOut: tokens(of: measured), vocabularySize: vocabulary.count)
    tokensPerEpoch = corpus.predictionCount(of: split.train)
  }

  /// The numbers of the pieces to learn from.
  var training: [Int] { split.train }

  /// The numbers of the pieces held out that have near-duplicates among those to learn from.
  var nearTraining: [Int] { split.nearTraining }

  /// The streams in which the pieces are read, augmented anew in each epoch.
  ///
  /// - Throws: ``TrainingError`` where streams over these pieces cannot stand at the position.
  func streams(
    _ count: Int, for settings: TrainingSettings, from position: PieceStreams.Position?
  ) throws(TrainingError) -> PieceStreams {
    let source = source(settings)
    let ownKeySource = settings.ownKeys > 0 ? self.source(settings, inOwnKeys: true) : nil
    let lengths = corpus.pieces.indices.map { corpus.predictionCount(ofPiece: $0) }
    guard
      position?.isReachable(
        in: training, streams: count, source: source, ownKeySource: ownKeySource) ?? true
    else {
      throw TrainingError(.foreignCheckpoint(difference: "its streams do not fit its corpus"))
    }
    return PieceStreams(
      pieces: training, streams: count, epochs: settings.length.epochs, seed: settings.seed,
      position: position,
      plainLength: { lengths[$0] },
      ownKeySource: ownKeySource,
      source: source)
  }

  /// Reads each piece in another key, or in its own, and if so set at another tempo and loudness, in each epoch, and
  /// with other conditions told.
  ///
  /// What is drawn depends on the seed, the epoch and the piece only, so a run can be resumed anywhere
  /// without remembering what was drawn before.
  private func source(
    _ settings: TrainingSettings, inOwnKeys: Bool = false
  ) -> PieceStreams.Source {
    let (range, seed) = (settings.augmentation, settings.seed)
    let conditioned = vocabulary as? ConditionedVocabulary
    let (configuration, kinds) = (vocabulary.configuration, conditioned?.conditions.kinds ?? [])
    let hidden = settings.conditionDropout ?? TrainingSettings.defaultConditionDropout
    return { [corpus, vocabulary] piece, epoch in
      var tokens = Array(corpus.tokens(ofPiece: piece))
      guard conditioned != nil || range != Augmentation.Range() else {
        return ReadPiece(tokens, areGiven: vocabulary.areGiven(tokens))
      }
      var random = RandomSource(seed: derivedSeed(seed, UInt64(epoch), UInt64(piece) + 2))
      var augmentation = Augmentation()
      if range != Augmentation.Range() { augmentation = .random(in: range, using: &random) }
      if inOwnKeys { augmentation.semitones = 0 }
      if let conditioned {
        let piece = corpus.pieces[piece]
        var told = (piece.attributes ?? PieceAttributes()).stretched(by: augmentation.stretch)
          .inSecondsTold(by: configuration, telling: kinds)
        told.style = piece.knownStyles(in: conditioned.conditions).randomElement(using: &random)
        let hiddenKinds = conditioned.conditions.kinds(hiding: hidden, using: &random)
        tokens = conditioned.replacingConditions(
          of: tokens, by: conditioned.hiding(hiddenKinds, in: conditioned.given(telling: told)))
      }
      tokens = vocabulary.augment(tokens, by: augmentation)
      return ReadPiece(tokens, areGiven: vocabulary.areGiven(tokens))
    }
  }

  /// The loss in nats per token of the pieces held out that have no near-duplicates among those to learn
  /// from; nil where all have none, or none has none.
  func natsApart(_ likelihood: Likelihood) -> Double? {
    guard !nearTraining.isEmpty else { return nil }
    let near = Set(nearTraining)
    let places = heldOut.pieces.indices.filter { near.contains(heldOut.pieces[$0]) }
    guard !places.isEmpty else { return nil }
    return likelihood.without(Set(places))?.total.mean
  }

  /// How the training pieces come again, for a network with such a recall.
  func repeats(_ recall: Recall?) -> PieceRepeats {
    PieceRepeats(of: training, in: corpus, recall: recall)
  }

  /// The length in seconds that 99.9 % of the training pieces' notes do not exceed.
  ///
  /// Fewer than 400 pieces are looked at, evenly chosen, where a part is given or not whole ones; nil where they
  /// hold no notes.
  ///
  /// - Complexity: O(n log n) for n notes, after the pieces are decoded.
  func longestNoteSeconds() -> Double? {
    let pieces = corpus.wholePieces(of: training)
    let spacing = max(1, pieces.count / 200)
    var lengths: [Double] = []
    for index in stride(from: 0, to: pieces.count, by: spacing) {
      let score = vocabulary.decode(corpus.tokens(ofPiece: pieces[index]))
      let tempoMap = score.tempoMap
      for note in score.tracks.flatMap(\.notes) {
        lengths.append(tempoMap.seconds(atTick: note.end) - tempoMap.seconds(atTick: note.onset))
      }
    }
    guard !lengths.isEmpty else { return nil }
    lengths.sort()
    return lengths[min(lengths.count - 1, lengths.count * 999 / 1000)]
  }
}

extension Corpus {
  /// How many tokens of some pieces are predicted when each is read once: all but their first.
  func predictionCount(of pieces: [Int]) -> Int {
    pieces.reduce(0) { $0 + predictionCount(ofPiece: $1) }
  }
}

extension Corpus {
  /// Parts the pieces as settings say.
  ///
  /// - Throws: ``TrainingError`` where what is to be held out is not in the corpus.
  func split(for settings: TrainingSettings) throws(TrainingError) -> Split {
    do {
      return try split(settings.heldOut, keepingTogether: settings.likeness ?? .exact)
    } catch {
      throw TrainingError(.setting(error))
    }
  }
}
