import FileStorage
import MuseGen

/// A piece that somebody gives to be written upon, and what of it is not in its score.
struct GivenPiece {
  /// The file, or the notes as they were typed.
  let name: String
  /// The piece.
  var score: Score
  /// What of a MusicXML file is not in the score; nil for anything else.
  let losses: NotationLosses?

  /// Reads notes where the text has no ending and no file is called so; otherwise a file.
  ///
  /// - Parameters:
  ///   - text: notes such as `C4 E4 G4/2`, a file as `Score.init(fileAt:)` takes it, or `-` for
  ///     standard input.
  ///   - flag: the flag that it was given with, such as `--primer`; nil for an argument.
  /// - Throws: ``Failure`` where it is neither, or the file holds no music.
  init(fileOrNotes text: String, flag: String? = nil) throws {
    name = text.inputPath
    guard fileExtension(of: name).isEmpty, fileKind(at: name) == nil else {
      let (score, _, piece) = try Score.read(fileAt: name)
      (self.score, losses) = (score, piece.losses)
      return
    }
    losses = nil
    do {
      score = try Score(motif: name)
    } catch {
      throw Failure(
        .noInput,
        (flag.map { "\($0): " } ?? "")
          + "\(name): no such file, and \"\(error.word)\" is no note, expected such as "
          + "\(MotifError.forms), or a MIDI file")
    }
  }

  /// What of the piece a score lacks that is written of another made upon it.
  ///
  /// - Parameter made: the other piece, in which the given tracks stand first where it keeps all they are told.
  /// - Returns: a line; nil where nothing is lost.
  func lossLine(in made: Score) -> String? {
    var kept = made
    // What a model wrote is not the giver's; texts are none of it.
    for index in made.tracks.indices.dropFirst(score.tracks.count) {
      kept.tracks[index].messages = []
    }
    return losses?.line ?? kept.lossLine
  }
}
