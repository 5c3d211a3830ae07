import MuseGen

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
      if Interruption.isRequested { throw CancellationError() }
      if generator.tokenCount % 200 == 0 {
        terminal.transient("\(TimeSpan.text(generator.settledSeconds)) written")
      }
    }
    return generator.score
  }
}
