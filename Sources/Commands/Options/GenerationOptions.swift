import Drawing
import ArgumentParser
import FileStorage
import Foundation
import MuseGen

/// What piece to generate, and how boldly.
struct GenerationOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help:
      "Below 1 safer, above 1 bolder; 0 always takes the likeliest event; 0.7:1.1 moves from one to the other (default: the model's, else 1)."
  )
  var temperature: TemperatureCurve?

  @Option(parsing: .unconditional, help: "The temperature among pitches (default: the common one).")
  var pitchTemperature: Float?

  @Option(
    parsing: .unconditional,
    help: "The temperature among events that let time pass (default: the common one).")
  var timeTemperature: Float?

  @OptionGroup var likely: LikelyEventOptions

  @Option(
    parsing: .unconditional,
    help:
      "Choose among the events whose surprise is nearest to the expected one (typical sampling).")
  var typical: Float = 1

  @Option(parsing: .unconditional, help: "Make pitches struck lately so many times less likely.")
  var repetitionPenalty: Float = 1

  @Option(parsing: .unconditional, help: "How many notes back the repetition penalty looks.")
  var repetitionWindow = 16

  @Option(
    parsing: .unconditional,
    help: """
      How much the piece quotes itself: 0 never, 1 as the music learned from, 2 as often as it can \
      (default: the model's, else 1).
      """)
  var repeats: Float?

  @OptionGroup var steering: SteeringOptions
  @OptionGroup var conditions: ConditionOptions

  @Option(
    parsing: .unconditional,
    help: """
      How long the piece shall be: 90s, or 90 alone, 2min, 1:30, 32bars, 500notes, 2000tokens; upto3m for as \
      long as the model likes, but three minutes at most. To come to an end, what is asked for in seconds may \
      take a tenth more, of 8 s at most.
      """)
  var length = LengthArgument(length: .atMost(60))

  @Option(
    help: """
      Make the piece of sections, a letter each, such as AABA: a letter that comes again comes back note for \
      note. With a mark it is varied: \"AA'BA\".
      """)
  var form: String?

  @Option(parsing: .unconditional, help: "How many bars each section of the form has.")
  var sectionBars = Form.defaultSectionBars

  @Option(
    parsing: .unconditional,
    help: """
      End notes after so long, such as 4s; 0 after the longest that the model learned from, and never \
      where notes carry their lengths (default: the model's, else 0).
      """)
  var longestNote: TimeSpan?

  @Option(
    parsing: .unconditional,
    help: "Strike a note after so long without one, such as 2s (default: 5s).")
  var longestRest: TimeSpan?

  @Option(
    help: "A MIDI file to go on from, or notes: \"C4 E4 G4\", \"C4+E4+G4/2 R/4 F#4/8\".",
    completion: .file(extensions: MIDIFileFinder.endings))
  var primer: String?

  @Option(
    parsing: .unconditional,
    help: "Go on after so much of the primer: 10s, 8bars, 20notes (default: all of it).")
  var primerLength: LengthArgument?

  @Flag(
    help: "Learn from the primer for a moment before going on; the model's file stays as it is.")
  var adapt = false

  @Option(parsing: .unconditional, help: "How many times the primer is read to learn from it.")
  var adaptPasses = 1

  @OptionGroup var adapting: AdaptationOptions

  @Option(
    parsing: .unconditionalSingleValue,
    help: """
      Change the temperature or the density on the way, behind so many events: 300:temperature=0.9, \
      500:density=6, 700:density=free; may be given again. Favourites of play have it in their commands.
      """)
  var then: [ChangeArgument] = []

  @Option(
    parsing: .unconditional,
    help: "The seed of every random choice (default: a new one, printed).")
  var seed: UInt64?

  /// The names of the flags that have an effect on every model, steering's among them, but for those
  /// that choose among likely events.
  static let flags = [
    "temperature", "repetition-penalty", "key", "chords", "range", "polyphony", "density",
    "tempo", "instruments", "length", "form", "longest-note", "longest-rest", "primer", "seed",
    "then",
  ]
  /// The names of the flags that choose among likely events, and do nothing where the likeliest is always taken.
  static let flagsAmongLikely = [
    "pitch-temperature", "time-temperature", "top-k", "top-p", "min-p", "typical",
  ]
  /// The names of the flags that say how a primer is learnt from.
  static let adaptationFlags = ["adapt-passes"] + AdaptationOptions.flags
  /// The names of the flags that have an effect on models of some vocabularies only.
  static let flagsForSomeModels = ["metre", "repeats"] + ConditionOptions.flags

  /// Refuses flags that were typed and do nothing with a model.
  private func checkFlags(for model: Model) throws(Failure) {
    let (typed, abilities) = (Invocation.current.flags, model.abilities)
    let known = abilities.conditions
    if typed.contains("style"), known?.tells(.style) != true {
      throw Failure(.usage, "--style has no effect on this model, which knows no styles")
    }
    if typed.contains("guidance"), known == nil {
      throw Failure(.usage, "--guidance has no effect on this model, which knows no conditions")
    }
    if !typed.contains("key"),
      let flag = ["key-strength", "cadences"].first(where: typed.contains)
    {
      guard known?.tells(.key) == true else {
        throw Failure(
          .usage, "--\(flag) has no effect without a --key on this model, which knows no keys")
      }
      guard conditions.completeConditions, model.provenance.conditions != nil else {
        throw Failure(
          .usage, "--\(flag) has no effect without a --key where the model is told no other")
      }
    }
    if typed.contains("one-key"), model.provenance.degreeProfiles?.modulate != true {
      throw Failure(
        .usage,
        "--one-key has no effect on this model, whose file tells of no piece that changes its key")
    }
    if typed.contains("cadences"), !abilities.countsBars {
      throw Failure(
        .usage, "--cadences has no effect on this model, which counts seconds and no bars")
    }
    if typed.contains("complete-conditions"), model.provenance.conditions == nil {
      throw Failure(
        .usage,
        "--complete-conditions has no effect on this model, which has not kept what its music combines"
      )
    }
    if typed.contains("steer") {
      let isLeft = [("key", ConditionKind.key), ("density", .density)].contains { flag, kind in
        typed.contains(flag) && known?.tells(kind) == true
      }
      guard isLeft else {
        throw Failure(
          .usage, "--steer has no effect without a --key or --density that the model knows")
      }
    }
    if !abilities.recalls, typed.contains("repeats") {
      throw Failure(.usage, "--repeats has no effect on this model, which recalls nothing")
    }
    if !abilities.recalls, typed.contains("form") {
      throw Failure(
        .usage, "--form needs a model that recalls what it wrote; train one with --recall 3,8")
    }
    if !abilities.strikesPitches,
      let flag = ["key", "strict-key", "cadences", "chords", "range", "repetition-penalty"].first(
        where: typed.contains)
    {
      throw Failure(.usage, "--\(flag) has no effect on this model, which plays drums only")
    }
    if !abilities.choosesTimes, typed.contains("time-temperature") {
      throw Failure(
        .usage,
        "--time-temperature has no effect on this model, one event of which alone lets time pass")
    }
    if !abilities.heedsMetre, typed.contains("metre") {
      throw Failure(.usage, "--metre has no effect on this model, whose vocabulary tells no metre")
    }
  }

  /// The model that is to write, the one given or what a primer makes of it, and the settings in which
  /// what it can be told is told to it.
  ///
  /// - Throws: ``Failure`` where it cannot be adapted, or for flags that would do nothing with it.
  func prepare(
    _ model: Model, for settings: GenerationSettings
  ) throws -> (model: Model, settings: GenerationSettings) {
    try checkFlags(for: model)
    let settings = settings.suited(to: model, asked: asked, keepingSteering: conditions.steer)
    warnOfOneProgram(of: model, told: settings.conditions)
    guard adapt, let primer = settings.primer else { return (model, settings) }
    do throws(GenerationError) {
      let adapted = try model.adapted(
        to: primer, told: settings.conditions(toldTo: model), by: adapting.adaptation,
        passes: adaptPasses)
      return (adapted, settings)
    } catch {
      throw Failure(error)
    }
  }

  /// Tells where instruments that are asked for are not the ones that are heard.
  private func warnOfOneProgram(of model: Model, told: PieceAttributes) {
    let (typed, abilities) = (Invocation.current.flags, model.abilities)
    guard typed.contains("instruments"), !typed.contains("program"), abilities.strikesPitches,
      !abilities.tellsPrograms, let known = abilities.conditions, known.tells(.instruments),
      // What the model does not know is refused.
      (try? known.check(told)) != nil
    else { return }
    Terminal.warn(
      "--instruments tells the model for whom to write, but one program plays all, as its "
        + "vocabulary tells none; --program chooses it")
  }

  /// The settings for a piece; with no seed given, a new one.
  func settings() throws -> GenerationSettings {
    var settings = GenerationSettings()
    settings.sampling.pitchTemperature = pitchTemperature
    settings.sampling.timeTemperature = timeTemperature
    settings.sampling.typicalP = typical
    settings.sampling.repetitionPenalty = repetitionPenalty
    settings.sampling.repetitionWindow = repetitionWindow
    settings.sampling.topK = likely.topK
    settings.conditions.style = conditions.style
    settings.completesConditions = conditions.completeConditions
    settings.apply(asked)
    settings.sampling.finalTemperature = temperature?.end
    settings.length = try askedLength()
    // Of changes at one event the last typed holds.
    settings.changes = then.map(\.change).enumerated()
      .sorted { ($0.element.event, $0.offset) < ($1.element.event, $1.offset) }.map(\.element)
    if let longestRest { settings.longestRestSeconds = longestRest.seconds }
    settings.seed = seed ?? GenerationSettings.newSeed()
    do throws(GenerationError) {
      settings.steering = try steering.steering()
      try settings.validate()
    } catch {
      throw Failure(error)
    }
    if let primer { settings.primer = try score(ofPrimer: primer) }
    return settings
  }

  /// What was asked for of what a model may suggest.
  private var asked: Suggestions {
    var asked = Suggestions()
    asked.temperature = temperature?.start
    asked.topP = likely.topP
    asked.minP = likely.minP
    asked.repeats = repeats
    asked.guidance = conditions.guidance
    asked.cadences = steering.cadences
    asked.polyphony = steering.polyphony
    asked.longestNoteSeconds = longestNote?.seconds
    if steering.key == nil { asked.keyStrength = steering.keyStrength }
    return asked
  }

  /// The length, or the form with its own; both only where they agree.
  private func askedLength() throws(Failure) -> PieceLength {
    guard let text = form else { return length.length }
    let form: Form
    do {
      form = try Form(text, sectionBars: sectionBars)
    } catch {
      throw Failure(error)
    }
    if Invocation.current.flags.contains("length"), length.length != .bars(form.bars) {
      throw Failure(
        .usage,
        "--length is \(length), but --form \(form) in sections of \(sectionBars.counted("bar")) "
          + "is \(form.bars.counted("bar")) long; leave out one of them")
    }
    return .form(form)
  }

  /// The primer, notes or a file, as far as it is to be gone on from.
  private func score(ofPrimer primer: String) throws -> Score {
    var score = try GivenPiece(fileOrNotes: primer, flag: "--primer").score
    if let primerLength { score = try score.cut(to: primerLength) }
    let (music, silence) = score.leavingOutSilence()
    if silence > 0 {
      Terminal.warn(
        "--primer: \(ClockText.duration(silence)) in which nothing happens left out of \(primer)")
    }
    return music
  }
}

/// A temperature on the command line, `0.9`, or where it starts and ends, `0.7:1.1`.
struct TemperatureCurve: FormedArgument, CustomStringConvertible {
  static let form = "a number, or where it starts and ends such as 0.7:1.1"

  var start: Float
  var end: Float?

  init(start: Float, end: Float?) {
    self.start = start
    self.end = end
  }

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map { Float($0) }
    guard parts.count <= 2, let first = parts[0] else { return nil }
    start = first
    if parts.count == 2 {
      guard let last = parts[1] else { return nil }
      end = last
    }
  }

  /// Whether it is 0 from start to end.
  var isZero: Bool { start == 0 && end ?? 0 == 0 }

  var description: String { end.map { "\(start):\($0)" } ?? "\(start)" }
  var defaultValueDescription: String { description }
}
