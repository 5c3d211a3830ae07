import Drawing
import FileStorage
import Foundation
import MuseGen

/// Writes a piece under every name that was asked for, as MIDI, as a score or as sound.
struct PieceWriter: Sendable {
  /// The name where none is given.
  static let standardName = "piece.mid"

  /// For each piece its files, in the order in which they were asked for.
  private let files: [[OutputFile]]
  private let sound: SoundOptions
  private let soundFont: SoundFont?
  /// The tempo in which the pieces are played, in quarter notes a minute; nil for their own.
  private let tempo: Double?

  /// Finds out before any work whether the files can be written and the sound can be made.
  ///
  /// - Parameters:
  ///   - outputs: the names; none for the standard one.
  ///   - count: how many pieces there are.
  ///   - sound: how they sound, and with which program in the files.
  ///   - tempo: in which tempo they are played; nil for their own.
  ///   - overwrite: what may be replaced.
  /// - Throws: `Failure` for what cannot be.
  init(
    outputs: [String], count: Int, sound: SoundOptions, tempo: Double? = nil,
    overwrite: OverwriteOptions
  ) throws {
    _ = try sound.synthesizerSettings()
    self.tempo = try tempo.map(Edits.checkedTempo)
    for output in outputs {
      try OutputFile.checkEnding(
        of: output,
        among: PieceWriter.midiEndings + ScoreFile.endings + AudioFormat.allCases.map(\.rawValue))
      if ScoreFile.isNamed(output) {
        try ScoreFile.check(output)
      } else if !PieceWriter.isMIDI(output) {
        _ = try sound.synthesizerSettings(for: try? AudioFormat(path: output))
      }
    }
    let paths = outputs.map { absolutePath($0).systemPath }
    for (index, output) in outputs.enumerated() where paths[..<index].contains(paths[index]) {
      throw Failure(.usage, "--output \(output) is given twice")
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
  /// - Returns: the names written.
  /// - Throws: `Failure` for a file that cannot be written, with the piece's seed.
  func write(_ score: Score, index: Int, credit: PieceCredit?) throws -> [String] {
    var score = sound.program.map { score.playing($0) } ?? score
    if let tempo { score = try score.played(atTempo: tempo, path: files[index][0].path) }
    credit?.sign(&score)
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
    return names
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
      return try file.write { path, replacement in
        try Performance(score).render(
          to: path, soundFont: soundFont, settings: settings, replacement: replacement)
      }
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

  static func isMIDI(_ path: String) -> Bool {
    midiEndings.contains { path.lowercased().hasSuffix("." + $0) }
  }

  /// The endings of MIDI files that are written.
  static let midiEndings = ["mid", "midi"]
}

/// Who wrote a piece, told in the files that hold it: as a text in MIDI, as tags in sound.
struct PieceCredit: Equatable, Sendable {
  /// The model, in a few words; empty where nothing is known of it.
  var model: String
  var seed: UInt64

  init(model: Model, seed: UInt64) {
    let provenance = model.provenance
    let corpus = provenance.trainingPieces.map { $0 == 1 ? "of a piece" : "of \($0) pieces" }
    self.model = provenance.title.flatMap { $0.isEmpty ? nil : $0 } ?? corpus ?? ""
    self.seed = seed
  }

  /// Finds the text that ``sign(_:)`` left in a score; nil in music from elsewhere.
  init?(_ score: Score) {
    let credits = score.texts.lazy.compactMap { text in
      text.text.wholeMatch(of: /musegen(?:, model (.*))?, seed (\d+)/)
    }
    guard let found = credits.first, let seed = UInt64(found.2) else { return nil }
    model = found.1.map { String($0) } ?? ""
    self.seed = seed
  }

  /// The credit in one line, such as `musegen, model dance tunes, seed 7`.
  var text: String { "musegen\(model.isEmpty ? "" : ", model \(model)"), seed \(seed)" }

  /// Leaves the credit in a score, whose own title stays.
  func sign(_ score: inout Score) {
    if score.title.isEmpty { score.title = title }
    // Of a piece that was written upon another of ours, the last hand counts.
    score.texts.removeAll { $0.text.hasPrefix("musegen, ") }
    score.texts.insert(TextEvent(tick: 0, kind: .text, text: text), at: 0)
  }

  /// What a piece is called that has no other name.
  private var title: String { "musegen piece, seed \(seed)" }
}

extension AudioMetadata {
  /// What a sound file tells of a piece.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - name: its title where it has none.
  ///   - soundFont: the instruments.
  init(_ score: Score, named name: String, soundFont: SoundFont) {
    let credit = PieceCredit(score)
    let sound = "SoundFont \(soundFont.path.fileStem)"
    self.init(
      title: score.title.isEmpty ? name : score.title, artist: credit == nil ? "" : "musegen",
      comment: credit.map { "\($0.text), \(sound)" } ?? sound)
  }
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
