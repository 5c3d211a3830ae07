public import ArgumentParser
import FileStorage
public import Improvisation
import MuseGen

extension JamSettings.Mode: ExpressibleByArgument {}
extension JamSettings.Leader: ExpressibleByArgument {}

extension JamSettings.Mode {
  /// Whether a model can play so.
  fileprivate func suits(_ model: Model) -> Bool {
    if self == .accompany { return model.vocabulary.accompanied != nil }
    guard let encoder = model.vocabulary.makeEncoder() else { return false }
    return self != .duet || encoder.canTellAtOnce
  }

  /// What is said of a model that cannot, and of the name of one that can.
  fileprivate func unsuited(_ model: Model, fitting name: String?) -> Failure {
    let problem =
      if self == .accompany {
        "the model writes to no given part, expected one that learned to for --mode accompany"
      } else if model.vocabulary.accompanied != nil {
        "the model writes to a part that is known a bar ahead, expected --mode accompany or another model"
      } else {
        "the model's vocabulary, \(model.vocabulary.configuration.name), tells notes together; expected "
          + "performance, tsd or remi for both to play at once"
      }
    return Failure(.data, problem + (name.map { "; -m \($0) can" } ?? ""))
  }
}

/// `musegen jam`: plays together with somebody at a MIDI keyboard.
struct JamCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jam", abstract: "Plays together with you: you play, and a model answers.",
    discussion: """
      You play a MIDI keyboard; after a bar of silence, or when you press a pedal, a key or the space bar, the \
      model goes on in your manner, from the next bar or beat on. Play, and it falls silent. Both sides are \
      kept on disk as they come and saved as a MIDI file with both as tracks. On a terminal ? lists the keys.
      """)

  @Option(
    name: .customLong("in"),
    help: """
      The MIDI port that you play at; see musegen devices (default: whatever is connected to musegen's own port).
      """)
  var input: String?

  @Option(
    name: .customLong("out"),
    help: "Play on the synthesizer behind this MIDI port (default: the sound device).")
  var out: String?

  @Flag(
    help: """
      Be a client of JACK, in a workstation's patchbay, with ports for MIDI and for sound; --in and --out then name \
      ports of JACK's.
      """)
  var jack = false

  @Option(help: "The sound device, by its ALSA name; see musegen devices.")
  var device = LiveSettings().device

  @Option(
    parsing: .unconditional,
    help: """
      The device's buffer in seconds (default: 0.02); with --jack, how much more than a cycle is made ahead (default: \
      0.003). Shorter answers faster, longer survives a busier machine.
      """)
  var latency: Double?

  @OptionGroup var model: ModelOptions
  @OptionGroup var playing: JamPlayingOptions
  @OptionGroup var time: JamTimeOptions
  @OptionGroup var sound: SoundOptions

  @Option(
    help: "Go on from this MIDI file, such as a jam of yesterday: it is what the model has heard.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var primer: String?

  @Option(
    help: "Learn from this MIDI file for a moment before, such as a jam of yesterday.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var adapt: String?

  @Option(
    parsing: .unconditional, help: "How many of its last minutes to learn from, where it has more.")
  var adaptMinutes = 10.0

  @OptionGroup var adapting: AdaptationOptions

  @Option(
    parsing: .unconditional, help: "Hear Open Sound Control at this UDP port of this machine.")
  var osc: UInt16?

  @Option(
    parsing: .unconditional, help: "Send Open Sound Control to this UDP port of this machine.")
  var oscTo: UInt16?

  @Option(name: [.short, .long], help: "Save the jam in this MIDI file (default: jam.mid).")
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  @Option(
    help: "Instead of playing, make a MIDI file of what a jam that was killed has left.",
    completion: .file(extensions: [JamJournal.ending]))
  var recover: String?

  /// The names of the flags that say how to play.
  static let flagsToPlay: [String] = {
    var flags = ["in", "out", "jack", "device", "latency", "primer", "osc", "osc-to"]
    flags += ["adapt", "adapt-minutes"]
    flags += ModelOptions.flags + SoundOptions.flags + AdaptationOptions.flags
    flags += JamPlayingOptions.flags + JamTimeOptions.flags
    return flags
  }()

  mutating func run() async throws {
    let file =
      output.map { OutputFile(given: $0, overwrite: overwrite) }
      ?? OutputFile(chosen: "jam.mid", overwrite: overwrite)
    if let output, !OutputFile.isStream(output) {
      try OutputFile.checkEnding(of: output, among: PieceWriter.midiEndings)
    }
    if let recover {
      if let journal = FileIdentity(path: recover), journal == FileIdentity(path: file.path) {
        throw Failure(.usage, "-o \(file.path) is the journal itself, expected another file")
      }
      let recording = try JamJournal.read(at: recover)
      try file.check()
      let line = try JamJournal.save(recording, as: file)
      // Behind the file's bytes a line would be taken for more of them.
      return Terminal(on: OutputFile.isStandardOutput(file.path) ? .error : .output).line(line)
    }
    if let output, OutputFile.isStream(output) {
      throw Failure(
        .usage, "-o \(output) is a stream, expected a file, beside which a jam keeps its journal")
    }
    let settings = try time.applied(to: playing.settings())
    let live = try liveSettings()
    let program = try sound.checkedProgram()
    var generation = try playing.generation()
    generation.primer = try primer.map { try Score(fileAt: $0) }
    guard 0.1...1_440 ~= adaptMinutes else {
      throw Failure(.usage, "--adapt-minutes is \(adaptMinutes), expected 0.1 to 1440")
    }
    let heard = try adapt.map { try Score(fileAt: $0).ending(seconds: 60 * adaptMinutes) }
    let mode = playing.mode
    let suited = try self.model.load(where: mode.suits) { mode.unsuited($0, fitting: $1) }
    let (model, prepared) = try prepare(suited, generation, heard)
    let jam: Jam
    do {
      jam = try Jam(
        model: model, generation: prepared, settings: settings, thinksAside: true)
    } catch {
      throw Failure(error)
    }
    try file.check()
    let places = try open(live)
    defer { places.stop() }
    let journal = try JamJournal(beside: file.path, settings: settings)
    let portGuard = jack ? nil : out.flatMap { PortGuard(port: $0) }
    defer { portGuard?.release() }
    Interruption.keepWork()
    let session = JamSession(
      jam, settings: settings, input: places.input, output: places.output, journal: journal,
      controls: places.controls, program: program, seed: generation.seed,
      saves: OutputFile(chosen: file.path),
      remedy: "a longer --latency" + (jack ? ", or longer cycles of the server" : ""))
    let problem = session.run()
    // First of all: a terminal that has stopped takes nothing, and may never again.
    let saved = Result {
      try journal.isEmpty
        ? nil : journal.save(as: OutputFile(chosen: file.path, overwrite: overwrite))
    }
    if case .success = saved { journal.remove() }
    session.leave()
    if let saved = try saved.get() { try StandardOutput.line(saved) }
    for notice in session.notices { try StandardOutput.line(notice) }
    if let problem { throw Failure(problem) }
    if Interruption.isRequested { throw CancellationError() }
  }

  /// The model, after it has learnt from a piece if one is given, and the settings that suit it.
  private func prepare(
    _ model: Model, _ generation: GenerationSettings, _ heard: Score?
  ) throws -> (Model, GenerationSettings) {
    try playing.checkFlags(for: model)
    let settings = generation.suited(to: model, asked: playing.asked)
    guard let heard else { return (model, settings) }
    do throws(GenerationError) {
      return (
        try model.adapted(to: heard, told: settings.conditions, by: adapting.adaptation), settings
      )
    } catch {
      throw Failure(error)
    }
  }

  /// Where somebody plays and where both are heard.
  private struct Places {
    var input: any MIDIInput
    var output: any MIDIOutput
    var controls: ControlPort?
    /// Ends the sound.
    var stop: () -> Void = {}
  }

  /// How it sounds at a device of our own, checked.
  private func liveSettings() throws -> LiveSettings {
    let live = LiveSettings(
      synthesizer: try sound.synthesizerSettings(), device: device, latency: latency ?? 0.02)
    do throws(PlaybackError) {
      if jack {
        try live.synthesizer.validate()
        try JackClient.check(latency: jackLatency)
      } else {
        try live.validate()
      }
    } catch {
      throw Failure(error)
    }
    return live
  }

  private var jackLatency: Double { latency ?? JackClient.shortLatency }

  private func open(_ live: LiveSettings) throws -> Places {
    do throws(PlaybackError) {
      var controls: ControlPort?
      if osc != nil || oscTo != nil {
        controls = try ControlPort(number: osc ?? 0, sendingTo: oscTo)
      }
      if jack {
        // Behind a port another synthesizer plays.
        let soundFont = try out == nil ? SoundFont.discover(explicit: sound.soundfont) : nil
        let client = try JackClient(
          input: input, output: out, soundFont: soundFont, settings: live.synthesizer,
          latency: jackLatency)
        return Places(input: client, output: client, controls: controls) { client.stop() }
      }
      let input = try SequencerInput(name: self.input)
      if let out {
        return Places(input: input, output: try SequencerPort(name: out), controls: controls)
      }
      let instrument = try LiveInstrument(
        soundFont: try SoundFont.discover(explicit: sound.soundfont), settings: live)
      return Places(input: input, output: instrument, controls: controls) { instrument.stop() }
    } catch {
      throw Failure(error)
    }
  }
}
