import ArgumentParser
import Drawing
import FileStorage
import MuseGen

/// `musegen edit`: changes a piece.
struct EditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Changes a piece: length, rhythm, key, tempo, instruments.",
    discussion: """
      What is asked for is done in the order of the options below; all else stays as it is: texts, metres, \
      controllers, ports. A score is written without lyrics, markers and bends. Of a MusicXML file that is read, \
      lyrics, slurs, articulations, ornaments, chord symbols and cue notes are left out, and repeats and grace notes \
      become what is played. A line tells what a piece has lost.
      """)

  @Argument(
    help: """
      The MIDI or MusicXML file, - for standard input, or a tune of an ABC file, such as book.abc#3; with \
      --split movements a folder of them, too.
      """,
    completion: .file(extensions: MIDIFileFinder.endings))
  var piece: String

  @Option(
    parsing: .unconditional,
    help: "Keep the first 8bars or 30s, or a part: 5-8 for bars, 0:30-1:00. Bars count from 1.")
  var trim: String?

  @Option(
    name: [.long, .customLong("quantize")], parsing: .unconditional,
    help: "Put notes on a grid: 1/16 for sixteenths, 1/12 for triplets of eighths.")
  var quantise: String?

  @Flag(help: "Play the halves of beats unequally; smaller notes follow.")
  var swing = false

  @Option(parsing: .unconditional, help: "How long the halves become.")
  var swingRatio = "2:1"

  @Option(
    parsing: .unconditional, help: "What the halves are: 1/8 for eighths, 1/16 for sixteenths.")
  var swingUnit = "1/8"

  @Option(
    parsing: .unconditional,
    help: "Move notes up by so many semitones, down by -3, say, and keys with them; drums stay.")
  var transpose = 0

  @Option(
    parsing: .unconditional,
    help: "Begin with so many quarter notes a minute; changes of tempo keep their proportions.")
  var tempo: Double?

  @Option(
    parsing: .unconditionalSingleValue,
    help: """
      Play all but the drums with program 40, say, or violin; with 0=40 what program 0 plays, with \
      track2=violin the second track. May be given again for another.
      """)
  var program: [String] = []

  @Option(
    help: """
      With tracks: write a numbered file for each track that has notes. With movements: one for each movement, into \
      the folder behind -o.
      """)
  var split: Splitting?

  @Option(
    name: [.short, .long],
    help: """
      The file to write: MIDI, a score (.musicxml, .mxl), or a page of it (.pdf, .png, .svg, by MuseScore or \
      LilyPond). May be given again for another (default: a MIDI file here, called as the input with -edited \
      behind its name). With --split movements a folder.
      """)
  var output: [String] = []

  @OptionGroup var overwrite: OverwriteOptions

  mutating func run() throws {
    piece = piece.inputPath
    let edits = try Edits(self)
    if split == .movements {
      return try MovementFiles(
        of: piece, outputs: output, edits: edits, overwrite: overwrite
      ).write()
    }
    for output in output {
      if !OutputFile.isStream(output) {
        try OutputFile.checkEnding(of: output, among: PieceWriter.midiEndings + ScoreFile.endings)
        try ScoreFile.check(output)
      } else if split != nil {
        throw Failure(.usage, "-o \(output) takes one piece, expected no --split with it")
      }
    }
    try OutputFile.checkDistinct(output)
    let names = output.isEmpty ? ["\(piece.fileStem)-edited.mid"] : output
    // What can be told from names alone is told before anything is read.
    if split == nil { for name in names { try file(name).check() } }
    let (read, midi, source) = try Score.read(fileAt: piece)
    // That MIDI is made of notation is a change, too; what standard input holds, no name tells.
    let isTurned = source.notation != nil || output.contains(where: ScoreFile.isNamed)
    if edits.isEmpty, split == nil, !isTurned {
      throw Failure(
        .usage,
        "nothing to change, expected --trim, --quantise, --swing, --transpose, --tempo, --program or "
          + "--split")
    }
    let score = try edits.applied(to: read, of: piece)
    if split == .tracks {
      try writeTracks(of: score, to: names, format: midi.format)
    } else {
      for name in names { try write(score, to: file(name), format: midi.format) }
    }
    let isScore = names.contains(where: ScoreFile.isNamed)
    if let line = source.losses?.line ?? (isScore ? score.lossLine : nil) {
      Terminal.warn("\(piece): \(line)")
    }
  }

  private func writeTracks(of score: Score, to names: [String], format: MIDIFile.Format) throws {
    let tracks = score.tracks.indices.filter { !score.tracks[$0].notes.isEmpty }
    guard (1...Self.mostFiles).contains(tracks.count) else {
      throw Failure(
        .data,
        "\(piece): \(tracks.count.grouped) tracks with notes found, expected 1 to "
          + "\(Self.mostFiles.grouped) to write a file for each")
    }
    try checkSize(of: tracks.map { score.tracks[$0] }, in: score)
    let files = names.map { name in
      (1...tracks.count).map { file(name.numbered($0, width: String(tracks.count).count)) }
    }
    for file in files.joined() { try file.check() }
    for files in files {
      for (file, track) in zip(files, tracks) {
        try write(score.separated(track: track), to: file, format: format)
      }
    }
  }

  /// Checks that what all files are told does not become many times the piece: what a channel is told stands in
  /// the file of each track that plays on it, what the piece is told in every one.
  private func checkSize(of tracks: [Track], in score: Score) throws {
    var told: [Track.Part: Int] = [:]
    for track in score.tracks { told[track.part, default: 0] += track.messages.count }
    let common =
      score.tempos.count + score.timeSignatures.count + score.keySignatures.count
      + score.texts.count + score.systemExclusives.count
    let count = tracks.reduce(0) { $0 + common + (told[$1.part] ?? 0) }
    guard count <= Self.mostEvents else {
      throw Failure(
        .data,
        "\(piece): \(tracks.count.grouped) tracks share what is told, \(count.grouped) events in all their "
          + "files, expected \(Self.mostEvents.grouped) at most")
    }
  }

  /// How many files are written at once, at most.
  private static let mostFiles = 1_000
  /// How many events that are no notes stand in these files together, at most.
  private static let mostEvents = 10_000_000

  private func file(_ name: String) -> OutputFile {
    output.isEmpty
      ? OutputFile(chosen: name, overwrite: overwrite)
      : OutputFile(given: name, overwrite: overwrite)
  }

  private func write(_ score: Score, to file: OutputFile, format: MIDIFile.Format) throws {
    let name =
      ScoreFile.isNamed(file.path)
      ? try ScoreFile.write(score, to: file)
      : try file.write(score.midiFile(format: format).bytes())
    let isShared = output.contains(where: OutputFile.isStandardOutput)
    Terminal(on: isShared ? .error : .output).line("\(name): \(PieceStatistics(score))")
  }
}

/// Into what a piece is split.
enum Splitting: String, ExpressibleByArgument, CaseIterable {
  case tracks, movements
}
