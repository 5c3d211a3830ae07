import ArgumentParser
import Drawing
import MuseGen

/// `musegen accompany`: writes the other parts to a given one.
struct AccompanyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accompany",
    abstract: "Keeps a part and writes the others to it, with a model of train --given.",
    discussion: """
      The given part stays as it is, to the tick, with its tempo and metre; the piece ends with the \
      bar that it ends in. Of the models that ship song writes to a part. For models of piano rolls there is harmonize.
      """)

  @Argument(
    help:
      "The MIDI file that holds the part, whose other parts are left out, or notes: \"C4 E4 G4/2\".",
    completion: .file(extensions: MIDIFileFinder.endings))
  var melody: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var filling: FillingOptions
  @OptionGroup var sound: SoundOptions

  @Option(
    parsing: .unconditional,
    help: """
      Which part is given: a track's name or number, or highest (default: the only track with notes, \
      else what the model learned).
      """)
  var part: GivenPart?

  @OptionGroup var chords: ChordOptions

  @Option(help: "The style or composer, of those that the model knows; musegen info lists them.")
  var style: String?

  @Option(
    parsing: .unconditional,
    help: """
      How much what the model is told counts: 1 as it learned, more sharpens it, at twice the work \
      (default: the model's, else 1).
      """)
  var guidance: Float?

  @OptionGroup var likely: LikelyEventOptions

  @Option(
    parsing: .unconditional,
    help: "Choose among the events whose surprise is nearest to the expected one.")
  var typical: Float = 1

  @OptionGroup var range: RangeOptions

  @Option(
    parsing: .unconditional,
    help: """
      How many written notes may sound at once; 0 for as many as the model likes (default: the model's, else 0).
      """)
  var polyphony: Int?

  @Option(
    parsing: .unconditional,
    help: """
      End written notes after so long, such as 4s; 0 for as long as the model likes (default: the model's, else 0).
      """)
  var longestNote: TimeSpan?

  mutating func run() async throws {
    var settings = try settings()
    let writer = try filling.writer(sound: sound)
    let given = try GivenPiece(fileOrNotes: melody)
    var score = given.score
    // It is told the tempo in which the piece will be heard.
    if let tempo = filling.tempo { score = try score.played(atTempo: tempo, path: melody) }
    let model = try model.load(
      where: { $0.vocabulary.accompanied != nil }, otherwise: Self.unsuited)
    try checkConditions(of: model)
    settings = settings.suited(to: model, asked: asked)
    let accompaniment: Accompaniment
    do throws(FillingError) {
      accompaniment = try Accompaniment(model: model, piece: score, part: part)
    } catch {
      var failure = Failure(error, of: melody)
      if case .noGivenPart = error.reason {
        failure.message += "; its parts are \(Self.parts(of: score))"
      }
      throw failure
    }
    let terminal = writer.terminal
    let heard = accompaniment.line.noteCount
    if heard < accompaniment.noteCount {
      Terminal.warn(
        "\(accompaniment.noteCount.counted("note")) are kept, of which the model hears "
          + "\(heard.grouped) on its grid")
    }
    let seeds = (0..<filling.number).map { settings.seed &+ UInt64($0) }
    let batch: PieceBatch
    do {
      batch = try PieceBatch(
        model: model, settings: accompaniment.settings(settings), seeds: seeds)
    } catch {
      throw Failure(error)
    }
    var unwritten = UnwrittenPieces(seeds)
    while let pieces = batch.next() {
      if batch.tokenCount % 512 == 0 { terminal.transient("\(batch.tokenCount) events written") }
      for piece in pieces {
        let seed = seeds[piece.index]
        let written = try writer.write(
          accompaniment.joined(with: piece.score), index: piece.index,
          credit: PieceCredit(model: model, seed: seed), upon: given)
        unwritten.remove(piece.index)
        terminal.line(
          "\(written), part "
            + "\(accompaniment.part.description.onOneLine) kept, seed \(seed)")
      }
    }
  }

  /// The tracks that could be given, by number and name where they have one.
  private static func parts(of score: Score) -> String {
    score.tracks.enumerated()
      .filter { !$0.element.isDrums && !$0.element.notes.isEmpty }
      .map { number, track in
        track.name.onOneLine.isEmpty
          ? "\(number + 1) without a name" : "\(number + 1) \(track.name)"
      }
      .listed(of: mostParts)
  }

  /// How many of them are told.
  private static let mostParts = 8

  private func settings() throws -> GenerationSettings {
    let temperature = filling.temperature
    guard temperature > 0, temperature <= 100 else {
      throw Failure(
        .usage, "--temperature is \(temperature), expected more than 0 and at most 100")
    }
    var settings = GenerationSettings()
    settings.apply(asked)
    settings.sampling.topK = likely.topK
    settings.conditions.style = style
    settings.sampling.typicalP = typical
    settings.seed = filling.firstSeed()
    do throws(GenerationError) {
      try chords.apply(to: &settings.steering)
      try range.apply(to: &settings.steering)
      try settings.validate()
    } catch {
      throw Failure(error)
    }
    return settings
  }

  /// What was asked for of what a model may suggest; a temperature always is.
  private var asked: Suggestions {
    var asked = Suggestions()
    asked.temperature = filling.temperature
    asked.topP = likely.topP
    asked.minP = likely.minP
    asked.guidance = guidance
    asked.polyphony = polyphony
    asked.longestNoteSeconds = longestNote?.seconds
    return asked
  }

  /// Refuses what is to be told to a model that knows nothing of it.
  private func checkConditions(of model: Model) throws {
    let known = model.vocabulary.knownConditions
    if style != nil, known?.tells(.style) != true {
      throw Failure(.usage, "--style has no effect on this model, which knows no styles")
    }
    if guidance != nil, known == nil {
      throw Failure(.usage, "--guidance has no effect on this model, which knows no conditions")
    }
  }

  /// What is said of a model that learned to write to no part: what it is good for, and which one did.
  private static func unsuited(_ model: Model, fitting name: String?) -> Failure {
    let fitting = name.map { "-m \($0) did, " }
    let advice =
      switch model.vocabulary.configuration.plain {
      case .pianoroll:
        (fitting.map { $0 + "and " } ?? "") + "musegen harmonize is for piano rolls"
      default:
        (fitting.map { $0 + "or " } ?? "")
          + "train one with musegen train FOLDER --tokens remi --given PART"
      }
    return Failure(.data, "the model learned to write to no given part; \(advice)")
  }
}
