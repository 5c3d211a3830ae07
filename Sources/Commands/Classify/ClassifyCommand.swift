import ArgumentParser
import Drawing
import MuseGen
import Reproducibility

/// `musegen classify`: tells what pieces are.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Tells what pieces are, by a classifier or a model that knows styles.",
    discussion: """
      Each piece is read from start to end; the labels stand behind it with their probabilities, the \
      likeliest first. musegen train --classify makes a classifier, musegen eval measures one.

      A model of --conditions style tells its styles apart too, by Bayes' rule: each piece is read once in \
      each style, and the style counts in which the model finds it likelier.
      """)

  @Argument(
    help: "Folders, files or globs.", completion: .file(extensions: MIDIFileFinder.endings))
  var pieces: [String]

  @OptionGroup var teller: ClassifierOptions

  @Option(parsing: .unconditional, help: "How many labels to tell of each piece.")
  var top: Int?

  @Flag(help: "Print the probabilities as JSON.")
  var json = false

  func run() throws {
    if let top, top < 1 { throw Failure(.usage, "--top is \(top), expected 1 or more") }
    let teller = try teller.load()
    let terminal = json ? nil : Terminal()
    let corpus = try NamedMusic(pieces).corpus(in: teller.vocabulary, terminal: terminal)
    let whole = corpus.wholePieces(of: corpus.pieces.indices)
    let answers = try teller.answers(
      for: whole.map(corpus.tokens(ofPiece:)), terminal: terminal)
    try corpus.checkIsWhole()
    let hashes = whole.map { corpus.pieces[$0].noteHash.hexadecimal }
    let isKnownCorpus =
      teller.trainingDigests.contains(
        where: LabelOptions(nil).digests(of: corpus, in: pieces).contains)
    let reports = zip(zip(whole, hashes), answers).map { found, probabilities in
      let ranked = probabilities.indices.sorted {
        (probabilities[$1], $0) < (probabilities[$0], $1)
      }
      return PieceAnswer(
        piece: corpus.pieces[found.0].path, isLearned: teller.learned?.contains(found.1),
        labels: ranked.prefix(top ?? ranked.count).map {
          PieceAnswer.Label(label: teller.labels[$0], probability: probabilities[$0])
        })
    }
    if json { return try Terminal.printJSON(reports) }
    try StandardOutput.lines(reports.map(\.line))
    let learned = reports.count { $0.isLearned == true }
    if learned > 0 {
      Terminal.warn(
        "\(learned == reports.count ? "all" : "\(learned.grouped) of \(reports.count.grouped)") pieces were "
          + "learned from: how others are told apart they do not say")
    } else if isKnownCorpus {
      Terminal.warn(
        "the model was trained on these files, but for what was held out: how others are told apart they do "
          + "not say")
    }
  }
}

/// What `musegen classify` tells of a piece.
private struct PieceAnswer: Encodable {
  struct Label: Encodable {
    let label: String
    let probability: Double
  }

  let piece: String
  /// Whether it was learned from; nil where the model does not say.
  let isLearned: Bool?
  let labels: [Label]

  var line: String {
    "\(piece): "
      + labels.map { "\($0.label.onOneLine) \($0.probability.percent)" }.joined(separator: ", ")
  }
}

/// Which classifier a command uses.
struct ClassifierOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help:
      "The classifier, or a model that knows styles: a file, a name that musegen models lists, or a run's folder or checkpoint.",
    completion: .file(extensions: ["safetensors"]))
  var model: String

  /// The flags' names.
  static let flags = ["model"]

  /// Reads what tells pieces apart.
  func load() throws -> PieceTeller {
    var options = ModelOptions()
    options.model = model
    let (file, path) = try options.loadFile()
    return try PieceTeller(file, path: path)
  }
}
