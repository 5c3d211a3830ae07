import Drawing
import FileStorage
import Foundation
import MuseGen

/// Writes a piece under every name that was asked for, as MIDI, as a score or as sound.
struct PieceWriter: Sendable {
  /// What stands in the files of a piece.
  struct Written: Sendable, CustomStringConvertible {
    /// Their names, in the order in which they were asked for.
    let names: [String]
    /// The music in them: the piece with the program and in the tempo that were asked for.
    let score: Score

    /// The names and what is to be told of the music, as the line that tells of it begins.
    var description: String { "\(names.joined(separator: ", ")): \(PieceStatistics(score))" }
  }

  /// The name where none is given.
  static let standardName = "piece.mid"

  /// For each piece its files, in the order in which they were asked for.
  private let files: [[OutputFile]]
  private let sound: SoundOptions
  private let soundFont: SoundFont?
  /// The tempo in which the pieces are played, in quarter notes a minute; nil for their own.
  private let tempo: Double?
  /// Where lines that tell of the work go: to standard error where the piece goes to standard output.
  let terminal: Terminal

  /// Finds out before any work whether the files can be written and the sound can be made.
  ///
  /// - Parameters:
  ///   - outputs: the names; none for the standard one.
  ///   - count: how many pieces there are.
  ///   - sound: how they sound, and with which program in the files.
  ///   - tempo: in which tempo they are played; nil for their own.
  ///   - roll: the picture of the pieces that is written beside them; nil for none.
  ///   - overwrite: what may be replaced.
  /// - Throws: `Failure` for what cannot be.
  init(
    outputs: [String], count: Int, sound: SoundOptions, tempo: Double? = nil,
    beside roll: String? = nil, overwrite: OverwriteOptions
  ) throws {
    _ = try sound.synthesizerSettings()
    self.tempo = try tempo.map(Edits.checkedTempo)
    try OutputFile.checkDistinct(outputs)
    // A roll may have the name of one of several, which is numbered.
    let numbered = outputs.flatMap { output in
      (1...count).map { PieceWriter.numbered(output, number: $0, count: count) }
    }
    try OutputFile.checkDistinct(numbered, beside: ["roll": roll])
    for output in outputs {
      if count > 1, OutputFile.isStream(output) {
        throw Failure(.usage, "-o \(output) takes one piece, expected no -n with it")
      }
      if ScoreFile.isNamed(output) {
        try ScoreFile.check(output)
      } else if !PieceWriter.isMIDI(output) {
        try OutputFile.checkEnding(
          of: output,
          among: PieceWriter.midiEndings + ScoreFile.endings + AudioFormat.allCases.map(\.rawValue))
        _ = try sound.synthesizerSettings(for: try? AudioFormat(path: output))
      }
    }
    if outputs.isEmpty {
      files = PieceWriter.chosenNames(count: count, overwrite: overwrite).map {
        [OutputFile(chosen: $0, overwrite: overwrite)]
      }
    } else {
      files = (0..<count).map { index in
        outputs.map { output in
          OutputFile(
            given: PieceWriter.numbered(output, number: index + 1, count: count),
            overwrite: overwrite)
        }
      }
    }
    for file in files.joined() { try file.check() }
    terminal = Terminal(on: outputs.contains(where: OutputFile.isStandardOutput) ? .error : .output)
    self.sound = sound
    soundFont = PieceWriter.needsSound(outputs) ? try sound.soundFont() : nil
  }

  /// The standard name for each piece; several have numbers that follow each other and those taken.
  private static func chosenNames(count: Int, overwrite: OverwriteOptions) -> [String] {
    var taken = 0
    var number = 0
    while count > 1, !overwrite.overwrite, number < taken + count {
      number += 1
      if isNameTaken(numbered(standardName, number: number, count: count)) { taken = number }
    }
    return (1...count).map { numbered(standardName, number: taken + $0, count: count) }
  }

  /// Writes a piece, with the names of those who wrote it.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - index: which of the pieces it is, from 0.
  ///   - credit: who wrote it; nil for music that tells it itself.
  ///   - source: the piece that it was written upon; nil where there is none.
  /// - Returns: the names and the music written.
  /// - Throws: `Failure` for a file that cannot be written, with the piece's seed.
  func write(
    _ score: Score, index: Int, credit: PieceCredit?, upon source: Score? = nil
  ) throws -> Written {
    var score = sound.program.map { score.playing($0.number) } ?? score
    if let tempo { score = try score.played(atTempo: tempo, path: files[index][0].path) }
    credit?.sign(&score, upon: source)
    // MIDI first: it is small, and the others can be made of it again.
    let midi = files[index].indices.filter { PieceWriter.isMIDI(files[index][$0].path) }
    let order = midi + files[index].indices.filter { !midi.contains($0) }
    var names = files[index].map(\.path)
    for place in order {
      do {
        names[place] = try write(score, to: files[index][place])
      } catch let failure as Failure {
        // What cannot be written here can be written again elsewhere.
        guard let credit else { throw failure }
        throw Failure(failure.code, "\(failure.message); the piece was of --seed \(credit.seed)")
      }
    }
    return Written(names: names, score: score)
  }

  /// Writes a piece that was made upon one that somebody gave, and tells with the first what its scores lack of that.
  ///
  /// - Parameters:
  ///   - score: the piece, in which the given tracks stand first.
  ///   - index: which of the pieces it is, from 0.
  ///   - credit: who wrote it.
  ///   - given: the piece that it was written upon.
  /// - Returns: the names and the music written.
  /// - Throws: `Failure` for a file that cannot be written, with the piece's seed.
  func write(
    _ score: Score, index: Int, credit: PieceCredit?, upon given: GivenPiece
  ) throws -> Written {
    let written = try write(score, index: index, credit: credit, upon: given.score)
    if index == 0, files[index].contains(where: { ScoreFile.isNamed($0.path) }),
      let line = given.lossLine(in: score)
    {
      Terminal.warn("\(given.name): \(line)")
    }
    return written
  }

  /// Writes a piece as what its file's name says.
  private func write(_ score: Score, to file: OutputFile) throws -> String {
    if PieceWriter.isMIDI(file.path) { return try file.write(score.midiFile().bytes()) }
    if ScoreFile.isNamed(file.path) { return try ScoreFile.write(score, to: file) }
    guard let soundFont else { throw Failure(.software, "no SoundFont for \(file.path)") }
    do {
      let settings = RenderSettings(
        synthesizer: try sound.synthesizerSettings(for: AudioFormat(path: file.path)),
        metadata: AudioMetadata(score, named: "", soundFont: soundFont))
      var report: RenderReport?
      let name = try file.write { path, replacement in
        report = try Performance(score).render(
          to: path, soundFont: soundFont, settings: settings, replacement: replacement)
      }
      if let line = report?.attenuationLine { Terminal.warn("\(name): \(line)") }
      return name
    } catch let error as PlaybackError {
      throw Failure(error)
    }
  }

  /// `piece.mid` becomes `piece-07.mid` when there are several.
  private static func numbered(_ path: String, number: Int, count: Int) -> String {
    count > 1 ? path.numbered(number, width: String(count).count) : path
  }

  /// Whether a file among outputs is one of sound.
  static func needsSound(_ outputs: [String]) -> Bool {
    !outputs.allSatisfy { isMIDI($0) || ScoreFile.isNamed($0) }
  }

  /// Whether a file is to be a MIDI file: by its ending, or a stream whose name tells nothing else.
  static func isMIDI(_ path: String) -> Bool {
    midiEndings.contains { path.lowercased().hasSuffix("." + $0) }
      || !ScoreFile.isNamed(path) && (try? AudioFormat(path: path)) == nil
        && OutputFile.isStream(path)
  }

  /// The endings of MIDI files that are written.
  static let midiEndings = ["mid", "midi"]
}

extension Model {
  /// Starts a piece.
  func startPiece(_ settings: GenerationSettings) throws -> PieceGenerator {
    do {
      return try PieceGenerator(model: self, settings: settings)
    } catch {
      throw Failure(error)
    }
  }

  /// Writes a whole piece, showing how far it is.
  func writePiece(_ settings: GenerationSettings, terminal: Terminal) throws -> Score {
    let generator = try startPiece(settings)
    while generator.next() != nil {
      if generator.tokenCount % 200 == 0 {
        terminal.transient("\(ClockText.duration(generator.settledSeconds)) written")
      }
    }
    return generator.score
  }
}
