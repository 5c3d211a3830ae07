import ArgumentParser
import Favourites
import FileStorage
import Foundation
import MuseGen

/// `musegen play`: plays a MIDI file, or new music while it is being written.
struct PlayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play", abstract: "Plays a MIDI file, or new music while it is being written.",
    discussion: """
      On a terminal it shows the notes and heeds keys, which ? lists: space pauses, arrows seek in a file \
      or change the temperature of new music, t and g move the music a semitone up and down, comma and \
      full stop play it slower and faster, - and + softer and louder, d and c make new music denser and \
      sparser, o takes all of that back, n and b go to the next piece and back to the one before, x goes \
      on and not back, k keeps the piece as a favourite and 1 to 5 rate it (see musegen favourites), s \
      saves what was played so far as it was heard (of new music the last hour), r goes on with another \
      seed, m mutes, q fades out and quits; Ctrl-Z goes back to the shell until fg.
      """)

  @Argument(
    help:
      "The MIDI files to play, one after another, - for standard input; without one, new music.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var files: [String] = []

  @OptionGroup var model: ModelOptions
  @OptionGroup var generation: GenerationOptions
  @OptionGroup var sound: SoundOptions
  @OptionGroup var place: PlaceOptions

  @Flag(help: "Write piece after piece until you quit.")
  var forever = false

  @Option(
    name: [.short, .long],
    help: "Keep what was generated in this file; its ending chooses the format.")
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  mutating func run() async throws {
    files = files.map(\.inputPath)
    guard let file = files.first else { return try await playNewMusic() }
    if output != nil {
      throw Failure(.usage, "--output keeps new music; \(file) is a file already")
    }
    if forever { throw Failure(.usage, "--forever is for new music; \(file) has an end") }
    try await PlayedFiles(
      files.map { ($0, .file($0)) }, sound: sound, place: place
    ).play()
  }

  private func playNewMusic() async throws {
    let settings = try generation.settings()
    let program = try sound.checkedProgram()
    if let output, OutputFile.isStream(output) {
      throw Failure(
        .usage,
        "-o \(output) is a stream, expected a file, which is written again as music is played")
    }
    let writer = try output.map { output in
      try PieceWriter(outputs: [output], count: 1, sound: sound, overwrite: overwrite)
    }
    let opener = try place.opener(sound: sound)
    // What the listener asks for is heard when what is written has been played: a second later.
    let queue = try MessageQueue(lookahead: 1)
    let music = PlayedMusic(
      title: "new music, seed \(settings.seed)", temperature: settings.sampling.temperature,
      program: program)
    // The model is read and begins to write while the SoundFont is read: the first sound is sooner.
    let reading = Task { [model] in try model.loadWithPath() }
    let loading = Task { [generation] in
      let (model, settings) = try generation.prepare(try await reading.value.model, for: settings)
      return (model: model, settings: settings, first: try MusicWriter.piece(by: model, settings))
    }
    let keeper = FavouriteKeeper { [arguments = Invocation.current.arguments(of: "play")] in
      let (read, path) = try await reading.value
      let described = FavouriteNote.Model(read, path: path)
      return FavouriteKeeper.Author(
        model: try await loading.value.model, description: described,
        commandLine: PieceCommandLine(arguments: arguments, model: described.name ?? path),
        program: program)
    }
    let writing = Task { [forever] in
      let (model, settings, first) = try await loading.value
      music.suggest(temperature: settings.sampling.temperature)
      try await MusicWriter(
        model: model, settings: settings, first: first, isEndless: forever, queue: queue,
        music: music
      ).run()
    }
    let opened = Result { () throws(PlaybackError) in try opener.open(queue) }
    let player: LivePlayer
    do {
      player = try opened.get()
    } catch {
      queue.close()
      let (model, settings, _) = try await loading.value
      // Nothing can be heard here, but the piece that was asked for is kept.
      if let writer {
        let told = try await keep(
          try model.writePiece(settings, terminal: Terminal()),
          credit: PieceCredit(model: model, seed: settings.seed), by: writer)
        try StandardOutput.line(told)
      }
      throw Failure(error)
    }

    // A model that cannot be read, or cannot write what is asked for, is told before anything is shown.
    _ = try await loading.value
    let kept = output.flatMap { output in
      PieceWriter.isMIDI(output) ? RewrittenFile(given: output, overwrite: overwrite) : nil
    }
    let copying = kept.map { kept in
      Task.detached {
        await RunningCopy(player: player, music: music) { score in
          try kept.write(score.midiFile().bytes())
        }.run()
      }
    }
    let saves = OutputFile(chosen: "musegen-\(settings.seed).mid")
    let portGuard = place.port.flatMap { PortGuard(port: $0) }
    // It is left silent even where this process does not come to the end.
    defer { portGuard?.release() }
    let display = PlaybackDisplay(keeper: keeper)
    let outcome = await display.run(player, music, saves: saves)
    copying?.cancel()
    await copying?.value
    // First of all: a terminal that has stopped takes nothing, and may never again.
    let saved: Result<String?, any Error>
    do {
      try await writing.value
      let heard = await music.score(until: outcome.status.seconds, player.changes)
      if let kept {
        try kept.write(heard.midiFile().bytes())
        saved = .success("\(kept.path): \(PieceStatistics(heard))")
      } else if let writer {
        display.show("keeping")
        saved = .success(try await keep(heard, credit: nil, by: writer))
      } else if outcome.error != nil {
        let name = try saves.write(heard.midiFile().bytes())
        saved = .success("\(name): \(PieceStatistics(heard))")
      } else {
        saved = .success(nil)
      }
    } catch {
      saved = .failure(error)
    }
    await display.leave()
    if let line = try saved.get() { try StandardOutput.line(line) }
    try finish(outcome)
  }

  private func finish(_ outcome: PlaybackDisplay.Outcome) throws {
    if let error = outcome.error { throw Failure(error) }
    if outcome.isInterrupted { throw CancellationError() }
  }

  /// Writes a piece under the name that was asked for.
  ///
  /// - Returns: what is told of it, in a line.
  private func keep(
    _ score: Score, credit: PieceCredit?, by writer: PieceWriter
  ) async throws -> String {
    // Ctrl-C has ended the music, and what was heard of it is to be kept even so.
    let written = try await Task.detached {
      try writer.write(score, index: 0, credit: credit)
    }.value
    return "\(written)"
  }
}

/// Where music is played: through a sound device or a MIDI port.
struct PlaceOptions: ParsableArguments {
  @Option(help: "The sound device, by its ALSA name; see musegen devices.")
  var device = LiveSettings().device

  @Option(
    parsing: .unconditional,
    help: "The device's buffer in seconds: longer survives a busier machine.")
  var latency = LiveSettings().latency

  @Option(help: "Play on the synthesizer behind this MIDI port instead; see musegen devices.")
  var port: String?

  /// Finds the SoundFont or the port before anything else is done.
  func opener(sound: SoundOptions) throws -> PlayerOpener {
    if let port {
      do {
        return .port(try SequencerPort(name: port))
      } catch {
        throw Failure(error)
      }
    }
    return .device(
      LiveSettings(
        synthesizer: try sound.synthesizerSettings(), device: device, latency: latency),
      sound)
  }
}

/// Opens a player where the music shall be heard.
enum PlayerOpener: Sendable {
  case device(LiveSettings, SoundOptions)
  case port(SequencerPort)

  /// Takes back what a piece has told the synthesizer behind a port; a device's is made anew for each piece.
  func clear() throws(PlaybackError) {
    guard case .port(let port) = self else { return }
    try port.schedule(TimedMessage.blankSlate(at: port.seconds()))
  }

  func open(_ performance: Performance) throws(PlaybackError) -> LivePlayer {
    switch self {
    case .device(let settings, let sound):
      try LivePlayer(
        performance, soundFont: SoundFont.discover(explicit: sound.soundfont), settings: settings)
    case .port(let port): LivePlayer(performance, output: port)
    }
  }

  func open(_ queue: MessageQueue) throws(PlaybackError) -> LivePlayer {
    switch self {
    case .device(let settings, let sound):
      try LivePlayer(
        queue, soundFont: SoundFont.discover(explicit: sound.soundfont), settings: settings)
    case .port(let port): LivePlayer(queue, output: port)
    }
  }
}
