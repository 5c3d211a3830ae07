public import ArgumentParser
import FileStorage
public import Improvisation
import MuseGen

extension JamSettings.Mode: ExpressibleByArgument {}

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

  @Option(help: "The sound device, by its ALSA name; see musegen devices.")
  var device = LiveSettings().device

  @Option(
    parsing: .unconditional,
    help:
      "The device's buffer in seconds: shorter answers faster, longer survives a busier machine.")
  var latency = 0.02

  @OptionGroup var model: ModelOptions
  @OptionGroup var playing: JamPlayingOptions
  @OptionGroup var time: JamTimeOptions
  @OptionGroup var sound: SoundOptions

  @Option(
    help: "Learn from this MIDI file for a moment before, such as a jam of yesterday.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var adapt: String?

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
    var flags = ["in", "out", "device", "latency", "adapt", "osc", "osc-to"]
    flags += ModelOptions.flags + SoundOptions.flags + AdaptationOptions.flags
    flags += JamPlayingOptions.flags + JamTimeOptions.flags
    return flags
  }()

  mutating func run() async throws {
    let file =
      output.map { OutputFile(given: $0, overwrite: overwrite) }
      ?? OutputFile(chosen: "jam.mid", overwrite: overwrite)
    if let recover {
      let recording = try JamJournal.read(at: recover)
      return try StandardOutput.line(try JamJournal.save(recording, as: file))
    }
    let settings = try time.applied(to: playing.settings())
    let program = try sound.checkedProgram()
    let generation = try playing.generation()
    let heard = try adapt.map { try Score(fileAt: $0) }
    let (model, prepared) = try prepare(try self.model.load(), generation, heard)
    let jam: Jam
    do {
      jam = try Jam(model: model, generation: prepared, settings: settings)
    } catch {
      throw Failure(error)
    }
    try file.check()
    let places = try open()
    defer { places.instrument?.stop() }
    let journal = try JamJournal(beside: file.path, settings: settings)
    let portGuard = out.flatMap { PortGuard(port: $0) }
    defer { portGuard?.release() }
    Interruption.keepWork()
    let session = JamSession(
      jam, settings: settings, input: places.input, output: places.output, journal: journal,
      controls: places.controls, program: program, seed: generation.seed,
      saves: OutputFile(chosen: file.path))
    let problem = session.run()
    let saved = try journal.isEmpty ? nil : JamJournal.save(journal.recording, as: file)
    journal.remove()
    if let saved { try StandardOutput.line(saved) }
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
    var input: SequencerInput
    var output: any MIDIOutput
    var instrument: LiveInstrument?
    var controls: ControlPort?
  }

  private func open() throws -> Places {
    let synthesizer = try sound.synthesizerSettings()
    do throws(PlaybackError) {
      let input = try SequencerInput(name: self.input)
      var controls: ControlPort?
      if osc != nil || oscTo != nil {
        controls = try ControlPort(number: osc ?? 0, sendingTo: oscTo)
      }
      if let out {
        return Places(input: input, output: try SequencerPort(name: out), controls: controls)
      }
      let live = LiveSettings(synthesizer: synthesizer, device: device, latency: latency)
      let instrument = try LiveInstrument(
        soundFont: try SoundFont.discover(explicit: sound.soundfont), settings: live)
      return Places(input: input, output: instrument, instrument: instrument, controls: controls)
    } catch {
      throw Failure(error)
    }
  }
}
