import FileStorage
import MuseGen

extension Score {
  /// Reads notes where the text has no ending and no file is called so; otherwise a file.
  ///
  /// - Parameters:
  ///   - text: notes such as `C4 E4 G4/2`, a file as ``init(fileAt:)`` takes it, or `-` for
  ///     standard input.
  ///   - flag: the flag that it was given with, such as `--primer`; nil for an argument.
  /// - Throws: ``Failure`` where it is neither, or the file holds no music.
  init(fileOrNotes text: String, flag: String? = nil) throws {
    let text = text.inputPath
    guard fileExtension(of: text).isEmpty, fileKind(at: text) == nil else {
      self = try Score(fileAt: text)
      return
    }
    do {
      self = try Score(motif: text)
    } catch {
      let expected = "expected such as \(MotifError.forms), or a MIDI file"
      guard let flag else {
        throw Failure(
          .noInput, "\(text): no such file, and \"\(error.word)\" is no note, \(expected)")
      }
      throw Failure(
        .usage,
        "\(flag): \"\(error.word)\" in the \(flag.dropFirst(2)) is no note, \(expected)")
    }
  }
}
