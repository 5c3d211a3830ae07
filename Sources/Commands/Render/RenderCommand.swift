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
      MuseScore or LilyPond; a folder for several inputs (default: here, under the input's name).
      """)
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  @Option(help: "The format of files that --output does not name.")
  var format = AudioFormat.wav

  @Option(help: "How samples are stored in .wav and .flac.")
  var samples = AudioFormat.SampleFormat.int16

  @Option(
    parsing: .unconditional,
    help: "Bring the loudest sample to this level in decibels, such as -1.")
  var normalize: Float?

  @Option(help: "Come up from silence in this time.")
  var fadeIn = TimeSpan(seconds: 0)

  @Option(help: "Go down to silence in this time before the end, instead of ringing out.")
  var fadeOut = TimeSpan(seconds: 0)

  @Option(help: "The title in the file (default: the piece's own, else the input's name).")
  var title: String?

  @Option(
    parsing: .unconditional, help: "How many files at once (default: the number of cores).")
  var jobs: Int?

  /// The format of the files to write; that of ``format`` where the name of none has been given.
  var chosenFormat: AudioFormat {
    guard let output, fileKind(at: output) != .folder else { return format }
    return (try? AudioFormat(path: output)) ?? format
  }

  /// Whether the sound goes to a pipe or the like, whose name need not tell a format.
  var isStreamed: Bool { output.map(OutputFile.isStream) ?? false }

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
    if let output, ScoreFile.isNamed(output), fileKind(at: output) != .folder {
      return try writeScore(to: output)
    }
    guard jobs > 0 else { throw Failure(.usage, "--jobs is \(jobs), expected 1 or more") }
    let outputs = try outputFiles()
    // All outputs have one format.
    let format =
      isStreamed ? chosenFormat : outputs.first.flatMap { try? AudioFormat(path: $0.path) }
    let settings = RenderSettings(
      synthesizer: try sound.synthesizerSettings(for: format), format: format, samples: samples,
      peakLevel: normalize, fadeIn: fadeIn.seconds, fadeOut: fadeOut.seconds)
    // A file that is not there is told before a SoundFont that is not needed.
    if inputs.count == 1, fileKind(at: inputs[0]).map({ $0 == .file }) ?? true {
      _ = try Score(fileAt: inputs[0])
    }
    let soundFont = try sound.soundFont()
    let works = zip(inputs, outputs).map { input, output in
      RenderWork(
        input: input, output: output, title: title, soundFont: soundFont, settings: settings)
    }
    let isShared = output.map(OutputFile.isStandardOutput) ?? false
    let terminal = Terminal(on: isShared ? .error : .output)
    if let failure = await RenderCommand.render(works, jobs: jobs, terminal) { throw failure }
  }

  /// Writes the one input down as a score.
  private func writeScore(to output: String) throws {
    guard inputs.count == 1 else {
      throw Failure(
        .usage, "\(output) is no folder, but there are \(inputs.count) files to render")
    }
    try ScoreFile.check(output)
    let file = OutputFile(given: output, overwrite: overwrite)
    try file.check()
    var score = try Score(fileAt: inputs[0]).withoutSilentEnd(of: inputs[0])
    if let program = sound.program?.number { score = score.playing(program) }
    if let title { score.title = title }
    if score.title.isEmpty { score.title = inputs[0].fileStem }
    let name = try ScoreFile.write(score, to: file)
    try StandardOutput.line("\(name): \(PieceStatistics(score))")
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

  private func outputFiles() throws -> [OutputFile] {
    if let output, fileKind(at: output) != .folder {
      guard inputs.count == 1 else {
        throw Failure(
          .usage, "\(output) is no folder, but there are \(inputs.count) files to render")
      }
      do {
        if !isStreamed { _ = try AudioFormat(path: output) }
      } catch {
        throw Failure(error)
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
  var output: OutputFile
  var title: String?
  var soundFont: SoundFont
  var settings: RenderSettings

  /// Renders and says so in a line.
  func run() -> Result<String, Failure> {
    do {
      let score = try Score(fileAt: input).withoutSilentEnd(of: input)
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
      if report.clippedSamples > 0 {
        Terminal.warn(
          "\(name): \(report.clippedSamples.grouped) samples were too loud and cut; "
            + "lower --gain or give --normalize -1")
      }
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

extension AudioFormat: ExpressibleByArgument {}
extension AudioFormat.SampleFormat: ExpressibleByArgument {}
