import MuseGen
import Recurrent
import Reproducibility

/// What a network reads at one event of a piece, and what it says of the next.
private struct SpokenEvent: Encodable {
  let piece: String
  let event: Int
  let token: Int
  /// For each match the token that it points to, or V for none, then the class of their lengths; nil without
  /// recall.
  let recall: [Int32]?
  /// The tokens heard again, -1 for none; nil where none are.
  let heard: [Int32]?
  let logits: [Float]
}

extension EvalCommand {
  /// Prints what a network says of the event after each, all but the last, of each piece.
  func printLogits(of model: Model) throws {
    let corpus = try NamedMusic(pieces).corpus(in: model.vocabulary, terminal: nil)
    let stepper: Stepper
    do {
      stepper = try Stepper(model.network, streams: 1, precision: .f32)
    } catch {
      throw Failure(error)
    }
    var logits: [Float] = []
    for (index, piece) in corpus.pieces.enumerated() {
      stepper.reset(stream: 0)
      for (event, token) in corpus.tokens(ofPiece: index).dropLast().enumerated() {
        stepper.step([Int32(token)], logits: &logits)
        let told = stepper.told(inStream: 0)
        try StandardOutput.json(
          CanonicalJSON.line(
            of: SpokenEvent(
              piece: piece.path, event: event, token: Int(token),
              recall: told.recall.isEmpty ? nil : told.recall,
              heard: told.heard.isEmpty ? nil : told.heard, logits: logits)))
      }
    }
    try corpus.checkIsWhole()
  }
}
