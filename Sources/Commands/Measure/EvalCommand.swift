import Drawing
import ArgumentParser
import FileStorage
import Foundation
import MuseGen
import Reproducibility
import Safetensors

/// `musegen eval`: how well a model predicts music that it has not seen.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measures how well a model predicts pieces, or a classifier tells them apart.",
    discussion: """
      Each piece is read from start to end with the state carried on. A piece's negative \
      log-likelihood, its end included, is summed over all pieces and divided by their events, \
      notes, seconds and, for pianoroll models, frames. The intervals hold 95 % of the results \
      when pieces are drawn anew.

      With --against both models read the same pieces, and the interval is that of their difference \
      on each: it tells far smaller ones than two runs of eval do.

      With --dynamic the weights learn from each piece as it is read, too: a segment's loss is \
      counted, then they take a step down its gradient, and each piece begins with the model as it \
      was. Both losses are told.

      Of a classifier: how many pieces it tells right, who is taken for whom, and what the commonest \
      label and counted n-grams reach; labels are sub-folders' names, or a table's. With --styles the \
      same of a model that knows styles, by Bayes' rule: each piece is read once in each style. \
      --against then tells what another makes of the pieces of which both know the label.
      """)

  @Argument(
    help: "Folders, files or globs.", completion: .file(extensions: MIDIFileFinder.endings))
  var pieces: [String]

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "Compare with this model or classifier, piece by piece: a file, a name, or a run's folder.",
      valueName: "model"),
    completion: .file(extensions: ["safetensors"]))
  var against: String?

  @Flag(help: "Learn from each piece as it is read, too, and tell that loss beside the other.")
  var dynamic = false

  @OptionGroup var adapting: AdaptationOptions

  @Flag(help: "Measure how well a model that knows styles tells them apart, instead.")
  var styles = false

  @OptionGroup(title: "Labels, for classifiers and models that know styles")
  var labels: LabelOptions

  @Option(
    help: ArgumentHelp("Draw who is taken for whom, by a classifier.", valueName: "out.svg"),
    completion: .file(extensions: ["svg"]))
  var svg: String?

  @OptionGroup var overwrite: OverwriteOptions

  @Flag(
    help: """
      Print instead, a JSON object a line, what the network reads and says at each event, in 32-bit floats: to \
      compare with other programs.
      """)
  var logits = false

  @Flag(help: "Print the figures, of every piece too, as JSON.")
  var json = false

  func run() throws {
    let terminal = Terminal()
    let adaptation = adapting.adaptation
    do throws(NetworkError) { try adaptation.validate() } catch { throw Failure(error) }
    let (file, path) = try model.loadFile()
    if file.purpose == .classifier || styles {
      if file.purpose == .classifier, styles {
        throw Failure(.usage, "--styles has no effect on a classifier")
      }
      if dynamic {
        throw Failure(.usage, "--dynamic has no effect where pieces are told apart")
      }
      if logits { throw Failure(.usage, "--logits has no effect where pieces are told apart") }
      return try evaluate(PieceTeller(file, path: path), path: path)
    }
    if svg != nil {
      throw Failure(
        .usage, "--svg has no effect on a model that writes music, unless with --styles")
    }
    let model = try ModelOptions.model(in: file, path: path)
    if logits { return try printLogits(of: model) }
    if let against { return try compare(model, path, with: against) }
    if labels.labels != nil, model.vocabulary.knownConditions?.tells(.style) != true {
      throw Failure(.usage, "--labels has no effect on this model, which knows no styles")
    }
    let corpus = try NamedMusic(pieces).corpus(
      in: model.vocabulary, labels: labels, terminal: json ? nil : terminal)
    func show(_ done: Double) {
      if !json { terminal.transient("\(Int((100 * done).rounded())) %") }
    }
    let likelihood: Likelihood
    var adapted: Likelihood?
    do {
      likelihood = try Likelihood(of: model, on: corpus, progress: show)
      if dynamic {
        adapted = try Likelihood(of: model, on: corpus, adapting: adaptation, progress: show)
      }
    } catch let error as EvaluationError {
      throw Failure(error)
    }
    try corpus.checkIsWhole()
    let report = EvalReport(
      likelihood, dynamic: adapted, provenance: model.provenance,
      known: knownPieces(in: corpus, to: model))
    if json {
      try Terminal.printJSON(report)
    } else {
      report.lines.forEach { terminal.line($0) }
    }
  }
}

extension EvalCommand {
  /// What of a corpus a model was trained on, whatever told the pieces' styles.
  func knownPieces(in corpus: Corpus, to model: Model) -> KnownPieces {
    KnownPieces(in: corpus, to: model, by: labels.digests(of: corpus, in: pieces))
  }

  private func evaluate(_ teller: PieceTeller, path: String) throws {
    let picture = svg.map { OutputFile(given: $0, overwrite: overwrite) }
    if let picture {
      try OutputFile.checkEnding(of: picture.path, among: ["svg"], flag: "--svg")
      try picture.check()
    }
    let other = try against.map { name in
      var options = ModelOptions()
      options.model = name
      let (file, path) = try options.loadFile()
      return (path: path, teller: try PieceTeller(file, path: path))
    }
    let terminal = json ? nil : Terminal()
    func corpus(in vocabulary: any Vocabulary) throws -> LabelledCorpus {
      try NamedMusic(pieces).labelledCorpus(labels, in: vocabulary, terminal: terminal)
    }
    let own = try corpus(in: teller.vocabulary)
    var report = try ClassifierEvaluation(
      of: teller, on: own, knownBy: labels.digests(of: own.corpus, in: pieces), terminal: terminal)
    if let other {
      let isShared = other.teller.vocabulary.configuration == teller.vocabulary.configuration
      let others = isShared ? own : try corpus(in: other.teller.vocabulary)
      try report.compare(
        with: other.teller, called: other.path, on: others,
        knownBy: labels.digests(of: others.corpus, in: pieces), terminal: terminal)
      try others.corpus.checkIsWhole()
    }
    try own.corpus.checkIsWhole()
    if let terminal {
      report.lines(columns: terminal.columns).forEach { terminal.line($0) }
    } else {
      try Terminal.printJSON(report)
    }
    let title = "Who is taken for whom, by \(fileName(of: path))"
    try picture?.write(Array(report.matrix.svg(title: title).utf8))
  }
}

/// What `musegen eval` tells.
private struct EvalReport: Encodable {
  let pieces: [PieceLikelihood]
  let skipped: Int
  let nats: Double
  let natsPer: [String: Likelihood.Mean]
  let perplexity: Double?
  /// The figures where the weights learn from each piece as it is read; nil where they do not.
  let dynamic: Dynamic?
  /// The figures without the pieces that were held out although nearly the same was trained on, and without those
  /// trained on.
  let apart: Rest?
  /// How many files are nearly the same as what was trained on.
  let nearTraining: Int
  /// How many of the files it was trained on; nil where the model does not say.
  let learned: Int?
  /// The figures of the files that it was not trained on, where it was on some.
  let unheard: Rest?
  /// Whether these are the files that the model or its base was trained on, the few held out among them.
  let isTrainingMusic: Bool
  let unigramNats: Double?
  let bigramNats: Double?

  struct Dynamic: Encodable {
    let pieces: [PieceLikelihood]
    let natsPer: [String: Likelihood.Mean]
  }

  /// The figures where some files are left out.
  struct Rest: Encodable {
    /// How many files there are without them.
    let pieces: Int
    let natsPer: [String: Likelihood.Mean]
  }

  init(
    _ likelihood: Likelihood, dynamic: Likelihood?, provenance: Provenance, known: KnownPieces
  ) {
    let corpus = known.corpus
    pieces = likelihood.pieces
    skipped = corpus.skipped.count
    nats = likelihood.pieces.reduce(0) { $0 + $1.nats }
    let means = Self.means(of: likelihood)
    natsPer = means
    let near = Set(provenance.nearTraining ?? [])
    let places = corpus.pieces.indices.filter {
      near.contains(corpus.pieces[$0].noteHash.hexadecimal)
    }
    func rest(without places: Set<Int>) -> Rest? {
      guard !places.isEmpty else { return nil }
      return likelihood.without(places).map {
        Rest(pieces: $0.pieces.fileCount, natsPer: Self.means(of: $0))
      }
    }
    let heard = known.learned ?? []
    nearTraining = Set(places.map { Array(corpus.pieces[$0].path.utf8) }).count
    apart = places.isEmpty ? nil : rest(without: heard.union(places))
    unheard = rest(without: heard)
    learned = known.learnedCount(among: likelihood.pieces.map(\.path))
    self.dynamic = dynamic.map {
      Dynamic(pieces: $0.pieces, natsPer: Self.means(of: $0))
    }
    perplexity = means[Likelihood.Unit.token.rawValue].map { exp($0.value) }
    isTrainingMusic = known.isTrainingMusic
    unigramNats = provenance.unigramNats
    bigramNats = provenance.bigramNats
  }

  private static func means(of likelihood: Likelihood) -> [String: Likelihood.Mean] {
    var means: [String: Likelihood.Mean] = [:]
    for unit in Likelihood.Unit.allCases { means[unit.rawValue] = likelihood.mean(per: unit) }
    return means
  }

  var lines: [String] {
    let (files, tokens) = (pieces.fileCount, pieces.reduce(0) { $0 + $1.tokens })
    let again = pieces.count - files
    var lines = [
      files.counted("piece")
        + (again > 0 ? ", \(again.grouped) of them also with the part given" : "")
        + ", \(tokens.grouped) events"
        + (skipped > 0 ? ", \(skipped.counted("file")) skipped" : "")
    ]
    for (unit, name) in Likelihood.Unit.named {
      guard let mean = natsPer[unit.rawValue] else { continue }
      var line = "\(mean.value.decimals(3)) nats per \(name)\(mean.interval)"
      if let mean = dynamic?.natsPer[unit.rawValue] {
        line += ", \(mean.value.decimals(3)) learning from each piece\(mean.interval)"
      }
      lines.append(line)
    }
    if let perplexity { lines.append("perplexity \(perplexity.decimals(2))") }
    if let learned, learned > 0 {
      if let unheard, let mean = unheard.natsPer[Likelihood.Unit.token.rawValue] {
        lines.append(
          "\(learned.grouped) of them were learned from; of the other \(unheard.pieces.grouped): "
            + "\(mean.value.decimals(3)) nats per event\(mean.interval)")
      } else {
        lines.append("all of them were learned from: how it foresees others they do not say")
      }
    } else if isTrainingMusic {
      lines.append(
        "the model was trained on these files, but for what was held out: how it foresees others they do "
          + "not say")
    }
    if let apart, let mean = apart.natsPer[Likelihood.Unit.token.rawValue] {
      lines.append(
        "\(mean.value.decimals(3)) nats per event\(mean.interval)\((learned ?? 0) > 0 ? " of these" : "") without "
          + "\(nearTraining.counted("piece")) nearly the same as pieces trained on")
    }
    if let unigramNats, let bigramNats {
      lines.append(
        "when it was trained: \(unigramNats.decimals(3)) nats per event by frequency alone, "
          + "\(bigramNats.decimals(3)) from the event before")
    }
    return lines
  }
}
