import MuseGen

extension Score {
  /// Reads notes or a file as ``GivenPiece/init(fileOrNotes:flag:)`` does.
  ///
  /// - Parameters:
  ///   - text: notes such as `C4 E4 G4/2`, or a file.
  ///   - flag: the flag that it was given with, such as `--primer`; nil for an argument.
  /// - Throws: ``Failure`` where it is neither, or the file holds no music.
  init(fileOrNotes text: String, flag: String? = nil) throws {
    self = try GivenPiece(fileOrNotes: text, flag: flag).score
  }
}
