import Drawing
public import ArgumentParser
import FileStorage
import Foundation
public import MuseGen

/// `musegen render`: turns MIDI files into sound files.
struct RenderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Turns MIDI files into .wav, .flac, .ogg, .opus or .mp3 files, or into scores."
  )

  @Argument(
    help:
      "The MIDI, MusicXML or ABC files, - for standard input; each tune of an ABC file becomes one sound file.",
    completion: .file(extensions: MIDIFileFinder.endings))
  var inputs: [String]

  @OptionGroup var sound: SoundOptions

  @Option(
    name: [.short, .long],
    help: """
      The sound file, whose ending chooses the format, or a score: .musicxml, .mxl, or .pdf, .png, .svg by \
      MuseScore or LilyPond; a folder for several inputs. May be given again for another (default: here, under \
      the input's name).
      """)
  var output: [String] = []

  @OptionGroup var overwrite: OverwriteOptions

  @Option(help: "The format of files that --output does not name.")
  var format = AudioFormat.wav

  @Option(help: "How samples are stored in .wav and .flac.")
  var samples = AudioFormat.SampleFormat.int16

  @Option(
    parsing: .unconditional,
    help: "Bring the loudest sample to this level in decibels, such as -1.")
  var normalize: Float?

  @Option(parsing: .unconditional, help: "Come up from silence in this time.")
  var fadeIn = TimeSpan(seconds: 0)

  @Option(
    parsing: .unconditional,
    help: "Go down to silence in this time before the last note ends, instead of ringing out.")
  var fadeOut = TimeSpan(seconds: 0)

  @Option(help: "The title in the file (default: the piece's own, else the input's name).")
  var title: String?

  @Option(
    parsing: .unconditional, help: "How many files at once (default: the number of cores).")
  var jobs: Int?

  /// The formats of the sound files to write.
  var formats: Set<AudioFormat> { Set(soundOutputs.map(format(at:))) }

  /// Where sound goes; nil for here.
  private var soundOutputs: [String?] {
    output.isEmpty ? [nil] : output.filter { !Self.isScore($0) }
  }

  /// The format of sound files at an output; that of ``format`` where it names no file.
  private func format(at output: String?) -> AudioFormat {
    guard let output, fileKind(at: output) != .folder else { return format }
    return (try? AudioFormat(path: output)) ?? format
  }

  private static func isScore(_ output: String) -> Bool {
    ScoreFile.isNamed(output) && fileKind(at: output) != .folder
  }

  mutating func run() async throws {
    let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    inputs = tunes(inBooks: inputs.map(\.inputPath))
    if inputs.count > 1 {
      // The shell may have named them, for `*.mid`; a pipe would keep a job waiting.
      inputs.removeAll { input in
        guard let kind = fileKind(at: input), kind == .pipe || kind == .device,
          MIDIFileFinder.isMusic(input)
        else { return false }
        Terminal.warn("\(CorpusError(.noPlainFile(kind), path: input)); skipped")
        return true
      }
      if inputs.isEmpty { throw Failure(.noInput, "found no file to render, expected a MIDI file") }
    }
    try OutputFile.checkDistinct(output)
    // What can be told of all outputs is told before any is written.
    let scores = try output.filter(Self.isScore).map(scoreFile(at:))
    // A pipe can be read once only.
    var piped: (score: Score, losses: NotationLosses?)?
    if inputs.count == 1, output.count > 1, fileKind(at: inputs[0]).map({ $0 != .file }) ?? false {
      piped = try read(inputs[0])
    }
    let works = try soundOutputs.isEmpty ? [] : renderings(of: piped?.score, jobs: jobs)
    let isShared = output.contains(where: OutputFile.isStandardOutput)
    let terminal = Terminal(on: isShared ? .error : .output)
    if !scores.isEmpty { try write(piped ?? read(inputs[0]), to: scores, terminal) }
    if let failure = await RenderCommand.render(works, jobs: jobs, terminal) { throw failure }
  }

  /// What is to be rendered: each input for each output; the one input is read already where a score is given.
  private func renderings(of piped: Score?, jobs: Int) throws -> [RenderWork] {
    guard jobs > 0 else { throw Failure(.usage, "--jobs is \(jobs), expected 1 or more") }
    let outputs = try soundOutputs.map { output in
      let format = format(at: output)
      do throws(PlaybackError) {
        try format.validate(samples: samples)
      } catch {
        throw Failure(error)
      }
      let settings = RenderSettings(
        synthesizer: try sound.synthesizerSettings(for: format), format: format, samples: samples,
        peakLevel: normalize, fadeIn: fadeIn.seconds, fadeOut: fadeOut.seconds)
      return (files: try outputFiles(at: output), settings: settings)
    }
    // A file that is not there is told before a SoundFont that is not needed.
    if inputs.count == 1, fileKind(at: inputs[0]).map({ $0 == .file }) ?? true {
      _ = try Score(fileAt: inputs[0])
    }
    let soundFont = try sound.soundFont()
    return outputs.flatMap { files, settings in
      zip(inputs, files).map { input, output in
        RenderWork(
          input: input, score: piped, output: output, title: title, soundFont: soundFont,
          settings: settings)
      }
    }
  }

  /// The file in which the one input is written down.
  private func scoreFile(at output: String) throws -> OutputFile {
    guard inputs.count == 1 else {
      throw Failure(
        .usage, "\(output) is no folder, but there are \(inputs.count) files to render")
    }
    try ScoreFile.check(output)
    let file = OutputFile(given: output, overwrite: overwrite)
    try file.check()
    return file
  }

  /// Reads an input, and what of notation is not in it.
  private func read(_ input: String) throws -> (score: Score, losses: NotationLosses?) {
    let (score, _, piece) = try Score.read(fileAt: input)
    return (score, piece.losses)
  }

  /// Writes the one input down in scores, and tells what they lack of it.
  private func write(
    _ piece: (score: Score, losses: NotationLosses?), to files: [OutputFile], _ terminal: Terminal
  ) throws {
    var score = piece.score.withoutSilentEnd(of: inputs[0])
    if let program = sound.program?.number { score = score.playing(program) }
    if let title { score.title = title }
    if score.title.isEmpty { score.title = inputs[0].fileStem }
    for file in files {
      let name = try ScoreFile.write(score, to: file)
      terminal.line("\(name): \(PieceStatistics(score))")
    }
    if let line = piece.losses?.line ?? score.lossLine { Terminal.warn("\(inputs[0]): \(line)") }
  }

  /// Renders so many at once; a file that cannot be rendered is told and does not stop the others.
  ///
  /// - Returns: the last failure, which is left to be told.
  private static func render(
    _ works: [RenderWork], jobs: Int, _ terminal: Terminal
  ) async -> Failure? {
    await withTaskGroup(of: Result<String, Failure>.self) { group in
      var remaining = works[...]
      for work in remaining.prefix(jobs) { group.addTask { work.run() } }
      remaining = remaining.dropFirst(jobs)
      var last: Failure?
      while let outcome = await group.next() {
        if let work = remaining.popFirst() {
          group.addTask { work.run() }
        }
        switch outcome {
        case .success(let line): terminal.line(line)
        case .failure(let failure):
          if let last { Terminal.warn("\(last.message)") }
          last = failure
        }
      }
      return last
    }
  }

  private func outputFiles(at output: String?) throws -> [OutputFile] {
    if let output, fileKind(at: output) != .folder {
      guard inputs.count == 1 else {
        throw Failure(
          .usage, "\(output) is no folder, but there are \(inputs.count) files to render")
      }
      if !OutputFile.isStream(output) {
        try OutputFile.checkEnding(
          of: output, among: AudioFormat.allCases.map(\.rawValue) + ScoreFile.endings)
      }
      let file = OutputFile(given: output, overwrite: overwrite)
      try file.check()
      return [file]
    }
    let prefix = output.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
    let paths = inputs.map { "\(prefix)\($0.fileStem).\(format.rawValue)" }
    let clash = Dictionary(grouping: zip(inputs, paths)) { $0.1.systemPath }.values
      .first { $0.count > 1 }
    if let clash {
      let names = clash.map(\.0).joined(separator: " and ")
      throw Failure(.usage, "\(names) would both become \(clash[0].1)")
    }
    return paths.map { OutputFile(chosen: $0, overwrite: overwrite) }
  }
}

/// One file to render.
private struct RenderWork: Sendable {
  var input: String
  /// What it holds, where that is read already.
  var score: Score?
  var output: OutputFile
  var title: String?
  var soundFont: SoundFont
  var settings: RenderSettings

  /// Renders and says so in a line.
  func run() -> Result<String, Failure> {
    do {
      var score = try (score ?? Score(fileAt: input)).withoutSilentEnd(of: input)
      // Many files end bars after their last note: that silence would be what is faded.
      if settings.fadeOut > 0, score.soundingEnd > 0 { score = score.trimmingSilentEnd(to: 0) }
      let performance = Performance(score)
      // A file of a few bytes may claim years, which would fill any disk.
      guard performance.duration <= GenerationSettings.longestSeconds else {
        throw Failure(.data, "\(input): lasts longer than a day; cut it before rendering")
      }
      var settings = settings
      settings.metadata = AudioMetadata(score, named: input.fileStem, soundFont: soundFont)
      if let title { settings.metadata.title = title }
      let start = ContinuousClock.now
      var rendered: RenderReport?
      let name = try output.write { path, replacement in
        rendered = try performance.render(
          to: path, soundFont: soundFont, settings: settings, replacement: replacement)
      }
      guard let report = rendered else { return .success("\(name): nothing was rendered") }
      if let line = report.attenuationLine { Terminal.warn("\(name): \(line)") }
      return .success(line(report, of: name, elapsed: (ContinuousClock.now - start) / .seconds(1)))
    } catch let error as PlaybackError {
      return .failure(Failure(error))
    } catch is CancellationError {
      return .failure(
        Failure(.interrupted, "\(output.path): not written, for rendering was stopped"))
    } catch {
      return .failure(error as? Failure ?? Failure(.software, "\(error)"))
    }
  }

  private func line(_ report: RenderReport, of name: String, elapsed: Double) -> String {
    let level = report.peak > 0 ? (20 * log10(Double(report.peak))).decimals(1) + " dB" : "silence"
    let speed = Int((report.seconds / max(elapsed, 1e-3)).rounded())
    return "\(name): \(report.seconds.decimals(1)) s, loudest sample \(level), "
      + "\(speed.grouped) times as fast as played"
  }
}

extension RenderReport {
  /// Says by how much the file is softer than asked for; nil where it is as it was asked for.
  var attenuationLine: String? {
    attenuation > 0
      ? "\(Double(attenuation).decimals(1)) dB softer than --gain has it, so that no sample is cut off"
      : nil
  }
}

extension AudioFormat: ExpressibleByArgument {}
extension AudioFormat.SampleFormat: ExpressibleByArgument {}
