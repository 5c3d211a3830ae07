import Drawing
public import ArgumentParser
public import MuseGen
import Settings

/// `musegen harmonize`: writes voices to a given one.
struct HarmonizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "harmonize",
    abstract: "Keeps a melody and writes the other voices, with a pianoroll model.")

  @Argument(
    help: "The MIDI file that holds the melody, or notes: \"C4 E4 G4/2\".",
    completion: .file(extensions: MIDIFileFinder.endings))
  var melody: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var filling: FillingOptions
  @OptionGroup var sound: SoundOptions

  @Option(help: "Where the melody lies: soprano, bass or any.")
  var voice = HarmonizationSettings().voice

  @Option(
    parsing: .unconditional, help: "The track of the melody (default: the highest notes of all).")
  var track: Int?

  @Option(
    parsing: .unconditional, help: "Move the melody by so many semitones before anything else.")
  var transpose = 0

  @Option(
    parsing: .unconditional,
    help: "How many harmonisations are pursued at once; more look further ahead.")
  var particles = HarmonizationSettings().particles

  @OptionGroup var range: RangeOptions

  mutating func run() async throws {
    var settings = HarmonizationSettings()
    settings.voice = voice
    settings.track = track
    settings.particles = particles
    do throws(SettingError) {
      settings.range = try range.pitches()
    } catch {
      throw Failure(error)
    }
    settings.temperature = filling.temperature
    settings.seed = filling.firstSeed()
    guard (-127...127).contains(transpose) else {
      throw Failure(.usage, "--transpose is \(transpose), expected -127 to 127")
    }
    try Failure.filling(melody) { () throws(FillingError) in try settings.validate() }
    let writer = try filling.writer(sound: sound)
    var given = try GivenPiece(fileOrNotes: melody)
    try checkTransposition(of: given.score)
    given.score = given.score.transposed(by: transpose)
    let model = try model.load(expecting: "pianoroll") { model in
      guard model.vocabulary.accompanied == nil else {
        throw Failure(
          .data, "the model writes to a given part and tells no frames; musegen accompany is meant")
      }
      if case .pianoroll = model.vocabulary.configuration.plain { return true }
      return false
    }

    let terminal = writer.terminal
    for index in 0..<filling.number {
      let harmonization = try Failure.filling(melody) { () throws(FillingError) in
        try Harmonization(model: model, melody: given.score, settings: settings)
      }
      while harmonization.advance() {
        terminal.transient("frame \(harmonization.frame) of \(harmonization.frameCount)")
      }
      let written = try writer.write(
        harmonization.draw(), index: index, credit: PieceCredit(model: model, seed: settings.seed),
        upon: given)
      if index == 0, harmonization.heardNoteCount < harmonization.melody.count {
        Terminal.warn(
          "\(harmonization.melody.count.counted("note")) are kept, of which the model hears "
            + "\(harmonization.heardNoteCount.grouped): its frames are longer than some")
      }
      let nats = -harmonization.logEvidence / Double(harmonization.frameCount)
      terminal.line(
        "\(written), melody \(nats.decimals(2)) nats a frame, seed \(settings.seed)")
      settings.seed &+= 1
    }
  }
}

extension HarmonizeCommand {
  /// Checks that no note of the melody is lost where it is moved; what stands beside it is not kept anyway.
  private func checkTransposition(of score: Score) throws(Failure) {
    var tracks = score.tracks
    if let track, track >= 1, track <= tracks.count { tracks = [tracks[track - 1]] }
    let pitches = tracks.skyline(isLowest: voice == .bass).map { Int($0.pitch) }
    guard let lowest = pitches.min(), let highest = pitches.max() else { return }
    try Failure.checkTransposition(of: lowest...highest, by: transpose, in: melody)
  }
}

extension HarmonizationSettings.Voice: ExpressibleByArgument {}
