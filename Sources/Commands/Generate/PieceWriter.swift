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
