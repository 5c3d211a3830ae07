import Drawing
import FileStorage
import Foundation
import MuseGen

/// Writes a piece under every name that was asked for, as MIDI or as sound.
struct PieceWriter {
  private let outputs: [String]
  private let count: Int
  private let sound: SoundOptions
  private let soundFont: SoundFont?

  /// Finds out before any work whether the files can be written and the sound can be made.
  init(outputs: [String], count: Int, sound: SoundOptions) throws {
    self.outputs = outputs
    self.count = count
    var isSoundNeeded = false
    for output in outputs {
      if !PieceWriter.isMIDI(output) {
        guard let format = try? AudioFormat(path: output) else {
          let endings = AudioFormat.allCases.map { ".\($0.rawValue)" }
          throw Failure(
            .usage,
            "\(output): unknown kind of file, expected .mid, "
              + "\(endings.dropLast().joined(separator: ", ")) or \(endings.last ?? "")")
        }
        _ = try sound.synthesizerSettings(for: format)
        isSoundNeeded = true
      }
      _ = try Failure.writing { try AtomicFile(path: output) }
    }
    self.sound = sound
    soundFont = isSoundNeeded ? try sound.soundFont() : nil
  }

  /// Writes a piece, with the names of those who wrote it.
  ///
  /// - Returns: the names written.
  func write(_ score: Score, index: Int, credit: PieceCredit) throws -> [String] {
    var score = score
    credit.sign(&score)
    return try outputs.map { output in
      let path = numbered(output, index: index)
      if PieceWriter.isMIDI(path) {
        try Failure.writing { try writeFile(score.midiFile().bytes(), at: path) }
      } else if let soundFont {
        do {
          let settings = RenderSettings(
            synthesizer: try sound.synthesizerSettings(for: AudioFormat(path: path)),
            metadata: AudioMetadata(score, named: "", soundFont: soundFont))
          try Performance(score).render(to: path, soundFont: soundFont, settings: settings)
        } catch let error as PlaybackError {
          throw Failure(error)
        }
      }
      return path
    }
  }

  /// `piece.mid` becomes `piece-07.mid` when there are several.
  private func numbered(_ path: String, index: Int) -> String {
    guard count > 1 else { return path }
    let digits = String(count).count
    let number = String(index + 1)
    let padded = String(repeating: "0", count: digits - number.count) + number
    let url = URL(filePath: path)
    let stem = url.deletingPathExtension().relativePath
    return "\(stem)-\(padded).\(url.pathExtension)"
  }

  /// Whether a file among outputs is no MIDI file.
  static func needsSound(_ outputs: [String]) -> Bool { !outputs.allSatisfy(isMIDI) }

  static func isMIDI(_ path: String) -> Bool {
    ["mid", "midi"].contains(URL(filePath: path).pathExtension.lowercased())
  }
}

/// Who wrote a piece, told in the files that hold it: as a text in MIDI, as tags in sound.
struct PieceCredit: Equatable {
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
