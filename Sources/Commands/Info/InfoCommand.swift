import ArgumentParser
import Drawing
import FileStorage
import Foundation
import MuseGen

/// `musegen info`: says what is in MIDI files and model files.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Says what is in MIDI files and models, and what is wrong with them.",
    discussion: """
      Of a file: its tracks, tempo, metre, key, range and faults. Of a folder: a table of its files \
      with totals, and those that have faults. With --form of each file: its key and where it \
      changes, the chords of each bar, and its sections. Of a model: its network, vocabulary, losses, licence, \
      and how it was trained.
      """)

  @Argument(
    help: """
      MIDI files, - for standard input, folders and patterns such as 'songs/*.mid', or models: files, \
      names, or runs' folders.
      """,
    completion: .file(extensions: MIDIFileFinder.endings + ["safetensors"]))
  var files: [String] = []

  @Flag(help: "Print everything as JSON.")
  var json = false

  @Flag(
    help: """
      Tell the keys, the chords of each bar and the sections that come again, such as A A B A.
      """)
  var form = false

  @Flag(help: "Print every note as a line: file, track, channel, pitch, velocity, onset, end.")
  var notes = false

  @Option(
    defaultAsFlag: InfoCommand.terminalRoll,
    help: ArgumentHelp(
      "Draw a piano roll: in the terminal, or as a picture where an .svg file is named.",
      valueName: "out.svg"),
    completion: .file(extensions: ["svg"]))
  var roll: String?

  @OptionGroup var overwrite: OverwriteOptions

  /// The value of `--roll` without a file.
  static let terminalRoll = ""

  mutating func run() throws {
    var picture: OutputFile?
    if let roll, roll != Self.terminalRoll {
      if Self.isPicture(roll) {
        picture = OutputFile(given: roll, overwrite: overwrite)
      } else {
        // No music: then a picture is meant.
        if fileKind(at: roll) == nil, TuneBook.place(roll) == nil,
          !files.isEmpty || !fileExtension(of: roll).isEmpty
        {
          try OutputFile.checkEnding(
            of: roll, among: MIDIFileFinder.endings + ["svg"], flag: "--roll")
        }
        // `--roll song.mid` asks for the song's roll in the terminal.
        files.append(roll)
      }
    }
    if files.isEmpty { throw Failure(.usage, "found no file, expected a MIDI file or a folder") }
    if files.contains("-"), fileKind(at: "-".inputPath) == .folder {
      throw Failure(.noInput, "standard input is a folder, expected a MIDI file")
    }
    files = files.map { Self.modelPath(named: $0.inputPath) }
    if json && roll != nil && picture == nil {
      throw Failure(.usage, "--json and --roll exclude each other; give --roll a file.svg")
    }
    if notes && (json || form || roll != nil) {
      throw Failure(.usage, "--notes excludes --json, --form and --roll; give one")
    }
    let models = files.filter { $0.hasSuffix(ModelCatalog.ending) || RunModel.isRun($0) }
    if !models.isEmpty {
      guard models.count == files.count, roll == nil, !notes, !form else {
        throw Failure(.usage, "\(models[0]) is a model and no music; ask for it alone")
      }
      return try report(onModels: models)
    }
    try picture?.check()
    let (pieces, unreadable) = try NamedMusic(files).find()
    let paths = pieces.map(\.path)
    if picture != nil && paths.count > 1 {
      throw Failure(.usage, "--roll draws one file as a picture, found \(paths.count)")
    }
    let isListing =
      paths.count > files.count
      || files.contains { !(fileKind(at: $0)?.givesBytes ?? false) && TuneBook.place($0) == nil }
    if isListing && !json && !notes && !form && roll == nil {
      return try printListing(paths, unreadable)
    }
    for error in unreadable { Terminal.warn("\(error); skipped") }
    let hasFailed =
      notes
      ? try printNotes(of: paths)
      : try report(on: paths, unreadable: unreadable, picture: picture)
    // A folder's files that cannot be read are what was to be told; one that was named should be read.
    if hasFailed || !unreadable.isEmpty, !isListing { throw ExitCode(Failure.Code.data.rawValue) }
  }

  /// Where the model or the run of a name is; the name itself where music is called so, or nothing.
  private static func modelPath(named name: String) -> String {
    guard fileKind(at: name) == nil, CollectionStore.standard().collection(named: name) == nil
    else { return name }
    return ModelCatalog.standard()[name]?.path ?? RunModel.folder(named: name)
  }

  /// Whether a value of `--roll` is a picture to draw.
  static func isPicture(_ roll: String?) -> Bool {
    roll?.lowercased().hasSuffix(".svg") ?? false
  }

  private func report(onModels paths: [String]) throws {
    let infos = try paths.map { try ModelFileInfo(path: $0) }
    if json { return try Terminal.printJSON(["models": infos]) }
    for (index, info) in infos.enumerated() {
      if index > 0 { try StandardOutput.line() }
      try StandardOutput.lines(info.report)
    }
  }

  /// Reports on each file in turn; a file that cannot be read ends it where it is the only one.
  ///
  /// - Returns: whether a file could not be read.
  private func report(
    on paths: [String], unreadable: [CorpusError], picture: OutputFile?
  ) throws -> Bool {
    var infos: [FileInfo] = []
    var failures = unreadable.map { UnreadFile(path: $0.path, error: "\($0)") }
    let isAlone = paths.count == 1 && unreadable.isEmpty
    for (index, path) in paths.enumerated() {
      do {
        var (info, score) = try readInfo(at: path)
        if form { info.form = FormInfo(score) }
        infos.append(info)
        if !json {
          if index > 0 { try StandardOutput.line() }
          try StandardOutput.lines(info.form.map { [path] + $0.report } ?? info.report)
        }
        if roll != nil { score.warnWithoutNotes(of: path) }
        if let picture {
          try picture.write(Array(PianoRoll(score).svg().utf8))
        } else if roll != nil {
          let terminal = Terminal()
          let lines = PianoRoll(score).text(
            columns: terminal.width, isColoured: terminal.isColoured)
          for line in lines { try StandardOutput.raw(line + "\n") }
        }
      } catch let failure as Failure {
        failures.append(.init(path: path, error: failure.message))
        if isAlone {
          // What reads JSON is told in JSON as well.
          if json { try Terminal.printJSON(FolderListing(files: infos, failed: failures)) }
          throw failure
        }
        Terminal.warn("\(failure.message)")
      }
    }
    if json { try Terminal.printJSON(FolderListing(files: infos, failed: failures)) }
    if infos.isEmpty {
      throw Failure(.data, "none of \(paths.count.counted("file")) can be read")
    }
    return !failures.isEmpty
  }

  /// Prints notes separated by tabs; channels counted from 1, ticks as they stand in the file.
  ///
  /// - Returns: whether a file could not be read.
  private func printNotes(of paths: [String]) throws -> Bool {
    var hasFailed = false
    for path in paths {
      do {
        let score = try readInfo(at: path).score
        for (number, track) in score.tracks.enumerated() {
          for note in track.notes {
            try StandardOutput.row([
              path, "\(number + 1)", "\(track.channel + 1)", "\(note.pitch)", "\(note.velocity)",
              "\(note.onset)", "\(note.end)",
            ])
          }
        }
      } catch let failure as Failure {
        if paths.count == 1 { throw failure }
        Terminal.warn("\(failure.message)")
        hasFailed = true
      }
    }
    return hasFailed
  }

  private func printListing(_ paths: [String], _ unreadable: [CorpusError]) throws {
    var listing = FolderListing()
    listing.failed = unreadable.map { .init(path: $0.path, error: "\($0)") }
    for path in paths {
      do {
        listing.files.append(try readInfo(at: path).info)
      } catch let failure as Failure {
        listing.failed.append(.init(path: path, error: failure.message))
      } catch {
        listing.failed.append(.init(path: path, error: "\(path): \(error)"))
      }
    }
    try StandardOutput.lines(listing.report)
  }

  private func readInfo(at path: String) throws -> (info: FileInfo, score: Score) {
    let (score, midi, piece) = try Score.read(fileAt: path)
    return (FileInfo(path: path, piece: piece, file: midi, score: score), score)
  }
}
