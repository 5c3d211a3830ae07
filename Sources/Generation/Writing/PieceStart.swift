import Modeling
import Music
import Tokenization

/// What all pieces that are asked for in one way share.
struct PieceStart: Sendable {
  let vocabulary: any Vocabulary
  let steering: SteeringTable
  let classes: TokenClasses
  /// What the network reads before the first token is drawn.
  let opening: [Token]
  let longestNoteSeconds: Double?

  /// Checks the settings against a model.
  ///
  /// - Throws: ``GenerationError`` where they cannot be met or the primer is empty.
  init(_ settings: GenerationSettings, _ model: Model) throws(GenerationError) {
    try settings.validate()
    let vocabulary = model.vocabulary
    self.vocabulary = vocabulary
    steering = try SteeringTable(settings.steering, vocabulary)
    classes = TokenClasses(vocabulary)
    longestNoteSeconds = model.provenance.longestNoteSeconds
    guard let primer = settings.primer else {
      opening = [vocabulary.start]
      return
    }
    opening = vocabulary.encode(primer).filter { $0 != vocabulary.end }
    guard opening.contains(where: { vocabulary.noteCount(of: $0) > 0 }) else {
      throw GenerationError(.emptyPrimer)
    }
  }
}
