import Drawing
import FileStorage
import MuseGen
import Reproducibility

/// What `musegen eval` tells of a classifier, or of a model's styles.
struct ClassifierEvaluation: Encodable {
  private let pieces: Int
  private let events: Int
  private let skipped: Int
  private let labels: [String]
  private let all: Figures
  /// How many of the pieces it learned from; nil where it does not say.
  private let learned: Int?
  /// Whether these are the files that a model was trained on, the few held out among them, where it does not say which.
  private let isTrainingMusic: Bool
  /// The figures of the pieces that it did not learn from, where it learned from some.
  private let unheard: Figures?
  /// How many of those chose the epoch that was kept, whose figures therefore flatter it.
  private let choosing: Int
  /// The figures of the pieces that did neither, where there are others too.
  private let fresh: Figures?
  private let majority: Figures
  private let ngrams: Figures?
  /// What another makes of the same pieces.
  private var against: Comparison?
  /// What each piece was told to be.
  private let answers: [PieceAnswer]
  /// The pieces that the figures that count are of, and what each was told to be.
  private let compared: [Answer]

  /// What is told of one who tells pieces apart.
  private struct Figures: Encodable {
    let pieces: Int
    let accuracy: Double
    let low: Double
    let high: Double
    let macroF1: Double
    let natsPerPiece: Double
    /// How many pieces of each label (rows) were given each label.
    let confusion: [[Int]]

    init(_ report: ClassificationReport) {
      pieces = report.pieces
      accuracy = report.accuracy
      low = report.interval.lowerBound
      high = report.interval.upperBound
      macroF1 = report.macroF1
      natsPerPiece = report.natsPerPiece
      confusion = report.confusion
    }

    /// Figures of answers that all are of the same labels.
    init(_ answers: [Answer], labels: [String]) {
      self.init(
        ClassificationReport(
          labels: labels, truth: answers.map(\.truth), probabilities: answers.map(\.probabilities),
          works: answers.map(\.work)))
    }

    var text: String {
      "accuracy \(accuracy.percent) (\((100 * low).decimals(1)) to \((100 * high).decimals(1))), "
        + "macro F1 \(macroF1.decimals(3))"
    }
  }

  /// What a piece was told to be.
  private struct Answer {
    let path: String
    /// The place of its label.
    let truth: Int
    let probabilities: [Double]
    /// The number of its work.
    let work: Int

    var isRight: Bool { probabilities.firstOfHighest == truth }
  }

  /// What a piece is, and was told to be, for programs.
  private struct PieceAnswer: Encodable {
    let path: String
    let label: String
    /// Whether it was learned from; nil where the classifier does not say.
    let isLearned: Bool?
    /// In the labels' order.
    let probabilities: [Double]
  }

  /// What two make of the same pieces, those of labels that both know.
  private struct Comparison: Encodable {
    let name: String
    let pieces: Int
    /// How many more were left out, as the other learned from them.
    let leftOut: Int
    /// Whether the other learned from all that there were, so that none could be left out.
    let areLearnedByOther: Bool
    /// How many of them chose the other's epoch.
    let choosingOther: Int
    /// Whether these are the files that the other was trained on, the few held out among them, where it does not say
    /// which.
    let isTrainingMusicOfOther: Bool
    let own: Figures
    let other: Figures
    let bothRight: Int
    let onlyOwnRight: Int
    let onlyOtherRight: Int
  }

  private enum CodingKeys: String, CodingKey {
    case pieces, events, skipped, labels, all, learned, isTrainingMusic, unheard, choosing, fresh
    case majority, ngrams, against, answers
  }

  /// Measures a classifier on labelled pieces.
  ///
  /// - Parameters:
  ///   - teller: what tells them apart.
  ///   - corpus: the pieces; those with a label that it does not know are left out, and told.
  ///   - digests: those by which it may know the pieces as what it was trained on.
  ///   - terminal: where progress is shown; nil to show none.
  /// - Throws: ``Failure`` where no piece has a label that it knows.
  init(
    of teller: PieceTeller, on corpus: LabelledCorpus, knownBy digests: Set<String>,
    terminal: Terminal?
  ) throws {
    let known = corpus.labels.map { teller.labels.firstIndex(of: $0) }
    let whole = corpus.corpus.wholePieces(of: corpus.truth.indices)
    let places = whole.filter { known[corpus.truth[$0]] != nil }
    let others = zip(corpus.labels, known).filter { $0.1 == nil }.map(\.0)
    guard !places.isEmpty else {
      throw Failure(
        .data, "the pieces are \(others.listed(of: 5)), expected \(teller.labels.listed(of: 8))"
      )
    }
    if !others.isEmpty {
      let count = whole.count - places.count
      Terminal.warn(
        "\(count.counted("piece")) with labels that the classifier does not know, "
          + "\(others.listed(of: 5)); left out")
    }
    let tokens = places.map(corpus.corpus.tokens(ofPiece:))
    let answers = zip(places, try teller.answers(for: tokens, terminal: terminal)).map {
      Answer(
        path: corpus.corpus.pieces[$0].path, truth: known[corpus.truth[$0]] ?? 0, probabilities: $1,
        work: corpus.works[$0])
    }
    let hashes = places.map { corpus.corpus.pieces[$0].noteHash.hexadecimal }
    let unheard = places.indices.filter { teller.learned?.contains(hashes[$0]) == false }
    let fresh = unheard.filter { !teller.choosing.contains(hashes[$0]) }
    learned = teller.learned.map { _ in places.count - unheard.count }
    isTrainingMusic = teller.trainingDigests.contains(where: digests.contains)
    pieces = places.count
    events = tokens.reduce(0) { $0 + $1.count }
    skipped = corpus.corpus.skipped.count
    labels = teller.labels
    let unknown = Set(unheard)
    self.answers = answers.enumerated().map { place, answer in
      PieceAnswer(
        path: answer.path, label: teller.labels[answer.truth],
        isLearned: teller.learned.map { _ in !unknown.contains(place) },
        probabilities: answer.probabilities)
    }
    all = Figures(answers, labels: labels)
    let learnedSome = !unheard.isEmpty && unheard.count < places.count
    let choseSome = !fresh.isEmpty && fresh.count < unheard.count
    choosing = unheard.count - fresh.count
    // Beside the figure that counts stand baselines of the same pieces.
    let compared = choseSome ? fresh : learnedSome ? unheard : Array(places.indices)
    let counted = compared.map { answers[$0] }
    self.compared = counted
    self.unheard = learnedSome ? Figures(unheard.map { answers[$0] }, labels: labels) : nil
    self.fresh = choseSome ? Figures(counted, labels: labels) : nil
    let sum = max(1e-12, teller.learnedCounts.reduce(0, +))
    let shares =
      teller.learnedCounts.isEmpty
      ? teller.labels.map { _ in 1 / Double(teller.labels.count) }
      : teller.learnedCounts.map { $0 / sum }
    func figures(_ probabilities: [[Double]]) -> Figures {
      Figures(
        zip(counted, probabilities).map {
          Answer(path: $0.path, truth: $0.truth, probabilities: $1, work: $0.work)
        }, labels: teller.labels)
    }
    majority = figures(compared.map { _ in shares })
    ngrams = teller.ngrams.map { figures($0.probabilities(of: compared.map { tokens[$0] })) }
  }

  /// Holds another against it, on the pieces that count, that the other did not learn from, and whose label both know;
  /// both answer with the likeliest of the labels that both know.
  ///
  /// - Parameters:
  ///   - other: the other.
  ///   - name: what it is called.
  ///   - corpus: the same pieces in the other's vocabulary.
  ///   - digests: those by which the other may know the pieces as what it was trained on.
  ///   - terminal: where progress is shown; nil to show none.
  /// - Throws: ``Failure`` where both know no label in common that a piece has.
  mutating func compare(
    with other: PieceTeller, called name: String, on corpus: LabelledCorpus,
    knownBy digests: Set<String>, terminal: Terminal?
  ) throws {
    let common = labels.filter(other.labels.contains)
    let ownPlaces = common.compactMap(labels.firstIndex(of:))
    let otherPlaces = common.compactMap(other.labels.firstIndex(of:))
    let whole = corpus.corpus.wholePieces(of: corpus.corpus.pieces.indices)
    let found = Dictionary(
      whole.map { (corpus.corpus.pieces[$0].path.systemPath, $0) },
      uniquingKeysWith: { first, _ in first })
    let shared = compared.compactMap { answer in
      ownPlaces.firstIndex(of: answer.truth).flatMap { truth in
        found[answer.path.systemPath].map { (answer: answer, truth: truth, piece: $0) }
      }
    }
    guard !shared.isEmpty else {
      throw Failure(
        .data,
        "\(name): its labels are \(other.labels.listed(of: 5)), expected some of these pieces' "
          + labels.listed(of: 5))
    }
    // What the other knows by heart tells nothing of it either.
    let unheard = shared.filter { piece in
      let hash = corpus.corpus.pieces[piece.piece].noteHash.hexadecimal
      return other.learned?.contains(hash) != true
    }
    let both = unheard.isEmpty ? shared : unheard
    let answers = try other.answers(
      for: both.map { corpus.corpus.tokens(ofPiece: $0.piece) }, terminal: terminal)
    func among(_ places: [Int], _ probabilities: [Double]) -> [Double] {
      let some = places.map { probabilities[$0] }
      let sum = some.reduce(0, +)
      return sum > 0 ? some.map { $0 / sum } : some.map { _ in 1 / Double(some.count) }
    }
    let own = both.map {
      Answer(
        path: $0.answer.path, truth: $0.truth,
        probabilities: among(ownPlaces, $0.answer.probabilities), work: $0.answer.work)
    }
    let others = zip(both, answers).map {
      Answer(
        path: $0.answer.path, truth: $0.truth, probabilities: among(otherPlaces, $1),
        work: $0.answer.work)
    }
    let right = zip(own, others).map { ($0.isRight, $1.isRight) }
    against = Comparison(
      name: name, pieces: both.count, leftOut: shared.count - both.count,
      areLearnedByOther: unheard.isEmpty,
      choosingOther: both.count {
        other.choosing.contains(corpus.corpus.pieces[$0.piece].noteHash.hexadecimal)
      },
      isTrainingMusicOfOther: other.trainingDigests.contains(where: digests.contains),
      own: Figures(own, labels: common),
      other: Figures(others, labels: common), bothRight: right.count { $0 == (true, true) },
      onlyOwnRight: right.count { $0 == (true, false) },
      onlyOtherRight: right.count { $0 == (false, true) })
  }

  /// The report for people.
  ///
  /// - Parameter columns: how wide the table of who is taken for whom may be where it can be told in less.
  /// - Returns: the lines.
  func lines(columns: Int) -> [String] {
    var lines = [
      "\(pieces.counted("piece")), \(events.grouped) events"
        + (skipped > 0 ? ", \(skipped.counted("file")) skipped" : ""),
      "\(all.text), \(all.natsPerPiece.decimals(3)) nats per piece",
    ]
    if let unheard {
      lines.append(
        "\((pieces - unheard.pieces).grouped) of them were learned from; of the other "
          + "\(unheard.pieces.grouped): \(unheard.text)")
    } else if learned == pieces {
      lines.append("all of them were learned from: how others are told apart these do not say")
    } else if isTrainingMusic {
      lines.append(
        "the model was trained on these files, but for what was held out: how others are told apart "
          + "they do not say")
    }
    if let fresh {
      lines.append(
        "\(choosing.grouped) of these chose the epoch that was kept; of the other "
          + "\(fresh.pieces.grouped): \(fresh.text)")
    } else if choosing > 0 {
      lines.append(
        "the epoch that was kept is the one that told these best: others may be told apart less well"
      )
    }
    lines.append("always the commonest label: \(majority.text)")
    if let ngrams { lines.append("counted n-grams: \(ngrams.text)") }
    if let against {
      let learned =
        against.areLearnedByOther
        ? ", all of which the other learned from"
        : against.leftOut > 0
          ? ", without \(against.leftOut.grouped) that the other learned from"
          : against.isTrainingMusicOfOther
            ? ", on which the other was trained but for what was held out" : ""
      lines.append(
        "against \(against.name), on \(against.pieces.counted("piece")) of labels that both know"
          + "\(learned): "
          + "\(against.own.text); the other: \(against.other.text)")
      lines.append(
        "both right \(against.bothRight.grouped), only this one \(against.onlyOwnRight.grouped), "
          + "only the other \(against.onlyOtherRight.grouped)")
      if against.choosingOther > 0 {
        lines.append(
          "the other's epoch is the one that told \(against.choosingOther.counted("piece")) of these best"
        )
      }
    }
    lines.append("")
    let table = TextTable(matrix.rows).lines
    let isWide = table.contains { $0.count > columns }
    return lines + (isWide ? TextTable(matrix.numberedRows).lines : table)
  }

  /// Who is taken for whom: of the pieces that it did not learn from and that did not choose its epoch, where there are
  /// such, else of those that it did not learn from.
  var matrix: ConfusionMatrix {
    ConfusionMatrix(labels: labels.map(\.onOneLine), counts: (fresh ?? unheard ?? all).confusion)
  }
}
